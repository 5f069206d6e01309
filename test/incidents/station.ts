// A dongle in the ether: the uplink of the bundle (ladder, link, MQTT client, sender) with the real keeper, ring, journal and boot
// counter over NOR flash. The shell around it is main.ts in small: telegrams, ticks, restarts.

import { createHash } from 'node:crypto'
import type { DongleClock } from '../../firmware/clock.ts'
import { PLAIN_NATIVES } from '../../firmware/host/natives.ts'
import { AWAY_TELEGRAMS, createIntake, type Intake, stepIntake, takeLoss, takeReadout } from '../../firmware/intake.ts'
import type { EndReason } from '../../firmware/journal.ts'
import { noteEnd, openJournal } from '../../firmware/journal.ts'
import { createKeeper, type Keeper, keepAll, keepOldLosses, keepOnTime, keepReading } from '../../firmware/keeper.ts'
import { openUplink, type Uplink } from '../../firmware/uplink.ts'
import { nodeCrypto } from '../../gateway/node-crypto.ts'
import { type DongleKeys, deriveKeys } from '../../shared/envelope/keys.ts'
import { valuesOf } from '../../shared/reading/reading.ts'
import { createBatcher } from '../../shared/session/batcher.ts'
import { nextBoot } from '../../shared/session/boot-counter.ts'
import { newestBoot, openRing } from '../../shared/session/ring.ts'
import { type DongleConfig, SYSTEM_SECTORS } from '../../shared/session/system-page.ts'
import { crc16 } from '../../shared/telegram/crc16.ts'
import { plainDrawOver } from '../support/draw-over.ts'
import { keepClosed } from '../support/keep-closed.ts'
import { createNor } from '../support/nor.ts'
import { latin1 } from '../support/telegrams.ts'
import type { BrokenLadder } from './broken.ts'
import { carrierOf, type Ether } from './ether.ts'

const COUNT_MAX = 60
/** A telegram every so many seconds is enough here. */
export const TELEGRAM_S = 5
const INTERVAL_S = 10
/** From the restart to the first tick on the slowest chip: the start itself 2.7 s (`npm run bench:device`), the loader's hash, the boot ROM. */
const BOOT_MS = 4000
/** The driver's ring and the engine's queue hold 5 kB. */
const PORT_TELEGRAMS = 4
/** From a telegram's first byte until the batch it closes is in the ring, at 72 M instructions a second (`npm run bench:device`): where erases begin. */
const KEPT_MS = 470
const METER_START_S = 1_795_000_000

/** Unwinds the program as E.reboot() does. */
class Restart extends Error {}

export interface Station {
  ether: Ether
  dongleId: string
  keys: DongleKeys
  config: DongleConfig
  broken: BrokenLadder
  system: ReturnType<typeof createNor>
  journal: ReturnType<typeof createNor>
  ring: ReturnType<typeof createNor>
  running: { boot: number; keeper: Keeper; intake: Intake; uplink: Uplink; bootedMs: number } | undefined
  bootAtMs: number
  /** Boot → telegrams noticed in it. */
  noticed: Map<number, number>
  /** When the gateway last acknowledged something to the dongle. */
  ackedMs: number
  /** When the ladder restarted the chip. */
  restartsMs: number[]
  /** Telegrams that came while connect() stood still for longer than the port's buffers hold. */
  missed: number
  /** How long an erase takes: nothing is heard meanwhile but the first bytes of a telegram. The longest that data sheets allow, unless told. */
  eraseMs: number
  /** Telegrams that an erase has cut, and whether the next one is. */
  cut: number
  isCut: boolean
  /** Telegrams that came while the chip started: no boot can notice them, what shows them is the gap between two boots' times. */
  unheard: number
  /** Every second one, through the real intake, rather than one in five straight into the keeper. */
  hasIntake: boolean
  /** What the port's buffers hold meanwhile. */
  buffered: string[]
  meterWh: number
}

export function createStation(ether: Ether, dongleId: string, config: DongleConfig, broken: BrokenLadder): Station {
  return {
    ether,
    dongleId,
    keys: deriveKeys(nodeCrypto, new Uint8Array(createHash('sha256').update(dongleId).digest()), 1),
    config,
    broken,
    system: createNor(SYSTEM_SECTORS.count),
    journal: createNor(2),
    ring: createNor(48),
    running: undefined,
    bootAtMs: 0,
    noticed: new Map(),
    ackedMs: 0,
    restartsMs: [],
    missed: 0,
    eraseMs: 400,
    cut: 0,
    isCut: false,
    unheard: 0,
    hasIntake: false,
    buffered: [],
    meterWh: 1_000_000,
  }
}

