// The thread that copies the database: one snapshot of it, held by a read transaction, in steps. Without the transaction each commit of the
// writer would make the copy begin anew (https://www.sqlite.org/backup.html); with it the log grows until the copy is whole.

import { createHash } from 'node:crypto'
import { closeSync, fsyncSync, openSync, readSync } from 'node:fs'
import { basename, dirname } from 'node:path'
import { backup, DatabaseSync } from 'node:sqlite'
import { parentPort, workerData } from 'node:worker_threads'
import type { CopiedFile } from '../store.ts'
import type { CopySetup } from './backup.ts'

/** 4 MB. */
const PAGES_A_STEP = 512
const CHUNK_BYTES = 1_048_576

const { path, database } = workerData as CopySetup
const source = new DatabaseSync(path, { readOnly: true, timeout: 5000 })
source.exec('BEGIN')
source.prepare('SELECT count(*) FROM meta').get() // the snapshot is taken by the first read
await backup(source, database, { rate: PAGES_A_STEP })
source.close()
const copied: CopiedFile[] = [syncedFacts(database)]
const folder = openSync(dirname(database), 'r')
fsyncSync(folder)
closeSync(folder)
parentPort?.postMessage(copied)

function syncedFacts(file: string): CopiedFile {
  const opened = openSync(file, 'r+')
  fsyncSync(opened)
  const hash = createHash('sha256')
  const chunk = Buffer.alloc(CHUNK_BYTES)
  let bytes = 0
  for (let got = readSync(opened, chunk); got > 0; got = readSync(opened, chunk)) {
    hash.update(chunk.subarray(0, got))
    bytes += got
  }
  closeSync(opened)
  return { name: basename(file), bytes, sha256: hash.digest('hex') }
}
