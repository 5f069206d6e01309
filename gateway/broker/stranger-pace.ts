// How fast those are let in who have proven nothing: a handshake and a CONNECT of theirs cost the thread that serves everybody up to a millisecond. Pure;
// time is an argument. While nobody proves himself they get a quarter of a hundredth of the thread, because a message in a hundred makes a p99, and a handshake holds up who comes in it and who waits for an answer; each proof lets two more in, so that a herd after an outage has
// its full speed after a few doublings, and a flood never. Of what comes by itself each failure of an address leaves one half more to those who failed less often: a flood
// that has come once from each of its addresses is behind everybody who comes for the first time.

export interface StrangerPace {
  /** So many a second at most, however many prove themselves. */
  perSecond: number
  burst: number
  /** What proofs have earned, and what comes by itself; each has its own bound. */
  earned: number
  /** Below the most of a second. */
  room: number
  atMs: number
}

/** What part of the most a second comes without any proof. */
export const UNEARNED_PART = 80
/** And what part of the most at once: the rest is there for who earns it. */
export const UNEARNED_BURST_PART = 10
const PER_PROOF = 2
/** Who failed more often than this is no further behind. */
const FAILURES_TOLD_APART = 2

export function createStrangerPace(perSecond: number, burst: number): StrangerPace {
  return { perSecond, burst, earned: unearnedMax(burst), room: burst, atMs: 0 }
}

/** True when one more from an address where so many failed lately may come in at `nowMs` (monotonic). Where somebody has proven himself nobody asks. */
export function takeStranger(pace: StrangerPace, failures: number, nowMs: number): boolean {
  refill(pace, nowMs)
  const left = Math.floor(unearnedMax(pace.burst) * (1 - 2 ** -Math.min(failures, FAILURES_TOLD_APART)))
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
  const unearned = Math.min(second / UNEARNED_PART, unearnedMax(pace.burst) - pace.earned)
  pace.earned += Math.max(0, unearned)
}

/** So many come at once without any proof. */
function unearnedMax(burst: number): number {
  return Math.max(1, burst / UNEARNED_BURST_PART)
}
