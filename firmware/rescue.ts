// What runs when neither slot holds a whole program: Wi-Fi, a session and the download of another one, nothing else. It is written with
// the loader and never changed, so it touches nothing whose form a later program may have changed: no ring, no journal, no
// reading. Of the pages it needs who it is, where the gateway is and which start this is.

import './engine-fixes.ts'
import { nextBoot } from '../shared/session/boot-counter.ts'
import { REFUSED } from '../shared/session/messages.ts'
import type { NorFlash } from '../shared/session/nor-flash.ts'
import { openRing } from '../shared/session/ring.ts'
import type { DongleConfig } from '../shared/session/system-page.ts'
import { IDLE, READY, UPDATE_START, UPDATE_STEP, WORKING } from '../shared/update/updater.ts'
import { createClock } from './clock.ts'
import * as config from './config.ts'
import { openCrypto } from './crypto.ts'
import { openRegion, PACKING } from './flash.ts'
import { readSelf, type Self } from './identity.ts'
import { isBlink, NO_GATEWAY, NO_IDENTITY } from './led.ts'
import type { Carrier, Heard } from './network.ts'
import { beginTrials, settleTrials } from './orders.ts'
import { tendSlots, type Update } from './update.ts'
import { openUplink } from './uplink.ts'
import { kickWatchdog, startWatchdog } from './watchdog.ts'
import { askWifi, openWifi, wifiDbm } from './wifi.ts'
import { askWire, type Wire, writeWire } from './wire.ts'

const TICK_MS = 1000
const BLINK_MS = 120

/** Flash that is not there: a ring on it is empty and stays so. */
const nowhere: NorFlash = {
  sectorBytes: config.SECTOR_BYTES,
  sectorCount: 4,
  read: (at, length) => {
    const blank = new Uint8Array(at < 0 ? 0 : length)
    blank.fill(255)
    return blank
  },
  write: () => {},
  erase: () => {},
  packing: PACKING,
  crc32: E.CRC32,
}

function run(self: Self, settings: DongleConfig, system: NorFlash, isOnTrial: boolean): void {
  const clock = createClock(getTime)
  const crypto = openCrypto(globalThis.require('crypto'), E)
  const boot = nextBoot(system, 0)
  const update: Update = [IDLE, 0, false, undefined]
  const wifi = globalThis.require('Wifi')
  const hear = (what: Heard): void => up.hear(what)
  const wire: Wire = {
    config: settings,
    net: globalThis.require('net'),
    tls: settings.isTls ? globalThis.require('tls') : undefined,
    dgram: globalThis.require('dgram'),
    hear: hear,
    freeBytes: () => (ESP32.getState ? ESP32.getState().freeHeap : process.memory(false).free * 14),
    socket: undefined,
    udp: undefined,
  }
  const carrier: Carrier = {
    ask: what => {
      askWifi(wifi, settings.networks, what, hear)
      askWire(wire, what)
    },
    send: bytes => writeWire(wire, E.toString(bytes)),
    dbm: () => wifiDbm(wifi),
    toText: bytes => E.toString(bytes),
    toBytes: text => E.toUint8Array(text),
    soon: run => setTimeout(run, 0),
  }
  const up = openUplink(self, settings, undefined, crypto, openRing(nowhere, []), boot, 0, clock, carrier, {
    say: print,
    status: () => ({
      boot: boot,
      firmware: 'rescue ' + config.FIRMWARE_VERSION,
      uptimeS: Math.floor(clock.nowMs() / 1000),
      rssiDbm: wifiDbm(wifi),
      freeVariables: process.memory(false).free,
    }),
    interval: () => {},
    reboot: () => E.reboot(),
    opened: () => {
      if (isOnTrial) settleTrials(self, system)
      isOnTrial = false
    },
    obey: () => ({ kind: 'ordered', nowMs: clock.nowMs(), outcome: REFUSED }),
    update: (occasion, body) => tendSlots(self, update, occasion, clock.nowMs(), body),
  })
  print('rescue: boot ' + boot)
  startWatchdog(
    (text, count) => print('error ' + count + ': ' + text),
    () => E.reboot(),
  )
  tendSlots(self, update, UPDATE_START, 0)
  openWifi(wifi, hear)
  setInterval(() => {
    kickWatchdog()
    process.memory(true)
    up.quietMoment(clock.nowMs())
    up.tick()
    if (update[0] === WORKING) up.update(UPDATE_STEP)
    else if (update[0] === READY) E.reboot()
  }, TICK_MS)
}

function main(): void {
  const system = openRegion(globalThis.require('Flash'), config.SYSTEM_AT, config.SYSTEM_SECTORS)
  const isOnTrial = beginTrials(system)
  const self = readSelf(system, openCrypto(globalThis.require('crypto'), E), print)
  const settings = self ? self.config : undefined
  const trouble = settings ? NO_GATEWAY : NO_IDENTITY
  let second = 0
  // as in main.ts, and for its reason
  setInterval(() => {
    if (!isBlink(second++, trouble)) return
    digitalWrite(D2, 1)
    setTimeout(() => digitalWrite(D2, 0), BLINK_MS)
  }, TICK_MS)
  if (self && settings) run(self, settings, system, isOnTrial)
}

main()
