// What an update comes to with one dongle of a rollout: from waiting for its turn to a healthy start, or back. A release is on a dongle
// when the dongle has said so after starting with it, and not a moment earlier. Pure.

import type { UpdateReport } from '../../shared/update/messages.ts'
import type { UpdateState } from '../../shared/update/states.ts'
import type { WaveTally } from './rollout.ts'

/**
 * waiting: its turn has not come, or it is away. given: it was told. begun: it has the program and tries it. healthy: it started with it and is
 * well. refused: it did not want it. failed: its memory did not take it. returned: it tried it and went back to what it had. ahead: it has it
 * already, or a later one. withdrawn: taken back before it began. unable: it cannot be updated over the air, or not with this; its code says why.
 */
export const MEMBER_STATES = [
  'waiting',
  'given',
  'begun',
  'healthy',
  'refused',
  'failed',
  'returned',
  'ahead',
  'withdrawn',
  'unable',
] as const
export type MemberState = (typeof MEMBER_STATES)[number]

/** Why a dongle is unable. no-updater: it has spoken and never said a word about updates, so it has no slots to load into. */
export const NO_UPDATER = 'no-updater'
export const OTHER_ENGINE = 'other-engine'

/** What a dongle says. `running`: the version of the program that it runs now, where it says that too. */
export interface MemberReport {
  outcome: 'begun' | 'done' | 'refused' | 'failed' | 'returned'
  running?: number
}

export const OPEN_STATES = ['given', 'begun'] as const satisfies MemberState[]
export const FAILED_STATES: readonly MemberState[] = ['refused', 'failed', 'returned']

export function isOpen(state: MemberState): boolean {
  return state === 'given' || state === 'begun'
}

/** What a dongle's report says of its order; undefined while it loads, or when it has none. */
export function reportOf({ state, running }: Pick<UpdateReport, 'state' | 'running'>): MemberReport | undefined {
  const outcome = OUTCOMES[state]
  return outcome === undefined ? undefined : { outcome, running }
}

const OUTCOMES: { [state in UpdateState]?: MemberReport['outcome'] } = {
  loaded: 'begun',
  trial: 'begun',
  good: 'done',
  returned: 'returned',
  refused: 'refused',
  failed: 'failed',
  // With this order's number: it has lost the program that it had, and gets another from the desk.
  rescue: 'returned',
}

/**
 * The state after a report; `version` is that of the release. A report about something long settled changes nothing, and words that are
 * against what the dongle says it runs are no success: done with another program is gone back.
 */
export function memberAfter(state: MemberState, { outcome, running }: MemberReport, version: number): MemberState {
  const runs = running ?? version
  if (state === 'waiting') return state
  // It was too far to be taken back. What it did instead of it is no failure of the release.
  if (state === 'withdrawn') return outcome === 'done' && runs === version ? 'healthy' : state
  if (isOpen(state) && (running ?? 0) > version) return 'ahead'
  if (isOpen(state) && outcome === 'refused' && running === version) return 'ahead'
  const hasGoneBack = outcome === 'returned' || (outcome === 'done' && runs < version)
  // It was well and has gone back after all: that is what a soak is for.
  if (hasGoneBack) return isOpen(state) || state === 'healthy' ? 'returned' : state
  if (!isOpen(state)) return state
  return outcome === 'done' ? 'healthy' : (outcome as MemberState)
}

/** Members that were given the update, `count` of a kind. `isLate`: longer ago than the plan's answerS. */
export interface MemberCount {
  state: MemberState
  isLate: boolean
  count: number
}

/** One wave's dongles; silent are those that have had it too long without ending it. */
export function tallyOf(members: readonly MemberCount[]): WaveTally {
  const tally: WaveTally = { given: 0, healthy: 0, failed: 0, silent: 0 }
  for (const { state, isLate, count } of members) {
    // One that runs a later release proves nothing about this one.
    if (state === 'ahead') continue
    tally.given += count
    if (state === 'healthy') tally.healthy += count
    else if (FAILED_STATES.includes(state)) tally.failed += count
    else if (isOpen(state) && isLate) tally.silent += count
  }
  return tally
}
