// Thinning in turns: on the dongle each call is one short step, and what comes out is the same however it is divided.

import { expect, test } from 'vitest'
import { coarseRings } from '../../../firmware/config.ts'
import { createHousehold } from '../../../firmware/host/household.ts'
import { type Bits, takeColumn } from '../../../shared/batch/unpack.ts'
import { PLAIN_PACKING } from '../../../shared/kernel/plain-packing.ts'
import { valuesOf } from '../../../shared/reading/reading.ts'
import { addReading, createBatcher, recordsOf } from '../../../shared/session/batcher.ts'
import { appendRecord, openRing, RING_RECORD_BYTES_MAX, type Ring } from '../../../shared/session/ring.ts'
import { findRecord } from '../../../shared/session/ring-sector.ts'
import { FREE_WANTED, givesWay, nearest } from '../../../shared/session/ring-state.ts'
import { ringTurns, tendRing } from '../../../shared/session/thin.ts'
import { createDensePool } from '../../support/dense-pool.ts'
import { createNor } from '../../support/nor.ts'
import { batchesIn } from '../../support/rings.ts'

const START_S = 1_790_000_000
/** After a day all four rings have begun a sector within minutes for the first time. RINGS_FULL_DAYS=100 for a thorough run. */
const DAYS_FULL = Number(process.env.RINGS_FULL_DAYS ?? 1.1)
const timesIn = (ring: Ring) => batchesIn(ring).flatMap(batch => Array.from(batch.timeS))

test('a batch of sixty readings is thinned over several turns, to the first reading of every ten seconds', () => {
  const ring = openRing(createNor(16), [{ periodS: 10, sectors: 4 }])
  const coarse = ring.pool.rings[1]!
  const home = createHousehold({ seed: 5, startS: START_S, hasPhases: true })
  const batcher = createBatcher(1, 60_000, 60)
  const times: number[] = []
  const registers = new Map<number, number>()
  for (let i = 0; ring.pool.free >= FREE_WANTED; i++) {
    const values = valuesOf(home.next(START_S + i))
    registers.set(START_S + i, values[0] as number)
    for (const batch of addReading(batcher, i * 1000, 0, START_S + i, values))
      for (const { id, bytes } of recordsOf(batch, RING_RECORD_BYTES_MAX, PLAIN_PACKING)) appendRecord(ring, id, bytes)
  }
  let turns = 0
  for (; ring.pool.free < FREE_WANTED; turns++) {
    const first = ring.thinning?.field ?? 0
    tendRing(ring)
    // a few columns of sixty values at a time
    if (ring.thinning?.picks !== undefined && ring.thinning.field > first)
      expect(ring.thinning.field - first).toBeLessThan(12)
    expect(turns).toBeLessThan(1000)
  }
  for (const batch of batchesIn(coarse)) {
    times.push(...Array.from(batch.timeS))
    Array.from(batch.timeS).forEach((timeS, i) => {
      expect(batch.columns[0]?.[i]).toBe(registers.get(timeS))
    })
  }
  // a sector of the finest holds several such batches; each took some turns
  expect(turns).toBeGreaterThan(times.length / 6)
  expect(times.length).toBeGreaterThan(12)
  expect(times.slice(1).every(timeS => timeS % 10 === 0)).toBe(true)
  expect(times.slice(2).every((timeS, i) => timeS - (times[i + 1] as number) === 10)).toBe(true)
})

test('a turn meets a few records at most while full rings are counted, thinned and dropped', () => {
  const coarse = [{ periodS: 10, sectors: 12 }]
  const nor = createDensePool(FREE_WANTED - 1, START_S, { sectors: 40, coarse, rounds: 200 })
  let reads = 0
  const read = (at: number, length: number) => {
    reads++
    return nor.read(at, length)
  }
  const ring = openRing({ ...nor, read }, coarse)
  const oldest = ring.pool.sequenceOf[nearest(ring, 1, 1)] as number
  let most = 0
  let turns = 0
  for (; ringTurns(ring) > 0; turns++) {
    reads = 0
    tendRing(ring)
    most = Math.max(most, reads)
  }
  expect(ring.pool.sequenceOf.includes(oldest)).toBe(false)
  expect(ring.pool.readingsDropped).toBeGreaterThan(200)
  expect(most).toBeLessThan(16)
  expect(turns).toBeLessThan(2000)
})

test('where writing goes on in a head is looked at in a turn of its own', () => {
  const coarse = [{ periodS: 10, sectors: 12 }]
  const nor = createDensePool(FREE_WANTED, START_S, { sectors: 40, coarse, rounds: 200 })
  let lengths: number[] = []
  const read = (at: number, length: number) => {
    lengths.push(length)
    return nor.read(at, length)
  }
  const ring = openRing({ ...nor, read }, coarse)
  let looks = 0
  while (ringTurns(ring) > 0) {
    lengths = []
    tendRing(ring)
    // a head's read is 28 bytes; what is longer is the rest of the sector and the last record's batch
    if (lengths.every(length => length === 28)) continue
    looks++
    expect(lengths.length).toBeLessThan(4)
  }
  expect(looks).toBe(1)
})

