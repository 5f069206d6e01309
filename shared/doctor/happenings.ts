// What happened to a dongle, as people are told it: a time, a code, and at most a number and a word. From one status to the
// next the difference says it; a status that repeats the last one is no news. Pure. No serial, EAN or key ever stands in one.

import type { DongleStatus } from '../port/ingest-port.ts'
import { type Cause, causeOf } from './causes.ts'
import { patienceS, reasonsOf, resetOf } from './facts.ts'

export const HAPPENINGS = [
  'boot-first',
  'boot-power',
  'boot-asked',
  'boot-error',
  'boot-memory',
  'boot-network',
  'quick-restarts',
  'firmware',
  'p1',
  'telegrams-bad',
  'cut',
  'back',
  'signal',
  'ring',
  'lost',
  'error',
  'memory',
  'no-identity',
  'session-open',
  'session-closed',
  'network-up',
  'trial-ended',
  'update',
  'no-program',
  'memory-worn',
  'order',
  'state',
] as const
export type HappeningCode = (typeof HAPPENINGS)[number]

/**
 * boot-…: n is the boot's number. quick-restarts: n in a row. p1: a word of docs/p1-line.md. telegrams-bad, lost: n more. cut: n is the
 * reason's code, word its cause. back: after n minutes. signal: n dBm. ring: n percent. firmware: the version. order: its name and state in one
 * word. update: n is the version, word what became of it and why. state: the new one.
 */
export interface Happening {
  atS: number
  code: HappeningCode
  n?: number
  word?: string
}

export const HAPPENINGS_MAX = 50
/** A signal or a fill that moved less is no news. */
const SIGNAL_STEP_DB = 8
const RING_STEPS_PERCENT = [10, 25, 50, 75, 90]
/** Single broken telegrams happen; this many between two statuses do not. */
const BAD_MIN = 10

const BOOTS: { [reason: string]: HappeningCode } = {
  first: 'boot-first',
  power: 'boot-power',
  asked: 'boot-asked',
  error: 'boot-error',
  memory: 'boot-memory',
  network: 'boot-network',
}

/** A boot by the word in its status or on its console; words that only newer dongles know are power. */
export function bootHappening(atS: number, boot: number, reset: string): Happening {
  return { atS, code: BOOTS[reset] ?? 'boot-power', n: boot }
}

export function cutHappening(atS: number, code: number): Happening {
  return { atS, code: 'cut', n: code, word: causeOf(code) satisfies Cause }
}

/** The dongle's news between two of its statuses, in the order of their causes; `before` undefined: its first. */
export function happeningsBetween(before: DongleStatus | undefined, now: DongleStatus): Happening[] {
  const atS = Math.floor(now.receivedAtMs / 1000)
  const found: Happening[] = []
  const isNewBoot = before?.boot !== now.boot
  // Counters begin anew with each boot.
  const since: Partial<DongleStatus> = isNewBoot ? {} : (before ?? {})
  const silentS = before === undefined ? 0 : Math.floor((now.receivedAtMs - before.receivedAtMs) / 1000)
  if (silentS > patienceS(now.intervalS)) found.push({ atS, code: 'back', n: Math.round(silentS / 60) })
  if (isNewBoot) {
    const { reset, quickRestarts = 0 } = resetOf(now.resetReason)
    if (reset !== undefined) found.push(bootHappening(atS, now.boot, reset))
    if (quickRestarts > 0) found.push({ atS, code: 'quick-restarts', n: quickRestarts })
  }
  if (now.firmware !== undefined && now.firmware !== before?.firmware) {
    found.push({ atS, code: 'firmware', word: now.firmware })
  }
  if (now.p1Trouble !== undefined && now.p1Trouble !== before?.p1Trouble) {
    found.push({ atS, code: 'p1', word: now.p1Trouble })
  }
  const bad = (now.telegramsBad ?? 0) - (since.telegramsBad ?? 0)
  if (bad >= BAD_MIN) found.push({ atS, code: 'telegrams-bad', n: bad })
  found.push(...cutsBetween(since.linkReasons, now.linkReasons, atS))
  const { rssiDbm } = now
  if (rssiDbm !== undefined && Math.abs(rssiDbm - (before?.rssiDbm ?? 0)) >= SIGNAL_STEP_DB) {
    found.push({ atS, code: 'signal', n: rssiDbm })
  }
  const percent = percentOf(now)
  if (percent !== undefined && stepOf(percent) !== stepOf(percentOf(before) ?? 0)) {
    found.push({ atS, code: 'ring', n: percent })
  }
  const lost = (now.readingsLost ?? 0) - (since.readingsLost ?? 0)
  if (lost > 0) found.push({ atS, code: 'lost', n: lost })
  return found
}

/** Each code that counted on, the newest last. */
function cutsBetween(before: string | undefined, now: string | undefined, atS: number): Happening[] {
  if (now === undefined) return []
  const old = reasonsOf(before ?? '').counts
  const { last, counts } = reasonsOf(now)
  const grown = Object.keys(counts)
    .map(Number)
    .filter(code => (counts[code] ?? 0) > (old[code] ?? 0))
  grown.sort((a, b) => Number(a === last) - Number(b === last))
  return grown.map(code => cutHappening(atS, code))
}

function percentOf(status: DongleStatus | undefined): number | undefined {
  const { ringBytes, ringCapacityBytes } = status ?? {}
  return ringBytes === undefined || !ringCapacityBytes ? undefined : Math.round((ringBytes * 100) / ringCapacityBytes)
}

function stepOf(percent: number): number {
  return RING_STEPS_PERCENT.filter(step => percent >= step).length
}
