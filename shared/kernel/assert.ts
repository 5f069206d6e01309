// Impossible states. An assertion stays on: on the dongle it ends in a reboot with a reason, in node the process ends
// and its supervisor starts it again. Bad input is never an assertion: it is a Result.

/** Throws Error(sentence) when `condition` is false. The sentence says what must be true. */
export function assert(condition: boolean, sentence: string): asserts condition {
  if (!condition) throw new Error(sentence)
}
