// The dongle: wiring only. Port, intake, keeper and uplink meet here; what each of them does stands in its own file. A
// dongle without identity, or with another map of its flash, says so and stays alive; one without configuration keeps its
// readings for later.

import './engine-fixes.ts'
import { setupNetworkName } from '../shared/kernel/claim-code.ts'
import { backoffMs } from '../shared/session/backoff.ts'
import { createBatcher } from '../shared/session/batcher.ts'
import { nextBoot } from '../shared/session/boot-counter.ts'
import type { StatusReport } from '../shared/session/messages.ts'
import type { NorFlash } from '../shared/session/nor-flash.ts'
import { newestBoot, openRing, ringStats } from '../shared/session/ring.ts'
import { freshBytes, type SenderEvent } from '../shared/session/sender.ts'
import type { DongleConfig } from '../shared/session/system-page.ts'
import type { TextReadout } from '../shared/telegram/scan.ts'
import { KIND_UPDATE_REPORT } from '../shared/update/messages.ts'
import { IDLE, ON_TRIAL, READY, UPDATE_HEALTHY, UPDATE_START, UPDATE_STEP, WORKING } from '../shared/update/updater.ts'
import { createClock } from './clock.ts'
import * as config from './config.ts'
import { lockConsole, openConsole } from './console.ts'
import { openCrypto } from './crypto.ts'
import { drawOver, openRegion } from './flash.ts'
import type { Self } from './identity.ts'
import { AWAY_TELEGRAMS, createIntake, stepIntake, takeLoss, takeReadout } from './intake.ts'
import { noteEnd, noteSteady, openJournal } from './journal.ts'
import { createKeeper, isKeeperBusy, keepAll, keepOldLosses, keepOnTime, stepKeeper } from './keeper.ts'
import { JOINED, ladderNetworks } from './ladder.ts'
import { isBlink, NO_GATEWAY, NO_IDENTITY, NO_P1, NO_WIFI } from './led.ts'
import { type Carrier, DIAL, ENDED, type Heard } from './network.ts'
import { openP1Port } from './p1-port.ts'
import { GIVE_BACK, KEEP_CONFIG, OBEY, type Pages, SETTLE, START, tendPages } from './pages.ts'
import { P1_SILENT, P1_UNREADABLE, PROBE_UNANSWERED, reasonText } from './reasons.ts'
import { AWAY, IN_NETWORK, IN_SESSION, type OpenSetup, SETUP_FILE, type SetupTick } from './setup-port.ts'
import { makeStatus, nowLine } from './status.ts'
import { tendSlots, type Update } from './update.ts'
import { openUplink, type Uplink } from './uplink.ts'
import { kickWatchdog, startWatchdog } from './watchdog.ts'
import { askWifi, openWifi, type WifiNetwork, wifiDbm } from './wifi.ts'
import { askWire, type Wire } from './wire.ts'

