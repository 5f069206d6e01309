// The dongle: wiring only. Port, intake, keeper and uplink meet here; what each of them does stands in its own file. A
// dongle without identity, or with another map of its flash, says so and stays alive; one without configuration keeps its
// readings for later.

import './engine-fixes.ts'
import { backoffMs } from '../shared/session/backoff.ts'
import { createBatcher } from '../shared/session/batcher.ts'
import { nextBoot } from '../shared/session/boot-counter.ts'
import type { NorFlash } from '../shared/session/nor-flash.ts'
import { newestBoot, openRing, ringStats } from '../shared/session/ring.ts'
import type { SenderEvent } from '../shared/session/sender.ts'
import type { DongleConfig } from '../shared/session/system-page.ts'
import type { TextReadout } from '../shared/telegram/scan.ts'
import { createClock } from './clock.ts'
import * as config from './config.ts'
import { lockConsole, openConsole } from './console.ts'
import { openCrypto } from './crypto.ts'
import { openRegion } from './flash.ts'
import type { Self } from './identity.ts'
import { AWAY_TELEGRAMS, createIntake, stepIntake, takeLoss, takeReadout } from './intake.ts'
import { noteEnd, noteSteady, openJournal } from './journal.ts'
import { createKeeper, keepAll, keepOldLosses, keepOnTime, stepKeeper } from './keeper.ts'
import { JOINED } from './ladder.ts'
import { isBlink, NO_GATEWAY, NO_IDENTITY, NO_P1, NO_WIFI } from './led.ts'
import type { Carrier, Heard } from './network.ts'
import { openP1Port } from './p1-port.ts'
import { GIVE_BACK, KEEP_CONFIG, OBEY, type Pages, SETTLE, START, tendPages } from './pages.ts'
import { reasonText } from './reasons.ts'
import { makeStatus } from './status.ts'
import { openUplink, type Uplink } from './uplink.ts'
import { kickWatchdog, startWatchdog } from './watchdog.ts'
import { askWifi, openWifi, wifiDbm } from './wifi.ts'
import { askWire, type Wire } from './wire.ts'

const TICK_MS = 1000
/** Later than this, a tick says that the interpreter was away: connecting, erasing. */
const AWAY_MS = 2500
const INTERVAL_S = 10
const MEMORY_REBOOT_MS = 60000
/** Time for an answer to leave before a restart. */
const GOODBYE_MS = 2000
/** A change that gave no session in this time is taken back. */
const TRIAL_MS = 600000
/** Who lives this long was not cut off by a weak supply. */
const STEADY_MS = 60000
/** The radio starts when the capacitors are full, later after each start that the power cut off soon. */
const RADIO_MS = 5000
const RADIO_MAX_MS = 300000
const BLINK_MS = 120
/** The meter has been silent for this long. */
const SILENT_MS = 30000
const SAID_MAX = 400
/**
 * Below so many free variables, that is on a module without PSRAM always, the collector runs: 1 M instructions. It frees the rings that rare
 * functions leave (a scope and the functions in it name each other), and, as important, it sorts the free list, so that what is made
 * next lies together and AES still finds its long pieces: without it 1,900 were free and 25 in a row were not.
 */
const FREE_WANTED = 2600
/** Readings in an open batch: 60 x 13 fields take 6 kB of the dongle's memory. */
const BATCH_COUNT_MAX = 60

/** What was said last: a diagnose order asks for it. In one text: a list of lines would take twice the memory. */
let said = ''

function say(line: string): void {
  print(line)
  said = (said + line + '\n').substr(-SAID_MAX)
}

let second = 0

/** Once a second. Not by digitalPulse: its edges wait in a queue of sixteen, and who finds it full stands still, on Linux for ever. */
function blink(trouble: number): void {
  if (!isBlink(second++, trouble)) return
  digitalWrite(D2, 1)
  setTimeout(() => digitalWrite(D2, 0), BLINK_MS)
}

function tidy(): void {
  if (process.memory(false).free < FREE_WANTED) process.memory(true)
}

