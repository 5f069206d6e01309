// The whole loop: a seed builds a world, faults rage and every invariant is checked, then everything heals and must converge.

import { seededRandom } from '../../shared/kernel/random.ts'
import { batchesIn } from '../support/rings.ts'
import { type Broken, invariant } from './broken.ts'
import { checkAccount } from './checkers/accounted.ts'
import { watchAcknowledgements } from './checkers/acknowledged-is-stored.ts'
import { checkBounded } from './checkers/bounded.ts'
import { checkRegisters } from './checkers/registers-kept.ts'
import { checkStoredOnce, type StoredIndex } from './checkers/stored-once.ts'
import { drawFaults } from './faults.ts'
import type { Running, SimDongle } from './sim-dongle.ts'
import { buildWorld, healWorld, tickWorld, type World } from './world.ts'

interface SimLimits {
  faultTicks: number
  /** Back-off may have grown to 15 minutes; then the backlog drains. */
  healTicks: number
}

const LIMITS: SimLimits = { faultTicks: 200, healTicks: 1500 }

export interface SimReport {
  seed: number
  ticks: number
  noticed: number
  stored: number
  /** Readings that arrived thinned. */
  thinned: number
  lost: number
  reboots: number
  refused: number
  /** Readings that an ESP got under a permission. */
  delivered: number
  /** A digest of the whole course of the run: equal for equal seeds. */
  trace: number
}

/** Runs one seed; throws InvariantBroken where an invariant does not hold. */
export function runSimulation(seed: number, broken?: Broken, limits = LIMITS): SimReport {
  const random = seededRandom(seed)
  const world = buildWorld(random, drawFaults(random), broken)
  const index: StoredIndex = new Map()
  watchAcknowledgements(world)
  for (let i = 0; i < limits.faultTicks; i++) step(world, index)
  healWorld(world)
  let ticks = 0
  while (ticks < limits.healTicks && !isQuiet(world, index)) {
    for (let i = 0; i < 10; i++, ticks++) step(world, index)
  }
  invariant(isQuiet(world, index), 'I10', () => `${ticks} s after everything healed, readings still wait`)
  return reportOf(world, index, seed)
}

// The full account of a dongle is dear; it is made when it started anew, and otherwise in turn, each dongle every 16 ticks.
const ACCOUNT_EVERY_TICKS = 16

function step(world: World, index: StoredIndex): void {
  const boots = world.sites.map(site => site.dongle.running?.boot)
  tickWorld(world)
  checkStoredOnce(world, index)
  checkBounded(world)
  world.sites.forEach((site, i) => {
    const isTurn = (world.tick + i) % ACCOUNT_EVERY_TICKS === 0
    if (!isTurn && site.dongle.running?.boot === boots[i]) return
    checkAccount(world, site.dongle, index)
    checkRegisters(world, site.dongle)
  })
}

/** All that waits is fresh: at most what two intervals and a commit take. Live values are as young. */
function isQuiet(world: World, index: StoredIndex): boolean {
  const freshMax = 2 * world.faults.intervalS + 15
  return world.sites.every(({ dongle }) => {
    const account = checkAccount(world, dongle, index)
    if (!account) return false
    return (
      account.waiting + account.inMemory <= freshMax &&
      coarseRecords(dongle) === 0 &&
      newestStoredS(world, dongle.dongleId) >= dongle.meter.timeS - freshMax
    )
  })
}

function coarseRecords({ running }: SimDongle): number {
  const [, ...coarse] = (running as Running).keeper.ring.pool.rings
  return coarse.reduce((sum, ring) => sum + batchesIn(ring).length, 0)
}

function newestStoredS(world: World, dongleId: string): number {
  let newest = 0
  for (const rows of world.store.rows.get(dongleId)?.values() ?? []) {
    const last = rows.batches.at(-1)?.batch.timeS
    if (last) newest = Math.max(newest, last[last.length - 1] as number)
  }
  return newest
}

function reportOf(world: World, index: StoredIndex, seed: number): SimReport {
  const report: SimReport = {
    seed,
    ticks: world.tick,
    noticed: 0,
    stored: 0,
    thinned: 0,
    lost: 0,
    reboots: 0,
    refused: 0,
    delivered: world.esp?.delivered() ?? 0,
    trace: 0,
  }
  for (const { dongle } of world.sites) {
    const account = checkAccount(world, dongle, index)
    report.noticed += account?.noticed ?? 0
    report.stored += account?.stored ?? 0
    report.lost += account?.lost ?? 0
    report.reboots += dongle.reboots
    for (const { thinned } of world.store.rows.get(dongle.dongleId)?.values() ?? [])
      for (const { batch } of thinned) report.thinned += batch.timeS.length
  }
  for (const gateway of world.gateways) for (const count of gateway.refused.values()) report.refused += count
  report.trace = world.random.uint32()
  return report
}