const TICK_MS = 1000
/** Later than this, a tick says that the interpreter was away: connecting, erasing. */
const AWAY_MS = 2500
const INTERVAL_S = 10
const MEMORY_REBOOT_MS = 60000
/** Time for an answer to leave before a restart. */
const GOODBYE_MS = 2000
const GOODBYES_MAX = 300
/** Named anew: its whole name at eight places is a hundred bytes. */
const moduleOf = globalThis.require
/** A change that gave no session in this time is taken back. */
const TRIAL_MS = 600000
/** Who lives this long was not cut off by a weak supply. */
const STEADY_MS = 60000
/** The radio starts when the capacitors are full, later after each start that the power cut off soon. */
const RADIO_MS = 5000
const RADIO_MAX_MS = 300000
const BLINK_MS = 120
/** Ticks from one line about itself to the next. */
const NOW_EVERY = 8
/** The meter has been silent for this long. */
const SILENT_MS = 30000
/** Whoever sets up is not to wait longer than this for the word that the meter says nothing. */
const SETUP_SILENT_MS = 15000
/** With fewer free variables a session does not open beside setup: then the answer of the gateway's host is proof enough, and the session comes after it. */
const SETUP_FREE = 1600
/** Power-ups in a row, each before the last one was cut off within STEADY_MS, that open the setup network; the button, held for so many seconds, does too. */
const QUICK_FOR_SETUP = 2
const BUTTON_S = 5
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
  // in one piece of memory
  said = E.toString((said + line + '\n').substr(-SAID_MAX))
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
  const ring = openRing(pages.readings[0] as NorFlash, config.coarseRings())
  const boot = nextBoot(pages.system, newestBoot(ring))
  const opened = openJournal(pages.readings[1] as NorFlash, boot)
  const journal = opened.journal
  const settings: DongleConfig | undefined = self.config
  const intervalS = settings ? settings.intervalS : INTERVAL_S
  const keeper = createKeeper(ring, createBatcher(boot, intervalS * 1000, BATCH_COUNT_MAX), journal)
  const intake = createIntake(keeper, clock, E, drawOver)
  const lostAtPowerCut = keepOldLosses(keeper, opened.unkept)
  let uplink: Uplink | undefined
  const update: Update = [IDLE, 0, false, undefined]
  let pendingIntervalS = 0
  let isWorking = false
  let isKept = false
  let tickMs = clock.nowMs()
  let telegramMs = tickMs
  let isSteady = false
  const endedBy = journal.endedBy
  const before: WifiNetwork[] = settings ? settings.networks : []
  let isSetupDue = endedBy === 'setup'
  let setup: SetupTick | undefined
  let heldS = 0
  // Nobody waits for the first start, on the installer's table, nor after a restart that was asked for.
  let radioAtMs = 0
  if (endedBy === 'power') {
    const shareMs = (backoffMs(crypto, self.identity.dongleId, boot, 0, 2) * 5) / 8
    // once: a supply that breaks down under the radio would count on
    isSetupDue = journal.quickRestarts === QUICK_FOR_SETUP
    radioAtMs = RADIO_MS + shareMs
    if (!isSetupDue) radioAtMs = Math.min(radioAtMs * Math.pow(2, journal.quickRestarts), RADIO_MAX_MS)
  }
  // a power-up is a person's doing; a restart of its own is not
  if (before.length === 0 && (endedBy === undefined || endedBy === 'power')) isSetupDue = true
  keeper.batcher.fields = settings && settings.fields ? settings.fields : 0

  say('boot ' + boot + ', after: ' + (endedBy || 'nothing'))
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

  tendSlots(self, update, UPDATE_START, 0)

  /** What is too much for one go, a short step at a time, so that the port is heard in between. */
  function work(): void {
    const way = intake.way
    isWorking = false
    if (isKept) {
      isKept = false
      if (uplink) uplink.batchKept(keeper.kept)
      keeper.kept = undefined
    } else {
      if (way) stepIntake(intake)
      // One batch waits until the readout is through; a second may not, or there would be ever more.
      if (!way || keeper.closed.length > 1) {
        isKept = stepKeeper(keeper)
        while (keeper.closed.length > 1) if (stepKeeper(keeper)) isKept = true
        // in this turn: an acknowledgement in one between would hide it
        if (isKept && uplink) uplink.sayChanges()
      }
    }
    // the long way's functions and the scope that holds them hold each other
    if (way && way !== intake.way) process.memory(true)
    startWork()
  }

  function startWork(): void {
    if (isWorking || !(intake.way || isKept || isKeeperBusy(keeper))) return
    setTimeout(work, 0)
    isWorking = true
  }

  let trouble = 'none'
  function take(readout: TextReadout, isGuess: boolean): boolean {
    const nowMs = clock.nowMs()
    const isTaken = takeReadout(intake, nowMs, readout, isGuess)
    if (isTaken) {
      if (keeper.closed.length > 0) startWork()
      quietMoment(nowMs)
    } else if (!isGuess) {
      // found by a look at everything, once a second or several at once: that is enough for a turn
      startWork()
      setTimeout(() => quietMoment(nowMs), 0)
    }
    return isTaken
  }

  const p1 = openP1Port(Serial2, D5, D4, intake.counters, E.sum, E.toString, {
    last: intake.scan,
    readout: take,
    lost: () => {
      intake.telegramsBad++
      takeLoss(intake, 1, 'overrun')
      quietMoment(clock.nowMs())
    },
    request: isOn => (isOn ? digitalWrite(D18, 1) : pinMode(D18, 'input')),
  })

  /** Right after a telegram: whatever stops the interpreter (connecting, erasing) is done now. */
  function quietMoment(nowMs: number): void {
    telegramMs = nowMs
    if (pendingIntervalS > 0) keepInterval()
    if (uplink && nowMs >= radioAtMs) {
      uplink.quietMoment(nowMs)
      if (update[0] === WORKING) uplink.update(UPDATE_STEP)
    }
  }

  function keepInterval(): void {
    const kept = self.config
    if (kept && pendingIntervalS > 0 && kept.intervalS !== pendingIntervalS) {
      kept.intervalS = pendingIntervalS
      tendPages(pages, KEEP_CONFIG, 0)
    }
    pendingIntervalS = 0
  }

  function takeInterval(seconds: number, isLasting: boolean): void {
    const batcher = keeper.batcher
    const isShorter = seconds * 1000 < batcher.intervalMs
    batcher.intervalMs = seconds * 1000
    say('interval: ' + seconds + ' s')
    if (isShorter) {
      keepAll(keeper)
      if (uplink) {
        uplink.sayChanges()
        uplink.batchKept(undefined)
      }
    }
    if (isLasting) pendingIntervalS = seconds
  }

  function reboot(restarts: number): void {
    if (setup && restarts > 0) return
    say(restarts > 0 ? 'reboot: no network' : 'reboot: asked')
    keepAll(keeper)
    keepInterval()
    // Whoever restarts without a session, after ten minutes or for want of a network, has tried what can be tried.
    if (pages.isOnTrial) tendPages(pages, GIVE_BACK, 0)
    noteEnd(journal, restarts > 0 ? 'network' : 'asked', intake.lastTimeS, intake.periodS)
    E.reboot()
  }

  function status(): StatusReport {
    return makeStatus(
      intake,
      clock.nowMs(),
      uplink ? wifiDbm(moduleOf('Wifi')) : undefined,
      uplink ? reasonText(uplink.reasons) : '',
      trouble,
    )
  }

  pages.port.openConsole = seconds => openConsole(self, crypto, seconds, say)
  // Not before the gateway has what was said, and what is still to be said has had its turn. A dongle that is to be wiped has no network
  // afterwards in which to say it again: where the line fails first it says it in its next session. Nothing holds it up for over ten minutes.
  let looks = 0
  pages.port.endSoon = () => {
    setTimeout(() => {
      const up = uplink as Uplink
      const isAway = up.sender.state !== 'greeted'
      const isUnsaid = up.waiting.length > 0 || (up.link.mqtt && up.link.mqtt.unconfirmedBytes > 0)
      if (++looks < GOODBYES_MAX && (isUnsaid || (isAway && (self.config as DongleConfig).wipe))) pages.port.endSoon()
      else reboot(0)
    }, GOODBYE_MS)
  }

  if (settings) {
    const wifi = moduleOf('Wifi')
    const hear = (what: Heard): void => {
      up.hear(what)
      tidy()
    }
    const wire: Wire = {
      config: settings,
      net: moduleOf('net'),
      tls: settings.isTls ? moduleOf('tls') : undefined,
      dgram: moduleOf('dgram'),
      hear: hear,
      // on the chip TLS lives in the heap beside the variables, elsewhere in the variables, of 14 bytes
      freeBytes: () => (ESP32.getState ? ESP32.getState().freeHeap : process.memory(false).free * 14),
    }
    const carrier: Carrier = {
      ask: what => {
        // who is waiting at the page is not to wait for a connect() into the void
        if (setup && what.kind === DIAL && (!up.link.isProbed || process.memory(false).free < SETUP_FREE))
          hear({ kind: ENDED, code: PROBE_UNANSWERED })
        else {
          askWifi(wifi, settings.networks, what, hear)
          askWire(wire, what)
        }
      },
      // as writeWire, without its call: each batch goes through here
      send: bytes => {
        try {
          if (wire.socket) wire.socket.write(E.toString(bytes))
        } catch (_error) {}
      },
      dbm: () => wifiDbm(wifi),
      toText: E.toString,
      toBytes: E.toUint8Array,
      soon: run => setTimeout(run, 0),
    }
    const up = openUplink(self, settings, pages.outcome, crypto, ring, boot, journal.restarts, clock, carrier, {
      say: say,
      status: status,
      interval: takeInterval,
      reboot: reboot,
      opened: () => {
        if (pages.isOnTrial) tendPages(pages, SETTLE, 0)
      },
      update: (occasion, body) => {
        // the updater is a program of its own: what the message before it left behind goes first
        tidy()
        update[2] = pages.isOnTrial
        const values = tendSlots(self, update, occasion, clock.nowMs(), body)
        // and so does what it leaves behind: its answer is sealed next, and AES wants its piece in a row
        tidy()
        if (values && values[0] === KIND_UPDATE_REPORT) say('update ' + values[1] + ': ' + values[2] + ' ' + values[3])
        return values
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

  /** What the setup file asks for. */
  function act(networks: WifiNetwork[], isKept: boolean): void {
    const up = uplink as Uplink
    ;(settings as DongleConfig).networks = networks
    up.reasons.last = 0
    if (isKept) tendPages(pages, KEEP_CONFIG, 0)
    ladderNetworks(up.ladder, networks.length, !isKept, clock.nowMs())
  }

  /** Opens the dongle's own network. Without the file, or a password on the label, there is none. */
  function openSetup(nowMs: number): void {
    isSetupDue = false
    const file = moduleOf('Storage').read(SETUP_FILE)
    const password = self.identity.setupPassword
    if (!file || !password || !uplink) return
    // biome-ignore lint/security/noGlobalEval: the setup file lies in flash, beside this program, and lives only as long as it is needed
    const open = globalThis.eval(file) as OpenSetup
    const secret = E.toString(freshBytes(uplink.sender.setup, 'setup|' + boot))
    act([], false)
    setup = open(nowMs, setupNetworkName(self.identity.dongleId), password, secret, say, act)
  }

  function tendSetup(nowMs: number, up: Uplink): void {
    const silentMs = nowMs - telegramMs
    const isProof = up.sender.state === 'greeted' || (up.link.isProbed && process.memory(false).free < SETUP_FREE)
    const progress = isProof ? IN_SESSION : up.ladder.state === JOINED ? IN_NETWORK : AWAY
    const p1 = silentMs > SETUP_SILENT_MS ? P1_SILENT : trouble === 'none' ? 0 : P1_UNREADABLE
    if (!setup || setup(nowMs, progress, up.reasons.last, p1)) return
    setup = undefined
    if ((settings as DongleConfig).networks.length === 0) act(before, false)
  }

  /** Held for BUTTON_S and let go; held at a restart it would start the chip's loader. */
  function tendButton(): void {
    if (!digitalRead(D0)) heldS++
    else {
      if (heldS >= BUTTON_S) {
        noteEnd(journal, 'setup')
        E.reboot()
      }
      heldS = 0
    }
  }

  /** Without a meter every second is quiet. Healthy is who read the meter and had it stored, for as long as the order asked. */
  function tickUpdate(up: Uplink, nowMs: number): void {
    const phase = update[0]
    const sender = up.sender
    if (phase === WORKING && nowMs - telegramMs > SILENT_MS) up.update(UPDATE_STEP)
    else if (phase === READY) reboot(0)
    else if (phase === ON_TRIAL && nowMs > update[1] && intake.telegramsOk > 0 && sender.state === 'greeted') {
      if (sender.hasAck || sender.isStopped) up.update(UPDATE_HEALTHY)
    }
  }

  /** As led.ts numbers them. */
  function linkLed(): number {
    if (!uplink || uplink.ladder.state !== JOINED) return NO_WIFI
    return uplink.sender.state === 'greeted' ? -1 : NO_GATEWAY
  }

  setInterval(() => {
    const nowMs = clock.nowMs()
    kickWatchdog()
    if (nowMs - tickMs > AWAY_MS || E.getErrorFlags().indexOf('FIFO_FULL') >= 0) intake.awayFor = AWAY_TELEGRAMS
    tickMs = nowMs
    // Each second: with much room the free list would be in no order soon, and the longer looked through for whatever wants its piece in a row.
    process.memory(true)
    p1.tick(nowMs)
    const now = p1.watch.trouble === 'none' && intake.isClockWrong ? 'clock' : p1.watch.trouble
    if (now !== trouble) say('p1: ' + now)
    trouble = now
    keepOnTime(keeper, nowMs)
    startWork()
    tendButton()
    if (uplink && nowMs >= radioAtMs) {
      if (isSetupDue) openSetup(nowMs)
      uplink.tick()
      if (setup) tendSetup(nowMs, uplink)
      tickUpdate(uplink, nowMs)
    }
    if (!isSteady && nowMs > STEADY_MS) {
      noteSteady(journal)
      isSteady = true
    }
    if (pages.isOnTrial && nowMs > TRIAL_MS) {
      say('trial: no session, back to what was')
      reboot(0)
    }
    const led = linkLed()
    if (setup) second++
    else blink(nowMs - telegramMs > SILENT_MS ? NO_P1 : led)
    // not among the last lines, where a status says it better
    if (second % NOW_EVERY === 0) setTimeout(() => print(nowLine(status(), led)), 0)
  }, TICK_MS)
  // before the first telegram, which takes the most memory of all: a start leaves five hundred variables behind
  tidy()
}

function main(): void {
  say('nrt ' + config.FIRMWARE_VERSION)
  const flash = moduleOf('Flash')
  const nothing = () => {}
  const readings = [
    openRegion(flash, config.POOL_AT, config.POOL_SECTORS),
    openRegion(flash, config.JOURNAL_AT, config.JOURNAL_SECTORS),
  ]
  const pages: Pages = {
    system: openRegion(flash, config.SYSTEM_AT, config.SYSTEM_SECTORS),
    crypto: openCrypto(moduleOf('crypto'), E),
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
