// How readings look that follow each other with the same text around their digits (shared/telegram/scan-reading.ts): each is a row of
// numbers as the engine parsed them, and what such a number means stands here once. So nobody has to make a value of it that second: from the
// second row of a batch on only the differences are kept, as the bits that they are on the wire.

import { DIFFERENCE_K, LONG_BITS, NO_DIFFERENCE, ONES_MAX } from '../kernel/differences.ts'
import type { FieldValues } from './fields.ts'

/** One object as long as the text stays: who meets another begins anew. Espruino dialect. */
export interface Slots {
  /** What stands still, by field number. */
  values: FieldValues
  /** By field number: where in a row its number is; 0: it stands still. */
  placeOf: Uint8Array
  /** Two for each place of a row: value = number * the first + the second. */
  terms: Float64Array | Int32Array
  /** The fields that are there, and a bit each. */
  fields: number[]
  mask: number
  /**
   * By place: from each row to the next since who collects them called `freshTexts`, the difference of its values as bits (kernel/differences.ts).
   * Place 0, which says nothing, stands still: so its text says how many rows there are.
   */
  texts: string[]
  /** The table of those bits; empty for a meter whose numbers are not in the units of its values: then each is made. */
  codes: string[]
  /** How many of those were not in the table. */
  wild: number
  /** Of the batch that was encoded last: its first row, and by field number the bits of a column that stood still, with a one before them, else 0. */
  first: Int32Array
  still: Float64Array
}

/** From the last row on there is nothing yet. */
export function freshTexts(slots: Slots): void {
  slots.texts = new Array<string>(slots.texts.length).fill('')
  slots.wild = 0
}

/** As if the last row had not come: the bits are walked through, code by code. */
export function withoutLast(slots: Slots): void {
  const texts = slots.texts
  const count = (texts[0] as string).length / NO_DIFFERENCE.length - 1
  for (let i = 0; i < texts.length; i++) {
    const bits = texts[i] as string
    let at = 0
    for (let n = 0; n < count; n++) {
      const zeroAt = bits.indexOf('0', at)
      at = zeroAt >= 0 && zeroAt - at < ONES_MAX ? zeroAt + 1 + DIFFERENCE_K : at + LONG_BITS
    }
    texts[i] = bits.substr(0, at)
  }
}
