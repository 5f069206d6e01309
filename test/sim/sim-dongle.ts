// A dongle: the real keeper, batcher, ring, journal, boot counter and sender over NOR flash that forgets nothing and RAM that
// forgets everything. The shell around them is the simulator's: it makes telegrams, and it can lose power at any write.

import { openJournal } from '../../firmware/journal.ts'
import {
  createKeeper,
  isKeeperBusy,
  type Keeper,
  keepAll,
  keepLoss,
  keepOldLosses,
  keepOnTime,
  keepReading,
  stepKeeper,
} from '../../firmware/keeper.ts'
import { decodeBatch } from '../../shared/batch/decode.ts'
import { encodeBatch } from '../../shared/batch/encode.ts'
import type { EnvelopeCrypto } from '../../shared/envelope/crypto.ts'
import { type DongleKeys, deriveKeys } from '../../shared/envelope/keys.ts'
import { type Random, randomBelow } from '../../shared/kernel/random.ts'
import { type Reading, valuesOf } from '../../shared/reading/reading.ts'
import { createBatcher } from '../../shared/session/batcher.ts'
import { nextBoot } from '../../shared/session/boot-counter.ts'
import {
  appendRecord,
  newestBoot,
  nextNewer,
  nextOlder,
  openRing,
  type Ring,
  release,
  ringEnd,
} from '../../shared/session/ring.ts'
import { beginThinning, dropOldest, FREE_WANTED } from '../../shared/session/ring-state.ts'
import {
  createSender,
  opened,
  type Sender,
  type SenderEffect,
  type SenderEvent,
  sendKept,
  stepSender,
} from '../../shared/session/sender.ts'
import { SYSTEM_SECTORS } from '../../shared/session/system-page.ts'
import { createNor, type NorModel, PowerCut } from '../support/nor.ts'
import type { Broken } from './broken.ts'
import { type Faults, happens } from './faults.ts'
import { bootLedger, createLedger, type DongleLedger } from './ledger.ts'

/** What lives in RAM. */
export interface Running {
  boot: number
  keeper: Keeper
  sender: Sender
  startedMs: number
}

export interface SimDongle {
  dongleId: string
  keys: DongleKeys
  crypto: EnvelopeCrypto
  faults: Faults
  random: Random
  broken: Broken
  ledger: DongleLedger
  system: NorModel
  journal: NorModel
  pool: NorModel
  running: Running | undefined
  bootAtTick: number
  reboots: number
  meter: SimMeter
  /** Effects for the network. */
  perform(effect: SenderEffect, nowMs: number): void
}

/** A meter of small, recognisable numbers; its registers never run backwards. */
interface SimMeter {
  timeS: number
  offtakeWh: number
  hasVoltage: boolean
}

const COUNT_MAX = 60
/** So that batches are long enough to fill the pool within a run. */
const STANDING = {
  offtakeT2Wh: 7_654_321,
  injectionT1Wh: 1_234_567,
  injectionT2Wh: 2_345_678,
  monthPeakOfftakeW: 4321,
  monthPeakAtS: 1_790_000_000,
  gasDm3: 3_456_789,
  gasAtS: 1_790_000_000,
  waterDm3: 456_789,
  waterAtS: 1_790_000_000,
  heatMJ: 567_890,
  heatAtS: 1_790_000_000,
}
/** A run lasts minutes, so the periods of the coarser rings are seconds; the coarsest is never full within one. */
export const COARSE_RINGS = [
  { periodS: 20, sectors: 2 },
  { periodS: 10, sectors: 1 },
  { periodS: 5, sectors: 1 },
]
const SEED_POOL = new Uint8Array(64).fill(7)

export function createDongle(
  dongleId: string,
  deviceKey: Uint8Array,
  crypto: EnvelopeCrypto,
  faults: Faults,
  random: Random,
  broken: Broken,
  startS: number,
): SimDongle {
  return {
    dongleId,
    keys: deriveKeys(crypto, deviceKey, 1),
    crypto,
    faults,
    random,
    broken,
    ledger: createLedger(dongleId),
    system: createNor(SYSTEM_SECTORS.count),
    journal: createNor(2),
    pool: createNor(faults.poolSectors, 3072),
    running: undefined,
    bootAtTick: 0,
    reboots: 0,
    meter: { timeS: startS, offtakeWh: 1_000_000, hasVoltage: false },
    perform: () => {},
  }
}

