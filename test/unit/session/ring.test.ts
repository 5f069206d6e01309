// The ring without faults: order, release, what happens when it is full, and what it finds again after a restart. Power cuts are
// in ring-cuts.test.ts.

import { describe, expect, test } from 'vitest'
import type { BatchId } from '../../../shared/batch/batch.ts'
import { seededRandom } from '../../../shared/kernel/random.ts'
import {
  appendRecord,
  lookOn,
  newestBoot,
  nextNewer,
  nextOlder,
  openRing,
  RING_RECORD_BYTES_MAX,
  type Ring,
  readRecord,
  release,
  ringEnd,
  ringStats,
} from '../../../shared/session/ring.ts'
import { UNCOUNTED } from '../../../shared/session/ring-state.ts'
import { createNor, type NorModel } from '../../support/nor.ts'

/** As many as the pool has: what is done for each is a part of every start. */
const SECTORS_OF_RUBBISH = 384

const idOf = (firstSeq: number, span = 1, boot = 1): BatchId => ({ boot, firstSeq, span })
const bytesFor = (seq: number, length = 100) => new Uint8Array(length).fill(seq & 255)

function append(ring: Ring, firstSeq: number, length = 100): number {
  const appended = appendRecord(ring, idOf(firstSeq), bytesFor(firstSeq, length))
  if (!appended.ok) throw new Error(appended.fault.code)
  return appended.value
}

function waiting(ring: Ring): BatchId[] {
  const ids: BatchId[] = []
  for (let record = nextNewer(ring, -1); record; record = nextNewer(ring, record.place)) ids.push(record.id)
  return ids
}
function placesOf(ring: Ring): number[] {
  const places: number[] = []
  for (let record = nextNewer(ring, -1); record; record = nextNewer(ring, record.place)) places.push(record.place)
  return places
}
function downFrom(ring: Ring, end: number): number[] {
  const places: number[] = []
  for (let record = nextOlder(ring, end); record; record = nextOlder(ring, record.place)) places.push(record.place)
  return places
}
function isOf(ring: Ring, sector: number): boolean {
  const sequence = ring.pool.sequenceOf[sector] as number
  return sequence > 0 && sequence % 4 === ring.tier
}
const seqs = (ring: Ring) => waiting(ring).map(id => id.firstSeq)

function ringOf(sectors: number): { nor: NorModel; ring: Ring } {
  const nor = createNor(sectors)
  return { nor, ring: openRing(nor, []) }
}

