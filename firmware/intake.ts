// A readout becomes a kept reading here, or a counted loss: which meter it is, whether its clock is to be believed, and
// what was missed while the interpreter was away. It refuses to know the line (p1-port.ts) and the flash (keeper.ts).

import type { LossReason } from '../shared/batch/batch.ts'
import { asciiBytes } from '../shared/envelope/crypto.ts'
import type { DrawOver, Natives } from '../shared/kernel/natives.ts'
import { DONE, longWay, READ } from '../shared/telegram/long-way.ts'
import { isTrusted, type LineCounters, newLineCounters, verdictOn } from '../shared/telegram/readout.ts'
import type { TextReadout } from '../shared/telegram/scan.ts'
import { createReadingScan, followReading, NOT_FOLLOWED, type ReadingScan } from '../shared/telegram/scan-reading.ts'
import type { DongleClock } from './clock.ts'
import { meterWord, noteMeter } from './journal.ts'
import { type Keeper, keepLoss, keepReading } from './keeper.ts'

/** Registers, powers, tariff and totals: a readout with none of them is no reading. */
const CORE_FIELDS = 9
/** More meters than this in one life of the dongle share the last number. */
const METERS_MAX = 8
/** As large as a batch can say it; later meters share it. */
const METER_NUMBER_MAX = 255
/** What the port's buffers held comes before the gap: 5 kB of the shortest telegrams. */
export const AWAY_TELEGRAMS = 16
/** Of readouts that wait for the one before: four of 1 kB, which is longer than the long way of one; 350 of the dongle's variables. */
const WAITING_CHARACTERS_MAX = 4107
/** A gap above this was no hiccup of ours but a meter, a cable or a clock: nothing is known about telegrams in it. */
const MISSED_MAX = 600

/** With the moment in which it came. */
interface Waiting extends TextReadout {
  atMs: number
}

export interface Intake {
  keeper: Keeper
  clock: DongleClock
  scan: ReadingScan
  /** What stepIntake is to do, a step each: true, the next that waits; undefined when there is nothing. */
  way: (() => number) | true | undefined
  /** Readouts that are no guess, oldest first: each is taken in a step of its own. */
  waiting: Waiting[]
  /** The one on its long way. */
  current?: Waiting | undefined
  /** The last was a guess, and not the telegram before with other digits. */
  isRefused: boolean
  /** The port's, of its window: verdicts are counted here. */
  counters: LineCounters
  /** Readouts, and telegrams that were none, since start. */
  telegramsOk: number
  telegramsBad: number
  /** Serials of the meters met since start; the place and the first one's number make the meter's number. */
  serials: string[]
  firstMeter: number
  /** Of the last telegram; before the first, of the newest meter in flash. */
  meter: number
  /** The last telegram's clock was absent or not believed. */
  isClockWrong: boolean
  /** Telegrams without a reading, since start. */
  lost: number
  /** Seconds between telegrams by the meter's clock: the least that was seen. */
  periodS: number
  lastTimeS: number
  /** The interpreter did not come round for a while, or the chip has restarted: a gap in the meter's time within so many telegrams is ours. */
  awayFor: number
}

