// The dongle: wiring only. Port, intake, keeper and uplink meet here; what each of them does stands in its own file. A
// dongle without identity says so and stays alive; one without configuration keeps its readings for later.

import './engine-fixes.ts'
import type { EnvelopeCrypto } from '../shared/envelope/crypto.ts'
import { createBatcher } from '../shared/session/batcher.ts'
import { nextBoot } from '../shared/session/boot-counter.ts'
import type { NorFlash } from '../shared/session/nor-flash.ts'
import { newestBoot, openRing, ringStats } from '../shared/session/ring.ts'
import { type DongleConfig, writeConfig } from '../shared/session/system-page.ts'
import { createClock } from './clock.ts'
import * as config from './config.ts'
import { openCrypto } from './crypto.ts'
import { openRegion } from './flash.ts'
import { readSelf, type Self } from './identity.ts'
import { createIntake, stepIntake, takeLoss, takeReadout } from './intake.ts'
import { noteEnd, openJournal } from './journal.ts'
import { createKeeper, keepAll, keepOldLosses, keepOnTime, stepKeeper } from './keeper.ts'
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

/** Everything that runs when there is an identity. */
function run(self: Self, system: NorFlash, crypto: EnvelopeCrypto): void {
  const flash = globalThis.require('Flash')
  const clock = createClock(getTime)
  const ring = openRing(openRegion(flash, config.RING_AT, config.RING_SECTORS))
  const boot = nextBoot(system, newestBoot(ring))
  const opened = openJournal(openRegion(flash, config.JOURNAL_AT, config.JOURNAL_SECTORS), boot)
  const journal = opened.journal
  const settings: DongleConfig | undefined = self.config
  const intervalS = settings ? settings.intervalS : INTERVAL_S
  const keeper = createKeeper(ring, createBatcher(boot, intervalS * 1000, BATCH_COUNT_MAX), journal)
  const intake = createIntake(keeper, clock, text => E.toUint8Array(text))
  const lostAtPowerCut = keepOldLosses(keeper, opened.unkept)
  const network = settings ? openWifi(globalThis.require('Wifi'), settings.networks, say) : undefined
  let uplink: Uplink | undefined
  let pendingConfig: DongleConfig | undefined
  let isWorking = false
  let isKept = false
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

  /** What is too much for one go, a short step at a time, so that the port is heard in between. */
  function work(): void {
    isWorking = true
    if (!stepIntake(intake)) {
      if (isKept && uplink) uplink.batchKept()
      isWorking = keeper.closed.length > 0
      isKept = stepKeeper(keeper)
    }
    if (isWorking) setTimeout(work, 0)
  }

  function startWork(): void {
    if (!isWorking) setTimeout(work, 0)
    isWorking = true
  }

  const p1 = openP1Port(Serial2, D5, D4, intake.counters, {
    readout: readout => {
      takeReadout(intake, readout)
      startWork()
      quietMoment()
    },
    lost: () => {
      takeLoss(intake, 1, 'overrun')
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
    if (isShorter) {
      keepAll(keeper)
      if (uplink) uplink.batchKept()
    }
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
    keepOnTime(keeper, nowMs)
    startWork()
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
