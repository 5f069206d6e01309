// When the writer's transactions begin and end. Groups of batches share one that stays open while they keep coming, and is settled
// (committed, without a sync of its own) every five seconds, when nothing comes, and before anybody reads or writes elsewhere: the
// inbox holds those groups durably until the log of this file is synced. Everything else is a whole transaction, synced when it returns.

import { closeSync, fdatasync, openSync } from 'node:fs'
import type { DatabaseSync } from 'node:sqlite'

/** How long groups share a transaction. Their pages are written once for all of them, and readers elsewhere lag by this at most. */
const SETTLE_AFTER_MS = 5000

export interface Transactions {
  /** The transaction that groups share, begun if there is none. */
  share(): void
  isShared(): boolean
  /** For how long it should still be kept open: not any more, once this is true. */
  isDue(): boolean
  /** Ends the shared transaction, if there is one. `durable` is called once what it wrote is on the disk; never if that fails. */
  settle(durable: () => void): void
  /** All of `work` or nothing, on the disk when it returns. There must be no shared one. */
  whole<T>(work: () => T): T
  rollback(): void
  close(): void
}

/** `beforeCommit` writes what is still in memory; it runs inside the transaction. */
export function createTransactions(db: DatabaseSync, path: string, beforeCommit: () => void): Transactions {
  let sharedSinceMs: number | undefined
  let log: number | undefined
  let isSyncing = false
  let next: (() => void) | undefined

  return { share, isShared: () => sharedSinceMs !== undefined, isDue, settle, whole, rollback, close }

  function share(): void {
    if (sharedSinceMs !== undefined) return
    // WAL mode with NORMAL: the log is synced before it is copied into the file, so the file is never torn
    // (https://www.sqlite.org/pragma.html#pragma_synchronous); what a power cut takes from the log's end is in the inbox.
    db.exec('PRAGMA synchronous = NORMAL; BEGIN IMMEDIATE')
    sharedSinceMs = performance.now()
  }

  function isDue(): boolean {
    return sharedSinceMs !== undefined && performance.now() - sharedSinceMs >= SETTLE_AFTER_MS
  }

  function settle(durable: () => void): void {
    if (sharedSinceMs === undefined) return
    beforeCommit()
    db.exec('COMMIT')
    sharedSinceMs = undefined
    next = durable
    sync()
  }

  /** In the background: a commit need not wait for it. One at a time, for the newest that was settled. */
  function sync(): void {
    if (isSyncing || next === undefined) return
    const durable = next
    next = undefined
    isSyncing = true
    // SQLite holds no locks on the log, so that another descriptor of it, closed, releases none.
    log ??= openSync(`${path}-wal`, 'r')
    fdatasync(log, error => {
      isSyncing = false
      if (!error) durable()
      sync()
    })
  }

  function whole<T>(work: () => T): T {
    db.exec('PRAGMA synchronous = FULL; BEGIN IMMEDIATE')
    const result = work()
    beforeCommit()
    db.exec('COMMIT')
    return result
  }

  function rollback(): void {
    sharedSinceMs = undefined
    if (db.isTransaction) db.exec('ROLLBACK')
  }

  function close(): void {
    next = undefined
    if (log !== undefined && !isSyncing) closeSync(log)
  }
}