describe('a ring', () => {
  test('is empty on new flash', () => {
    const { ring } = ringOf(4)
    expect(nextNewer(ring, -1)).toBeUndefined()
    expect(nextOlder(ring, ringEnd(ring))).toBeUndefined()
    expect(ringStats(ring)).toEqual({
      records: 0,
      bytes: 0,
      capacityBytes: 16384,
      readingsDropped: 0,
      recordsDamaged: 0,
    })
  })

  test('gives records back as they came, in both directions', () => {
    const { ring } = ringOf(8)
    const places = Array.from({ length: 100 }, (_, seq) => append(ring, seq, 1 + seq * 3))
    expect(seqs(ring)).toEqual(Array.from({ length: 100 }, (_, seq) => seq))
    expect(nextNewer(ring, places[41]!)?.bytes).toEqual(bytesFor(42, 127))
    const backwards: number[] = []
    for (let record = nextOlder(ring, ringEnd(ring)); record; record = nextOlder(ring, record.place)) {
      backwards.push(record.id.firstSeq)
    }
    expect(backwards).toEqual(Array.from({ length: 100 }, (_, at) => 99 - at))
    expect(readRecord(ring, places[7]!)?.bytes).toEqual(bytesFor(7, 22))
    expect(readRecord(ring, places[7]! + 4)).toBeUndefined()
  })

  test('tells what came after its end of a moment ago', () => {
    const { ring } = ringOf(4)
    append(ring, 0)
    for (let seq = 1; seq < 60; seq++) {
      const end = ringEnd(ring)
      expect(nextNewer(ring, end - 1)).toBeUndefined()
      append(ring, seq)
      expect(nextNewer(ring, end - 1)?.id.firstSeq).toBe(seq)
    }
  })

  test('never hands out a released record again, restarted or not', () => {
    const { nor, ring } = ringOf(4)
    const places = Array.from({ length: 50 }, (_, seq) => append(ring, seq))
    expect(release(ring, idOf(10), places[10]!)).toBe(true)
    expect(release(ring, idOf(11), places[11]!)).toBe(true)
    expect(release(ring, idOf(10), places[10]!)).toBe(false)
    expect(release(ring, idOf(13), places[12]! + 4)).toBe(false)
    expect(release(ring, idOf(14), 999 * 4096)).toBe(false)
    expect(release(ring, idOf(12, 2), places[12]!)).toBe(false)
    expect(readRecord(ring, places[10]!)).toBeUndefined()
    const rest = Array.from({ length: 50 }, (_, seq) => seq).filter(seq => seq !== 10 && seq !== 11)
    expect(seqs(ring)).toEqual(rest)
    expect(seqs(openRing(nor, []))).toEqual(rest)
  })

  test('uses a sector again when all its records are released, without dropping anything', () => {
    const { nor, ring } = ringOf(3)
    const places: number[] = []
    for (let seq = 0; seq < 2000; seq++) {
      places.push(append(ring, seq))
      if (seq >= 30) release(ring, idOf(seq - 30), places[seq - 30]!)
    }
    expect(ringStats(ring)).toMatchObject({ records: 30, readingsDropped: 0 })
    expect(Math.max(...nor.erasesOf) - Math.min(...nor.erasesOf)).toBeLessThanOrEqual(1)
  })

  test('drops only the oldest when full and keeps, as records, which sequence numbers went', () => {
    const { nor, ring } = ringOf(4)
    for (let seq = 0; seq < 300; seq++) append(ring, seq)
    const check = (found: BatchId[]) => {
      const losses = found.filter(id => id.span > 1)
      const kept = found.filter(id => id.span === 1).map(id => id.firstSeq)
      expect(kept).toEqual(Array.from({ length: kept.length }, (_, at) => 300 - kept.length + at))
      const lost = new Set(losses.flatMap(id => Array.from({ length: id.span }, (_, at) => id.firstSeq + at)))
      expect([...lost].sort((a, b) => a - b)).toEqual(Array.from({ length: 300 - kept.length }, (_, at) => at))
    }
    check(waiting(ring))
    check(waiting(openRing(nor, [])))
    expect(ringStats(ring).readingsDropped).toBeGreaterThanOrEqual(200)
  })

  test('does not call lost what was released before the drop', () => {
    const { ring } = ringOf(3)
    const perSector = Math.floor(4080 / 128)
    const places = Array.from({ length: perSector }, (_, seq) => append(ring, seq))
    for (let seq = 0; seq < perSector; seq++) if (seq % 7 !== 0) release(ring, idOf(seq), places[seq]!)
    for (let seq = perSector; seq < 2 * perSector + 1; seq++) append(ring, seq)
    const lost = waiting(ring).filter(id => id.firstSeq < perSector)
    expect(lost).toEqual([0, 7, 14, 21, 28].map(seq => idOf(seq)))
  })

  test('tells all that goes with a sector, in a few losses when every second record was released', () => {
    const { ring } = ringOf(3)
    const places = [append(ring, 0, 20)]
    while (ring.sectors === 1) places.push(append(ring, places.length, 20))
    const first = places.length - 1
    for (let seq = 0; seq < first; seq += 2) release(ring, idOf(seq), places[seq]!)
    for (let seq = places.length; ring.pool.sequenceOf.includes(Math.floor(places[1]! / 4096)); seq++)
      append(ring, seq, 20)
    const lost = waiting(ring).filter(id => id.firstSeq < first)
    const seqs = new Set(lost.flatMap(id => Array.from({ length: id.span }, (_, at) => id.firstSeq + at)))
    for (let seq = 1; seq < first; seq += 2) expect(seqs.has(seq), `${seq}`).toBe(true)
    expect(lost.length).toBe(30)
    expect(ringStats(ring).readingsDropped).toBe(Math.floor(first / 2))
  })

  test('stays alive when everything in it is the loss of single readings of single boots', () => {
    const { ring } = ringOf(3)
    for (let boot = 1; boot < 300; boot++) {
      const appended = appendRecord(ring, idOf(0, 1, boot), bytesFor(boot, RING_RECORD_BYTES_MAX))
      expect(appended.ok).toBe(true)
    }
    expect(waiting(ring).at(-1)).toEqual(idOf(0, 1, 299))
  })

  test('finds its way from sector to sector in both directions, whatever was released, dropped or started again', () => {
    let chance = 1
    const draw = (below: number) => {
      chance = (Math.imul(chance, 1103515245) + 12345) >>> 0
      return (chance >>> 16) % below
    }
    const nor = createNor(24)
    const plans = [
      { periodS: 900, sectors: 5 },
      { periodS: 10, sectors: 4 },
    ]
    let rings = openRing(nor, plans).pool.rings
    for (let seq = 0; seq < 1200; seq++) {
      const tier = Math.max(0, draw(5) - 2)
      append(rings[tier] as Ring, seq, 500 + draw(1500))
      if (draw(3) === 0) {
        const ring = rings[draw(3)] as Ring
        const places = placesOf(ring)
        // a whole stretch, so that sectors in the middle become free
        for (const place of places.slice(draw(places.length + 1)).slice(0, 6))
          release(ring, readRecord(ring, place)?.id as BatchId, place)
      }
      if (draw(10) === 0) {
        rings = openRing(nor, plans).pool.rings
        while (rings[0]!.pool.waitingIn.includes(UNCOUNTED)) lookOn(rings[0]!.pool)
        for (const ring of rings) expect(ring.records).toBe(placesOf(ring).length)
      }
      if (seq % 7 !== 0) continue
      for (const ring of rings) {
        const sectors = Array.from(ring.pool.sequenceOf.keys()).filter(at => isOf(ring, at))
        const places = placesOf(ring)
        expect(places).toEqual(places.toSorted((a, b) => a - b))
        expect(downFrom(ring, ringEnd(ring))).toEqual(places.toReversed())
        expect(ring.sectors).toBe(sectors.length)
        expect(new Set(places.map(place => Math.floor(place / 4096))).size).toBe(
          sectors.filter(at => ring.pool.waitingIn[at] !== 0).length,
        )
      }
    }
  })

  test('refuses a batch that is too long, and an empty one', () => {
    const { ring } = ringOf(3)
    expect(appendRecord(ring, idOf(0), new Uint8Array(RING_RECORD_BYTES_MAX + 1)).ok).toBe(false)
    expect(appendRecord(ring, idOf(0), new Uint8Array(0)).ok).toBe(false)
    expect(ringStats(ring).records).toBe(0)
  })

  test('knows the newest boot after a restart', () => {
    const { nor, ring } = ringOf(3)
    appendRecord(ring, idOf(0, 1, 8), bytesFor(1))
    appendRecord(ring, idOf(0, 1, 9), bytesFor(1))
    expect(newestBoot(openRing(nor, []))).toBe(9)
  })

  test('turns a record with a bad byte into a loss, and finds the records behind a head that is beyond mending', () => {
    const { nor, ring } = ringOf(3)
    const places = Array.from({ length: 10 }, (_, seq) => append(ring, seq))
    const sector = ring.head * 4096
    nor.cells[sector + (places[3]! % 4096) + 40]! ^= 4
    nor.cells[sector + (places[6]! % 4096) + 9]! ^= 3
    const again = openRing(nor, [])
    const found: { seq: number; length: number }[] = []
    for (let record = nextNewer(again, -1); record; record = nextNewer(again, record.place)) {
      found.push({ seq: record.id.firstSeq, length: record.bytes.length })
    }
    expect(found.map(({ seq }) => seq)).toEqual([0, 1, 2, 4, 5, 7, 8, 9, 3])
    expect(found.at(-1)!.length).toBeLessThan(100)
    expect(ringStats(again).recordsDamaged).toBe(1)
    expect(seqs(openRing(nor, []))).toEqual([0, 1, 2, 4, 5, 7, 8, 9, 3])
  })

  test('loses nothing when one bit turns over anywhere in the head of a record or of a sector', () => {
    const { nor, ring } = ringOf(3)
    const places = Array.from({ length: 3 }, (_, seq) => append(ring, seq))
    const whole = nor.cells.slice()
    const heads: [number, number][] = [[0, 12], ...places.map((place): [number, number] => [place % 4096, 28])]
    for (const [at, length] of heads)
      for (let bit = 0; bit < length * 8; bit++) {
        nor.cells.set(whole)
        nor.cells[ring.head * 4096 + at + (bit >> 3)]! ^= 1 << (bit & 7)
        const again = openRing(nor, [])
        expect(seqs(again), `bit ${bit} behind ${at}`).toEqual([0, 1, 2])
        expect(ringStats(again).recordsDamaged).toBe(0)
      }
  })

  test('starts over rubbish in all its sectors with hardly a look at each', () => {
    const nor = createNor(SECTORS_OF_RUBBISH)
    const random = seededRandom(5)
    for (let i = 0; i < nor.cells.length; i++) nor.cells[i] = random.uint32() >>> 24
    let looks = 0
    const counting = {
      ...nor,
      crc32: (bytes: Uint8Array) => {
        looks++
        return nor.crc32(bytes)
      },
    }
    expect(ringStats(openRing(counting, [])).records).toBe(0)
    // one that happens to begin like a head is tried bit by bit
    expect(looks).toBeLessThan(2 * SECTORS_OF_RUBBISH)
  })

  test('keeps a waiting record when one bit of its state is bad', () => {
    const { nor, ring } = ringOf(3)
    const place = append(ring, 0)
    nor.cells[ring.head * 4096 + (place % 4096) + 2]! &= 0xfe
    expect(seqs(openRing(nor, []))).toEqual([0])
  })

  test('goes on in the next sector when the memory does not take a record', () => {
    const { nor, ring } = ringOf(4)
    append(ring, 0)
    nor.cells[ring.head * 4096 + ring.writeAt + 50] = 0
    append(ring, 1)
    append(ring, 2)
    expect(seqs(ring)).toEqual([0, 1, 2])
    expect(seqs(openRing(nor, []))).toEqual([0, 1, 2])
    expect(ringStats(ring).recordsDamaged).toBe(1)
  })
})
