// The status LED: how often it blinks every eight seconds says what is missing. One table; docs/hardware.md shows it to people.
// Which seconds have a blink is said here, who lights it is main.ts.

/** Troubles, from the least to the most basic: the most basic one that there is is shown, by its number plus two blinks. -1: all is well, one blink. */
export const NO_GATEWAY = 0
export const NO_WIFI = 1
export const NO_P1 = 2
export const NO_IDENTITY = 3
const PERIOD = 8

/** Whether it blinks in this second: as often as `trouble` asks for, then not until eight seconds are over. */
export function isBlink(second: number, trouble: number): boolean {
  return second % PERIOD < trouble + 2
}
