// A readout becomes a kept reading here, or a counted loss: which meter it is, whether its clock is to be believed, and
// what was missed while the interpreter was away. It refuses to know the line (p1-port.ts) and the flash (keeper.ts).

import type { LossReason } from '../shared/batch/batch.ts'
import { isTrusted, type LineCounters, newLineCounters, verdictOn } from '../shared/telegram/readout.ts'
import type { TextReadout } from '../shared/telegram/scan.ts'
import {
  createReadingScan,
  followReading,
  type ReadingScan,
  searchReading,
  stepReading,
  weighReading,
} from '../shared/telegram/scan-reading.ts'
import type { DongleClock } from './clock.ts'
import { type Keeper, keepLoss, keepReading } from './keeper.ts'

/** Registers, powers, tariff and totals: a readout with none of them is no reading. */
const CORE_FIELDS = 9
/** More meters than this in one life of the dongle share the last number. */
const METERS_MAX = 8
/** A gap above this was no hiccup of ours but a meter, a cable or a clock: nothing is known about telegrams in it. */
const MISSED_MAX = 600

export interface Intake {
  keeper: Keeper
  clock: DongleClock
  scan: ReadingScan
  /** Came from the port, not looked at yet. */
  readout: TextReadout | undefined
  /** `scan` holds a readout that the keeper has not got yet. */
  isRead: boolean
  /** The port counts here too. */
  counters: LineCounters
  /** Serials of the meters met since start; the place is the meter's number. */
  serials: string[]
  meter: number
  /** Telegrams without a reading, since start. */
  lost: number
  /** Seconds between telegrams by the meter's clock: the least that was seen. */
  periodS: number
  lastTimeS: number
  /** The interpreter did not come round for a while: the next gap in the meter's time is ours. */
  wasAway: boolean
}

/** `bytesOf` gives the characters of a text as bytes. */
export function createIntake(keeper: Keeper, clock: DongleClock, bytesOf: (text: string) => Uint8Array): Intake {
  return {
    keeper: keeper,
    clock: clock,
    scan: createReadingScan(bytesOf),
    readout: undefined,
    isRead: false,
    counters: newLineCounters(),
    serials: [],
    meter: 0,
    lost: 0,
    periodS: 0,
    lastTimeS: 0,
    wasAway: false,
  }
}

/**
 * How many telegrams were missed between two that came `gapS` apart by the meter's clock, when the meter sends one every
 * `periodS`. Meters skip a second of their own now and then, so it is asked only when the interpreter was away.
 */
export function missedBetween(gapS: number, periodS: number): number {
  if (periodS < 1 || gapS <= periodS) return 0
  const missed = Math.floor((gapS - 1) / periodS)
  return missed > MISSED_MAX ? 0 : missed
}

/** A telegram that was noticed and gives no reading. */
export function takeLoss(intake: Intake, count: number, reason: LossReason): void {
  intake.lost += count
  keepLoss(intake.keeper, intake.clock.nowMs(), count, reason)
}

function countMissed(intake: Intake, timeS: number): void {
  const gapS = timeS - intake.lastTimeS
  const isGap = intake.lastTimeS > 0 && gapS > 0
  const missed = isGap && intake.wasAway ? missedBetween(gapS, intake.periodS) : 0
  if (isGap && (intake.periodS === 0 || gapS < intake.periodS)) intake.periodS = gapS
  intake.lastTimeS = timeS
  intake.wasAway = false
  takeLoss(intake, missed, 'busy')
}

function meterOf(intake: Intake, serial: string | undefined): number {
  if (serial === undefined) return intake.meter
  let at = intake.serials.indexOf(serial)
  if (at < 0) {
    if (intake.serials.length >= METERS_MAX) intake.serials.pop()
    at = intake.serials.push(serial) - 1
  }
  return at
}

function hasCoreField(values: Array<number | undefined>): boolean {
  for (let i = 0; i < CORE_FIELDS; i++) if (values[i] !== undefined) return true
  return false
}

/** A readout that the port has framed: `stepIntake` does the rest. */
export function takeReadout(intake: Intake, readout: TextReadout): void {
  // The one before is done with first, however long it takes.
  while (intake.readout !== undefined || intake.isRead || intake.scan.search !== undefined) stepIntake(intake)
  intake.readout = readout
}

/** One short step: of a readout on its way to the keeper, or of making that way short for the next. False when nothing was left to do. */
export function stepIntake(intake: Intake): boolean {
  const scan = intake.scan
  const readout = intake.readout
  if (intake.isRead) {
    intake.isRead = false
    takeReading(intake)
  } else if (readout !== undefined) {
    intake.readout = undefined
    intake.isRead = followReading(scan, readout.text, readout.end)
    if (!intake.isRead) searchReading(scan, readout.text.substr(0, readout.end), readout.expected)
    else scan.checksum = verdictOn(readout.expected, scan.crc)
  } else if (scan.search !== undefined) {
    stepReading(scan)
    intake.isRead = scan.search === undefined
  } else return weighReading(scan)
  return true
}

/** What `scan` has read, or the loss that it is. */
function takeReading(intake: Intake): void {
  const scan = intake.scan
  intake.counters[scan.checksum]++
  if (!isTrusted(scan.checksum, scan.version)) takeLoss(intake, 1, 'crc')
  else if (!hasCoreField(scan.values)) takeLoss(intake, 1, 'malformed')
  else {
    intake.meter = meterOf(intake, scan.serial)
    const timeS = scan.timeS !== undefined && intake.clock.isPlausible(scan.timeS) ? scan.timeS : undefined
    if (timeS !== undefined) countMissed(intake, timeS)
    keepReading(intake.keeper, intake.clock.nowMs(), intake.meter, timeS, scan.values, scan.changes)
  }
}
