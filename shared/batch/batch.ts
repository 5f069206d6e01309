// A batch: readings that travel together, as whole-number columns, with the losses among them as records. Within a boot
// every telegram the dongle noticed takes one `seq`, a good one as a reading and a bad one as a loss, so a batch covers
// the sequence numbers firstSeq … firstSeq + span - 1 without a hole: "nothing happened" and "we dropped it" differ.

import type { Slots } from '../reading/slots.ts'

/** Why readings are missing. Wire numbers: append only (docs/protocol.md). */
export const LOSS_REASONS = [
  'crc', // 0 a telegram came with a wrong checksum
  'malformed', // 1 a telegram came whole but gave no usable reading
  'overrun', // 2 bytes were lost before the telegram was complete (FIFO, flood, noise)
  'busy', // 3 the dongle was connecting, erasing or updating
  'ring-full', // 4 the oldest were dropped to make room
  'power', // 5 readings in RAM when the power went
  'flash', // 6 a record in flash could not be read back
] as const
export type LossReason = (typeof LOSS_REASONS)[number]

/** `count` sequence numbers from `fromSeq` on have no reading, for `reason`. */
export interface Loss {
  fromSeq: number
  count: number
  reason: LossReason
}

/**
 * `fields` are field numbers (shared/reading/fields.ts), ascending; `columns[i]` holds the values of `fields[i]`, one per reading
 * (or, where they are to be encoded, a single one that all of them have), and `timeS` the times. All readings of a batch have the same fields: when the set changes, a new batch begins.
 * `meter` counts the meters this dongle has met (0 = the first); the status message names their serials.
 * A batch with `thinned` has one reading per period at most of what the ring had to drop; which numbers its readings have is
 * not known any more, so it has no losses: the ring has told them already (docs/protocol.md, section Thinned batches).
 */
export interface Batch {
  boot: number
  firstSeq: number
  meter: number
  timeS: ArrayLike<number>
  fields: number[]
  columns: ArrayLike<number>[]
  losses: Loss[]
  thinned?: Thinned
  /** Where the columns are to be taken from, one by one (columnOf); `columns` is empty then. */
  rows?: Rows | undefined
  /** The columns, half encoded: it is short enough for one record, and nobody but the encoder can read it. `columns` is empty then. */
  coded?: Coded | undefined
}

/** The first reading's numbers and what changed from each reading to the next, by place, as `slots` tells (shared/reading/slots.ts). */
export interface Coded {
  slots: Slots
  first: Int32Array
  texts: string[]
}

/** `periodS` 1 … 86,400: the first reading in each period of so many seconds. `span` sequence numbers from firstSeq on are what was thinned. */
export interface Thinned {
  periodS: number
  span: number
}

/** Readings as rows: field f of reading r is at r * width + f. */
export interface Rows {
  values: Float64Array | Uint32Array
  width: number
}

/** The values of `fields[index]`, each time anew where they lie in rows: who needs them once is to keep none. */
export function columnOf(batch: Batch, index: number): ArrayLike<number> {
  const rows = batch.rows
  if (rows === undefined) return batch.columns[index] as ArrayLike<number>
  let at = batch.fields[index] as number
  const column = new Float64Array(batch.timeS.length)
  for (let row = 0; row < column.length; row++) {
    column[row] = rows.values[at] as number
    at += rows.width
  }
  return column
}

/** How many sequence numbers the batch covers: its readings and the losses among them. */
export function spanOf(batch: Batch): number {
  if (batch.thinned !== undefined) return batch.thinned.span
  let span = batch.timeS.length
  for (let i = 0; i < batch.losses.length; i++) span += (batch.losses[i] as Loss).count
  return span
}

/** Names a batch in acks: the sequence numbers firstSeq … firstSeq + span - 1 of one boot; a thinned one its period too (0 and absent are the same). */
export interface BatchId {
  boot: number
  firstSeq: number
  span: number
  periodS?: number
}
