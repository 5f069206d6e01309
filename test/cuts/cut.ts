// Runs a flow with the power going before, half-way, torn or after each of its writes and erases, and again at each write of the recovery.

import { type Random, randomBelow, seededRandom } from '../../shared/kernel/random.ts'
import { nextNewer } from '../../shared/session/ring.ts'
import { CUT_MOMENTS, type CutMoment, PowerCut } from '../support/nor.ts'
import { check, type Verdict } from './check.ts'
import type { Flow } from './flows.ts'
import { type CutWorld, cloneWorld, cutAt, POOL, type Program, ringsOf, start, telegrams } from './world.ts'

export interface CutRow {
  flow: string
  cuts: number
  recovered: number
  lostAcknowledged: number
  missingUncounted: number
  /** The first few things that were wrong, with how to see them again. */
  failures: string[]
}

export interface CutOptions {
  /** Every so many-th cut only; 1: all. */
  stride: number
  /** The second cut, within the recovery, at every write of it (true), or at one drawn by lot. */
  isDeep: boolean
  seed: number
}

const FAILURES_SHOWN = 5

/** True when the power went. */
function underCut(work: () => void): boolean {
  try {
    work()
    return false
  } catch (error) {
    if (!(error instanceof PowerCut)) throw error
    return true
  }
}

export function cutFlow(flow: Flow, options: CutOptions): CutRow {
  const row: CutRow = { flow: flow.name, cuts: 0, recovered: 0, lostAcknowledged: 0, missingUncounted: 0, failures: [] }
  const prepared = flow.prepare()
  const whole = cloneWorld(prepared)
  cutAt(whole, 0, 'before')
  flow.act(whole)
  const random = seededRandom(options.seed)
  let turn = randomBelow(random, options.stride)
  for (let at = 1; at <= whole.operations; at++) {
    for (const moment of CUT_MOMENTS) {
      if (turn++ % options.stride !== 0) continue
      const world = cloneWorld(prepared)
      cutAt(world, at, moment)
      const where = `${moment} operation ${at}`
      row.cuts++
      guarded(row, where, () => {
        if (!underCut(() => flow.act(world))) throw new Error('the power did not go')
        cutRecovery(world, where, row, options, random)
        rotRecovery(world, where, row, random)
        return recover(world)
      })
    }
  }
  return row
}

/** The same recovery, cut at its own writes and erases, and then once more in peace. */
function cutRecovery(world: CutWorld, where: string, row: CutRow, options: CutOptions, random: Random): void {
  const dry = cloneWorld(world)
  cutAt(dry, 0, 'before')
  start(dry)
  const moments: readonly CutMoment[] = options.isDeep
    ? CUT_MOMENTS
    : [CUT_MOMENTS[randomBelow(random, 4)] as CutMoment]
  const first = options.isDeep ? 1 : 1 + randomBelow(random, dry.operations)
  for (let at = first; at <= (options.isDeep ? dry.operations : first); at++) {
    for (const moment of moments) {
      const twice = cloneWorld(world)
      cutAt(twice, at, moment)
      row.cuts++
      guarded(row, `${where}, then ${moment} operation ${at} of the recovery`, () => {
        if (!underCut(() => start(twice))) throw new Error('the power did not go in the recovery')
        return recover(twice)
      })
    }
  }
}

/** A bit turns over in what the cut left: in one copy of a page, in the counter, or in a record. */
function rotRecovery(world: CutWorld, where: string, row: CutRow, random: Random): void {
  if (randomBelow(random, 4) !== 0) return
  const rotten = cloneWorld(world)
  cutAt(rotten, 0, 'before')
  const program = start(cloneWorld(rotten))
  const ring = ringsOf(program)[randomBelow(random, 4)]!
  const record = nextNewer(ring, -1)
  row.cuts++
  guarded(row, `${where}, with a bit turned over`, () => {
    if (record === undefined || randomBelow(random, 3) === 0) {
      const system = rotten.flashes[0]!
      // one copy of identity or configuration, its head or its content; of the configuration only while both are whole
      const page = (sector: number) => Buffer.from(system.cells.subarray(sector * 4096, (sector + 1) * 4096))
      const copy = randomBelow(random, page(2).equals(page(3)) ? 4 : 2)
      system.cells[copy * 4096 + randomBelow(random, 60)]! ^= 1 << randomBelow(random, 8)
    } else {
      const sector = ring.pool.sequenceOf.indexOf(Math.floor(record.place / 4096))
      // its head, all but the state, or its batch
      const at = sector * 4096 + (record.place % 4096) + 4 + randomBelow(random, 24 + record.bytes.length)
      rotten.flashes[POOL]!.cells[at]! ^= 1 << randomBelow(random, 8)
    }
    return recover(rotten, true)
  })
}

/** A start without a cut, what it found, and whether the dongle still does its work. */
function recover(world: CutWorld, isRotten = false): Verdict {
  cutAt(world, 0, 'before')
  const program: Program = start(world)
  const verdict = check(program, isRotten)
  telegrams(program, 12)
  check(program, isRotten)
  return verdict
}

function guarded(row: CutRow, where: string, work: () => Verdict): void {
  try {
    const verdict = work()
    row.lostAcknowledged += verdict.lostKept
    row.missingUncounted += verdict.missingUncounted
    if (verdict.lostKept + verdict.missingUncounted === 0) row.recovered++
    else fail(row, `${where}: ${JSON.stringify(verdict)}`)
  } catch (error) {
    fail(row, `${where}: ${(error as Error).message}`)
  }
}

function fail(row: CutRow, sentence: string): void {
  if (row.failures.length < FAILURES_SHOWN) row.failures.push(sentence)
}
