// The dongle's bounded log in flash: batches wait here until the gateway says they are stored. Append only, found again by
// scanning, safe against a power cut at any write or erase; when full it drops the oldest sector and keeps, as records
// of their own, which sequence numbers went. It does not know what a batch means nor who sends it (docs/protocol-session.md).

import type { BatchId } from '../batch/batch.ts'
import { assert } from '../kernel/assert.ts'
import { failed, ok, type Result } from '../kernel/result.ts'
import type { NorFlash } from './nor-flash.ts'
import { encodeRecord, findRecord, type RecordHead, SECTOR_HEAD_BYTES } from './ring-sector.ts'
import {
  advance,
  countNext,
  countRecords,
  endOf,
  placeOf,
  putRecord,
  type Ring,
  type RingRecord,
  recordAt,
  releaseAt,
  scanOn,
  sectorAt,
  sectorFrom,
  UNCOUNTED,
} from './ring-state.ts'

export type { Ring, RingRecord } from './ring-state.ts'

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

/** The longest batch one record takes: with the losses of a dropped sector before it, it still fits in a fresh one. */
export const RING_RECORD_BYTES_MAX = 2048
/**
 * Finds the log again: looks at the sector heads and at the records of the newest sector; the others are counted later, one by one
 * (openOn), or when somebody reads them. A coarse ring is looked at later too: the first use of it, or openOn, makes it ready. May
 * write. `periodS` and `coarser` as in Ring: none, for a ring alone.
 */
export function openRing(flash: NorFlash, periodS?: number, coarser?: Ring): Ring {
  assert(
    flash.sectorCount >= (coarser === undefined ? 3 : 6),
    'a ring has at least 3 sectors, 6 with a coarser one behind it',
  )
  const ring: Ring = {
    flash: flash,
    periodS: periodS === undefined ? 0 : periodS,
    coarser: coarser,
    thinning: undefined,
    scanned: 0,
    sequenceOf: new Uint32Array(flash.sectorCount),
    waitingIn: new Uint8Array(flash.sectorCount),
    head: -1,
    writeAt: flash.sectorBytes,
    nextSequence: 1,
    free: 0,
    records: 0,
    newestPlace: -1,
    newestBoot: 0,
    newestEnd: 0,
    readingsDropped: 0,
    recordsDamaged: 0,
  }
  if (ring.periodS === 0) ready(ring)
  return ring
}

/** One small step more of looking and counting, in this ring or a coarser one: until all is done ringStats tells too few records. */
export function openOn(ring: Ring): void {
  let next: Ring | undefined = ring
  while (next !== undefined) {
    if (next.scanned < next.flash.sectorCount || next.waitingIn.indexOf(UNCOUNTED) >= 0) {
      lookOn(next)
      return
    }
    next = next.coarser
  }
}

function lookOn(ring: Ring): void {
  if (!scanOn(ring)) countNext(ring)
}

// All sectors were looked at.
function ready(ring: Ring): void {
  while (scanOn(ring));
}

/** Adds a batch durably; gives its place. May drop the oldest sector, may erase one or two: call right after a telegram. */
export function appendRecord(ring: Ring, id: BatchId, bytes: Uint8Array): Result<number, RingFault> {
  if (bytes.length === 0 || bytes.length > RING_RECORD_BYTES_MAX) {
    return failed({ code: 'ring.too-large', bytesMax: RING_RECORD_BYTES_MAX })
  }
  ready(ring)
  const record = encodeRecord(ring.flash, id, false, bytes)
  for (let attempt = 0; attempt < 2; attempt++) {
    if (ring.writeAt + record.length > ring.flash.sectorBytes) advance(ring)
    const place = putRecord(ring, id, record)
    if (place >= 0) {
      ring.newestPlace = place
      return ok(place)
    }
  }
  return failed({ code: 'ring.flash' })
}

/** The record at `place`; undefined when it was released or dropped since. */
export function readRecord(ring: Ring, place: number): RingRecord | undefined {
  const sector = sectorAt(ring, place)
  if (sector < 0) return undefined
  const offset = place % ring.flash.sectorBytes
  const head = findRecord(ring.flash, sector, offset, endOf(ring, sector))
  if (head === undefined || head.offset !== offset || !head.isWaiting) return undefined
  return recordAt(ring, sector, head)
}

/** The oldest waiting record above `place` (-1: the oldest of all). Damaged ones are turned into losses on the way. */
export function nextNewer(ring: Ring, place: number): RingRecord | undefined {
  ready(ring)
  let from = placeBehind(ring, place)
  for (;;) {
    const sector = sectorFrom(ring, Math.floor(from / ring.flash.sectorBytes), 1)
    if (sector < 0) return undefined
    const start = placeOf(ring, sector, 0)
    let head = findRecord(ring.flash, sector, from > start ? from - start : SECTOR_HEAD_BYTES, endOf(ring, sector))
    while (head !== undefined && !head.isWaiting) {
      head = findRecord(ring.flash, sector, head.next, endOf(ring, sector))
    }
    const record = head === undefined ? undefined : recordAt(ring, sector, head)
    if (record !== undefined) return record
    from = head === undefined ? start + ring.flash.sectorBytes : start + head.next
  }
}

