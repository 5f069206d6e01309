// The inside of the rings: which sectors are free, whose the others are, how a log goes on to a fresh one, and what happens to
// the oldest when none is left. Only ring.ts and thin.ts call it. What sectors and records look like is ring-sector.ts's.

import type { BatchId, LossReason } from '../batch/batch.ts'
import { type Encoding, encodeWith } from '../batch/encode-steps.ts'
import type { Bits } from '../batch/unpack.ts'
import { assert } from '../kernel/assert.ts'
import type { NorFlash } from './nor-flash.ts'
import {
  beginSkim,
  CHECKED,
  clearSectorHead,
  encodeRecord,
  findRecord,
  isBlankFrom,
  isMended,
  type RecordHead,
  readBatchBytes,
  SECTOR_HEAD_BYTES,
  type Skim,
  skimOn,
  writeReleased,
  writeSectorHead,
  writeStop,
} from './ring-sector.ts'

/** A record that waits. `place` rises with every append and is never used again while a sector is in use. */
export interface RingRecord {
  place: number
  id: BatchId
  /** The encoded batch (shared/batch), as it was appended; for a loss record a batch without readings. */
  bytes: Uint8Array
}

/**
 * The sectors that all tiers share, which spreads the wear: 5 bytes of RAM each, nothing per record. Every sector is free or of one
 * ring; one at least is always free, so that the losses of a sector can be written before it is erased.
 */
export interface Pool {
  flash: NorFlash
  /** The ring of each tier, the finest first. */
  rings: Ring[]
  /** Sequence number of a sector in use, 0 when free. It rises over all tiers; modulo TIERS_MAX it is the tier. */
  sequenceOf: Uint32Array
  /** Waiting records per sector, UNCOUNTED until somebody looks: a start reads the heads of the sectors only. */
  waitingIn: Uint8Array
  /** Where sectors are taken from next: behind the one that was taken last. */
  takeFrom: number
  /** A multiple of TIERS_MAX. */
  nextSequence: number
  /** Sectors that are free. */
  free: number
  /** The highest boot in the sectors of the finest ring that were counted, and the end of its sequence numbers there, released or not. */
  newestBoot: number
  newestEnd: number
  /** Sequence numbers dropped since this start because there was no room, and records that could not be read back. */
  readingsDropped: number
  recordsDamaged: number
  /** Half of a search for the oldest sector of a ring: what was found so far, or above all numbers; modulo TIERS_MAX the tier. Absent or 0: no search. */
  sought?: number
  /** A sector on its way to being counted, and the sector that a look goes through. */
  counting: Skim | undefined
  looking: Skim | undefined
}

/** The log of one tier: its sectors in the order of their sequence numbers, the newest of them the head, where appending goes on. */
export interface Ring {
  pool: Pool
  tier: number
  /** 0: batches as they were measured. Otherwise a coarse ring: batches thinned to a reading per so many seconds. */
  periodS: number
  /** What falls out of this ring is thinned into the coarser one (thin.ts); undefined: it falls out for good. */
  coarser: Ring | undefined
  /** A coarse ring gives sectors back only above so many. What the coarse ones do not use is the finest's. */
  sectorsKept: number
  /** In use, the head among them. */
  sectors: number
  head: number
  /** An offset in the head. */
  writeAt: number
  /** Waiting records in the sectors that were counted. */
  records: number
  /** Where the newest batch was appended since this start; -1 before. */
  newestPlace: number
  thinning: Thinning | undefined
}

/**
 * How far a sector is thinned: `sequence` names it, `offset` is where its next record begins, `row` the next reading there, `slot` the
 * last period that has its reading. `head` is the record that was read and not yet looked through: its batch is of `meter` and stands in `bits`, `count`
 * values a column, `all` tells which there are. `picks` are the readings of it that go into the open one; `field` is the next of its columns.
 */
export interface Thinning {
  sequence: number
  offset: number
  row: number
  slot: number
  open: OpenThinned | undefined
  encoding: Encoding | undefined
  /** Of that, once it is through. */
  bytes?: Uint8Array | undefined
  head: RecordHead | undefined
  meter: number
  picks: number[] | undefined
  count: number
  all: number
  field: number
  bits: Bits | undefined
  /** What waits before `offset`, neighbours as one, and how many readings that is: what is lost when the sector goes. */
  ranges: BatchId[]
  readings: number
  /** A loss record of the last range's boot was met. */
  mayBridge: boolean
}

