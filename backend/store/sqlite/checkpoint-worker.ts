// Moves what is in the write-ahead log into the database file, in a thread with a connection of its own: copying and its fsync then
// stop neither a commit nor an answer (https://www.sqlite.org/wal.html, "checkpointing" beside a writer). It only ever shortens the
// log; nothing is less durable when it fails, is late or is ended at any moment.

import { DatabaseSync, type StatementSync } from 'node:sqlite'
import { parentPort, workerData } from 'node:worker_threads'

/** Each turn syncs the file, and commits wait for the same disk: once a second held up fewer of them than four times. A busy log grows by some 10 MB meanwhile. */
const EVERY_MS = 1000

let db: DatabaseSync | undefined
let checkpoint: StatementSync | undefined

const timer = setInterval(() => {
  try {
    // not before: a store that was closed at once, or that did not open after all, may have no file any more when this thread has started
    db ??= new DatabaseSync(workerData as string, { timeout: 0 })
    checkpoint ??= db.prepare('PRAGMA wal_checkpoint(PASSIVE)')
    checkpoint.get()
  } catch {
    // busy, locked or a full disk: the writer will say so, with its reason, when it matters
  }
}, EVERY_MS)

parentPort?.once('message', () => {
  clearInterval(timer)
  db?.close()
})
