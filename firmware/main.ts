// The dongle: wiring only. Port, intake, keeper and uplink meet here; what each of them does stands in its own file. A
// dongle without identity says so and stays alive; one without configuration keeps its readings for later.

import './engine-fixes.ts'
import type { EnvelopeCrypto } from '../shared/envelope/crypto.ts'
import { createBatcher } from '../shared/session/batcher.ts'
import { nextBoot } from '../shared/session/boot-counter.ts'
import type { NorFlash } from '../shared/session/nor-flash.ts'
import { newestBoot, openRing, type Ring, ringStats } from '../shared/session/ring.ts'
import { type DongleConfig, writeConfig } from '../shared/session/system-page.ts'
import { createTextCrc } from '../shared/telegram/crc16.ts'
import { createClock } from './clock.ts'
import * as config from './config.ts'
import { openCrypto } from './crypto.ts'
import type { EngineFlash } from './engine.ts'
import { openRegion } from './flash.ts'
import { readSelf, type Self } from './identity.ts'
import { createIntake, takeLoss, takeReadout } from './intake.ts'
import { noteEnd, openJournal } from './journal.ts'
import { createKeeper, keepAll, keepOldLosses, keepOnTime } from './keeper.ts'
import { openP1Port } from './p1-port.ts'
import { makeStatus } from './status.ts'
import { openUplink, type Uplink } from './uplink.ts'
import { kickWatchdog, startWatchdog } from './watchdog.ts'
import { openWifi } from './wifi.ts'

const TICK_MS = 1000
/** Later than this, a tick says that the interpreter was away: connecting, erasing. */
const AWAY_MS = 2500
const INTERVAL_S = 10
const MEMORY_REBOOT_MS = 60000
/** Readings in an open batch: 60 x 13 fields take 6 kB of the dongle's memory. */
const BATCH_COUNT_MAX = 60

function say(line: string): void {
  print(line)
}

/** The ring of what was measured, with the coarser ones behind it. */
function openRings(flash: EngineFlash): Ring {
  let ring: Ring | undefined
  for (let i = 0; i < config.RINGS.length; i++) {
    const plan = config.RINGS[i] as (typeof config.RINGS)[number]
    ring = openRing(openRegion(flash, plan.at, plan.sectors), plan.periodS, ring)
  }
  return ring as Ring
}

/** Everything that runs when there is an identity. */
function run(self: Self, system: NorFlash, crypto: EnvelopeCrypto): void {
  const flash = globalThis.require('Flash')
  const clock = createClock(getTime)
  const ring = openRings(flash)
  const boot = nextBoot(system, newestBoot(ring))
  const opened = openJournal(openRegion(flash, config.JOURNAL_AT, config.JOURNAL_SECTORS), boot)
  const journal = opened.journal
  const settings: DongleConfig | undefined = self.config
  const intervalS = settings ? settings.intervalS : INTERVAL_S
  const keeper = createKeeper(ring, createBatcher(boot, intervalS * 1000, BATCH_COUNT_MAX), journal)
  const intake = createIntake(keeper, clock)
  const lostAtPowerCut = keepOldLosses(keeper, opened.unkept)
  const network = settings ? openWifi(globalThis.require('Wifi'), settings.networks, say) : undefined
  let uplink: Uplink | undefined
  let pendingConfig: DongleConfig | undefined
  let tickMs = clock.nowMs()

  say('boot ' + boot + ', after: ' + (journal.endedBy === undefined ? 'nothing' : journal.endedBy))
  say('ring: ' + ringStats(ring).records + ' records, ' + lostAtPowerCut + ' readings lost with the power')

  startWatchdog(
    (text, count) => {
      noteEnd(journal, 'error')
      say('error ' + count + ': ' + text)
    },
    () => {
      noteEnd(journal, 'memory')
      say('memory: none left')
      // Right after a start it would happen again and again: then the slow watchdog does it.
      if (clock.nowMs() > MEMORY_REBOOT_MS) E.reboot()
    },
  )

  function told(isKept: boolean): void {
    if (isKept && uplink) uplink.batchKept()
  }

  const crc = createTextCrc(text => new Uint16Array(E.toArrayBuffer(text)))
  const p1 = openP1Port(Serial2, D5, D4, crc, {
    readout: (text, checksum) => {
      told(takeReadout(intake, text, checksum))
      quietMoment()
    },
    lost: reason => {
      told(takeLoss(intake, 1, reason))
      quietMoment()
    },
    trouble: trouble => say('p1: ' + trouble),
  })

  /** Right after a telegram: whatever stops the interpreter (connecting, erasing) is done now. */
  function quietMoment(): void {
    if (pendingConfig) {
      writeConfig(system, pendingConfig)
      pendingConfig = undefined
    }
    if (uplink) uplink.quietMoment()
  }

  function changeInterval(seconds: number, isLasting: boolean): void {
    const batcher = keeper.batcher
    const isShorter = seconds * 1000 < batcher.intervalMs
    batcher.intervalMs = seconds * 1000
    say('interval: ' + seconds + ' s')
    if (isShorter) told(keepAll(keeper))
    if (isLasting && settings) pendingConfig = Object.assign({}, settings, { intervalS: seconds })
  }

  function reboot(): void {
    say('reboot: asked')
    keepAll(keeper)
    if (pendingConfig) writeConfig(system, pendingConfig)
    noteEnd(journal, 'asked')
    E.reboot()
  }

  if (settings && network) {
    const net = globalThis.require(settings.isTls ? 'tls' : 'net')
    uplink = openUplink(self, settings, crypto, ring, boot, clock, network, net, {
      say: say,
      status: () =>
        makeStatus({
          keeper: keeper,
          p1: p1,
          endedBy: journal.endedBy,
          uptimeMs: clock.nowMs(),
          rssiDbm: network.rssiDbm(),
          meter: intake.meter,
          meterSerial: intake.serials[intake.meter],
          meterVersion: intake.scan.version,
          lost: intake.lost,
        }),
      interval: changeInterval,
      reboot: reboot,
    })
  }

  digitalWrite(D18, 1)
  setInterval(() => {
    const nowMs = clock.nowMs()
    kickWatchdog()
    if (nowMs - tickMs > AWAY_MS || E.getErrorFlags().indexOf('FIFO_FULL') >= 0) intake.wasAway = true
    tickMs = nowMs
    p1.tick(nowMs)
    told(keepOnTime(keeper, nowMs))
    if (uplink) uplink.tick()
  }, TICK_MS)
}

function main(): void {
  say('nrt ' + config.FIRMWARE_VERSION)
  const crypto = openCrypto(globalThis.require('crypto'))
  const system = openRegion(globalThis.require('Flash'), config.SYSTEM_AT, config.SYSTEM_SECTORS)
  const self = readSelf(system, crypto, say)
  if (self) run(self, system, crypto)
  // Without an identity there is nothing to do but to be found alive and say why.
  else setInterval(() => say('no identity: flash and enrol this dongle'), 60000)
}

main()
