// A batch into its bytes, version 1 (docs/protocol.md, section Batch), in steps and with what the engine does natively. The same
// batch gives the same bytes on every engine: resent batches are compared byte for byte. Espruino dialect; no step is spent on what a reader could find out.

import { assert } from '../kernel/assert.ts'
import type { Packing } from '../kernel/natives.ts'
import type { Pieces } from '../kernel/pieces.ts'
import { type Batch, columnOf, LOSS_REASONS, type Loss } from './batch.ts'
import { BYTES, headOf, UINT } from './cbor.ts'
import { type BitSink, endBits, putSized, writeColumn, writeSame } from './columns.ts'
import { encodeCoded } from './encode-rows.ts'
import { LIMITS } from './limits.ts'
import { BATCH_VERSION, KEY_BODY, KEY_LOSSES, KEY_METER, KEY_THINNED, KEY_VERSION } from './versions.ts'

/** A batch on its way into bytes: which column is next, -1 the time, and the bits so far. */
export interface Encoding {
  batch: Batch
  next: number
  sink: BitSink
}

const MAP = 0xa0
const ARRAY = 0x80

/**
 * The bytes of a batch within LIMITS. Its losses ascend and lie within its span; touching losses for the same reason
 * become one. More than 60 readings that jump wildly may come out longer than LIMITS.bytesMax, which readers refuse: the
 * caller then sends two batches. Asserts on values that are not whole, or fields that do not ascend.
 */
export function encodeWith(batch: Batch, packing: Packing): Uint8Array {
  const encoding = beginEncoding(batch, packing)
  while (stepEncoding(encoding, 1)) {}
  return endEncoding(encoding)
}

/*  body, in bits:  boot sized | firstSeq sized | count sized
 *                  and with a count above 0:  field mask sized | time column | a column per bit of the mask, the lowest first
 *                  zeros up to a whole byte  */

/** The same in steps, for the dongle, where a column may take 40 ms: begin, step until it gives false, end. */
export function beginEncoding(batch: Batch, packing: Packing): Encoding {
  const count = batch.timeS.length
  assert(count <= LIMITS.readingsMax, 'a batch holds at most LIMITS.readingsMax readings')
  const sink: BitSink = { packing: packing, bytes: [], bits: '' }
  putSized(sink, 0, 0, batch.boot)
  putSized(sink, 0, 0, batch.firstSeq)
  putSized(sink, 0, 0, count)
  if (count > 0) {
    const slots = batch.coded && batch.coded.slots
    let mask = slots !== undefined && slots.fields === batch.fields ? slots.mask : 0
    if (mask === 0) for (const field of batch.fields) mask |= 1 << field
    putSized(sink, 0, 0, mask)
  }
  return { batch: batch, next: -1, sink: sink }
}

/** Writes the time; then half of the columns if their bits are there, else the next ones, `most` of them. False when all of them are written. */
export function stepEncoding(encoding: Encoding, most: number): boolean {
  const batch = encoding.batch
  if (batch.timeS.length === 0 || encoding.next >= batch.fields.length) return false
  if (encoding.next >= 0 && batch.coded !== undefined) {
    // in two turns: together they are more than one, and what comes next goes with the second
    const from = encoding.next
    encoding.next = from === 0 ? (batch.fields.length + 1) >> 1 : batch.fields.length
    encodeCoded(encoding.sink, batch, from, encoding.next)
    return from === 0
  }
  for (let i = 0; i < most && encoding.next < batch.fields.length; i++) {
    const at = encoding.next++
    const column = at < 0 ? batch.timeS : columnOf(batch, at)
    // most columns of a short batch are constant
    if (column.length === 1) writeSame(encoding.sink, column[0] as number)
    else writeColumn(encoding.sink, column)
    if (at < 0) return true
  }
  return true
}

export function endEncoding(encoding: Encoding): Uint8Array {
  const batch = encoding.batch
  const packing = encoding.sink.packing
  const body = endBits(encoding.sink)
  const losses = lossNumbers(batch)
  const thinned = batch.thinned
  // a map, its keys ascending
  let count = 2
  const more: Pieces = []
  if (losses.length > 0) {
    count++
    more.push(KEY_LOSSES, headOf(ARRAY >> 5, losses.length))
    for (let i = 0; i < losses.length; i++) more.push(headOf(UINT, losses[i] as number))
  }
  if (batch.meter > 0) {
    count++
    more.push(KEY_METER, headOf(UINT, batch.meter))
  }
  if (thinned !== undefined) {
    count++
    more.push(KEY_THINNED, ARRAY + 2, headOf(UINT, thinned.periodS), headOf(UINT, thinned.span))
  }
  return packing.toUint8Array([
    MAP + count,
    KEY_VERSION,
    BATCH_VERSION,
    KEY_BODY,
    headOf(BYTES, body.length),
    body,
    more,
  ])
}

// Each loss as three numbers: readings since the loss before it, how many are lost, why.
function lossNumbers(batch: Batch): number[] {
  const numbers: number[] = []
  let nextSeq = batch.firstSeq
  let lastReason = -1
  for (let i = 0; i < batch.losses.length; i++) {
    const loss = batch.losses[i] as Loss
    const reason = LOSS_REASONS.indexOf(loss.reason)
    if (loss.fromSeq === nextSeq && reason === lastReason) (numbers[numbers.length - 2] as number) += loss.count
    else numbers.push(loss.fromSeq - nextSeq, loss.count, reason)
    nextSeq = loss.fromSeq + loss.count
    lastReason = reason
  }
  return numbers
}
