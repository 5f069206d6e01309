// Time enters as an argument. Only a shell's main reads a real clock.

export interface Clock {
  /** Milliseconds that never run backwards; the start is arbitrary. */
  monotonicMs(): number
  /** Epoch seconds, UTC, whole. */
  wallS(): number
  /** Epoch milliseconds, UTC, where the clock knows them. */
  wallMs?(): number
}
