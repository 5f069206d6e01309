// A dongle's flash with one power supply behind it, and the program on it in the order of firmware/main.ts: start, telegrams,
// acknowledgements, configuration. It keeps a ledger of what was promised, outside everything a power cut can take.

import { crc32 } from 'node:zlib'
import { openJournal } from '../../firmware/journal.ts'
import { createKeeper, type Keeper, keepOldLosses, keepOnTime, keepReading } from '../../firmware/keeper.ts'
import { decodeBatch } from '../../shared/batch/decode.ts'
import { dongleIdFrom } from '../../shared/kernel/ids.ts'
import { createBatcher } from '../../shared/session/batcher.ts'
import { nextBoot } from '../../shared/session/boot-counter.ts'
import type { NorFlash } from '../../shared/session/nor-flash.ts'
import { newestBoot, nextOlder, openRing, type Ring, release, ringEnd } from '../../shared/session/ring.ts'
import { type DongleConfig, SYSTEM_SECTORS, systemImage, writeConfig } from '../../shared/session/system-page.ts'
import { keepClosed } from '../support/keep-closed.ts'
import type { CutMoment, NorModel } from '../support/nor.ts'
import { createNor } from '../support/nor.ts'

/** Small rings, so that all of them go round within a flow; the periods are the real ones. */
const COARSE_RINGS = [
  { periodS: 900, sectors: 2 },
  { periodS: 60, sectors: 2 },
  { periodS: 10, sectors: 2 },
]
export const COARSEST_S = 900
const POOL_SECTORS = 13
/** Its place among the regions. */
export const POOL = 2
export const START_S = 1_790_000_000
export const INTERVAL_S = 10

export const IDENTITY = {
  dongleId: dongleIdFrom(new Uint8Array(12).fill(3)),
  deviceKey: new Uint8Array(32).fill(17),
  epoch: 1,
  seedPool: new Uint8Array(64).fill(34),
}
export const CONFIG: DongleConfig = {
  host: 'gateway.example',
  port: 8883,
  isTls: true,
  networks: [{ ssid: 'cellar', password: 'password' }],
  intervalS: INTERVAL_S,
}

/** Of one boot: telegrams noticed, and how many of them a kept batch covers, as far as calls came back. */
interface BootPromise {
  noticed: number
  kept: number
}

export interface Promises {
  boots: Map<number, BootPromise>
  /** Times of all readings in kept batches. */
  keptTimes: number[]
  /** Sequence numbers by boot, and times, of what was acknowledged: the store has them for ever. */
  storedSeqs: Map<number, Set<number>>
  storedTimes: Set<number>
  /** Configurations that may be found: the last one that was written whole, and the one being written. */
  configs: DongleConfig[]
}

export interface CutWorld {
  /** All regions behind one supply: system, journal, the pool of the rings. */
  flashes: NorModel[]
  promises: Promises
  /** Operations since cutAt. */
  operations: number
  clockS: number
  cut: { at: number; moment: CutMoment }
}

/** What runs between two starts. */
export interface Program {
  world: CutWorld
  boot: number
  keeper: Keeper
  ring: Ring
}

export function createWorld(): CutWorld {
  const system = createNor(SYSTEM_SECTORS.count)
  system.cells.set(systemImage(IDENTITY, CONFIG, bytes => crc32(bytes)))
  return {
    flashes: [system, createNor(2), createNor(POOL_SECTORS)],
    promises: { boots: new Map(), keptTimes: [], storedSeqs: new Map(), storedTimes: new Set(), configs: [CONFIG] },
    operations: 0,
    clockS: START_S,
    cut: { at: 0, moment: 'before' },
  }
}

/** The same flash and promises, to be cut at another place. */
export function cloneWorld(world: CutWorld): CutWorld {
  return {
    ...world,
    flashes: world.flashes.map(flash => {
      const copy = createNor(flash.sectorCount)
      copy.cells.set(flash.cells)
      return copy
    }),
    promises: structuredClone(world.promises),
  }
}

/** Cuts at the `at`-th write or erase from now on, in whichever region it falls; 0: none. */
export function cutAt(world: CutWorld, at: number, moment: CutMoment): void {
  world.operations = 0
  world.cut = { at, moment }
}

