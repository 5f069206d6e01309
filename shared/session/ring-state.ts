// The inside of the ring: which sectors are free, in use and the head, how the log goes on to a fresh one, and what happens to
// the oldest when none is left. Only ring.ts calls it. What sectors and records look like is ring-sector.ts's.

import type { BatchId, LossReason } from '../batch/batch.ts'
import { encodeBatch } from '../batch/encode.ts'
import { assert } from '../kernel/assert.ts'
import type { NorFlash } from './nor-flash.ts'
import {
  clearSectorHead,
  encodeRecord,
  findRecord,
  isBlankFrom,
  type RecordHead,
  readBatchBytes,
  readSectorHeads,
  SECTOR_HEAD_BYTES,
  writeReleased,
  writeSectorHead,
} from './ring-sector.ts'

/** A record that waits. `place` rises with every append and is never used again while a sector is in use. */
export interface RingRecord {
  place: number
  id: BatchId
  /** The encoded batch (shared/batch), as it was appended; for a loss record a batch without readings. */
  bytes: Uint8Array
}

/**
 * Per sector 5 bytes of RAM, nothing per record. Every sector is free, in use, or the head (where appending goes on); one at
 * least is always free, so that the losses of a sector can be written before it is erased. `writeAt` is an offset in the head.
 */
export interface Ring {
  flash: NorFlash
  /** 0: batches as they were measured. Otherwise a coarse ring: batches thinned to a reading per so many seconds. */
  periodS: number
  /** What falls out of this ring is thinned into the coarser one (thin.ts); undefined: it falls out for good. */
  coarser: Ring | undefined
  thinning: Thinning | undefined
  /** How many sectors were looked at since the start: all of them, before anything else is done with the ring. */
  scanned: number
  /** Sequence number of a sector in use, 0 when free. */
  sequenceOf: Uint32Array
  /** Waiting records per sector, UNCOUNTED until somebody looks: a start reads the heads of the sectors only. */
  waitingIn: Uint8Array
  head: number
  writeAt: number
  nextSequence: number
  /** Sectors that are free. */
  free: number
  /** Waiting records in the sectors that were counted. */
  records: number
  /** Where the newest batch was appended since this start; -1 before. */
  newestPlace: number
  /** The highest boot in the sectors that were counted, and the end of its sequence numbers there, released or not. */
  newestBoot: number
  newestEnd: number
  readingsDropped: number
  recordsDamaged: number
}

/** How far the oldest sector is thinned: `sequence` names it, `offset` is where its next record begins, `slot` the last period that has its reading. */
export interface Thinning {
  sequence: number
  offset: number
  slot: number
  open: OpenThinned | undefined
}

/** The thinned batch being filled; `mask` are its fields, `end` is behind the last sequence number it stands for. */
export interface OpenThinned {
  boot: number
  firstSeq: number
  end: number
  meter: number
  mask: number
  count: number
  timeS: Float64Array
  fields: number[]
  columns: Float64Array[]
}

/** More records than a sector can hold: nobody has looked yet. */
export const UNCOUNTED = 255

/** Room in a fresh sector for the loss records of a dropped one (RING_RECORD_BYTES_MAX must fit behind them). */
export const LOSS_BYTES_MAX = 1920

/** Sectors looked at in one step. */
const HEADS_PER_STEP = 16

/** Looks at some more sector heads of a ring that was just opened; with the last of them it is ready. False when it was ready before. */
export function scanOn(ring: Ring): boolean {
  const left = ring.flash.sectorCount - ring.scanned
  if (left === 0) return false
  const count = left < HEADS_PER_STEP ? left : HEADS_PER_STEP
  readSectorHeads(ring.flash, ring.sequenceOf, ring.scanned, count)
  ring.scanned += count
  if (count === left) findHead(ring)
  return true
}

function findHead(ring: Ring): void {
  for (let i = 0; i < ring.flash.sectorCount; i++) {
    if (ring.sequenceOf[i] === 0) ring.free++
    else ring.waitingIn[i] = UNCOUNTED
  }
  // With no sector free the power went between taking the last one and clearing the oldest: the newest holds nothing but
  // losses of the oldest, which is still whole. Undo; the next append does it again.
  if (ring.free === 0) freeSector(ring, newestSector(ring))
  ring.head = newestSector(ring)
  if (ring.head < 0) return
  ring.nextSequence = (ring.sequenceOf[ring.head] as number) + 1
  countRecords(ring, ring.head)
  // The boot before may have ended right behind a fresh head: then its number is in the sector before.
  const before = ring.sequenceOf.indexOf(ring.nextSequence - 2)
  if (ring.newestBoot === 0 && before >= 0) countRecords(ring, before)
}

// -1 when none is in use. Native, as a start does it for every ring.
function newestSector(ring: Ring): number {
  const newest = Math.max.apply(null, ring.sequenceOf as unknown as number[])
  return newest === 0 ? -1 : ring.sequenceOf.indexOf(newest)
}

function noteId(ring: Ring, id: BatchId): void {
  const end = id.firstSeq + id.span
  if (id.boot > ring.newestBoot || (id.boot === ring.newestBoot && end > ring.newestEnd)) {
    ring.newestBoot = id.boot
    ring.newestEnd = end
  }
}

