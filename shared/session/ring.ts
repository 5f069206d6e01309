// The dongle's bounded log in flash: batches wait here until the gateway says they are stored. Append only, found again by
// scanning, safe against a power cut at any write or erase; when full it drops the oldest sector and keeps, as records
// of their own, which sequence numbers went. It does not know what a batch means nor who sends it (docs/protocol-session.md).

import type { BatchId } from '../batch/batch.ts'
import { assert } from '../kernel/assert.ts'
import { failed, ok, type Result } from '../kernel/result.ts'
import type { NorFlash } from './nor-flash.ts'
import {
  beginSkim,
  encodeRecord,
  findRecord,
  type RecordHead,
  SECTOR_HEAD_BYTES,
  type Skim,
  skimOn,
} from './ring-sector.ts'
import {
  ALL,
  advance,
  countRecords,
  FREE_WANTED,
  findHeads,
  nearest,
  type Pool,
  placeOf,
  putRecord,
  type Ring,
  type RingRecord,
  recordAt,
  releaseAt,
  sectorAt,
  UNCOUNTED,
} from './ring-state.ts'

export type { Ring, RingRecord } from './ring-state.ts'

/** too-large: more than RING_RECORD_BYTES_MAX. flash: the memory did not take it twice in a row. */
export type RingFault = { code: 'ring.too-large'; bytesMax: number } | { code: 'ring.flash' }

/** A record that was just appended, and where the newest one was before. */
export interface Kept extends RingRecord {
  before: number
}

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
/** So many records are met in one turn of a walk through a sector (0.35 M instructions each), and so few beside sending one. */
export const STEP_RECORDS = 6
const NEAR_RECORDS = 2
/** A coarse ring behind the finest: a reading per `periodS` seconds of what fell out before it, in `sectors` at least when all are full. */
export interface CoarsePlan {
  periodS: number
  sectors: number
}

/**
 * Finds the logs again, the coarsest first in `coarse`, and gives the finest with the others behind it. It looks at the heads of all
 * sectors and at the records of the finest's newest; the others are counted later, one by one (lookOn), or when somebody reads
 * them. May write.
 */
export function openRing(flash: NorFlash, coarse: readonly CoarsePlan[]): Ring {
  const count = flash.sectorCount
  const pool: Pool = {
    flash: flash,
    rings: [],
    sequenceOf: new Uint32Array(count),
    waitingIn: new Uint8Array(count),
    takeFrom: 0,
    nextSequence: 1,
    free: 0,
    newestBoot: 0,
    newestEnd: 0,
    readingsDropped: 0,
    recordsDamaged: 0,
    counting: undefined,
    looking: undefined,
  }
  let left = count - (coarse.length > 0 ? FREE_WANTED + 2 : 3)
  for (let i = 0; i <= coarse.length; i++) {
    const plan = coarse[i]
    if (plan !== undefined) left -= plan.sectors
    pool.rings.unshift({
      pool: pool,
      tier: coarse.length - i,
      periodS: plan === undefined ? 0 : plan.periodS,
      coarser: pool.rings[0],
      sectorsKept: plan === undefined ? 0 : plan.sectors,
      sectors: 0,
      head: -1,
      writeAt: flash.sectorBytes,
      records: 0,
      newestPlace: -1,
      thinning: undefined,
    })
  }
  assert(left >= 0, 'the finest ring has room: 3 sectors alone, 7 beside what coarse rings keep')
  findHeads(pool)
  return pool.rings[0] as Ring
}

/** One small step more of counting, where there is something to count. Until all is counted ringStats tells too few records. */
export function lookOn(pool: Pool): void {
  const counting = pool.counting
  let sector = counting === undefined ? -1 : pool.sequenceOf.indexOf(counting.sequence)
  if (sector < 0) sector = pool.waitingIn.indexOf(UNCOUNTED)
  countRecords(pool, sector, STEP_RECORDS)
}

