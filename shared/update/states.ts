// How far an update is and why it went no further, in the numbers that a dongle reports and the words that people read. Append
// only: a name's place is its number on the wire.

/**
 * none: there was no order yet. loading: taken, chunks are being asked for. loaded: all there, hash right; it restarts into it. trial: the
 * new program runs. good: it has lived, read the meter, opened a session and had a batch acknowledged: only this is success. returned: it
 * did not, the former one runs again. refused: nothing was changed. failed: it could not be loaded; the former one runs. rescue: no
 * program is whole; the rescue program waits for an order.
 */
export const UPDATE_STATES = [
  'none', // 0
  'loading', // 1
  'loaded', // 2
  'trial', // 3
  'good', // 4
  'returned', // 5
  'refused', // 6
  'failed', // 7
  'rescue', // 8
] as const
export type UpdateState = (typeof UPDATE_STATES)[number]
export const NONE = 0
export const LOADING = 1
export const LOADED = 2
export const TRIAL = 3
export const GOOD = 4
export const RETURNED = 5
export const REFUSED_UPDATE = 6
export const FAILED = 7
export const RESCUE = 8

export const UPDATE_CODES = [
  'none', // 0
  'forged', // 1 refused: the MAC is not this dongle's
  'replayed', // 2 refused: a newer order was taken before
  'malformed', // 3 refused: no manifest of a known format, or nonsense in it
  'other-board', // 4 refused
  'other-engine', // 5 refused
  'other-map', // 6 refused: made for another partition of the flash
  'too-large', // 7 refused: longer than a slot
  'below-floor', // 8 refused: lower than what was once good allows
  'not-newer', // 9 refused: not above the running version, and going back was not asked
  'busy', // 10 refused: the running program is on trial itself
  'hash', // 11 failed: what came is not what was promised
  'flash', // 12 failed: the memory did not take it
  'withdrawn', // 13 failed: the backend took it back while it was loaded
  'crashed', // 14 returned: it ended again and again
  'unhealthy', // 15 returned: not good in time
  'damaged', // 16 good or rescue: a slot has rotted; the other one runs
] as const
export type UpdateCode = (typeof UPDATE_CODES)[number]
export const FORGED = 1
export const REPLAYED = 2
export const MALFORMED = 3
export const OTHER_BOARD = 4
export const OTHER_ENGINE = 5
export const OTHER_MAP = 6
export const TOO_LARGE = 7
export const BELOW_FLOOR = 8
export const NOT_NEWER = 9
export const BUSY = 10
export const HASH = 11
export const FLASH = 12
export const WITHDRAWN = 13
export const CRASHED = 14
export const UNHEALTHY = 15
export const DAMAGED = 16
