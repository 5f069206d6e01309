// A batch as records for the ring: encoded, and halved where it would not fit in one. It knows that a batch is readings with
// losses among them, in the order of their sequence numbers.

import { type Batch, type BatchId, columnOf, type Loss, spanOf } from '../batch/batch.ts'
import { encodeWith } from '../batch/encode-steps.ts'
import { assert } from '../kernel/assert.ts'
import type { Packing } from '../kernel/natives.ts'

/**
 * `batch` in one record or, split in halves as often as one would pass `bytesMax`, in several; in order. `encoded` is what
 * encodeWith gives, where somebody has it already.
 */
export function recordsOf(
  batch: Batch,
  bytesMax: number,
  packing: Packing,
  encoded?: Uint8Array,
): { id: BatchId; bytes: Uint8Array }[] {
  const bytes = encoded === undefined ? encodeWith(batch, packing) : encoded
  const id = { boot: batch.boot, firstSeq: batch.firstSeq, span: spanOf(batch) }
  if (bytes.length <= bytesMax) return [{ id: id, bytes: bytes }]
  const count = batch.timeS.length
  assert(count > 1, 'a reading fits in a record')
  const half = Math.floor(count / 2)
  const middleSeq = seqOf(batch, half)
  const before = recordsOf(part(batch, 0, half, batch.firstSeq, middleSeq), bytesMax, packing)
  return before.concat(recordsOf(part(batch, half, count, middleSeq, batch.firstSeq + id.span), bytesMax, packing))
}

// The sequence number of reading `index`: the losses before it took numbers too.
function seqOf(batch: Batch, index: number): number {
  let seq = batch.firstSeq + index
  for (let i = 0; i < batch.losses.length; i++) {
    const loss = batch.losses[i] as Loss
    if (loss.fromSeq <= seq) seq += loss.count
  }
  return seq
}

// Readings from … to-1 and the losses whose numbers are in fromSeq … toSeq-1.
function part(batch: Batch, from: number, to: number, fromSeq: number, toSeq: number): Batch {
  const columns: ArrayLike<number>[] = []
  for (let i = 0; i < batch.fields.length; i++) columns.push(slice(columnOf(batch, i), from, to))
  const losses: Loss[] = []
  for (let i = 0; i < batch.losses.length; i++) {
    const loss = batch.losses[i] as Loss
    if (loss.fromSeq >= fromSeq && loss.fromSeq < toSeq) losses.push(loss)
  }
  return {
    boot: batch.boot,
    firstSeq: fromSeq,
    meter: batch.meter,
    timeS: slice(batch.timeS, from, to),
    fields: batch.fields,
    columns: columns,
    losses: losses,
  }
}

function slice(values: ArrayLike<number>, from: number, to: number): ArrayLike<number> {
  if (values.length === 1) return values
  const part: number[] = []
  for (let i = from; i < to; i++) part.push(values[i] as number)
  return part
}
