// Opening the one SQLite file: how durable, how large, how patient. It knows pragmas and nothing of what is stored.
// https://www.sqlite.org/pragma.html

import { closeSync, existsSync, openSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { Worker } from 'node:worker_threads'
import { migrate } from './migrations.ts'

const PAGE_BYTES = 8192
/** How long a write waits for another process's: nothing else is done meanwhile. */
const PATIENCE_MS = 100
/** A guest has nothing else to do. */
const GUEST_PATIENCE_MS = 5000
/** Pages that a connection keeps in memory, at most. */
const CACHE_KIB = 32_000

export interface Connections {
  /** The registers' queries; their transactions and the writer's exclude each other (group.ts). */
  registers: DatabaseSync
  /** The version of the schema that the file had; 0: it is new. */
  schemaBefore: number
  /** Reads readings while a register's transaction is open: it sees committed rows only. */
  reader: DatabaseSync
  /** The last to close copies the log into the file and removes it. */
  close(): Promise<void>
}

/** Opens and migrates. `bytesMax` bounds the file (undefined: the disk does). Throws what SQLite throws. */
export function openConnections(path: string, bytesMax: number | undefined, isGuest: boolean): Connections {
  makePrivate(path)
  const registers = openWriter(path, bytesMax, { patienceMs: isGuest ? GUEST_PATIENCE_MS : PATIENCE_MS })
  const schemaBefore = migrate(registers)
  const reader = new DatabaseSync(path, { readOnly: true, timeout: 100 })
  reader.exec(`PRAGMA cache_size = -${CACHE_KIB}`)
  const checkpointer = new Worker(new URL('./checkpoint-worker.ts', import.meta.url), { workerData: path })
  checkpointer.unref()
  async function close(): Promise<void> {
    const ended = new Promise(resolve => checkpointer.once('exit', resolve))
    checkpointer.ref()
    checkpointer.postMessage('close')
    await ended
    reader.close()
    registers.close()
  }
  return { registers, reader, schemaBefore, close }
}

/** A new file is its owner's alone: who holds which metering point stands in it in the clear. SQLite gives the files beside it the same rights. */
export function makePrivate(path: string): void {
  if (!existsSync(path)) closeSync(openSync(path, 'a', 0o600))
}

/**
 * A connection that writes. FULL: a commit returns only after the WAL is synced (transactions.ts has the one exception). 8 KiB pages: batches of half
 * a kilobyte fill them better and a third fewer bytes are written.
 */
export function openWriter(
  path: string,
  bytesMax: number | undefined,
  { patienceMs = PATIENCE_MS, cacheKib = CACHE_KIB } = {},
): DatabaseSync {
  const writer = new DatabaseSync(path, { timeout: patienceMs, enableForeignKeyConstraints: true })
  writer.exec(`PRAGMA page_size = ${PAGE_BYTES}; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;`)
  // checkpoint-worker.ts keeps the log copied; from 24,000 pages (190 MB) on the writer finishes what is left, which is little, so that
  // the log can begin anew. After a burst the file shrinks back to 64 MB.
  writer.exec('PRAGMA wal_autocheckpoint = 24000; PRAGMA journal_size_limit = 67108864;')
  writer.exec(`PRAGMA cache_size = -${cacheKib}`)
  if (bytesMax !== undefined) writer.exec(`PRAGMA max_page_count = ${Math.max(1, Math.floor(bytesMax / PAGE_BYTES))}`)
  return writer
}
