// Where the lines of the chart's grid stand: round times of the local clock, round powers that do not jump at every
// reading. Pure arithmetic; the drawing is chart.tsx.

const TIME_STEPS_S = [15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600]
/** Room for 13:05, and for 13:05:30 where the step is shorter than a minute. */
const LABEL_PX = 48
const LONG_LABEL_PX = 66

/** Times (epoch s) of the grid: multiples of a round step in local time, as many as `widthPx` has room for. */
export function timeTicks(fromS: number, toS: number, widthPx: number, offsetS: (epochS: number) => number): number[] {
  const pxPerS = widthPx / (toS - fromS)
  const stepS = TIME_STEPS_S.find(step => step * pxPerS >= (step < 60 ? LONG_LABEL_PX : LABEL_PX)) ?? 43_200
  const ticks: number[] = []
  // Hour by hour where an hour may be the 25th or the missing one of a day: the offset is asked at each tick.
  const strideS = Math.min(stepS, 3600)
  const firstS = Math.ceil(fromS / strideS) * strideS
  for (let tick = firstS; tick <= toS; tick += strideS) if ((tick + offsetS(tick)) % stepS === 0) ticks.push(tick)
  return ticks
}

const POWER_MIN_W = 500
const ROUND = [1, 2, 2.5, 5, 10]

/** A power scale in W that holds both extremes with some air, ends on grid lines, and moves in coarse steps only. */
export function powerScale(offtakeMaxW: number, injectionMaxW: number): { min: number; max: number; stepW: number } {
  const air = 1.08
  const up = offtakeMaxW * air
  const down = injectionMaxW * air
  const rough = Math.max(POWER_MIN_W, up + down) / 5
  const magnitude = 10 ** Math.floor(Math.log10(rough))
  const stepW = Math.max(100, ROUND.map(factor => factor * magnitude).find(step => step >= rough) ?? 10 * magnitude)
  const max = Math.ceil(up / stepW) * stepW
  const min = down > 0 ? -Math.ceil(down / stepW) * stepW : 0
  return { min, max: max - min < POWER_MIN_W ? min + POWER_MIN_W : max, stepW }
}

export function powerTicks(min: number, max: number, stepW: number): number[] {
  const ticks: number[] = []
  for (let tick = min; tick <= max + stepW / 1000; tick += stepW) ticks.push(Math.round(tick))
  return ticks
}