/** Runs something that may lose power; afterwards the dongle is dark for a while. */
export function underPower(dongle: SimDongle, tick: number, work: () => void): void {
  try {
    work()
  } catch (error) {
    if (!(error instanceof PowerCut)) throw error
    goDark(dongle, tick)
  }
}

export function flashesOf(dongle: SimDongle): NorModel[] {
  return [dongle.system, dongle.journal, dongle.pool]
}

export function goDark(dongle: SimDongle, tick: number): void {
  for (const flash of flashesOf(dongle)) flash.cutAt(0, 'before')
  dongle.running = undefined
  dongle.reboots++
  dongle.bootAtTick = tick + 1 + randomBelow(dongle.random, 8)
}

/** Arms a power cut at one of the next flash operations: before, half-way or after. */
export function armPowerCut(dongle: SimDongle): void {
  const flashes = [...flashesOf(dongle), dongle.pool, dongle.pool, dongle.pool]
  const flash = flashes[randomBelow(dongle.random, flashes.length)] as NorModel
  const moments = ['before', 'half-way', 'after'] as const
  flash.cutAt(1 + randomBelow(dongle.random, 6), moments[randomBelow(dongle.random, 3)] as 'before')
}

export function startDongle(dongle: SimDongle, tick: number): void {
  const ring = openRing(dongle.pool, COARSE_RINGS)
  const boot = nextBoot(dongle.system, newestBoot(ring))
  const opened = openJournal(dongle.journal, boot)
  const { intervalS } = dongle.faults
  const keeper = createKeeper(ring, createBatcher(boot, intervalS * 1000, COUNT_MAX), opened.journal)
  bootLedger(dongle.ledger, boot)
  const excess = dongle.broken === 'overcounted-loss' ? 3 : 0
  const unkept = opened.unkept.map(one => ({ ...one, noticed: one.noticed + excess }))
  keepOldLosses(keeper, unkept)
  const sender = createSender({
    crypto: dongle.crypto,
    dongleId: dongle.dongleId,
    keys: dongle.keys,
    seedPool: SEED_POOL,
    boot,
    firmware: 'sim',
    ring,
    intervalS,
  })
  dongle.running = { boot, keeper, sender, startedMs: tick * 1000 }
  noteKeptRecords(dongle, ring)
}

/** Gives the sender an event and performs what it wants. */
export function tell(dongle: SimDongle, event: SenderEvent): void {
  const { running } = dongle
  if (!running) return
  for (const effect of stepSender(running.sender, event)) {
    if (effect.kind === 'interval') {
      running.keeper.batcher.intervalMs = effect.intervalS * 1000
      keptSomething(dongle, keepAll(running.keeper), event.nowMs)
    } else if (effect.kind === 'status-wanted') {
      tell(dongle, { kind: 'status', nowMs: event.nowMs, status: { boot: running.boot, firmware: 'sim' } })
    } else if (effect.kind === 'look') tell(dongle, effect)
    else dongle.perform(effect, event.nowMs)
  }
}

/** An envelope came. */
export function hear(dongle: SimDongle, bytes: Uint8Array, nowMs: number): void {
  const { running } = dongle
  if (running) tell(dongle, { kind: 'message-came', nowMs, plain: opened(running.sender.setup, bytes) })
}

/** Closed batches go into the ring at once: between two events of the simulator the dongle has time for all its steps. */
function keepClosed(dongle: SimDongle, nowMs: number): void {
  let isKept = false
  const keeper = dongle.running?.keeper
  while (keeper && isKeeperBusy(keeper)) if (stepKeeper(keeper)) isKept = true
  keptSomething(dongle, isKept, nowMs)
}

function keptSomething(dongle: SimDongle, isKept: boolean, nowMs: number): void {
  const { running } = dongle
  if (!running || !isKept) return
  noteKeptRecords(dongle, running.keeper.ring)
  const { keeper, sender } = running
  const { kept } = keeper
  const effects: SenderEffect[] = []
  keeper.kept = undefined
  if (!kept || !sendKept(sender, kept, nowMs, effects)) tell(dongle, { kind: 'look', nowMs })
  for (const effect of effects) {
    if (effect.kind === 'look') tell(dongle, effect)
    else dongle.perform(effect, nowMs)
  }
}

