// What can be wrong with the store itself: the disk is full, somebody holds the lock, the file may not be written. It turns an engine's
// error into the word that /readyz, the log and the gateway use. Faults of data (a bad batch) are not here.

import type { Readiness } from '../../shared/port/ingest-port.ts'

export type StoreTrouble = Exclude<Readiness, { isReady: true }>['reason']

export const STORE_TROUBLES: readonly StoreTrouble[] = [
  'disk-full',
  'locked',
  'read-only',
  'starting',
  'stopping',
  'broken',
]

/** Nothing of the group is durable; who asked must keep what it has and come again. */
export class StoreFault extends Error {
  readonly reason: StoreTrouble
  constructor(reason: StoreTrouble, cause: unknown) {
    super(`the store cannot write: ${reason}`, { cause })
    this.reason = reason
  }
}

// https://www.sqlite.org/rescode.html, primary codes
const BUSY = 5
const LOCKED = 6
const READONLY = 8
const IOERR = 10
const CORRUPT = 11
const FULL = 13
const CANTOPEN = 14
const NOTADB = 26

/**
 * The trouble behind an error of SQLite; undefined if it is none of the engine's (a bug, or data we should not have let through).
 * `isDiskFull` is asked only for I/O errors: a full disk shows as one when it is the shared-memory file that cannot grow.
 */
export function troubleOf(error: unknown, isDiskFull: () => boolean): StoreTrouble | undefined {
  const code = (error as { code?: unknown }).code
  const errcode = (error as { errcode?: unknown }).errcode
  if (code !== 'ERR_SQLITE_ERROR' || typeof errcode !== 'number') return undefined
  switch (errcode & 0xff) {
    case FULL:
      return 'disk-full'
    case BUSY:
    case LOCKED:
      return 'locked'
    case READONLY:
      return 'read-only'
    case IOERR:
      return isDiskFull() ? 'disk-full' : 'broken'
    case CORRUPT:
    case CANTOPEN:
    case NOTADB:
      return 'broken'
    default:
      return undefined
  }
}
