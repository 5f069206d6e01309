// Batches that a sibling has stored, for pages that are open here: read from the database and shown as if they had been stored here. One after the other
// within a tenure, so that they come in the order in which they were stored.

import { openBatch, readingsOf } from '../metering-points/raw.ts'
import type { SiblingLine } from '../siblings/talk.ts'
import type { ReadingReader } from '../store/store.ts'
import type { FanOut } from './fan-out.ts'

type StoredBatch = Extract<SiblingLine, { do: 'batch' }>

/** A backlog that comes faster than it can be read is left to the range that a page reads. */
const WAITING_MAX = 100

export function showWhatSiblingsStore(store: ReadingReader, fanOut: FanOut): (stored: StoredBatch) => void {
  const waiting = new Map<number, StoredBatch[]>()

  return stored => {
    const { tenureNo } = stored
    if (!fanOut.isWatched(tenureNo)) return
    const queue = waiting.get(tenureNo)
    if (queue === undefined) {
      waiting.set(tenureNo, [stored])
      void showAll(tenureNo)
    } else if (queue.length < WAITING_MAX) queue.push(stored)
  }

  async function showAll(tenureNo: number): Promise<void> {
    const queue = waiting.get(tenureNo) as StoredBatch[]
    for (let next = queue[0]; next !== undefined; next = queue[0]) {
      // A database that does not answer is said on /readyz; the page reads the range when it comes again.
      await show(next).catch(() => undefined)
      queue.shift()
    }
    waiting.delete(tenureNo)
  }

  async function show({ tenureNo, boot, firstSeq, fromS, toS, receivedAtMs }: StoredBatch): Promise<void> {
    for await (const { row, bytes } of store.batches(tenureNo, fromS, toS + 1)) {
      if (row.boot !== boot || row.firstSeq !== firstSeq || row.receivedAtMs !== receivedAtMs) continue
      fanOut.show(tenureNo, readingsOf(openBatch(bytes)), receivedAtMs)
    }
  }
}
