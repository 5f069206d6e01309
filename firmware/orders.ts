// What an order of the platform does on the dongle, and what a start does about it: pages written on trial, settled or given back,
// the readings wiped, the console opened for a while. Everything here runs rarely; whether an order is authentic and new the
// sender has found out already. It prints no secret.

import { asciiBytes, type EnvelopeCrypto } from '../shared/envelope/crypto.ts'
import { deriveKeys } from '../shared/envelope/keys.ts'
import {
  BEGUN,
  CONFIGURE,
  CONSOLE,
  DIAGNOSE,
  DONE,
  NOT_TAKEN,
  REBOOT,
  REFUSED,
  RETURNED,
  ROTATE,
  UNKNOWN,
  WIPE,
} from '../shared/session/messages.ts'
import type { ReadCommand } from '../shared/session/messages-down.ts'
import type { NorFlash } from '../shared/session/nor-flash.ts'
import { ROTATION_BYTES, rotatedKey, rotationProof } from '../shared/session/order.ts'
import type { SenderEvent } from '../shared/session/sender.ts'
import {
  beginTrial,
  CONFIG_ORDER_KEYS,
  CONFIG_PAGE,
  CONFIG_TRIAL_KEYS,
  configContent,
  type DongleConfig,
  giveBack,
  IDENTITY_PAGE,
  identityContent,
  takeConfig,
  writeBoth,
  writeConfig,
  writeTrial,
} from '../shared/session/system-page.ts'
import type { Self } from './identity.ts'

const FIELDS_MAX = 1 << 30
const CONSOLE_S_MAX = 3600

type Ordered = Extract<SenderEvent, { kind: 'ordered' }>

export interface OrderPort {
  say(line: string): void
  /** The last lines that were said. */
  said(): string
  openConsole(seconds: number): void
  /** Restarts as soon as the answer has had time to leave. */
  endSoon(): void
}

/** Does it and says what became of it. Changes `self.config` where the page was changed for good. */
export function obeyOrder(
  self: Self,
  system: NorFlash,
  crypto: EnvelopeCrypto,
  order: ReadCommand,
  nowMs: number,
  port: OrderPort,
): Ordered {
  const code = order.code
  const argument = order.argument
  const ordered: Ordered = { kind: 'ordered', nowMs: nowMs, outcome: DONE }
  let config = Object.assign({}, self.config) as DongleConfig
  config.order = order.number
  config.outcome = 0
  /** The page to be put on trial. */
  let trial: Uint8Array | undefined
  let isLasting = false
  if (code === CONFIGURE) {
    const next = Object.assign({}, config)
    const keys = takeConfig(argument, next)
    if (keys === 0 || keys > CONFIG_ORDER_KEYS || (next.fields as number) >= FIELDS_MAX) ordered.outcome = REFUSED
    else if ((keys & CONFIG_TRIAL_KEYS) !== 0) trial = configContent(next)
    else {
      config = next
      isLasting = true
      ordered.isStopped = next.stopped === 1
      ordered.intervalS = next.intervalS
    }
  } else if (code === ROTATE) {
    const identity = Object.assign({}, self.identity)
    identity.epoch++
    if (argument.length !== ROTATION_BYTES || argument[0] !== identity.epoch) ordered.outcome = REFUSED
    else {
      identity.deviceKey = rotatedKey(crypto, identity.deviceKey, argument)
      ordered.report = rotationProof(crypto, deriveKeys(crypto, identity.deviceKey, identity.epoch), identity.dongleId)
      trial = identityContent(identity)
    }
  } else if (code === WIPE) {
    config.networks = []
    config.wipe = 1
    isLasting = true
  } else if (code === DIAGNOSE) {
    ordered.report = asciiBytes(port.said())
  } else if (code === CONSOLE && order.seconds > 0 && order.seconds <= CONSOLE_S_MAX) {
    port.openConsole(order.seconds)
  } else if (code === REBOOT) {
    // written down: an answer that is lost is given again after it, and nothing is restarted twice
    isLasting = true
  } else ordered.outcome = code > CONSOLE ? UNKNOWN : REFUSED
  if (trial) {
    ordered.outcome = BEGUN
    config.outcome = BEGUN
  }
  // The good page first: a start that finds it begun, and nothing on trial, knows that it came to nothing.
  if (trial || isLasting) {
    if (!writeConfig(system, config)) ordered.outcome = NOT_TAKEN
    else self.config = config
  }
  if (trial && !writeTrial(system, code === ROTATE ? IDENTITY_PAGE : CONFIG_PAGE, trial)) ordered.outcome = NOT_TAKEN
  port.say('order ' + code + ': ' + ordered.outcome)
  if (ordered.outcome === BEGUN || (ordered.outcome === DONE && (code === WIPE || code === REBOOT))) {
    port.endSoon()
  }
  return ordered
}

/** At a start, before the pages are read: true when one of them is on trial. */
export function beginTrials(system: NorFlash): boolean {
  const isConfigOnTrial = beginTrial(system, CONFIG_PAGE)
  return beginTrial(system, IDENTITY_PAGE) || isConfigOnTrial
}

/** What the last order has come to, as far as a start can know: on trial it is done when a session opens, and not before. */
export function outcomeAtStart(config: DongleConfig, isOnTrial: boolean): number | undefined {
  if (!config.order) return undefined
  if (config.outcome === BEGUN) return isOnTrial ? DONE : RETURNED
  return config.outcome || DONE
}

/** A session is open: what was on trial is good, in both copies. Before anything else is sent, for the gateway takes a message for the proof of it. */
export function settleTrials(self: Self, system: NorFlash): void {
  const config = self.config as DongleConfig
  config.outcome = 0
  writeConfig(system, config)
  writeBoth(system, IDENTITY_PAGE, identityContent(self.identity))
}

/** No session in time: everything as before. Restart after it. */
export function endTrials(system: NorFlash): void {
  giveBack(system, CONFIG_PAGE)
  giveBack(system, IDENTITY_PAGE)
}

/** Erases the readings, where an order to do so is in the config page; it stays there until all is erased. */
export function wipeIfOrdered(self: Self, system: NorFlash, regions: NorFlash[]): void {
  const config = self.config
  if (!config || !config.wipe) return
  for (let i = 0; i < regions.length; i++) {
    const region = regions[i] as NorFlash
    for (let sector = 0; sector < region.sectorCount; sector++) region.erase(sector)
  }
  config.wipe = 0
  writeConfig(system, config)
}