function boot(station: Station): void {
  const { ether, keys, config } = station
  const ring = openRing(station.ring, [])
  const number = nextBoot(station.system, newestBoot(ring))
  const opened = openJournal(station.journal, number)
  const keeper = createKeeper(ring, createBatcher(number, INTERVAL_S * 1000, COUNT_MAX), opened.journal)
  keepOldLosses(keeper, opened.unkept)
  const bootedMs = ether.nowMs
  const clock: DongleClock = { nowMs: () => ether.nowMs - bootedMs, learn: () => {}, timeOf: timeS => timeS }
  const identity = { dongleId: station.dongleId, deviceKey: new Uint8Array(32), epoch: 1, seedPool: keys.enc }
  const self = { identity, keys, config }
  const carrier = carrierOf(ether)
  const uplink = openUplink(
    self,
    config,
    undefined,
    nodeCrypto,
    ring,
    number,
    opened.journal.restarts,
    clock,
    carrier,
    {
      say: line => {
        if (line.startsWith('acked')) station.ackedMs = ether.nowMs
        if (process.env.NRT_INCIDENT_LINES) console.log(`${Math.floor(ether.nowMs / 1000)} ${line}`)
      },
      status: () => ({ boot: number, firmware: 'sim' }),
      interval: () => {},
      reboot: restarts => {
        keepAll(keeper)
        const { lastTimeS, periodS } = station.running?.intake ?? {}
        noteEnd(opened.journal, restarts > 0 ? 'network' : 'asked', lastTimeS, periodS)
        if (restarts > 0) station.restartsMs.push(ether.nowMs)
        throw new Restart()
      },
      opened: () => {},
      obey: () => {
        throw new Error('nobody orders here')
      },
      update: () => undefined,
    },
  )
  ether.hear = what => uplink.hear(what)
  station.running = {
    boot: number,
    keeper,
    intake: createIntake(keeper, clock, PLAIN_NATIVES, plainDrawOver),
    uplink,
    bootedMs,
  }
  station.noticed.set(number, 0)
  station.broken?.(uplink)
}

/** Runs something of the dongle; a restart ends it. */
export function guarded(station: Station, run: () => void): void {
  try {
    run()
  } catch (error) {
    if (!(error instanceof Restart)) throw error
    goDark(station)
  }
}

/** The plug is pulled, or the chip restarts. */
export function goDark(station: Station, endedBy?: EndReason): void {
  const { running } = station
  if (running && endedBy) noteEnd(running.keeper.journal, endedBy)
  station.running = undefined
  station.ether.boot++
  station.bootAtMs = station.ether.nowMs + BOOT_MS
}

/** A release was taken, or is given back: what is in memory goes into the ring, and the chip restarts. */
export function restartForUpdate(station: Station): void {
  const { running } = station
  if (running) {
    keepAll(running.keeper)
    noteEnd(running.keeper.journal, 'asked', running.intake.lastTimeS, running.intake.periodS)
  }
  goDark(station)
}

/** The least that is a telegram; winter time all month. */
function telegramAt(timeS: number, wattHours: number): string {
  const clock = new Date((timeS + 3600) * 1000).toISOString().replaceAll(/[-:T]/g, '').slice(2, 14)
  const kWh = (wattHours / 1000).toFixed(3).padStart(10, '0')
  return `/TST5\\1\r\n\r\n0-0:1.0.0(${clock}W)\r\n1-0:1.8.1(${kWh}*kWh)\r\n!`
}

/** Gives the dongle what its port has; true when a batch came into the ring. */
function takeTelegrams(station: Station, running: NonNullable<Station['running']>, timeS: number): boolean {
  station.meterWh++
  if (!station.hasIntake) {
    station.noticed.set(running.boot, (station.noticed.get(running.boot) ?? 0) + 1)
    const values = valuesOf({ timeS, offtakeT1Wh: station.meterWh })
    keepReading(running.keeper, station.ether.nowMs - running.bootedMs, 0, timeS, values)
    return keepClosed(running.keeper)
  }
  // main.ts: a tick that comes late says that the interpreter was away
  if (station.buffered.length > 1) running.intake.awayFor = AWAY_TELEGRAMS
  const texts = station.buffered.splice(0)
  if (station.isCut) {
    // main.ts: the port has told of a telegram without an end
    station.cut++
    running.intake.telegramsBad++
    takeLoss(running.intake, 1, 'overrun')
  } else texts.push(telegramAt(timeS, station.meterWh))
  station.isCut = false
  for (const text of texts) {
    const end = text.indexOf('!') + 1
    const readout = { text, end, expected: crc16(latin1(text.slice(0, end))) }
    takeReadout(running.intake, running.intake.clock.nowMs(), readout, false)
    while (stepIntake(running.intake)) {}
  }
  station.noticed.set(running.boot, running.keeper.batcher.nextSeq)
  return keepClosed(running.keeper)
}

const erasesOf = ({ ring, journal, system }: Station): number =>
  [ring, journal, system].reduce((sum, nor) => sum + nor.erasesOf.reduce((all, one) => all + one, 0), 0)

/** One second of the dongle's life, at `atMs` of the world. While it stands still it does nothing. */
export function stationSecond(station: Station, atMs: number): void {
  const { ether } = station
  const timeS = METER_START_S + atMs / 1000
  const isTelegram = station.hasIntake || (atMs / 1000) % TELEGRAM_S === 0
  if (!station.running && atMs >= station.bootAtMs) guarded(station, () => boot(station))
  const { running } = station
  if (!running) {
    station.unheard++
    return
  }
  if (ether.nowMs > atMs) {
    if (!isTelegram) return
    if (!station.hasIntake || station.buffered.length >= PORT_TELEGRAMS) station.missed++
    else station.buffered.push(telegramAt(timeS, station.meterWh))
    return
  }
  guarded(station, () => {
    keepOnTime(running.keeper, ether.nowMs - running.bootedMs)
    let isKept = keepClosed(running.keeper)
    const erases = station.hasIntake ? erasesOf(station) : 0
    if (isTelegram) isKept = takeTelegrams(station, running, timeS) || isKept
    if (station.hasIntake) station.isCut = KEPT_MS + (erasesOf(station) - erases) * station.eraseMs > 1000
    if (isKept) {
      running.uplink.sayChanges()
      running.uplink.batchKept(running.keeper.kept)
    }
    running.uplink.quietMoment(ether.nowMs - running.bootedMs)
    running.uplink.tick()
  })
}
