// The status LED while setup is open: a long light that says "setup", then the reason's number (docs/reasons.md), tens half as long and
// ones short. No reason: the long light alone.

const LEAD_MS = 1000
const TEN_MS = 500
const ONE_MS = 120
const PAUSE_MS = 250

/** Times of a pulse, on and off in turn, in ms; the longest takes 7.6 s. */
export function codeTimes(code: number): number[] {
  const times = [LEAD_MS]
  for (let i = 10; i <= code; i += 10) times.push(PAUSE_MS, TEN_MS)
  for (let i = 0; i < code % 10; i++) times.push(PAUSE_MS, ONE_MS)
  return times
}
