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
  'unreachable',
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

// https://www.postgresql.org/docs/current/errcodes-appendix.html, and what node says of a connection
const OF_POSTGRES: { [code: string]: StoreTrouble } = {
  '53100': 'disk-full',
  '25006': 'read-only',
  '55P03': 'locked',
  '40001': 'locked',
  '40P01': 'locked',
  '57014': 'locked',
  XX001: 'broken',
  XX002: 'broken',
}
/** Connections, too many of them, a server that starts or stops. */
const UNREACHABLE = /^(08|53300|57P|E(CONN|HOST|NET|PIPE|TIMEDOUT|NOTFOUND|AI_))/
const LOST = /^(Connection terminated|timeout e|Client (was closed|has encountered)|Cannot use a pool)/

function troubleOfPostgres({ code, message }: { code?: unknown; message?: unknown }): StoreTrouble | undefined {
  if (typeof code === 'string') return OF_POSTGRES[code] ?? (UNREACHABLE.test(code) ? 'unreachable' : undefined)
  return typeof message === 'string' && LOST.test(message) ? 'unreachable' : undefined
}

/**
 * The trouble behind an error of SQLite or PostgreSQL; undefined if it is none of the engine's (a bug, or data we should not have let through).
 * `isDiskFull` is asked only for I/O errors: a full disk shows as one when it is the shared-memory file that cannot grow.
 */
export function troubleOf(error: unknown, isDiskFull: () => boolean): StoreTrouble | undefined {
  const { code, errcode } = (error ?? {}) as { code?: unknown; errcode?: unknown }
  if (error === null || typeof error !== 'object') return undefined
  if (code !== 'ERR_SQLITE_ERROR' || typeof errcode !== 'number') return troubleOfPostgres(error)
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
