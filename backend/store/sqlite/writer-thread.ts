// The thread that writes: it holds the only connection that readings are written on, and puts groups in their places when nobody else
// needs the processor, because nobody waits for it.

import { readlinkSync } from 'node:fs'
import { setPriority } from 'node:os'
import { workerData } from 'node:worker_threads'
import { assert } from '../../../shared/kernel/assert.ts'
import { tenureKeysOf } from '../key-ring.ts'
import { openKeyTree } from '../key-tree-file.ts'
import { openWriter } from './open.ts'
import { answerJobs } from './thread-jobs.ts'
import type { ThreadSetup } from './thread-link.ts'
import { createWriter, type Writer } from './writer.ts'

const { path, kek, keyTreeFile, bytesMax } = workerData as ThreadSetup
const tree = openKeyTree(keyTreeFile, false)
assert(tree.ok, 'the key tree was there when the store was opened')
/**
 * Room for all that a transaction changes: what has none is written to the log and read back within it, several times. A dongle's backlog and what it measures
 * meanwhile have some seven pages of 8 kB, of hours and indexes, so that this is enough for two thousand such dongles (docs/adr/0087-a-backlog-stays-in-memory.md).
 */
const CACHE_KIB = 128_000
const db = openWriter(path, bytesMax, { cacheKib: CACHE_KIB })
const writer = createWriter(db, path, tenureKeysOf(kek, tree.value))

/** Nothing came for this long: readers and registers need not wait for the rest of the five seconds. */
const IDLE_MS = 50
/** Of 19, where 0 is like everybody: about a tenth of a busy processor. */
const NICENESS = 10

const idle = setTimeout(settle, IDLE_MS).unref()
stepBack()

answerJobs<Writer>(writer, name => {
  if (name === 'close') clearTimeout(idle)
  // After the answer: a group that ends the five seconds does not wait for it.
  else if (writer.isDue()) settle()
  else if (name === 'place') idle.refresh()
})

function settle(): void {
  try {
    writer.settle()
  } catch {
    // The groups wait in the inbox; the next one that cannot be placed says what is wrong.
  }
}

/** On Linux a priority is a thread's; elsewhere there is no such file, and all are alike. */
function stepBack(): void {
  try {
    setPriority(Number(readlinkSync('/proc/thread-self').split('/').at(-1)), NICENESS)
  } catch {
    // not allowed to: slower, not wrong
  }
}