/** The thinned batch being filled; `mask` are its fields, `end` is behind the last sequence number it stands for; a row for each reading. */
export interface OpenThinned {
  boot: number
  firstSeq: number
  end: number
  meter: number
  mask: number
  count: number
  timeS: Float64Array
  values: Float64Array
}

const TIERS_MAX = 4
/** No sequence number is so high; a multiple of TIERS_MAX. */
const ABOVE_ALL = 4294967296

/** Loss records of so many fit into LOSS_BYTES_MAX. */
const RANGES_MAX = 30
/** As many records as a sector can hold, and more. */
export const ALL = 255
/** More records than a sector can hold: nobody has looked yet. */
export const UNCOUNTED = 255

/** Room in a fresh sector for the loss records of a dropped one (RING_RECORD_BYTES_MAX must fit behind them). */
export const LOSS_BYTES_MAX = 1920

/**
 * With fewer free sectors one is thinned, a step at a time. What lies between is room for the sectors that other rings begin meanwhile: the coarser one, into
 * which the thinned readings go, and whichever comes next.
 */
export const FREE_WANTED = 5

/** The rings again after a start: reads all sector heads, and counts the newest sector of the finest ring. May write. */
export function findHeads(pool: Pool): void {
  const flash = pool.flash
  const sequences = pool.sequenceOf
  const size = flash.sectorBytes
  let newest = 0
  pool.waitingIn.fill(UNCOUNTED)
  // the dongle does this hundreds of times at a start: few steps, and no calls of ours for a good head
  for (let i = 0; i < sequences.length; i++) {
    const bytes = flash.read(i * size, 12)
    if (flash.crc32(bytes) !== CHECKED && !isMended(flash, bytes)) {
      pool.waitingIn[i] = 0
      pool.free++
      continue
    }
    const sequence =
      (bytes[4] as number) * 16777216 +
      (((bytes[5] as number) << 16) | ((bytes[6] as number) << 8) | (bytes[7] as number))
    const ring = pool.rings[sequence % TIERS_MAX] as Ring
    sequences[i] = sequence
    ring.sectors++
    if (ring.head < 0 || sequence > (sequences[ring.head] as number)) ring.head = i
    if (sequence > newest) {
      newest = sequence
      pool.takeFrom = i + 1
    }
  }
  pool.nextSequence = newest - (newest % TIERS_MAX) + TIERS_MAX
  const finest = pool.rings[0] as Ring
  // With no sector free the power went between taking the last one, for the finest ring, and clearing another: it holds nothing
  // but losses of that one, which is still whole. Undo; the next append does it again.
  if (pool.free === 0) {
    freeSector(pool, finest.head)
    finest.head = nearest(finest, pool.nextSequence, -1)
  }
  if (finest.head < 0) return
  const sequence = pool.sequenceOf[finest.head] as number
  countRecords(pool, finest.head, ALL)
  // The boot before may have ended right behind a fresh head: then its number is in the sector before.
  if (pool.newestBoot === 0) countRecords(pool, nearest(finest, sequence - 1, -1), ALL)
}

function noteId(ring: Ring, id: BatchId): void {
  const pool = ring.pool
  const end = id.firstSeq + id.span
  if (ring.periodS > 0) return
  if (id.boot > pool.newestBoot || (id.boot === pool.newestBoot && end > pool.newestEnd)) {
    pool.newestBoot = id.boot
    pool.newestEnd = end
  }
}

/**
 * Looks through one sector in use that was not looked through before, at most `most` records at a time: what waits there, and in a head
 * where writing goes on. Until it is through the sector stays uncounted. True when there was nothing to do: counted before, or sector -1, of a ring without any.
 */