/** Adds a batch durably; gives its place. May drop the oldest sector, may erase one or two: call right after a telegram. */
export function appendRecord(ring: Ring, id: BatchId, bytes: Uint8Array): Result<number, RingFault> {
  if (bytes.length === 0 || bytes.length > RING_RECORD_BYTES_MAX) {
    return failed({ code: 'ring.too-large', bytesMax: RING_RECORD_BYTES_MAX })
  }
  // where writing goes on is to be known
  countRecords(ring.pool, ring.head, ALL)
  const flash = ring.pool.flash
  const record = encodeRecord(flash, id, false, bytes)
  for (let attempt = 0; attempt < 2; attempt++) {
    if (ring.writeAt + record.length > flash.sectorBytes) advance(ring)
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
  const sector = sectorAt(ring.pool, place)
  const head = waitingAt(ring.pool, sector, place)
  return head === undefined ? undefined : recordAt(ring.pool, sector, head)
}

/** The oldest waiting record above `place` (-1: the oldest of all). Damaged ones are turned into losses on the way. */
export function nextNewer(ring: Ring, place: number): RingRecord | undefined {
  const pool = ring.pool
  const flash = pool.flash
  let from = placeBehind(pool, place)
  for (;;) {
    const sector = nearest(ring, Math.floor(from / flash.sectorBytes) || 1, 1)
    if (sector < 0) return undefined
    const start = placeOf(pool, sector, 0)
    countRecords(pool, sector, ALL)
    let head = findRecord(flash, sector, from > start ? from - start : SECTOR_HEAD_BYTES)
    while (head !== undefined && !head.isWaiting) head = findRecord(flash, sector, head.next)
    const record = head === undefined ? undefined : recordAt(pool, sector, head)
    if (record !== undefined) return record
    from = start + (head === undefined ? flash.sectorBytes : head.next)
  }
}

/** A way down through a ring: what waits at `place` and above has been met. */
export interface Descent {
  ring: Ring
  place: number
}

/**
 * A short step towards nextOlder(way.ring, way.place), which walks through a sector or two: true when that will be short too. Lowers the place past a
 * sector in which nothing waits below it.
 */
export function isOlderNear(way: Descent): boolean {
  const pool = way.ring.pool
  const before = pool.looking
  const looking = lookingBelow(way.ring, way.place)
  if (looking === undefined) {
    way.place = -1
    return false
  }
  // another sector: to find it may have been a turn's work
  if (looking !== before && looking.below > pool.flash.sectorBytes) return false
  const sector = pool.sequenceOf.indexOf(looking.sequence)
  if (pool.waitingIn[sector] === UNCOUNTED) {
    countRecords(pool, sector, STEP_RECORDS)
    return false
  }
  skimOn(pool.flash, sector, looking, STEP_RECORDS)
  if (looking.isWhole && looking.lastWaiting < 0) {
    way.place = looking.sequence * pool.flash.sectorBytes
    return false
  }
  return looking.isWhole && looking.met <= NEAR_RECORDS
}

/** The newest waiting record below `place` (ringEnd(ring): the newest of all). Damaged ones are turned into losses on the way. */
export function nextOlder(ring: Ring, place: number): RingRecord | undefined {
  const pool = ring.pool
  let below = place
  for (;;) {
    const looking = lookingBelow(ring, below)
    if (looking === undefined) return undefined
    pool.looking = undefined
    const sector = pool.sequenceOf.indexOf(looking.sequence)
    countRecords(pool, sector, ALL)
    skimOn(pool.flash, sector, looking, ALL)
    const offset = looking.lastWaiting
    const head = offset < 0 ? undefined : findRecord(pool.flash, sector, offset)
    // released since the walk began?
    const record = head === undefined || !head.isWaiting ? undefined : recordAt(pool, sector, head)
    if (record !== undefined) return record
    below = looking.sequence * pool.flash.sectorBytes + Math.max(offset, 0)
  }
}

// The walk through the sector in which the newest record below `place` may be: the one that is under way, or a fresh one.
function lookingBelow(ring: Ring, place: number): Skim | undefined {
  const pool = ring.pool
  const size = pool.flash.sectorBytes
  let looking = pool.looking
  if (
    looking === undefined ||
    looking.sequence * size + looking.below !== place ||
    pool.sequenceOf.indexOf(looking.sequence) < 0
  ) {
    const sector = place < 1 ? -1 : nearest(ring, Math.floor((place - 1) / size), -1)
    const start = sector < 0 ? 0 : placeOf(pool, sector, 0)
    looking = sector < 0 ? undefined : beginSkim(start / size, place - start)
    pool.looking = looking
  }
  return looking
}

/**
 * A place above every record so far and not above any later one: records appended from now on are at or after it. Of a coarse ring that nobody has read or
 * written since the start it is the end of a sector: what comes into that sector is below it too.
 */
export function ringEnd(ring: Ring): number {
  const pool = ring.pool
  return ring.head < 0 ? pool.nextSequence * pool.flash.sectorBytes : placeOf(pool, ring.head, ring.writeAt)
}

/**
 * The record `id` at `place` is stored, or refused for good: never handed out again, also not after a power cut. False: it is not
 * there (harmless).
 */
export function release(ring: Ring, id: BatchId, place: number): boolean {
  const sector = sectorAt(ring.pool, place)
  const head = waitingAt(ring.pool, sector, place)
  if (head === undefined) return false
  const found = head.id
  if (found.boot !== id.boot || found.firstSeq !== id.firstSeq || found.span !== id.span) return false
  releaseAt(ring.pool, sector, head.offset)
  return true
}

/** The highest boot number among the records in flash, 0 when empty: a hint for the boot counter when its own pages are unreadable. */
export function newestBoot(ring: Ring): number {
  return ring.pool.newestBoot
}

/** Of all rings of the pool together. */
export function ringStats(ring: Ring): RingStats {
  const pool = ring.pool
  const flash = pool.flash
  let records = 0
  for (const one of pool.rings) records += one.records
  return {
    records: records,
    bytes: (flash.sectorCount - pool.free) * flash.sectorBytes,
    capacityBytes: flash.sectorCount * flash.sectorBytes,
    readingsDropped: pool.readingsDropped,
    recordsDamaged: pool.recordsDamaged,
  }
}

// Where the first record above `place` may begin. A place is a record's, and then the next follows right behind it, or one less than an end.
function placeBehind(pool: Pool, place: number): number {
  const rest = place % 4
  const sector = rest === 0 ? sectorAt(pool, place) : -1
  if (sector < 0) return place + 4 - rest
  const start = placeOf(pool, sector, 0)
  const head = findRecord(pool.flash, sector, place - start)
  if (head === undefined) return start + pool.flash.sectorBytes
  return start + (head.offset === place - start ? head.next : head.offset)
}

function waitingAt(pool: Pool, sector: number, place: number): RecordHead | undefined {
  if (sector < 0) return undefined
  const offset = place % pool.flash.sectorBytes
  const head = findRecord(pool.flash, sector, offset)
  return head !== undefined && head.offset === offset && head.isWaiting ? head : undefined
}
