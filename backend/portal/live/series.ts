// Curves by time: columns that stay sorted and bounded however readings arrive (live, late, twice), and the holes between
// them. It refuses to bridge a hole: where readings are missing the line breaks and the hole is named.

import type { Gap } from '../api/types.ts'

/** Values at ascending `timeS` (epoch seconds); every column is as long as `timeS`; null where the meter left the value out. */
export interface Series {
  timeS: number[]
  columns: Cell[][]
}
export type Cell = number | null

/** Seconds without readings, both ends exclusive. loss: counted and never coming. gap: not here (yet). */
export type Hole = Gap

export function emptySeries(columnCount: number): Series {
  return { timeS: [], columns: Array.from({ length: columnCount }, () => []) }
}

/** The union by time: at equal times `incoming` wins. Both must be ascending; what is older than `keepFromS` or beyond the newest `pointsMax` is dropped. */
export function mergeSeries(series: Series, incoming: Series, keepFromS: number, pointsMax: number): Series {
  const merged = emptySeries(series.columns.length)
  let a = 0
  let b = 0
  while (a < series.timeS.length || b < incoming.timeS.length) {
    const timeA = series.timeS[a] ?? Number.POSITIVE_INFINITY
    const timeB = incoming.timeS[b] ?? Number.POSITIVE_INFINITY
    const timeS = Math.min(timeA, timeB)
    if (timeS >= keepFromS) takeRow(merged, timeS, timeB <= timeA ? incoming : series, timeB <= timeA ? b : a)
    if (timeA === timeS) a++
    if (timeB === timeS) b++
  }
  const surplus = merged.timeS.length - pointsMax
  return surplus > 0 ? cut(merged, surplus, merged.timeS.length) : merged
}

function takeRow(into: Series, timeS: number, from: Series, row: number): void {
  into.timeS.push(timeS)
  for (let c = 0; c < into.columns.length; c++) into.columns[c]!.push(from.columns[c]?.[row] ?? null)
}

function cut(series: Series, start: number, end: number): Series {
  return { timeS: series.timeS.slice(start, end), columns: series.columns.map(column => column.slice(start, end)) }
}

/** The points of `fromS` … `toS` and one neighbour on either side, so that a line runs to the edge of the picture. */
export function sliceSeries(series: Series, fromS: number, toS: number): Series {
  const start = Math.max(0, firstAtOrAfter(series.timeS, fromS) - 1)
  const end = Math.min(series.timeS.length, firstAtOrAfter(series.timeS, toS) + 1)
  return cut(series, start, end)
}

/** Index of the first time >= `timeS`; the length when there is none. */
export function firstAtOrAfter(times: number[], timeS: number): number {
  let low = 0
  let high = times.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (times[middle]! < timeS) low = middle + 1
    else high = middle
  }
  return low
}

/** The usual distance between neighbours in seconds: the lower quartile, so that many holes do not hide it. At least `leastS`. */
export function usualStepS(times: number[], leastS: number): number {
  const steps: number[] = []
  for (let i = Math.max(1, times.length - 240); i < times.length; i++) steps.push(times[i]! - times[i - 1]!)
  if (steps.length === 0) return leastS
  steps.sort((x, y) => x - y)
  return Math.max(leastS, steps[steps.length >> 2]!)
}

/**
 * Where `fromS` … `toS` has no readings. `stepS` is the usual distance; three times that is a hole, and so is any distance
 * beyond one step with a loss on record inside. `known` are the server's own records: they give the kind and the reason.
 * The stretch from the newest reading to `toS` counts only beyond `patienceS`: a batch that is due is no hole.
 * `readingStepS` is the meter's own rhythm: it tells how much of a hole a counted loss explains.
 */
export function holesOf(
  series: Series,
  stepS: number,
  known: Hole[],
  fromS: number,
  toS: number,
  patienceS: number,
  readingStepS: number = stepS,
): Hole[] {
  const holes: Hole[] = []
  const times = series.timeS
  for (let i = firstAtOrAfter(times, fromS); i <= times.length; i++) {
    const before = i === 0 ? fromS : times[i - 1]!
    const after = i === times.length ? toS : times[i]!
    if (before >= toS) break
    const isEdge = i === times.length || i === 0
    const distance = after - before
    if (distance <= stepS && !(isEdge && distance > patienceS)) continue
    const inside = known.filter(hole => hole.fromS <= after && hole.toS >= before)
    const isHole = isEdge ? distance > patienceS : distance > 3 * stepS || inside.some(hole => hole.kind === 'loss')
    if (isHole) holes.push(nameHole(Math.max(before, fromS), Math.min(after, toS), inside, readingStepS))
  }
  return holes
}

/** A long silence with one lost telegram in it is still a silence: a loss names the hole only if it explains most of it. */
function nameHole(fromS: number, toS: number, inside: Hole[], readingStepS: number): Hole {
  const losses = inside.filter(hole => hole.kind === 'loss')
  if (losses.length === 0) return { fromS, toS, kind: 'gap' }
  const explainedS = losses.reduce((sum, { count, ...loss }) => {
    // A loss at the edge of a batch has no length on record: only its count says how long it was.
    if (count !== undefined) return sum + (count + 1) * readingStepS
    return sum + Math.max(0, Math.min(loss.toS, toS) - Math.max(loss.fromS, fromS))
  }, 0)
  return { fromS, toS, kind: explainedS * 2 > toS - fromS ? 'loss' : 'gap' }
}

/** The same series with an empty row inside each hole: a chart that draws lines between neighbours breaks there. */
export function breakAt(series: Series, holes: Hole[]): Series {
  const broken = emptySeries(series.columns.length)
  let h = 0
  for (let i = 0; i < series.timeS.length; i++) {
    const timeS = series.timeS[i]!
    while (h < holes.length && holes[h]!.toS <= timeS) {
      const middle = (holes[h]!.fromS + holes[h]!.toS) / 2
      if (i > 0 && middle > series.timeS[i - 1]! && middle < timeS) takeRow(broken, middle, broken, -1)
      h++
    }
    takeRow(broken, timeS, series, i)
  }
  return broken
}
