// A rollout as a state machine: what people and dongles say and the passing of time come in, the rollout's next state and what is to be
// done come out. It counts dongles and knows none by name; who asks, what is stored and how a dongle is reached are others' business.
//
//   proposed ──approved by another──► running ◄──► paused          stopped: too much went wrong. For good.
//       └─ cancelled                  │  └► cancelled              done: who comes late still gets it, and still counts.
//                                     └► done ─► stopped

import { failed, ok, type Result } from '../../shared/kernel/result.ts'
import { allowed, isInWindow, type RolloutPlan, reachOf, waveAfter } from './plan.ts'

export const ROLLOUT_STATES = ['proposed', 'running', 'paused', 'stopped', 'cancelled', 'done'] as const
export type RolloutState = (typeof ROLLOUT_STATES)[number]

/** Why it is as it is, where a person did not say so. */
export type RolloutReason = 'too-many-failed' | 'too-many-silent' | 'asked'

export interface Rollout {
  state: RolloutState
  plan: RolloutPlan
  /** How many dongles it is for. */
  total: number
  maker: string
  approver: string | null
  waveNo: number
  /** Candidates with a rank below this may be given it. */
  admitted: number
  /** Since when the wave waits for its dongles. */
  waitsSinceS: number
  /** Since when it has succeeded; null while it has not. */
  succeededAtS: number | null
  /** Silent ones that somebody has looked at. */
  excused: number
  reason: RolloutReason | null
}

/** Of one wave: how many were given the update in it, and what became of those. `given` counts them all. */
export interface WaveTally {
  given: number
  healthy: number
  failed: number
  silent: number
}

export type RolloutEvent =
  | { kind: 'approved'; by: string; nowS: number }
  | { kind: 'paused'; by: string; nowS: number }
  | { kind: 'resumed'; by: string; nowS: number }
  | { kind: 'cancelled'; by: string; nowS: number }
  /** Time passed or a dongle said something: look again. */
  | { kind: 'looked'; nowS: number }

/** invite: tell the candidates that are here that there may be something for them. withdraw: whoever has not ended it shall not begin. */
export type RolloutEffect =
  | { kind: 'invite' }
  | { kind: 'withdraw' }
  | { kind: 'changed'; to: RolloutState; by: string; reason: RolloutReason | null }
  | { kind: 'wave'; waveNo: number }
  | { kind: 'widened'; admitted: number }

export type RolloutFault = { code: 'rollout.same-person' } | { code: 'rollout.wrong-state'; state: RolloutState }

export interface Stepped {
  rollout: Rollout
  effects: RolloutEffect[]
}

export const PLATFORM = 'platform'

export function proposeRollout(plan: RolloutPlan, total: number, maker: string): Rollout {
  return {
    state: 'proposed',
    plan,
    total,
    maker,
    approver: null,
    waveNo: 0,
    admitted: 0,
    waitsSinceS: 0,
    succeededAtS: null,
    excused: 0,
    reason: null,
  }
}

/** `tallies` by wave, one for each of the plan. On a fault nothing has changed. */
export function stepRollout(
  rollout: Rollout,
  tallies: WaveTally[],
  event: RolloutEvent,
): Result<Stepped, RolloutFault> {
  const { state } = rollout
  switch (event.kind) {
    case 'approved':
      if (state !== 'proposed') return failed({ code: 'rollout.wrong-state', state })
      if (event.by === rollout.maker) return failed({ code: 'rollout.same-person' })
      return ok(begin(rollout, event))
    case 'paused':
      if (state !== 'running') return failed({ code: 'rollout.wrong-state', state })
      return ok(become({ ...rollout, succeededAtS: null }, 'paused', event.by, 'asked'))
    case 'resumed':
      if (state !== 'paused') return failed({ code: 'rollout.wrong-state', state })
      return ok(goOn(rollout, tallies, event))
    case 'cancelled':
      if (state === 'cancelled' || state === 'stopped') return failed({ code: 'rollout.wrong-state', state })
      return ok(become(rollout, 'cancelled', event.by, 'asked', { kind: 'withdraw' }))
    case 'looked':
      return ok(look(rollout, tallies, event.nowS))
  }
}

/** May a candidate of this rank be given the update now? `given`: how many were, in all waves. */
export function mayGive(rollout: Rollout, rank: number, given: number, nowS: number): boolean {
  const { state, plan, waveNo, total } = rollout
  if (state !== 'running' && state !== 'done') return false
  return rank < rollout.admitted && given < reachOf(plan, waveNo, total) && isInWindow(plan.window, nowS)
}