test('no turn is longer when two rings more begin a sector meanwhile, and all of it is thinned', () => {
  const coarse = [{ periodS: 10, sectors: 12 }]
  const nor = createDensePool(2, START_S, { sectors: 40, coarse, rounds: 200 })
  let reads = 0
  let erases = 0
  const read = (at: number, length: number) => {
    reads++
    return nor.read(at, length)
  }
  const erase = (sector: number) => {
    erases++
    nor.erase(sector)
  }
  const ring = openRing({ ...nor, read, erase }, coarse)
  const coarser = ring.pool.rings[1] as Ring
  expect(ring.pool.free).toBe(2)
  const before = timesIn(ring)
  let most = 0
  let inPairs = 0
  let dropped = 0
  let begun = 0
  for (let turns = 0; ring.pool.free < FREE_WANTED; turns++) {
    const { thinning } = ring
    const hadPicks = thinning?.picks !== undefined
    const field = thinning?.field ?? 0
    const bits = hadPicks ? { ...(thinning?.bits as Bits) } : undefined
    const isInBytes = thinning?.bytes !== undefined
    const isEncoding = thinning?.encoding !== undefined
    reads = 0
    erases = 0
    tendRing(ring)
    most = Math.max(most, reads)
    // a batch is written in a turn of its own, and a sector for the losses is begun before the turn that drops one
    if (isEncoding && thinning?.encoding === undefined) expect(isInBytes).toBe(true)
    if (erases > 0) {
      expect(isInBytes || ring.thinning === thinning).toBe(true)
      begun++
    }
    // who drops a sector looks for no other, who finds where to begin has counted nothing in the same turn, who chooses among readings has read nothing and takes none of their columns yet
    if (thinning === undefined && ring.thinning !== undefined) expect(reads).toBe(0)
    if (thinning !== undefined && !ring.pool.sequenceOf.includes(thinning.sequence)) {
      expect(ring.thinning).toBe(undefined)
      dropped++
    }
    if (thinning?.picks !== undefined && !hadPicks) expect([thinning.field, reads]).toEqual([0, 0])
    if (bits !== undefined && thinning !== undefined) {
      const lengths: number[] = []
      for (let at = field; at < thinning.field; at++) {
        const from = bits.at
        const isStill = ((bits.bytes[from >> 3] as number) << (from & 7)) & 128
        if (thinning.all & (1 << at) && from < (thinning.bits as Bits).at) takeColumn(bits, thinning.count)
        if (bits.at > from) lengths.push(isStill ? 1 : 2)
      }
      // two that stand still, or one that moves, which is the last
      expect(lengths.slice(0, -1).includes(2)).toBe(false)
      expect(lengths.length).toBeLessThan(3)
      if (lengths.length > 1) inPairs++
    }
    expect(turns).toBeLessThan(5000)
  }
  expect(most).toBeLessThan(16)
  expect(inPairs).toBeGreaterThan(10)
  expect(dropped).toBeGreaterThan(1)
  expect(begun).toBeGreaterThan(1)
  const left = new Set(timesIn(ring))
  const gone = before.filter(timeS => !left.has(timeS))
  const kept = new Set(timesIn(coarser).map(timeS => Math.floor(timeS / 10)))
  expect(gone.length).toBeGreaterThan(200)
  expect(gone.filter(timeS => !kept.has(Math.floor(timeS / 10)))).toEqual([])
})

test('full rings stay in short turns for as long as nobody fetches anything, and no sector goes before it was thinned', () => {
  const nor = createDensePool(FREE_WANTED, START_S)
  let reads = 0
  const read = (at: number, length: number) => {
    reads++
    return nor.read(at, length)
  }
  const ring = openRing({ ...nor, read }, coarseRings())
  const pool = ring.pool
  const home = createHousehold({ seed: 5, startS: START_S, hasPhases: true })
  const batcher = createBatcher(8, 10_000, 60)
  const secondsWith: number[] = Array.from({ length: FREE_WANTED + 1 }, () => 0)
  let most = 0
  let dropped = 0
  let unthinned = 0
  for (let atS = 0; atS < DAYS_FULL * 86_400; atS++) {
    for (const batch of addReading(batcher, atS * 1000, 0, START_S + atS, valuesOf(home.next(START_S + atS))))
      for (const { id, bytes } of recordsOf(batch, RING_RECORD_BYTES_MAX, PLAIN_PACKING)) appendRecord(ring, id, bytes)
    secondsWith[pool.free]!++
    for (let left = ringTurns(ring); left > 0 && pool.free < FREE_WANTED; left--) {
      const oldest = givesWay(pool)
      const { thinning, coarser } = oldest
      const sector = thinning === undefined ? -1 : pool.sequenceOf.indexOf(thinning.sequence)
      const isLeft = sector >= 0 && coarser !== undefined && findRecord(nor, sector, thinning!.offset) !== undefined
      reads = 0
      tendRing(ring)
      most = Math.max(most, reads)
      if (sector < 0 || pool.sequenceOf[sector] === thinning!.sequence) continue
      dropped++
      if (isLeft) unthinned++
    }
  }
  const room = secondsWith.map((seconds, free) => `${free} free ${seconds} s`).slice(1)
  console.log(`${DAYS_FULL} days of full rings: ${dropped} sectors dropped, ${unthinned} unthinned; ${room.join(', ')}`)
  expect(dropped).toBeGreaterThan(100 * DAYS_FULL)
  expect(unthinned).toBe(0)
  expect(most).toBeLessThan(16)
})