/** Looks through one sector in use that was not looked through before: what waits there, and in the head where writing goes on. */
export function countRecords(ring: Ring, sector: number): void {
  if (ring.waitingIn[sector] !== UNCOUNTED) return
  let last: RecordHead | undefined
  let count = 0
  let head = findRecord(ring.flash, sector, SECTOR_HEAD_BYTES, ring.flash.sectorBytes)
  while (head !== undefined) {
    last = head
    noteId(ring, head.id)
    if (head.isWaiting) count++
    head = findRecord(ring.flash, sector, head.next, ring.flash.sectorBytes)
  }
  ring.waitingIn[sector] = count
  ring.records += count
  if (sector !== ring.head) {
    if (count === 0) freeSector(ring, sector)
    return
  }
  // Behind a torn head, or a bit that turned over, nothing more is written into this sector: readers might not find it.
  const next = last === undefined ? SECTOR_HEAD_BYTES : last.next
  ring.writeAt = isBlankFrom(ring.flash, sector, next) ? next : ring.flash.sectorBytes
  const isTorn = last !== undefined && last.isWaiting && readBatchBytes(ring.flash, sector, last) === undefined
  if (last !== undefined && isTorn) replaceDamaged(ring, sector, last, 'power')
}

/** Counts one sector that was not looked through since the start, where there is one left. */
export function countNext(ring: Ring): void {
  const sector = ring.waitingIn.indexOf(UNCOUNTED)
  if (sector >= 0) countRecords(ring, sector)
}

/** Goes on to a fresh sector; when that was the last free one, drops the oldest. */
export function advance(ring: Ring): void {
  const before = ring.head
  const sector = nextFree(ring)
  ring.flash.erase(sector)
  writeSectorHead(ring.flash, sector, ring.nextSequence)
  ring.sequenceOf[sector] = ring.nextSequence
  ring.nextSequence++
  ring.free--
  ring.head = sector
  ring.writeAt = SECTOR_HEAD_BYTES
  if (before >= 0 && ring.waitingIn[before] === 0) freeSector(ring, before)
  if (ring.free === 0) dropOldest(ring)
}

/** Writes a record into the head, which must have room, and reads it back; its place, or -1 when the memory did not take it. */
export function putRecord(ring: Ring, id: BatchId, record: Uint8Array): number {
  const flash = ring.flash
  const at = ring.head * flash.sectorBytes + ring.writeAt
  flash.write(at, record)
  if (flash.crc32(flash.read(at, record.length)) !== flash.crc32(record)) {
    writeReleased(flash, ring.head, ring.writeAt)
    ring.writeAt = flash.sectorBytes
    ring.recordsDamaged++
    return -1
  }
  const place = placeOf(ring, ring.head, ring.writeAt)
  ring.writeAt += record.length
  ring.waitingIn[ring.head] = (ring.waitingIn[ring.head] as number) + 1
  ring.records++
  noteId(ring, id)
  return place
}

/** The record that `head` describes; undefined when its bytes are damaged: then a loss record takes its place. */
export function recordAt(ring: Ring, sector: number, head: RecordHead): RingRecord | undefined {
  const bytes = readBatchBytes(ring.flash, sector, head)
  if (bytes !== undefined) return { place: placeOf(ring, sector, head.offset), id: head.id, bytes: bytes }
  replaceDamaged(ring, sector, head, 'flash')
  return undefined
}

/** Marks a waiting record released, in a sector that was counted; a sector in which nothing waits any more is free, unless it is the head. */
export function releaseAt(ring: Ring, sector: number, offset: number): void {
  writeReleased(ring.flash, sector, offset)
  ring.waitingIn[sector] = (ring.waitingIn[sector] as number) - 1
  ring.records--
  if (ring.waitingIn[sector] === 0 && sector !== ring.head) freeSector(ring, sector)
}

export function placeOf(ring: Ring, sector: number, offset: number): number {
  return (ring.sequenceOf[sector] as number) * ring.flash.sectorBytes + offset
}

/** The sector in use that `place` is in, or -1. */
export function sectorAt(ring: Ring, place: number): number {
  return place < ring.flash.sectorBytes ? -1 : ring.sequenceOf.indexOf(Math.floor(place / ring.flash.sectorBytes))
}

/** Where the written part of a sector in use ends. */
export function endOf(ring: Ring, sector: number): number {
  return sector === ring.head ? ring.writeAt : ring.flash.sectorBytes
}

/** Of the sectors where something waits, the nearest at or above `sequence` (direction 1), or at or below it (-1); -1 for none. */
export function sectorFrom(ring: Ring, sequence: number, direction: number): number {
  let from = sequence
  for (;;) {
    const sector = sectorFromAll(ring, from, direction)
    if (sector < 0) return -1
    from = (ring.sequenceOf[sector] as number) + direction
    countRecords(ring, sector)
    if (ring.waitingIn[sector] !== 0) return sector
  }
}

