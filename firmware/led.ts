// The status LED: how often it blinks every eight seconds says what is missing. One table; docs/hardware.md shows it to people.

/** Troubles, from the least to the most basic: the most basic one that there is is shown, by its number plus two blinks. -1: all is well, one blink. */
export const NO_GATEWAY = 0
export const NO_WIFI = 1
export const NO_P1 = 2
export const NO_IDENTITY = 3
const BLINK_MS = 120
const PAUSE_MS = 280

/** Times of a pulse, on and off in turn, in ms. */
export function blinkTimes(trouble: number): number[] {
  const times = [BLINK_MS]
  for (let i = -1; i < trouble; i++) times.push(PAUSE_MS, BLINK_MS)
  return times
}