export function countRecords(pool: Pool, sector: number, most: number): boolean {
  // the engine throws for a place of -1
  if (sector < 0 || pool.waitingIn[sector] !== UNCOUNTED) return true
  const flash = pool.flash
  const ring = ringOf(pool, sector)
  // whose records they are is asked until a boot is known: those of the newest sector come first
  let head = ring.periodS === 0 && pool.newestBoot === 0 ? findRecord(flash, sector, SECTOR_HEAD_BYTES) : undefined
  while (head !== undefined) {
    noteId(ring, head.id)
    head = findRecord(flash, sector, head.next)
  }
  const sequence = pool.sequenceOf[sector] as number
  let found = pool.counting
  if (found === undefined || found.sequence !== sequence) found = beginSkim(sequence, flash.sectorBytes)
  const isThrough = found.isWhole
  if (!isThrough) skimOn(flash, sector, found, most)
  pool.counting = found
  // where writing goes on in a head is looked at in a step of its own
  if (!found.isWhole || (!isThrough && sector === ring.head && most < ALL)) return false
  pool.counting = undefined
  const count = found.waiting
  pool.waitingIn[sector] = count
  ring.records += count
  if (sector !== ring.head) {
    if (count === 0) freeSector(pool, sector)
    return false
  }
  // Behind a torn head, or a bit that turned over, nothing more is written into this sector: readers might not find it.
  const last = found.last < 0 ? undefined : findRecord(flash, sector, found.last)
  ring.writeAt = last === undefined ? SECTOR_HEAD_BYTES : last.next
  if (!isBlankFrom(flash, sector, ring.writeAt)) {
    writeStop(flash, sector, ring.writeAt)
    ring.writeAt = flash.sectorBytes
  }
  const isTorn = last !== undefined && last.isWaiting && readBatchBytes(flash, sector, last) === undefined
  if (last !== undefined && isTorn) replaceDamaged(pool, sector, last, 'power')
  return false
}

/** Goes on to a fresh sector; when that was the last free one, drops the oldest of the ring that has to give way. */
export function advance(ring: Ring): void {
  const pool = ring.pool
  const before = ring.head
  let sector = pool.sequenceOf.indexOf(0, pool.takeFrom)
  if (sector < 0) sector = pool.sequenceOf.indexOf(0)
  assert(sector >= 0, 'one sector is always free')
  pool.flash.erase(sector)
  pool.sequenceOf[sector] = pool.nextSequence + ring.tier
  writeSectorHead(pool.flash, sector, pool.nextSequence + ring.tier)
  pool.nextSequence += TIERS_MAX
  // taking them in turn wears all sectors alike
  pool.takeFrom = sector + 1
  pool.free--
  ring.sectors++
  ring.head = sector
  ring.writeAt = SECTOR_HEAD_BYTES
  if (before >= 0 && pool.waitingIn[before] === 0) freeSector(pool, before)
  if (pool.free === 0) {
    const ring = givesWay(pool)
    dropOldest(ring, beginThinning(ring))
  }
}

/** The ring whose oldest sector goes next: the coarsest that has more than it must keep, else the finest. */
export function givesWay(pool: Pool): Ring {
  let tier = pool.rings.length - 1
  while (tier > 0 && (pool.rings[tier] as Ring).sectors <= (pool.rings[tier] as Ring).sectorsKept) tier--
  return pool.rings[tier] as Ring
}

/** Writes a record into the head, which must have room, and reads it back; its place, or -1 when the memory did not take it. */
export function putRecord(ring: Ring, id: BatchId, record: Uint8Array): number {
  const pool = ring.pool
  const flash = pool.flash
  const head = ring.head
  const at = head * flash.sectorBytes + ring.writeAt
  flash.write(at, record)
  if (flash.crc32(flash.read(at, record.length)) !== flash.crc32(record)) {
    writeStop(flash, head, ring.writeAt)
    ring.writeAt = flash.sectorBytes
    pool.recordsDamaged++
    return -1
  }
  const place = placeOf(pool, head, ring.writeAt)
  ring.writeAt += record.length
  pool.waitingIn[head] = (pool.waitingIn[head] as number) + 1
  ring.records++
  noteId(ring, id)
  return place
}

/** The record that `head` describes; undefined when its bytes are damaged: then a loss record takes its place. */
export function recordAt(pool: Pool, sector: number, head: RecordHead): RingRecord | undefined {
  const bytes = readBatchBytes(pool.flash, sector, head)
  if (bytes !== undefined) return { place: placeOf(pool, sector, head.offset), id: head.id, bytes: bytes }
  replaceDamaged(pool, sector, head, 'flash')
  return undefined
}

