// What a test wants to know of the dongle's rings, whether as firmware/config.ts lays them out or smaller.

import { type Batch, spanOf } from '../../shared/batch/batch.ts'
import { decodeBatch } from '../../shared/batch/decode.ts'
import { nextNewer, type Ring } from '../../shared/session/ring.ts'

/** What waits in one ring, oldest first. Throws on a record that does not decode or has another name than its batch. */
export function batchesIn(ring: Ring): Batch[] {
  const batches: Batch[] = []
  for (let record = nextNewer(ring, -1); record; record = nextNewer(ring, record.place)) {
    const decoded = decodeBatch(record.bytes)
    if (!decoded.ok) throw new Error(`a record does not decode: ${decoded.fault.code}`)
    const { boot, firstSeq } = decoded.value
    const span = spanOf(decoded.value)
    const { id } = record
    if (boot !== id.boot || firstSeq !== id.firstSeq || span !== id.span) throw new Error('a record with another name')
    batches.push(decoded.value)
  }
  return batches
}