function begin(rollout: Rollout, { by, nowS }: { by: string; nowS: number }): Stepped {
  const admitted = reachOf(rollout.plan, 0, rollout.total)
  const begun = { ...rollout, approver: by, admitted, waitsSinceS: nowS }
  return become(begun, 'running', by, null, { kind: 'invite' })
}

// The time of a pause is nobody's absence, and whoever resumes has looked at the silent ones.
function goOn(rollout: Rollout, tallies: WaveTally[], { by, nowS }: { by: string; nowS: number }): Stepped {
  const resumed = { ...rollout, waitsSinceS: nowS, excused: sum(tallies, 'silent') }
  return become(resumed, 'running', by, null, { kind: 'invite' })
}

function become(
  rollout: Rollout,
  to: RolloutState,
  by: string,
  reason: RolloutReason | null,
  ...more: RolloutEffect[]
): Stepped {
  return { rollout: { ...rollout, state: to, reason }, effects: [{ kind: 'changed', to, by, reason }, ...more] }
}

function look(rollout: Rollout, tallies: WaveTally[], nowS: number): Stepped {
  const { state } = rollout
  const isOver = state === 'proposed' || state === 'stopped' || state === 'cancelled'
  if (isOver) return { rollout, effects: [] }
  // Before anything else, and also while it is paused or done: what failed has failed.
  if (hasTooMany(rollout, tallies, 'failed', rollout.plan.errorPermille, 0)) {
    return become(rollout, 'stopped', PLATFORM, 'too-many-failed', { kind: 'withdraw' })
  }
  if (state !== 'running') return { rollout, effects: [] }
  if (hasTooMany(rollout, tallies, 'silent', rollout.plan.silentPermille, rollout.excused)) {
    return become({ ...rollout, succeededAtS: null }, 'paused', PLATFORM, 'too-many-silent')
  }
  return advance(rollout, tallies, nowS)
}

/**
 * In the running wave alone, or in all so far: a late failure of an early wave counts as well. Thousandths of what the wave may take, not of
 * what it has taken yet: the first failure of a thousand dongles is no share of anything.
 */
function hasTooMany(
  { plan, waveNo, total }: Rollout,
  tallies: WaveTally[],
  what: 'failed' | 'silent',
  permille: number,
  excused: number,
): boolean {
  const wave = tallies[waveNo] as WaveTally
  const reach = reachOf(plan, waveNo, total)
  const size = reach - (sum(tallies, 'given') - wave.given)
  const all = sum(tallies, what) - excused
  return all > allowed(permille, reach) || Math.min(wave[what], all) > allowed(permille, size)
}

function advance(rollout: Rollout, tallies: WaveTally[], nowS: number): Stepped {
  const { plan, waveNo, total } = rollout
  const wave = tallies[waveNo] as WaveTally
  const isFull = sum(tallies, 'given') >= reachOf(plan, waveNo, total)
  const hasWaited = nowS - rollout.waitsSinceS >= plan.patienceS
  if (!isFull && hasWaited && rollout.admitted < total) return widen(rollout, tallies, nowS)
  // A release is proved by dongles that run it, never by dongles that were away.
  const isProved = sum(tallies, 'healthy') > 0 && wave.healthy * 1000 >= wave.given * plan.successPermille
  if (!isProved || !(isFull || hasWaited)) return { rollout: { ...rollout, succeededAtS: null }, effects: [] }
  const succeededAtS = rollout.succeededAtS ?? nowS
  if (nowS - succeededAtS < plan.soakS) return { rollout: { ...rollout, succeededAtS }, effects: [] }
  const next = waveAfter(plan, waveNo, total)
  if (next === undefined) return become(rollout, 'done', PLATFORM, null)
  const admitted = Math.max(rollout.admitted, reachOf(plan, next, total))
  const opened = { ...rollout, waveNo: next, admitted, waitsSinceS: nowS, succeededAtS: null }
  return { rollout: opened, effects: [{ kind: 'wave', waveNo: next }, { kind: 'invite' }] }
}

/** As many others may come as places are free. How many are given it stays bounded by the wave's reach, whoever comes back. */
function widen(rollout: Rollout, tallies: WaveTally[], nowS: number): Stepped {
  const { plan, waveNo, total } = rollout
  const free = reachOf(plan, waveNo, total) - sum(tallies, 'given')
  const admitted = Math.min(total, rollout.admitted + free)
  const widened = { ...rollout, admitted, waitsSinceS: nowS, succeededAtS: null }
  return { rollout: widened, effects: [{ kind: 'widened', admitted }, { kind: 'invite' }] }
}

function sum(tallies: WaveTally[], what: keyof WaveTally): number {
  return tallies.reduce((all, tally) => all + tally[what], 0)
}
