// A copy of everything that was stored, taken while all goes on. The inbox is copied first and the database after: what leaves the inbox in
// between is durable in the database by then, so every batch that was acknowledged before is in one of the two, and "stored once" makes
// one that is in both harmless (docs/adr/0041).

import { basename, join } from 'node:path'
import { Worker } from 'node:worker_threads'
import type { CopiedFile } from '../store.ts'
import { inboxPath } from './inbox.ts'

export interface CopySetup {
  path: string
  /** Where the copy of the database goes. */
  database: string
  /** What is there when the database is copied too. */
  files: string[]
}

/** Writes into an empty folder; on the disk when it resolves. Rejects with what SQLite or the disk says. */
export async function copyStore(
  path: string,
  folder: string,
  copyInbox: (file: string) => Promise<void>,
): Promise<CopiedFile[]> {
  const database = join(folder, basename(path))
  const inbox = inboxPath(database)
  await copyInbox(inbox)
  const setup: CopySetup = { path, database, files: [database, inbox] }
  return new Promise((resolve, reject) => {
    // Reading, copying and hashing gigabytes: in a thread of its own, where nobody waits.
    const thread = new Worker(new URL('./backup-thread.ts', import.meta.url), { workerData: setup })
    thread.once('message', resolve)
    thread.once('error', reject)
    thread.once('exit', code => reject(new Error(`the thread that copies ended with code ${code}`)))
  })
}