/** Marks a waiting record released, in a sector that was counted; a sector in which nothing waits any more is free, unless it is a head. */
export function releaseAt(pool: Pool, sector: number, offset: number): void {
  const ring = ringOf(pool, sector)
  writeReleased(pool.flash, sector, offset)
  pool.waitingIn[sector] = (pool.waitingIn[sector] as number) - 1
  ring.records--
  if (pool.waitingIn[sector] === 0 && sector !== ring.head) freeSector(pool, sector)
}

export function ringOf(pool: Pool, sector: number): Ring {
  return pool.rings[(pool.sequenceOf[sector] as number) % TIERS_MAX] as Ring
}

export function placeOf(pool: Pool, sector: number, offset: number): number {
  return (pool.sequenceOf[sector] as number) * pool.flash.sectorBytes + offset
}

/** The sector in use that `place` is in, or -1. */
export function sectorAt(pool: Pool, place: number): number {
  return place < pool.flash.sectorBytes ? -1 : pool.sequenceOf.indexOf(Math.floor(place / pool.flash.sectorBytes))
}

/**
 * The ring's sector, whether anything waits there or not, whose number is the nearest to `sequence`, which is above 0: that or the next above it (direction 1) or
 * below it (-1). With -1, from a number above all of the ring's, it is the head.
 */
export function nearest(ring: Ring, sequence: number, direction: number): number {
  const sequences = ring.pool.sequenceOf
  // mostly there is the head and no other
  if (ring.sectors < 2)
    return ring.sectors > 0 && ((sequences[ring.head] as number) - sequence) * direction >= 0 ? ring.head : -1
  // native, and mostly enough: it is the very sector, or the next when no other ring went on between
  let near = sequence - (sequence % TIERS_MAX) + ring.tier
  if ((near - sequence) * direction < 0) near += direction * TIERS_MAX
  const sector = near > 0 ? sequences.indexOf(near) : -1
  if (sector >= 0) return sector
  const found = numberNear(ring, sequence, direction)
  return found > 0 ? sequences.indexOf(found) : -1
}

// The number itself, 0 when there is none. All of them are gone through, in a turn that does little else: nothing is counted, and no place looked
// up, before it is known which. Two loops that mostly compare once: one for both ways took 10.7 M instructions over 384, each of these takes 5.8.
function numberNear(ring: Ring, sequence: number, direction: number): number {
  const tier = ring.tier
  let best = 0
  if (direction > 0) {
    best = leastOf(ring.pool.sequenceOf, sequence, ABOVE_ALL + tier)
    return best < ABOVE_ALL ? best : 0
  }
  for (const found of ring.pool.sequenceOf)
    if (found > best && found <= sequence && found % TIERS_MAX === tier) best = found
  return best
}

/** The least of `numbers` from `sequence` on that is of the tier of `above` and below that, else that. */
function leastOf(numbers: Uint32Array, sequence: number, above: number): number {
  const tier = above % TIERS_MAX
  let best = above
  for (const found of numbers) if (found < best && found >= sequence && found % TIERS_MAX === tier) best = found
  return best
}

function freeSector(pool: Pool, sector: number): void {
  const ring = ringOf(pool, sector)
  clearSectorHead(pool.flash, sector)
  if (pool.waitingIn[sector] !== UNCOUNTED) ring.records -= pool.waitingIn[sector] as number
  pool.waitingIn[sector] = 0
  pool.sequenceOf[sector] = 0
  pool.free++
  ring.sectors--
}

/**
 * The first half of the search for the oldest sector of a ring, and undefined; the next time the other half, and the walk through it: together they
 * are more than a turn. What was freed or taken in between is found out by who goes on: a sector that is gone is searched for again.
 */
export function seekThinning(ring: Ring): Thinning | undefined {
  const pool = ring.pool
  const numbers = pool.sequenceOf
  const sought = pool.sought
  const half = numbers.length >> 1
  if (!sought || sought % TIERS_MAX !== ring.tier) {
    pool.sought = leastOf(numbers.subarray(0, half), 1, ABOVE_ALL + ring.tier)
    return undefined
  }
  pool.sought = 0
  return thinningOf(leastOf(numbers.subarray(half), 1, sought))
}

/** A walk through the oldest sector of a ring that has one, which thins it and tells what waits there. */
export function beginThinning(ring: Ring): Thinning {
  return thinningOf(numberNear(ring, 1, 1))
}