/** The oldest sector in use, the head included; -1 when none is. */
export function oldestSector(ring: Ring): number {
  return sectorFromAll(ring, 0, 1)
}

// As sectorFrom, whether anything waits there or not.
function sectorFromAll(ring: Ring, sequence: number, direction: number): number {
  let best = -1
  let nearest = 4294967296
  for (let i = 0; i < ring.flash.sectorCount; i++) {
    const distance = ((ring.sequenceOf[i] as number) - sequence) * direction
    if (distance < 0 || distance >= nearest || ring.sequenceOf[i] === 0) continue
    nearest = distance
    best = i
  }
  return best
}

// Taking them in turn from the head on wears all sectors alike.
function nextFree(ring: Ring): number {
  const count = ring.flash.sectorCount
  for (let i = 1; i <= count; i++) {
    const sector = (ring.head + i) % count
    if (ring.sequenceOf[sector] === 0) return sector
  }
  assert(false, 'a ring always has a free sector')
}

function freeSector(ring: Ring, sector: number): void {
  clearSectorHead(ring.flash, sector)
  if (ring.waitingIn[sector] !== UNCOUNTED) ring.records -= ring.waitingIn[sector] as number
  ring.waitingIn[sector] = 0
  ring.sequenceOf[sector] = 0
  ring.free++
}

/**
 * The oldest sector goes; the head must have LOSS_BYTES_MAX of room. First the losses, durably, then the sector: a cut in between
 * leaves both (when no sector is free, findSectors starts again). What a coarse ring drops was told as a loss when it came in.
 */
export function dropOldest(ring: Ring): void {
  const oldest = oldestSector(ring)
  let ranges = waitingRanges(ring, oldest, false)
  if (ring.periodS === 0) {
    let records = lossRecords(ring, ranges)
    if (records.length < ranges.length) {
      ranges = waitingRanges(ring, oldest, true)
      records = lossRecords(ring, ranges)
    }
    const skipped = ranges.length - records.length
    for (let i = 0; i < records.length; i++) {
      if (putRecord(ring, ranges[i + skipped] as BatchId, records[i] as Uint8Array) < 0) break
    }
  }
  freeSector(ring, oldest)
}

// The sequence numbers that wait in a sector, neighbours as one. With a loss record, and everywhere when isCoarse, whole stretches of a
// boot are one, whatever was released between: as the sector is the oldest, those are stored or lost already, and a loss never
// overrides what is stored. (Else the losses of a long outage would go round for ever, and grow to fill the ring.)
function waitingRanges(ring: Ring, sector: number, isCoarse: boolean): BatchId[] {
  const ranges: BatchId[] = []
  let last: BatchId | undefined
  let mayBridge = isCoarse
  let head = findRecord(ring.flash, sector, SECTOR_HEAD_BYTES, endOf(ring, sector))
  while (head !== undefined) {
    const id = head.id
    if (head.isWaiting) {
      if (!head.isLoss && !isCoarse) ring.readingsDropped += id.span
      if (last === undefined || last.boot !== id.boot) mayBridge = isCoarse
      if (head.isLoss) mayBridge = true
      if (last !== undefined && last.boot === id.boot && (mayBridge || id.firstSeq === last.firstSeq + last.span)) {
        const end = Math.max(last.firstSeq + last.span, id.firstSeq + id.span)
        last.firstSeq = Math.min(last.firstSeq, id.firstSeq)
        last.span = end - last.firstSeq
      } else {
        last = id
        ranges.push(id)
      }
    }
    head = findRecord(ring.flash, sector, head.next, endOf(ring, sector))
  }
  return ranges
}

// Loss records for the newest of `ranges`, as many as a fresh sector has room for (30 and more; with them all in every case
// but a ring full of single readings of single boots).
function lossRecords(ring: Ring, ranges: BatchId[]): Uint8Array[] {
  const records: Uint8Array[] = []
  let bytes = 0
  for (let i = ranges.length - 1; i >= 0; i--) {
    const record = lossRecord(ring.flash, ranges[i] as BatchId, 'ring-full')
    bytes += record.length
    if (bytes > LOSS_BYTES_MAX) break
    records.unshift(record)
  }
  return records
}

function lossRecord(flash: NorFlash, id: BatchId, reason: LossReason): Uint8Array {
  const loss = { fromSeq: id.firstSeq, count: id.span, reason: reason }
  const batch = { boot: id.boot, firstSeq: id.firstSeq, meter: 0, timeS: [], fields: [], columns: [], losses: [loss] }
  return encodeRecord(flash, id, true, encodeBatch(batch))
}

// The loss goes in first: a cut in between leaves both, and a loss told twice is harmless.
function replaceDamaged(ring: Ring, sector: number, head: RecordHead, reason: LossReason): void {
  const sequence = ring.sequenceOf[sector]
  ring.recordsDamaged++
  if (ring.periodS === 0) {
    const record = lossRecord(ring.flash, head.id, reason)
    if (ring.writeAt + record.length > ring.flash.sectorBytes) advance(ring)
    putRecord(ring, head.id, record)
  }
  if (ring.sequenceOf[sector] === sequence) releaseAt(ring, sector, head.offset)
}
