// The columns of a batch whose differences are bits already (shared/reading/slots.ts): a head, the first value, and those bits. Few
// words and no calls of ours, because here the dongle would spend most of a batch. Not always the shortest coding; the bytes are version 1 like any others,
// and who re-encodes what they decode to gets the shorter form. Espruino dialect. See docs/adr/0073.

import { DIFFERENCE_K } from '../kernel/differences.ts'
import type { Batch, Coded } from './batch.ts'
import { type BitSink, DELTAS, putSized, writeSame } from './columns.ts'

/** The length of such a number no longer fits in five bits. */
const LONG_FROM = 1073741824
/** A one before a column of one value (a one and its length in five bits), and before one of differences. */
const SAME_HEAD = 3
const DELTAS_HEAD = (1 << 9) | (DELTAS << 5) | DIFFERENCE_K

/** Writes the columns from `from` up to (not including) `to`, in order. What stands still, and did in the batch before, has its bits already. */
export function encodeCoded(sink: BitSink, batch: Batch, from: number, to: number): void {
  const coded = batch.coded as Coded
  const slots = coded.slots
  const texts = coded.texts
  const first = coded.first
  const before = slots.first
  const still = slots.still
  const terms = slots.terms
  let bits = ''
  for (const field of batch.fields.slice(from, to)) {
    const place = slots.placeOf[field] as number
    const text = texts[place] as string
    const isStill = text.indexOf('1') < 0
    // 0 where it is not known
    const known = isStill && first[place] === before[place] ? (still[field] as number) : 0
    let column = ''
    if (known > 0) column = known.toString(2).substr(1)
    else {
      let value = slots.values[field] as number
      if (place > 0) value = (first[place] as number) * (terms[place * 2] as number) + (terms[place * 2 + 1] as number)
      if (value < LONG_FROM) {
        // as putSized does
        const sized = value.toString(2)
        column =
          (((isStill ? SAME_HEAD : DELTAS_HEAD) << 5) | (value && sized.length)).toString(2).substr(1) + sized.substr(1)
        still[field] = isStill ? parseInt('1' + column, 2) : 0
      } else {
        const own: BitSink = { packing: sink.packing, bytes: [], bits: '' }
        if (isStill) writeSame(own, value)
        else putSized(own, DELTAS_HEAD & 511, 9, value)
        column = own.bits
        still[field] = 0
      }
      if (!isStill) column += text
    }
    bits += column
  }
  sink.bits += bits
  if (to === batch.fields.length) slots.first = first
}