/** The newest waiting record below `place` (ringEnd(ring): the newest of all). Damaged ones are turned into losses on the way. */
export function nextOlder(ring: Ring, place: number): RingRecord | undefined {
  ready(ring)
  let below = place
  while (below > 0) {
    const sector = sectorFrom(ring, Math.floor((below - 1) / ring.flash.sectorBytes), -1)
    if (sector < 0) return undefined
    const start = placeOf(ring, sector, 0)
    let newest: RecordHead | undefined
    let head = findRecord(ring.flash, sector, SECTOR_HEAD_BYTES, endOf(ring, sector))
    while (head !== undefined && start + head.offset < below) {
      if (head.isWaiting) newest = head
      head = findRecord(ring.flash, sector, head.next, endOf(ring, sector))
    }
    const record = newest === undefined ? undefined : recordAt(ring, sector, newest)
    if (record !== undefined) return record
    below = newest === undefined ? start : start + newest.offset
  }
  return undefined
}

/** A place above every record so far and not above any later one: records appended from now on are at or after it. */
export function ringEnd(ring: Ring): number {
  ready(ring)
  return ring.head < 0 ? ring.nextSequence * ring.flash.sectorBytes : placeOf(ring, ring.head, ring.writeAt)
}

/**
 * The record `id` is stored, or refused for good: never handed out again, also not after a power cut. False: it is not here
 * (harmless). `place` where it was read saves looking through all records.
 */
export function release(ring: Ring, id: BatchId, place?: number): boolean {
  if (place !== undefined) {
    const sector = sectorAt(ring, place)
    return sector >= 0 && releaseFrom(ring, sector, place % ring.flash.sectorBytes, id)
  }
  ready(ring)
  for (let sector = 0; sector < ring.flash.sectorCount; sector++) {
    countRecords(ring, sector)
    if (ring.waitingIn[sector] !== 0 && releaseFrom(ring, sector, SECTOR_HEAD_BYTES, id)) return true
  }
  return false
}

/** The highest boot number among the records in flash, 0 when empty: a hint for the boot counter when its own pages are unreadable. */
export function newestBoot(ring: Ring): number {
  return ring.newestBoot
}

/** Of the ring and the coarser ones behind it together; `readingsDropped` of the ring itself. */
export function ringStats(ring: Ring): RingStats {
  const stats = { records: 0, bytes: 0, capacityBytes: 0, readingsDropped: ring.readingsDropped, recordsDamaged: 0 }
  let one: Ring | undefined = ring
  while (one !== undefined) {
    const flash: NorFlash = one.flash
    stats.records += one.records
    stats.bytes += one.scanned < flash.sectorCount ? 0 : (flash.sectorCount - one.free) * flash.sectorBytes
    stats.capacityBytes += flash.sectorCount * flash.sectorBytes
    stats.recordsDamaged += one.recordsDamaged
    one = one.coarser
  }
  return stats
}

// Where the first record above `place` may begin. A place is mostly a record's, and then the next follows right behind it;
// otherwise (an end of a moment ago) the sector is walked from its start.
function placeBehind(ring: Ring, place: number): number {
  const sector = sectorAt(ring, place)
  if (sector < 0) return place + 1
  const start = placeOf(ring, sector, 0)
  const offset = place - start
  const isAligned = offset >= SECTOR_HEAD_BYTES && offset % 4 === 0
  let head = findRecord(ring.flash, sector, isAligned ? offset : SECTOR_HEAD_BYTES, endOf(ring, sector))
  while (head !== undefined && head.offset < offset)
    head = findRecord(ring.flash, sector, head.next, endOf(ring, sector))
  if (head === undefined) return start + ring.flash.sectorBytes
  return start + (head.offset === offset ? head.next : head.offset)
}

// Releases the first waiting record `id` at or after `offset`.
function releaseFrom(ring: Ring, sector: number, offset: number, id: BatchId): boolean {
  let head = findRecord(ring.flash, sector, offset, endOf(ring, sector))
  while (head !== undefined) {
    const found = head.id
    if (head.isWaiting && found.boot === id.boot && found.firstSeq === id.firstSeq && found.span === id.span) {
      releaseAt(ring, sector, head.offset)
      return true
    }
    head = findRecord(ring.flash, sector, head.next, endOf(ring, sector))
  }
  return false
}
