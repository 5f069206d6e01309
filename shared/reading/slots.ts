// How readings look that follow each other with the same text around their digits (shared/telegram/scan-reading.ts): each is a row of
// numbers as the engine parsed them, and what such a number means stands here once. So nobody has to make a value of it that second.

import type { Natives } from '../kernel/natives.ts'
import type { FieldValues } from './fields.ts'

/** One object as long as the text stays: who meets another begins anew. Espruino dialect. */
export interface Slots {
  natives: Natives
  /** What stands still, by field number. */
  values: FieldValues
  /** By field number: where in a row its number is; 0: it stands still. */
  placeOf: Uint8Array
  /** Two for each place of a row: value = number * the first + the second. */
  terms: Float64Array | Int32Array
  /** The fields that are there. */
  fields: number[]
  /** By place: 1 where a number was another than the one before since who collects rows put a new array here. */
  changes: Uint8Array
}
