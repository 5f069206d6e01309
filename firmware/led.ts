// The status LED: how often it blinks every eight seconds says what is missing. One table; docs/hardware.md shows it to people.

/** From the least basic to the most basic trouble: the most basic one that there is is shown, by its place plus two blinks. One blink: all is well. */
export const LED_TROUBLES = ['no gateway', 'no Wi-Fi', 'no P1', 'no identity'] as const
const BLINK_MS = 120
const PAUSE_MS = 280

/** Times of a pulse, on and off in turn, in ms. `trouble`: its place in LED_TROUBLES, -1 for none. */
export function blinkTimes(trouble: number): number[] {
  const times = [BLINK_MS]
  for (let i = -1; i < trouble; i++) times.push(PAUSE_MS, BLINK_MS)
  return times
}
