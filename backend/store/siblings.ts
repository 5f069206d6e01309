// Other programs on the same database, as far as the engine knows of them: a line to all of them, work that one does at a time, and which of them
// is the first. What is said may be lost; what must be known is in the database.

export interface Siblings {
  /** Says a line to all others that hear now. One that is longer than LINE_BYTES_MAX is not said. */
  tell(line: string): void
  /**
   * Says a line that all others must have taken. Resolves when each has, or has had no connection for so long that it knows (isCurrent). Rejects with
   * StoreFault when it cannot be said.
   */
  tellAll(line: string): Promise<void>
  /** What others said until CURRENT_MS ago was taken here: what memory holds of it can be relied upon. */
  isCurrent(): boolean
  /** Resolves when every transaction that is under way in any program is over, and what was said with it was taken here. Rejects with StoreFault. */
  quiet(): Promise<void>
  /** `take` is called with each line that another says, `missed` when some may not have been heard: nothing is current until it has resolved. One hearer. */
  hear(take: (line: string) => void, missed: () => void | Promise<void>): void
  /** Does what one does at a time, such as rounds over all dongles. At most one of them is; for a moment none may be. */
  isFirst(): boolean
  /** What the database's clock says now, in epoch seconds, within half a second; undefined where it has none of its own. */
  databaseS(): number | undefined
  /** Runs `work` while no other runs its own; rejects as it does. */
  inTurn<T>(work: () => Promise<T>): Promise<T>
}

/** What the engine carries in one line. */
export const LINE_BYTES_MAX = 7850

/** Without a word from the database for so long a program relies on nothing that others may have changed. */
export const CURRENT_MS = 4000

/** A batch that was stored, as it is said to others with its commit: tenure, first and last reading's time. */
export type StoredTimes = readonly [tenureNo: number, fromS: number, toS: number]

/** One program has the file to itself. */
export const ALONE: Siblings = {
  tell() {},
  tellAll: async () => undefined,
  isCurrent: () => true,
  quiet: async () => undefined,
  hear() {},
  isFirst: () => true,
  databaseS: () => undefined,
  inTurn: work => work(),
}
