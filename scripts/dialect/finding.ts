// What the gate says about one place in the bundle.

export interface Finding {
  /** Names the rule; one word per construct, stable, for tests and for searching. */
  rule: string
  /** What is wrong on the engine and what to write instead. */
  message: string
  /** Offset of the first character in the bundle. */
  at: number
}

export type Report = (rule: string, at: number, message: string) => void