function powered(world: CutWorld, flash: NorModel): NorFlash {
  const count = () => {
    world.operations++
    if (world.operations === world.cut.at) flash.cutAt(1, world.cut.moment)
  }
  return {
    sectorBytes: flash.sectorBytes,
    sectorCount: flash.sectorCount,
    read: (at, length) => flash.read(at, length),
    write: (at, bytes) => {
      count()
      flash.write(at, bytes)
    },
    erase: sector => {
      count()
      flash.erase(sector)
    },
    crc32: bytes => flash.crc32(bytes),
    packing: flash.packing,
  }
}

function bootPromise(promises: Promises, boot: number): BootPromise {
  let promise = promises.boots.get(boot)
  if (promise === undefined) {
    promise = { noticed: 0, kept: 0 }
    promises.boots.set(boot, promise)
  }
  return promise
}

/** A start, as firmware/main.ts does it. */
export function start(world: CutWorld): Program {
  const [system, journalFlash, pool] = world.flashes.map(flash => powered(world, flash)) as [
    NorFlash,
    NorFlash,
    NorFlash,
  ]
  const ring = openRing(pool, COARSE_RINGS)
  const boot = nextBoot(system, newestBoot(ring))
  if (boot <= Math.max(0, ...world.promises.boots.keys())) throw new Error(`boot ${boot} came before`)
  bootPromise(world.promises, boot)
  const { journal, unkept } = openJournal(journalFlash, boot)
  const keeper = createKeeper(ring, createBatcher(boot, INTERVAL_S * 1000, 60), journal)
  keepOldLosses(keeper, unkept)
  return { world, boot, keeper, ring }
}

/** `count` telegrams, a second apart, with what the shell does once a second. */
export function telegrams(program: Program, count: number): void {
  const { world, keeper } = program
  const promise = bootPromise(world.promises, program.boot)
  for (let i = 0; i < count; i++) {
    const timeS = ++world.clockS
    const nowMs = (timeS - START_S) * 1000
    const wh = 5_000_000 + (timeS - START_S)
    const values = [wh, 2 * wh, 700, 800 + (timeS % 7), 300 + (timeS % 400), 0, 1]
    // What is in the ring when the call comes back is promised; what is not is at most an interval.
    keepReading(keeper, nowMs, 0, timeS, values)
    keepClosed(keeper)
    promise.noticed++
    settlePromise(program)
    keepOnTime(keeper, nowMs)
    keepClosed(keeper)
    settlePromise(program)
  }
}

function settlePromise({ world, keeper, boot }: Program): void {
  const promise = bootPromise(world.promises, boot)
  const { batcher } = keeper
  const kept = batcher.open === undefined ? batcher.nextSeq : batcher.open.firstSeq
  for (let seq = promise.kept; seq < kept; seq++) {
    world.promises.keptTimes.push(world.clockS - (promise.noticed - 1 - seq))
  }
  promise.kept = kept
}

/** The gateway acknowledges up to `count` records of a ring, the newest first: it has stored them before. */
export function acknowledge(program: Program, ring: Ring, count: number): void {
  const { promises } = program.world
  let below = ringEnd(ring)
  for (let i = 0; i < count; i++) {
    const record = nextOlder(ring, below)
    if (record === undefined) return
    const decoded = decodeBatch(record.bytes)
    if (!decoded.ok) throw new Error(`a record does not decode: ${decoded.fault.code}`)
    for (const timeS of Array.from(decoded.value.timeS)) promises.storedTimes.add(timeS)
    if (decoded.value.thinned === undefined) {
      const seqs = promises.storedSeqs.get(record.id.boot) ?? new Set()
      promises.storedSeqs.set(record.id.boot, seqs)
      for (let n = 0; n < record.id.span; n++) seqs.add(record.id.firstSeq + n)
    }
    below = record.place
    release(ring, record.id, record.place)
  }
}

export function ringsOf(program: Program): Ring[] {
  return program.ring.pool.rings
}

export function configure(program: Program, config: DongleConfig): void {
  const { promises, flashes } = program.world
  promises.configs.push(config)
  writeConfig(powered(program.world, flashes[0] as NorModel), config)
  promises.configs = [config]
}