/** Everything that runs when there is an identity. */
function run(pages: Pages, self: Self): void {
  const clock = createClock(getTime)
  const crypto = pages.crypto
  lockConsole(self, crypto)
  const ring = openRing(pages.readings[0] as NorFlash, config.COARSE_RINGS)
  const boot = nextBoot(pages.system, newestBoot(ring))
  const opened = openJournal(pages.readings[1] as NorFlash, boot)
  const journal = opened.journal
  const settings: DongleConfig | undefined = self.config
  const intervalS = settings ? settings.intervalS : INTERVAL_S
  const keeper = createKeeper(ring, createBatcher(boot, intervalS * 1000, BATCH_COUNT_MAX), journal)
  const intake = createIntake(keeper, clock, text => E.toUint8Array(text))
  const lostAtPowerCut = keepOldLosses(keeper, opened.unkept)
  let uplink: Uplink | undefined
  let pendingIntervalS = 0
  let isWorking = false
  let isKept = false
  let tickMs = clock.nowMs()
  let telegramMs = tickMs
  let isSteady = false
  // Nobody waits for the first start, on the installer's table, nor after a restart that was asked for.
  let radioAtMs = 0
  if (journal.endedBy === 'power') {
    const shareMs = (backoffMs(crypto, self.identity.dongleId, boot, 0, 2) * 5) / 8
    radioAtMs = Math.min((RADIO_MS + shareMs) * Math.pow(2, journal.quickRestarts), RADIO_MAX_MS)
  }
  keeper.batcher.fields = settings && settings.fields ? settings.fields : 0

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
    isWorking = false
    if (isKept && uplink) uplink.batchKept()
    isKept = false
    // One batch waits until the readout is through; a second may not, or there would be ever more.
    if (!(intake.isBusy && stepIntake(intake)) || keeper.closed.length > 1) {
      if (keeper.closed.length > 0) isKept = stepKeeper(keeper)
      while (keeper.closed.length > 1) if (stepKeeper(keeper)) isKept = true
    }
    startWork()
  }

  function startWork(): void {
    if (isWorking || !(intake.isBusy || isKept || keeper.closed.length > 0)) return
    setTimeout(work, 0)
    isWorking = true
  }

  let trouble = 'none'
  function take(readout: TextReadout, isGuess: boolean): boolean {
    const isTaken = takeReadout(intake, readout, isGuess)
    if (isTaken || !isGuess) {
      startWork()
      quietMoment()
    }
    return isTaken
  }

  const p1 = openP1Port(Serial2, D5, D4, intake.counters, E.sum, pieces => E.toString(pieces), {
    end: () => intake.scan.bodyBytes,
    follow: readout => take(readout, true),
    readout: readout => {
      take(readout, false)
    },
    lost: () => {
      intake.telegramsBad++
      takeLoss(intake, 1, 'overrun')
      quietMoment()
    },
    request: isOn => (isOn ? digitalWrite(D18, 1) : pinMode(D18, 'input')),
  })

  /** Right after a telegram: whatever stops the interpreter (connecting, erasing) is done now. */
  function quietMoment(): void {
    telegramMs = clock.nowMs()
    keepInterval()
    if (uplink && telegramMs >= radioAtMs) uplink.quietMoment()
  }

  function keepInterval(): void {
    const kept = self.config
    if (kept && pendingIntervalS > 0 && kept.intervalS !== pendingIntervalS) {
      kept.intervalS = pendingIntervalS
      tendPages(pages, KEEP_CONFIG, 0)
    }
    pendingIntervalS = 0
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
    if (isLasting) pendingIntervalS = seconds
  }

  function reboot(restarts: number): void {
    say(restarts > 0 ? 'reboot: no network' : 'reboot: asked')
    keepAll(keeper)
    keepInterval()
    // Whoever restarts without a session, after ten minutes or for want of a network, has tried what can be tried.
    if (pages.isOnTrial) tendPages(pages, GIVE_BACK, 0)
    noteEnd(journal, restarts > 0 ? 'network' : 'asked')
    E.reboot()
  }

  pages.port.openConsole = seconds => openConsole(self, crypto, seconds, say)
  pages.port.endSoon = () => {
    setTimeout(() => reboot(0), GOODBYE_MS)
  }

  if (settings) {
    const wifi = globalThis.require('Wifi')
    const hear = (what: Heard): void => {
      up.hear(what)
      tidy()
    }
    const wire: Wire = {
      config: settings,
      net: globalThis.require('net'),
      tls: settings.isTls ? globalThis.require('tls') : undefined,
      dgram: globalThis.require('dgram'),
      hear: hear,
      // on the chip TLS lives in the heap beside the variables, elsewhere in the variables, of 14 bytes
      freeBytes: () => (ESP32.getState ? ESP32.getState().freeHeap : process.memory(false).free * 14),
      socket: undefined,
      udp: undefined,
    }
    const carrier: Carrier = {
      ask: what => {
        askWifi(wifi, settings.networks, what, hear)
        askWire(wire, what)
      },
      dbm: () => wifiDbm(wifi),
      toText: bytes => E.toString(bytes),
      toBytes: text => E.toUint8Array(text),
    }
    const up = openUplink(self, settings, pages.outcome, crypto, ring, boot, journal.restarts, clock, carrier, {
      say: say,
      status: () =>
        makeStatus({
          keeper: keeper,
          telegramsOk: intake.telegramsOk,
          telegramsBad: intake.telegramsBad,
          endedBy: journal.endedBy,
          quickRestarts: journal.quickRestarts,
          uptimeMs: clock.nowMs(),
          rssiDbm: wifiDbm(wifi),
          linkReasons: reasonText(up.reasons),
          meter: intake.meter,
          meterSerial: intake.serials[intake.meter - intake.firstMeter],
          meterVersion: intake.scan.version,
          lost: intake.lost,
          trouble: trouble,
        }),
      interval: changeInterval,
      reboot: reboot,
      opened: () => {
        if (pages.isOnTrial) tendPages(pages, SETTLE, 0)
      },
      obey: order => {
        const ordered = tendPages(pages, OBEY, clock.nowMs(), order) as SenderEvent
        keeper.batcher.fields = (self.config as DongleConfig).fields || 0
        return ordered
      },
    })
    openWifi(wifi, hear)
    uplink = up
  }

  /** As led.ts numbers them. */
  function ledOf(nowMs: number): number {
    if (nowMs - telegramMs > SILENT_MS) return NO_P1
    if (!uplink || uplink.ladder.state !== JOINED) return NO_WIFI
    return uplink.sender.state === 'open' ? -1 : NO_GATEWAY
  }

  setInterval(() => {
    const nowMs = clock.nowMs()
    kickWatchdog()
    if (nowMs - tickMs > AWAY_MS || E.getErrorFlags().indexOf('FIFO_FULL') >= 0) intake.awayFor = AWAY_TELEGRAMS
    tickMs = nowMs
    tidy()
    p1.tick(nowMs)
    const now = p1.watch.trouble === 'none' && intake.isClockWrong ? 'clock' : p1.watch.trouble
    if (now !== trouble) say('p1: ' + now)
    trouble = now
    keepOnTime(keeper, nowMs)
    startWork()
    if (uplink && nowMs >= radioAtMs) uplink.tick()
    if (!isSteady && nowMs > STEADY_MS) {
      noteSteady(journal)
      isSteady = true
    }
    if (pages.isOnTrial && nowMs > TRIAL_MS) {
      say('trial: no session, back to what was')
      reboot(0)
    }
    blink(ledOf(nowMs))
  }, TICK_MS)
}

function main(): void {
  say('nrt ' + config.FIRMWARE_VERSION)
  const flash = globalThis.require('Flash')
  const nothing = () => {}
  const readings = [
    openRegion(flash, config.POOL_AT, config.POOL_SECTORS),
    openRegion(flash, config.JOURNAL_AT, config.JOURNAL_SECTORS),
  ]
  const pages: Pages = {
    system: openRegion(flash, config.SYSTEM_AT, config.SYSTEM_SECTORS),
    crypto: openCrypto(globalThis.require('crypto')),
    port: { say: say, said: () => said, openConsole: nothing, endSoon: nothing },
    readings: readings,
    self: undefined,
    isOnTrial: false,
    outcome: undefined,
  }
  tendPages(pages, START, 0)
  if (pages.self) {
    run(pages, pages.self)
    return
  }
  // There is nothing to do but to be found alive and say why: nothing is read, written or erased.
  setInterval(() => blink(NO_IDENTITY), TICK_MS)
  setInterval(() => say('no identity: flash and enrol this dongle'), 60000)
}

main()
