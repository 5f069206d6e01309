// What the dongle says of itself: the status message for the backend and the short lines on the console. Counters and
// states only; a meter's serial goes into the sealed message and never onto the console.

import type { StatusReport } from '../shared/session/messages.ts'
import { ringStats } from '../shared/session/ring.ts'
import { FIRMWARE_VERSION } from './config.ts'
import type { EndReason } from './journal.ts'
import type { Keeper } from './keeper.ts'

export interface Diagnostics {
  keeper: Keeper
  /** Readouts, and telegrams that were none, since start. */
  telegramsOk: number
  telegramsBad: number
  endedBy: EndReason | undefined
  quickRestarts: number
  uptimeMs: number
  rssiDbm: number | undefined
  linkReasons: string
  meter: number
  meterSerial: string | undefined
  meterVersion: string | undefined
  /** Telegrams that gave no reading, since start. */
  lost: number
  /** The P1 line's, or clock. */
  trouble: string
}

export function makeStatus(d: Diagnostics): StatusReport {
  const stats = ringStats(d.keeper.ring)
  return {
    boot: d.keeper.journal.boot,
    firmware: FIRMWARE_VERSION,
    uptimeS: Math.floor(d.uptimeMs / 1000),
    resetReason: (d.endedBy === undefined ? 'first' : d.endedBy) + (d.quickRestarts > 0 ? ' x' + d.quickRestarts : ''),
    rssiDbm: d.rssiDbm,
    meter: d.meter,
    meterSerial: d.meterSerial,
    meterVersion: d.meterVersion,
    telegramsOk: d.telegramsOk,
    telegramsBad: d.telegramsBad,
    ringRecords: stats.records,
    ringBytes: stats.bytes,
    ringCapacityBytes: stats.capacityBytes,
    readingsLost: d.lost + stats.readingsDropped + d.keeper.notKept,
    freeVariables: process.memory(false).free,
    linkReasons: d.linkReasons,
    intervalS: Math.round(d.keeper.batcher.intervalMs / 1000),
    p1Trouble: d.trouble,
  }
}
