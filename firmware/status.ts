// What the dongle says of itself: the status message for the backend, and from it a line on the console. Counters and
// states only; a meter's serial goes into the sealed message and never onto the console.

import type { StatusReport } from '../shared/session/messages.ts'
import { ringStats } from '../shared/session/ring.ts'
import { FIRMWARE_VERSION } from './config.ts'
import type { Intake } from './intake.ts'

/** `trouble`: of the P1 line, or clock. `linkReasons`: see reasons.ts. */
export function makeStatus(
  intake: Intake,
  uptimeMs: number,
  rssiDbm: number | undefined,
  linkReasons: string,
  trouble: string,
): StatusReport {
  const keeper = intake.keeper
  const journal = keeper.journal
  const stats = ringStats(keeper.ring)
  return {
    boot: journal.boot,
    firmware: FIRMWARE_VERSION,
    uptimeS: Math.floor(uptimeMs / 1000),
    resetReason: (journal.endedBy || 'first') + (journal.quickRestarts > 0 ? ' x' + journal.quickRestarts : ''),
    rssiDbm: rssiDbm,
    meter: intake.meter,
    meterSerial: intake.serials[intake.meter - intake.firstMeter],
    meterVersion: intake.scan.version,
    telegramsOk: intake.telegramsOk,
    telegramsBad: intake.telegramsBad,
    ringRecords: stats.records,
    ringBytes: stats.bytes,
    ringCapacityBytes: stats.capacityBytes,
    readingsLost: intake.lost + stats.readingsDropped + keeper.notKept,
    freeVariables: process.memory(false).free,
    linkReasons: linkReasons,
    intervalS: Math.round(keeper.batcher.intervalMs / 1000),
    p1Trouble: trouble,
  }
}

/** For who reads the console: shared/doctor/console-lines.ts knows the places. `led` is the link's, as led.ts numbers it. */
export function nowLine(s: StatusReport, led: number): string {
  return (
    'now: ' +
    [
      s.uptimeS,
      led,
      s.resetReason,
      s.p1Trouble,
      s.rssiDbm,
      Math.round(((s.ringBytes as number) * 100) / (s.ringCapacityBytes as number)),
      s.freeVariables,
      s.telegramsOk,
      s.telegramsBad,
      s.linkReasons,
    ].join(',')
  )
}
