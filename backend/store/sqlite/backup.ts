// A copy of everything that was stored, taken while all goes on. What was acknowledged before has been put in its place (sqlite-store.ts), so the database
// alone is the whole (docs/adr/0055).

import { basename, join } from 'node:path'
import { Worker } from 'node:worker_threads'
import type { CopiedFile } from '../store.ts'

export interface CopySetup {
  path: string
  /** Where the copy of the database goes. */
  database: string
}

/** Writes into an empty folder; on the disk when it resolves. Rejects with what SQLite or the disk says. */
export async function copyStore(path: string, folder: string): Promise<CopiedFile[]> {
  const setup: CopySetup = { path, database: join(folder, basename(path)) }
  return new Promise((resolve, reject) => {
    // Reading, copying and hashing gigabytes: in a thread of its own, where nobody waits.
    const thread = new Worker(new URL('./backup-thread.ts', import.meta.url), { workerData: setup })
    thread.once('message', resolve)
    thread.once('error', reject)
    thread.once('exit', code => reject(new Error(`the thread that copies ended with code ${code}`)))
  })
}