export function createIntake(keeper: Keeper, clock: DongleClock, natives: Natives, drawOver: DrawOver): Intake {
  return {
    keeper: keeper,
    clock: clock,
    scan: createReadingScan(natives, drawOver),
    way: undefined,
    waiting: [],
    isRefused: false,
    counters: newLineCounters(),
    telegramsOk: 0,
    telegramsBad: 0,
    serials: [],
    firstMeter: 0,
    meter: keeper.journal.meter >>> 24,
    isClockWrong: false,
    lost: 0,
    periodS: keeper.journal.periodS,
    lastTimeS: keeper.journal.lastTimeS,
    // after a restart of its own it was away
    awayFor: keeper.journal.lastTimeS > 0 ? AWAY_TELEGRAMS : 0,
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
  const missed = isGap && intake.awayFor > 0 ? missedBetween(gapS, intake.periodS) : 0
  if (isGap && (intake.periodS === 0 || gapS < intake.periodS)) intake.periodS = gapS
  intake.lastTimeS = timeS
  if (intake.awayFor > 0) intake.awayFor = missed > 0 ? 0 : intake.awayFor - 1
  if (missed > 0) takeLoss(intake, missed, 'busy')
}

/** Flash has a hash of the newest meter's serial, which itself would name a household: another meter gets the next number. */
function meterOf(intake: Intake, serial: string | undefined): number {
  if (serial === undefined) return intake.meter
  let at = intake.serials.indexOf(serial)
  if (at < 0) {
    const journal = intake.keeper.journal
    if (intake.serials.length >= METERS_MAX) intake.serials.pop()
    at = intake.serials.push(serial) - 1
    const hash = journal.flash.crc32(asciiBytes(serial)) & 0xffff
    const newest = journal.meter >>> 24
    if (at === 0)
      intake.firstMeter = newest + (journal.meter === 0 || journal.meter === meterWord(newest, hash) ? 0 : 1)
    noteMeter(journal, meterWord(Math.min(intake.firstMeter + at, METER_NUMBER_MAX), hash))
  }
  return Math.min(intake.firstMeter + at, METER_NUMBER_MAX)
}

function hasCoreField(values: Array<number | undefined>): boolean {
  for (let i = 0; i < CORE_FIELDS; i++) if (values[i] !== undefined) return true
  return false
}

/**
 * With `isGuess` what may be a readout: true when it is the telegram before with other digits, and the keeper has it. Who is refused, as everybody is
 * while another is on its way, comes again without: then it waits until `stepIntake` takes it, in steps of its own.
 */
export function takeReadout(intake: Intake, nowMs: number, readout: TextReadout, isGuess: boolean): boolean {
  if (isGuess) {
    if (intake.way) return false
    const scan = intake.scan
    const expected = readout.expected
    const crc = intake.isRefused ? NOT_FOLLOWED : followReading(scan, readout.text, readout.end, expected)
    intake.isRefused = crc === NOT_FOLLOWED
    if (crc === expected) {
      // nearly always: whose reading it is, and that it is one, was said of the telegram before
      intake.counters.ok++
      intake.telegramsOk++
      keepTimed(intake, nowMs)
      return true
    }
    if (crc === NOT_FOLLOWED) return false
    scan.checksum = verdictOn(expected, crc)
    takeReading(intake, nowMs)
    return true
  }
  const timed = readout as Waiting
  timed.atMs = nowMs
  intake.waiting.push(timed)
  if (!intake.way) intake.way = true
  return false
}

/**
 * One short step: a readout that waits is followed, or of its long way, or of making the way short for the next; as many as it takes when more waits than
 * there is room for. False when nothing is left to do.
 */
export function stepIntake(intake: Intake): boolean {
  let characters = 0
  do {
    const way = intake.way
    const current = intake.current
    if (way === true && current !== undefined) {
      // the long way's functions are made in a step of their own
      intake.way = longWay(intake.scan, current.text.substr(0, current.end), current.expected)
      current.text = ''
    } else {
      const next = way === true ? intake.waiting.shift() : undefined
      if (next !== undefined) {
        intake.way = undefined
        if (!takeReadout(intake, next.atMs, next, true)) intake.current = next
        intake.isRefused = false
        intake.way = true
      } else {
        const step = way === undefined || way === true ? DONE : way()
        if (step === READ) takeReading(intake, (current as Waiting).atMs)
        else if (step === DONE) {
          intake.current = undefined
          intake.way = intake.waiting.length > 0 || undefined
        }
      }
    }
    characters = 0
    for (const one of intake.waiting) characters += one.end
  } while (characters > WAITING_CHARACTERS_MAX)
  return intake.way !== undefined
}

/** What `scan` has read in full, or the loss that it is: trusted without a checksum only on meters that print none. */
function takeReading(intake: Intake, atMs: number): void {
  const scan = intake.scan
  intake.counters[scan.checksum]++
  if (scan.checksum === 'mismatch') intake.telegramsBad++
  else intake.telegramsOk++
  if (!isTrusted(scan.checksum, scan.version)) takeLoss(intake, 1, 'crc')
  else if (!hasCoreField(scan.values)) {
    // nor would be what follows it
    scan.bodyBytes = 0
    takeLoss(intake, 1, 'malformed')
  } else {
    intake.meter = meterOf(intake, scan.serial)
    keepTimed(intake, atMs)
  }
}

/** What `scan` has read becomes a reading of the time that it says, if that is to be believed. */
function keepTimed(intake: Intake, nowMs: number): void {
  const scan = intake.scan
  const saidS = scan.timeS
  const timeS = intake.clock.timeOf(saidS, nowMs)
  intake.isClockWrong = timeS === undefined || timeS !== saidS
  if (intake.awayFor === 0 && (timeS as number) - intake.lastTimeS === intake.periodS)
    intake.lastTimeS = timeS as number
  else if (timeS !== undefined) countMissed(intake, timeS)
  keepReading(intake.keeper, nowMs, intake.meter, timeS, scan.values, scan.numbers, scan.slots)
}
