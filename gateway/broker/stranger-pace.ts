// How fast those are let in who have proven nothing: a handshake and a CONNECT of theirs cost the thread that serves everybody up to a millisecond. Pure;
// time is an argument. While nobody proves himself they get half a hundredth of the thread: a message in a hundred makes a p99; each proof lets two more in, so that a herd after an outage has
// its full speed after a few doublings, and a flood never. Who failed before takes only of what those do not need who come for the first time.

import type { Standing } from './callers.ts'

export interface StrangerPace {
  /** So many a second at most, however many prove themselves. */
  perSecond: number
  burst: number
  /** What proofs have earned, and what comes by itself. */
  earned: number
  /** Below the most of a second. */
  room: number
  atMs: number
}

/** What part of the most a second comes without any proof. */
export const UNEARNED_PART = 40
const PER_PROOF = 2

export function createStrangerPace(perSecond: number, burst: number): StrangerPace {
  return { perSecond, burst, earned: burst, room: burst, atMs: 0 }
}

/** True when one more from an address of this standing may come in at `nowMs` (monotonic). Where somebody has proven himself nobody asks. */
export function takeStranger(pace: StrangerPace, standing: Exclude<Standing, 'proven'>, nowMs: number): boolean {
  refill(pace, nowMs)
  const left = standing === 'failed' ? Math.floor(pace.burst / 2) : 0
  if (pace.earned < left + 1 || pace.room < 1) return false
  pace.earned--
  pace.room--
  return true
}

/** One who was let in as a stranger has proven himself. */
export function earn(pace: StrangerPace): void {
  pace.earned = Math.min(pace.burst, pace.earned + PER_PROOF)
}

function refill(pace: StrangerPace, nowMs: number): void {
  const second = (pace.perSecond * Math.max(0, nowMs - pace.atMs)) / 1000
  pace.atMs = Math.max(pace.atMs, nowMs)
  pace.room = Math.min(pace.burst, pace.room + second)
  pace.earned = Math.min(pace.burst, pace.earned + second / UNEARNED_PART)
}
