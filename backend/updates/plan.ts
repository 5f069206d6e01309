// The plan of a rollout: how many dongles each wave may take, what counts as good enough, when to stop, and at what hours of the day
// an update may be given. Pure arithmetic; nothing here knows a dongle.

import { localDayStartS } from '../metering-points/local-day.ts'

/** How far a wave reaches, counted from the first dongle: so many dongles, or so many thousandths of all. */
export type WaveSize = { dongles: number } | { permille: number }

/** Minutes after local midnight; `toMinute` under `fromMinute` goes over midnight. */
export interface MaintenanceWindow {
  fromMinute: number
  toMinute: number
  timeZone: string
}

export interface RolloutPlan {
  /** Rising; the last one reaches all. */
  waves: WaveSize[]
  /** Thousandths of a wave's dongles that must be healthy on the release before its soak begins. */
  successPermille: number
  /** Thousandths that may fail or come back, of the wave and of all so far; one more and the rollout stops. */
  errorPermille: number
  /** Thousandths that may fall silent with the update in hand; one more and the rollout waits for people. */
  silentPermille: number
  /** How long a wave that has succeeded is looked at before the next one begins. */
  soakS: number
  /** How long a wave waits for dongles that are away, before others take their places. */
  patienceS: number
  /** How long a dongle has from being given the update to its healthy start, before it counts as silent. */
  answerS: number
  /** How long the new program must have lived on a dongle before it may call itself good. */
  trialS: number
  window: MaintenanceWindow | null
}

const DAY_S = 86_400

export const USUAL_PLAN: RolloutPlan = {
  waves: [{ dongles: 5 }, { permille: 10 }, { permille: 100 }, { permille: 500 }, { permille: 1000 }],
  successPermille: 950,
  errorPermille: 10,
  silentPermille: 20,
  soakS: DAY_S,
  patienceS: 3 * DAY_S,
  answerS: 2 * DAY_S,
  trialS: 600,
  window: null,
}

export type PlanFault = { code: 'plan.waves' } | { code: 'plan.window' }

/** What a schema cannot say: the waves rise to all, the zone is one, the window is not empty. */
export function faultOfPlan(plan: RolloutPlan): PlanFault | undefined {
  const last = plan.waves.at(-1)
  if (last === undefined || !('permille' in last) || last.permille !== 1000) return { code: 'plan.waves' }
  const rises = (of: (wave: WaveSize) => number | undefined) => {
    const sizes = plan.waves.map(of).filter(size => size !== undefined)
    return sizes.every((size, i) => i === 0 || size > (sizes[i - 1] as number))
  }
  const isRising =
    rises(wave => ('dongles' in wave ? wave.dongles : undefined)) &&
    rises(wave => ('permille' in wave ? wave.permille : undefined))
  if (!isRising) return { code: 'plan.waves' }
  const { window } = plan
  if (window !== null && (window.fromMinute === window.toMinute || !isTimeZone(window.timeZone)))
    return { code: 'plan.window' }
  return undefined
}

function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== ''
  } catch {
    return false // the only thing it throws: no such zone
  }
}

/** How many dongles the waves up to and with `waveNo` may be given the update, of `total`. Never falls from wave to wave. */
export function reachOf(plan: RolloutPlan, waveNo: number, total: number): number {
  let reach = 0
  for (const wave of plan.waves.slice(0, waveNo + 1)) {
    const size = 'dongles' in wave ? wave.dongles : Math.ceil((total * wave.permille) / 1000)
    reach = Math.min(total, Math.max(reach, size))
  }
  return reach
}

/** The next wave that takes anyone more than `waveNo` does; undefined after the last. */
export function waveAfter(plan: RolloutPlan, waveNo: number, total: number): number | undefined {
  const reach = reachOf(plan, waveNo, total)
  for (let next = waveNo + 1; next < plan.waves.length; next++) if (reachOf(plan, next, total) > reach) return next
  return undefined
}

/** May an update be given at `nowS`? The dongle restarts soon after: this is when its owner does not mind. */
export function isInWindow(window: MaintenanceWindow | null, nowS: number): boolean {
  if (window === null) return true
  const minute = Math.floor((nowS - localDayStartS(window.timeZone, nowS)) / 60)
  const { fromMinute, toMinute } = window
  return fromMinute < toMinute ? minute >= fromMinute && minute < toMinute : minute >= fromMinute || minute < toMinute
}

/** So many of `count` may go wrong. */
export function allowed(permille: number, count: number): number {
  return Math.floor((count * permille) / 1000)
}