/** Writes into the ledger which sequence numbers came into the ring; a batch's rank is when it was first seen there. */
function noteKeptRecords(dongle: SimDongle, ring: Ring): void {
  const { ledger } = dongle
  for (let record = nextNewer(ring, ledger.lastPlace); record; record = nextNewer(ring, record.place)) {
    ledger.lastPlace = record.place
    const batch = decodeBatch(record.bytes)
    if (batch.ok) ledger.keptTimes.push(...Array.from(batch.value.timeS))
    const { keptAt } = bootLedger(dongle.ledger, record.id.boot)
    if (keptAt.has(record.id.firstSeq)) continue
    const rank = ++dongle.ledger.appends
    for (let seq = record.id.firstSeq; seq < record.id.firstSeq + record.id.span; seq++) keptAt.set(seq, rank)
  }
}

function nextReading(dongle: SimDongle): Reading {
  const { meter, faults, random } = dongle
  meter.timeS += 1
  if (happens(random, faults.clockStep)) meter.timeS += randomBelow(random, 400)
  if (happens(random, faults.fieldsChange)) meter.hasVoltage = !meter.hasVoltage
  meter.offtakeWh += randomBelow(random, 3)
  const reading: Reading = {
    timeS: meter.timeS,
    offtakeT1Wh: meter.offtakeWh,
    offtakeW: randomBelow(random, 3000),
    tariff: 1,
    ...STANDING,
  }
  if (meter.hasVoltage) reading.voltageL1dV = 2300 + randomBelow(random, 40)
  return reading
}

/** One telegram of the meter, good or bad. */
export function takeTelegram(dongle: SimDongle, nowMs: number, isFaulty: boolean): void {
  const { running, faults, random } = dongle
  const reading = nextReading(dongle)
  if (!running) return
  const { noticed } = bootLedger(dongle.ledger, running.boot)
  if (isFaulty && happens(random, faults.badTelegram)) {
    noticed.push(undefined)
    keepLoss(running.keeper, nowMs, 1, 'crc')
    keepClosed(dongle, nowMs)
    return
  }
  noticed.push(reading)
  if (dongle.broken === 'silent-drop' && happens(random, 20)) {
    // a variant that forgets the open batch and says nothing
    const { batcher } = running.keeper
    const forgetful = createBatcher(running.boot, batcher.intervalMs, COUNT_MAX)
    forgetful.nextSeq = batcher.nextSeq + 1
    running.keeper.batcher = forgetful
    return
  }
  keepReading(running.keeper, nowMs, 0, reading.timeS, valuesOf(reading))
  keepClosed(dongle, nowMs)
}

export function tickDongle(dongle: SimDongle, nowMs: number): void {
  const { running } = dongle
  if (!running) return
  if (dongle.broken === 'drop-unthinned') dropUnthinned(running.keeper.ring)
  keepOnTime(running.keeper, nowMs)
  keepClosed(dongle, nowMs)
  if (dongle.broken === 'drop-newest' && running.keeper.ring.records > 20) dropNewest(dongle, running)
  // without ticks the sender's time-outs never come
  if (dongle.broken === 'never-resend' && running.sender.state === 'greeted') return
  tell(dongle, { kind: 'tick', nowMs })
}

/** The variant that makes room without thinning. */
function dropUnthinned(ring: Ring): void {
  if (ring.pool.free < FREE_WANTED) dropOldest(ring, beginThinning(ring))
}

/** The variant that makes room by giving up the newest record; it does say so. */
function dropNewest(dongle: SimDongle, { keeper }: Running): void {
  const record = nextOlder(keeper.ring, ringEnd(keeper.ring))
  if (!record || record.id.boot !== dongle.running?.boot) return
  const { boot, firstSeq, span } = record.id
  const losses = [{ fromSeq: firstSeq, count: span, reason: 'ring-full' as const }]
  const bytes = encodeBatch({ boot, firstSeq, meter: 0, timeS: [], fields: [], columns: [], losses })
  release(keeper.ring, record.id, record.place)
  appendRecord(keeper.ring, record.id, bytes)
}
