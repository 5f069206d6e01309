// Other programs on the same database, as far as the engine knows of them: a line to all of them, work that one does at a time, and which of them
// is the first. What is said may be lost; what must be known is in the database.

export interface Siblings {
  /** Says a line to all others that hear now. One that is longer than LINE_BYTES_MAX is not said. */
  tell(line: string): void
  /** `take` is called with each line that another says, `missed` when some may not have been heard. One hearer. */
  hear(take: (line: string) => void, missed: () => void): void
  /** Does what one does at a time, such as rounds over all dongles. At most one of them is; for a moment none may be. */
  isFirst(): boolean
  /** Runs `work` while no other runs its own; rejects as it does. */
  inTurn<T>(work: () => Promise<T>): Promise<T>
}

/** What the engine carries in one line. */
export const LINE_BYTES_MAX = 7900

/** One program has the file to itself. */
export const ALONE: Siblings = {
  tell() {},
  hear() {},
  isFirst: () => true,
  inTurn: work => work(),
}