function thinningOf(sequence: number): Thinning {
  return {
    sequence: sequence,
    offset: SECTOR_HEAD_BYTES,
    row: 0,
    slot: -1,
    open: undefined,
    encoding: undefined,
    head: undefined,
    meter: 0,
    picks: undefined,
    count: 0,
    all: 0,
    field: 0,
    bits: undefined,
    ranges: [],
    readings: 0,
    mayBridge: false,
  }
}

/**
 * The ring's oldest sector goes, in which `thinning` has come to some record or the end; the finest's head must have LOSS_BYTES_MAX of room. First the losses,
 * durably, then the sector: a cut in between leaves both (when no sector is free, findHeads starts again). What a coarse ring drops was told as a loss
 * when it came in.
 */
export function dropOldest(ring: Ring, thinning: Thinning): void {
  const pool = ring.pool
  const oldest = pool.sequenceOf.indexOf(thinning.sequence)
  if (oldest < 0) return
  if (ring.periodS === 0) {
    let head = findRecord(pool.flash, oldest, thinning.offset)
    while (head !== undefined) {
      noteWalked(thinning, head)
      head = findRecord(pool.flash, oldest, head.next)
    }
    pool.readingsDropped += thinning.readings
    const ranges = thinning.ranges
    const records = lossRecords(pool.flash, ranges)
    const skipped = ranges.length - records.length
    for (let i = 0; i < records.length; i++) {
      if (putRecord(ring, ranges[i + skipped] as BatchId, records[i] as Uint8Array) < 0) break
    }
  }
  freeSector(pool, oldest)
}

/**
 * One more record of a sector that is to go: the sequence numbers that wait, neighbours as one. With a loss record, and behind RANGES_MAX, a whole stretch
 * of a boot is one, whatever was released between: as the sector is the oldest, that is stored or lost already, and a loss never overrides what is
 * stored. (Else the losses of a long outage would go round for ever, and grow to fill the ring.)
 */
export function noteWalked(thinning: Thinning, head: RecordHead): void {
  const ranges = thinning.ranges
  const id = head.id
  const last = ranges[ranges.length - 1]
  const isOther = last === undefined || last.boot !== id.boot
  if (!head.isWaiting) return
  if (isOther) thinning.mayBridge = false
  if (head.isLoss) thinning.mayBridge = true
  else thinning.readings += id.span
  if (isOther || (!thinning.mayBridge && ranges.length < RANGES_MAX && id.firstSeq !== last.firstSeq + last.span)) {
    ranges.push(id)
    return
  }
  const end = Math.max(last.firstSeq + last.span, id.firstSeq + id.span)
  last.firstSeq = Math.min(last.firstSeq, id.firstSeq)
  last.span = end - last.firstSeq
}

// Loss records for the newest of `ranges`, as many as a fresh sector has room for (30 and more; with them all in every case
// but a ring full of single readings of single boots).
function lossRecords(flash: NorFlash, ranges: BatchId[]): Uint8Array[] {
  const records: Uint8Array[] = []
  let bytes = 0
  for (let i = ranges.length - 1; i >= 0; i--) {
    const record = lossRecord(flash, ranges[i] as BatchId, 'ring-full')
    bytes += record.length
    if (bytes > LOSS_BYTES_MAX) break
    records.unshift(record)
  }
  return records
}

function lossRecord(flash: NorFlash, id: BatchId, reason: LossReason): Uint8Array {
  const loss = { fromSeq: id.firstSeq, count: id.span, reason: reason }
  const batch = { boot: id.boot, firstSeq: id.firstSeq, meter: 0, timeS: [], fields: [], columns: [], losses: [loss] }
  return encodeRecord(flash, id, true, encodeWith(batch, flash.packing))
}

// The loss goes in first: a cut in between leaves both, and a loss told twice is harmless.
function replaceDamaged(pool: Pool, sector: number, head: RecordHead, reason: LossReason): void {
  const ring = ringOf(pool, sector)
  const sequence = pool.sequenceOf[sector]
  pool.recordsDamaged++
  if (ring.periodS === 0) {
    const record = lossRecord(pool.flash, head.id, reason)
    if (ring.writeAt + record.length > pool.flash.sectorBytes) advance(ring)
    putRecord(ring, head.id, record)
  }
  if (pool.sequenceOf[sector] === sequence) releaseAt(pool, sector, head.offset)
}
