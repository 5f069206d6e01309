// The columns of a short batch out of rows of numbers (shared/reading/slots.ts): what stands still, and what stays within 255 of its least,
// by native calls and few words, because here the dongle spends most of a batch. Not always the shortest coding; the bytes are version 1
// like any others, and who re-encodes what they decode to gets the shorter form. Espruino dialect. See docs/adr/0038.

import type { Slots } from '../reading/slots.ts'
import { type Batch, columnOf, type Rows } from './batch.ts'
import { type BitSink, OFFSETS, SHORT_COLUMN, writeColumn } from './columns.ts'

/** So many offsets of eight bits, each times its power of two, add up to what a float still holds exactly, whatever their base. */
const GROUP = 5
const RANGE_MAX = 255
/** The length of such a number no longer fits in five bits. */
const LONG_FROM = 1073741824
/** What one step may cost: a column that stands still 1, one of offsets 3 more, any other 9 more. */
const STEP_COST = 14
const NEAR_COST = 3
const FAR_COST = 9

/** A batch on its way into bytes: which column is next, and the bits so far. */
export interface Encoding {
  batch: Batch
  next: number
  sink: BitSink
  /** As strideOf gives it: empty when the columns are taken one by one. */
  stride: Uint16Array
}

/** Where in the rows the column of place 0 is, its last repeated up to whole groups; empty for a batch that is not short or has no such rows. */
export function strideOf(rows: Rows | undefined, count: number): Uint16Array {
  const isShort = rows !== undefined && rows.slots !== undefined && count <= SHORT_COLUMN
  const stride = new Uint16Array(isShort ? Math.ceil(count / GROUP) * GROUP : 0)
  for (let i = 0; i < stride.length; i++) stride[i] = (rows as Rows).width * (i < count ? i : count - 1)
  return stride
}

/** Writes the next columns, some of them. One loop without calls of ours, and what is looked up often stands first: each word costs. */
export function encodeNumbers(encoding: Encoding): void {
  let i = encoding.next
  let bits = ''
  const batch = encoding.batch
  const fields = batch.fields
  const rows = batch.rows as Rows
  const numbers = rows.values as Int32Array
  const changes = rows.changes as Uint8Array
  const slots = rows.slots as Slots
  const terms = slots.terms
  const natives = slots.natives
  const stride = encoding.stride
  const sink = encoding.sink
  const least = Math.min
  const most = Math.max
  const column = new Int32Array(stride.length)
  let width = 0
  let powers: number[] = []
  let end = 0
  let ones = 0
  for (let cost = 0; cost < STEP_COST && i < fields.length; cost++) {
    const field = fields[i] as number
    const place = slots.placeOf[field] as number
    let base = slots.values[field] as number
    // a one before it, and one for a column of one value
    let head = 3
    let offsets = ''
    let range = 0
    if (place > 0) {
      const factor = terms[place * 2] as number
      let first = numbers[place] as number
      if (changes[place]) {
        natives.mapInPlace(stride, column, numbers.subarray(place))
        first = least.apply(null, column as unknown as number[])
        range = (most.apply(null, column as unknown as number[]) - first) * factor
        cost += NEAR_COST
      }
      base = first * factor + (terms[place * 2 + 1] as number)
      if (range > 0 && range <= RANGE_MAX) {
        const bitsOfRange = range.toString(2).length
        if (bitsOfRange !== width) {
          width = bitsOfRange
          const step = 1 << width
          powers = [step * step * step * step, step * step * step, step * step, step, 1]
          end = step * (powers[0] as number)
          ones = (end - 1) / (step - 1)
        }
        // what the least, in each place, is too much
        const excess = ones * first
        for (let at = 0; at < stride.length; at += GROUP)
          offsets += ((natives.convolve(powers, column, at) - excess) * factor + end).toString(2).substr(1)
        offsets = offsets.substr(0, batch.timeS.length * width)
        head = (1 << 9) | (OFFSETS << 5) | width
      }
    }
    if (range > RANGE_MAX || base >= LONG_FROM) {
      sink.bits += bits
      bits = ''
      writeColumn(sink, columnOf(batch, i))
      cost += FAR_COST
    } else {
      // as putSized does
      const sized = base.toString(2)
      bits += ((head << 5) | (base && sized.length)).toString(2).substr(1) + sized.substr(1) + offsets
    }
    i++
  }
  sink.bits += bits
  encoding.next = i
}
