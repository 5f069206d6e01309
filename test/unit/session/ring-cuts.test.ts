// The ring when the power goes at any write or erase: before, half-way, torn, after; again while it recovers. A model remembers
// what was promised (append returned, release returned); what the flash gives back must keep every promise.

import { expect, test } from 'vitest'
import { type Random, randomBelow, seededRandom } from '../../../shared/kernel/random.ts'
import {
  appendRecord,
  nextNewer,
  openRing,
  type Ring,
  type RingRecord,
  release,
  ringEnd,
} from '../../../shared/session/ring.ts'
import { CUT_MOMENTS, createNor, type NorModel, PowerCut } from '../../support/nor.ts'

// A thousand in every run; RING_SEEDS=20000 for a thorough one.
const SEEDS = Number(process.env.RING_SEEDS ?? 1000)
const OPERATIONS = 60

/** What is known of a sequence number. tried: the power went before the answer came, so both outcomes are right. */
interface Promised {
  length: number
  append: 'tried' | 'kept'
  release: 'no' | 'tried' | 'released'
}

interface World {
  random: Random
  nor: NorModel
  ring: Ring
  promised: Promised[]
  /** Sequence numbers whose loss was told and acknowledged, or may have been. */
  lossAcked: Set<number>
}

const bytesFor = (seq: number, length: number) => new Uint8Array(length).fill((seq * 7 + 1) & 255)

function waiting(ring: Ring): RingRecord[] {
  const records: RingRecord[] = []
  for (let record = nextNewer(ring, -1); record; record = nextNewer(ring, record.place)) records.push(record)
  return records
}

function isBatchOf(promised: Promised[], record: RingRecord): boolean {
  const { firstSeq, span } = record.id
  const wanted = promised[firstSeq]
  return span === 1 && wanted !== undefined && Buffer.from(record.bytes).equals(bytesFor(firstSeq, wanted.length))
}

function check(world: World): void {
  const batches = new Set<number>()
  const lost = new Set(world.lossAcked)
  for (const record of waiting(world.ring)) {
    if (isBatchOf(world.promised, record)) {
      if (batches.has(record.id.firstSeq)) throw new Error(`${record.id.firstSeq} waits twice`)
      batches.add(record.id.firstSeq)
    } else for (let i = 0; i < record.id.span; i++) lost.add(record.id.firstSeq + i)
  }
  let oldestWaiting = Number.POSITIVE_INFINITY
  world.promised.forEach((promised, seq) => {
    if (batches.has(seq) && seq < oldestWaiting) oldestWaiting = seq
    if (promised.release === 'released' && batches.has(seq)) throw new Error(`${seq} was released and waits again`)
    if (promised.append !== 'kept' || promised.release !== 'no' || batches.has(seq)) return
    if (!lost.has(seq)) throw new Error(`${seq} was kept and is gone without a loss`)
    if (seq > oldestWaiting) throw new Error(`${seq} was dropped before ${oldestWaiting}`)
  })
}

function cutSoon(world: World): void {
  world.nor.cutAt(1 + randomBelow(world.random, 12), CUT_MOMENTS[randomBelow(world.random, CUT_MOMENTS.length)]!)
}

// Appends, or releases a batch or a loss; what was promised counts only once the call came back.
function operate(world: World): void {
  const { random, promised, ring } = world
  if (randomBelow(random, 3) > 0) {
    const seq = promised.length
    const length = 1 + randomBelow(random, 1200)
    promised.push({ length, append: 'tried', release: 'no' })
    const result = appendRecord(ring, { boot: 1, firstSeq: seq, span: 1 }, bytesFor(seq, length))
    if (!result.ok) throw new Error(result.fault.code)
    promised[seq]!.append = 'kept'
    return
  }
  const oldest = nextNewer(ring, -1)
  if (!oldest) return
  const record = nextNewer(ring, oldest.place + randomBelow(random, ringEnd(ring) - oldest.place)) ?? oldest
  const isBatch = isBatchOf(promised, record)
  const { firstSeq, span } = record.id
  if (isBatch) promised[firstSeq]!.release = 'tried'
  else for (let i = 0; i < span; i++) world.lossAcked.add(firstSeq + i)
  if (!release(ring, record.id, record.place)) throw new Error(`${firstSeq} was just there`)
  if (isBatch) promised[firstSeq]!.release = 'released'
}

function restart(world: World, cutsLeft: number): void {
  if (cutsLeft > 0 && randomBelow(world.random, 2) === 0) cutSoon(world)
  else world.nor.cutAt(0, 'before')
  try {
    world.ring = openRing(world.nor, [])
    check(world)
    world.nor.cutAt(0, 'before')
  } catch (error) {
    if (!(error instanceof PowerCut)) throw error
    restart(world, cutsLeft - 1)
  }
}

function run(seed: number): { cuts: number; drops: number } {
  const random = seededRandom(seed)
  const nor = createNor(3 + randomBelow(random, 3))
  const world: World = { random, nor, ring: openRing(nor, []), promised: [], lossAcked: new Set() }
  let cuts = 0
  for (let i = 0; i < OPERATIONS; i++) {
    if (randomBelow(random, 6) === 0) cutSoon(world)
    try {
      operate(world)
    } catch (error) {
      if (!(error instanceof PowerCut)) throw error
      cuts++
      restart(world, 2)
    }
  }
  restart(world, 0)
  return { cuts, drops: world.lossAcked.size + waiting(world.ring).filter(r => !isBatchOf(world.promised, r)).length }
}

test(`keeps every promise over ${SEEDS} seeds of power cuts`, () => {
  let cuts = 0
  let drops = 0
  for (let seed = 0; seed < SEEDS; seed++) {
    try {
      const report = run(seed)
      cuts += report.cuts
      drops += report.drops
    } catch (error) {
      throw new Error(`seed ${seed}`, { cause: error })
    }
  }
  // The faults must really have happened.
  expect(cuts).toBeGreaterThan(SEEDS)
  expect(drops).toBeGreaterThan(SEEDS)
})

test('keeps every promise when the power goes at each single operation of filling, dropping and releasing', () => {
  for (const moment of CUT_MOMENTS) {
    for (let at = 1; at < 90; at++) {
      const nor = createNor(3)
      const world: World = {
        random: seededRandom(at),
        nor,
        ring: openRing(nor, []),
        promised: [],
        lossAcked: new Set(),
      }
      nor.cutAt(at, moment)
      try {
        for (let i = 0; i < 60; i++) operate(world)
      } catch (error) {
        if (!(error instanceof PowerCut)) throw error
      }
      restart(world, 0)
      for (let i = 0; i < 10; i++) operate(world)
      check(world)
    }
  }
})
