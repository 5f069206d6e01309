// The dongle's bounded log in flash: batches wait here until the gateway says they are stored. Append only, found again by
// scanning, safe against a power cut at any write or erase; when full it drops the oldest sector and keeps, as a record
// of its own, which sequence numbers went. It does not know what a batch means nor who sends it (docs/protocol-session.md).

import type { BatchId } from '../batch/batch.ts'
import { assert } from '../kernel/assert.ts'
import type { Result } from '../kernel/result.ts'
import type { NorFlash } from './nor-flash.ts'

/** A record that waits. `place` rises with every append and is never used again, also not after a restart. */
export interface RingRecord {
  place: number
  id: BatchId
  /** The encoded batch (shared/batch), as it was appended; for a loss record a batch without readings. */
  bytes: Uint8Array
}

/** too-large: more than RING_RECORD_BYTES_MAX. flash: the memory did not take it twice in a row. */
export type RingFault = { code: 'ring.too-large'; bytesMax: number } | { code: 'ring.flash' }

export interface RingStats {
  /** Records that wait, loss records among them. */
  records: number
  /** Bytes of the sectors in use, and of all. */
  bytes: number
  capacityBytes: number
  /** Since this start: sequence numbers dropped because the ring was full, and records that could not be read back. */
  readingsDropped: number
  recordsDamaged: number
}

/** The longest batch one record takes: a sector of 4096 bytes less both heads. */
export const RING_RECORD_BYTES_MAX = 4052

/** Opaque; a few numbers and two small typed arrays (5 bytes per sector). */
export interface Ring {
  flash: NorFlash
}

/** Finds the log again: one pass over the sector heads and one over the records of the sectors in use. May erase and write. */
export function openRing(flash: NorFlash): Ring {
  assert(false, 'soon')
}

/** Adds a batch durably; gives its place. May drop the oldest sector, may erase one or two: call right after a telegram. */
export function appendRecord(ring: Ring, id: BatchId, bytes: Uint8Array): Result<number, RingFault> {
  assert(false, 'soon')
}

/** The record at `place`; undefined when it was released or dropped since. */
export function readRecord(ring: Ring, place: number): RingRecord | undefined {
  assert(false, 'soon')
}

/** The oldest waiting record above `place` (-1: the oldest of all). Damaged ones are turned into losses on the way. */
export function nextNewer(ring: Ring, place: number): RingRecord | undefined {
  assert(false, 'soon')
}

/** The newest waiting record below `place` (ringEnd(ring): the newest of all). */
export function nextOlder(ring: Ring, place: number): RingRecord | undefined {
  assert(false, 'soon')
}

/** A place above every record so far and not above any later one: records appended from now on are at or after it. */
export function ringEnd(ring: Ring): number {
  assert(false, 'soon')
}

/** The record `id` is stored or refused for good: never handed out again, also not after a power cut. False: it is not here (harmless). `place` where it was read, when known, saves the search. */
export function release(ring: Ring, id: BatchId, place?: number): boolean {
  assert(false, 'soon')
}

/** The highest boot number among the records, 0 when empty: a hint for the boot counter when its own pages are unreadable. */
export function newestBoot(ring: Ring): number {
  assert(false, 'soon')
}

export function ringStats(ring: Ring): RingStats {
  assert(false, 'soon')
}
