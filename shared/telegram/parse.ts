// Readout → Telegram, for node: every line, every field, every fault with its place. A fault costs one field. When the checksum
// is wrong no field is given at all: a flag beside values would be overlooked. Never throws, whatever the bytes.

import { CLOSE, CR, closeAt, codeAt, cursor, LF, latin1, lineFeedAt, numberAt, OPEN, textEnd, timeAt } from './bytes.ts'
import { type Entry, entryOf } from './entries.ts'
import type { TelegramFault, TelegramFaultCode } from './fault.ts'
import { follow, keep, type Place } from './follow.ts'
import type { Readout } from './framer.ts'
import { type Channel, finishMbus, readMbusLine } from './mbus.ts'
import { readOther } from './other-kinds.ts'
import { isTrusted } from './readout.ts'
import type { Telegram } from './telegram.ts'
import { type NumberName, noFields } from './telegram-fields.ts'

/** What one parse works on. */
interface Work {
  telegram: Telegram
  bytes: Uint8Array
  /** Where the lines end: the '!'. */
  end: number
  channels: Channel[]
  places: Place[]
}

/** Counts parses, so that an entry knows whether this one has met it. */
let parses = 0

/** Every field of the readout that can be read; none when the checksum says not to trust them. Parts may be shared with other telegrams: read only. */
export function parseTelegram(readout: Readout): Telegram {
  return follow(readout) ?? parseInFull(readout)
}

/** The same without a look at the telegram before. */
export function parseInFull(readout: Readout): Telegram {
  const bytes = readout.bytes
  const end = readout.bangAt
  const headerFeed = lineFeedAt(bytes, 0, end)
  const telegram: Telegram = {
    header: latin1(bytes, 1, textEnd(bytes, headerFeed)),
    checksum: readout.checksum,
    isTrusted: false,
    fields: noFields(),
    mbus: [],
    faults: [],
    unknown: [],
  }
  const work: Work = { telegram, bytes, end, channels: [], places: [] }
  parses++
  let at = headerFeed + 1
  while (at < end) {
    if (bytes[at] === LF) at++
    else if (bytes[at] === CR && bytes[at + 1] === LF) at += 2
    else at = readLine(work, at) + 1
  }
  finishMbus(telegram, work.channels, bytes)
  judgeChecksum(telegram, readout)
  keep(readout, telegram, work.places)
  return telegram
}

/** Reads the line at `at`; gives where its line feed stands. */
function readLine(work: Work, at: number): number {
  const { telegram, bytes, end } = work
  const code = codeAt(bytes, at)
  const valueAt = cursor
  if (code === -1 || valueAt >= end) {
    const lineFeed = lineFeedAt(bytes, at, end)
    addFault(telegram, 'telegram.bad-line', at, textEnd(bytes, lineFeed) - at, undefined)
    return lineFeed
  }
  const entry = entryOf(code)
  if (entry === undefined) {
    const lineFeed = lineFeedAt(bytes, valueAt, end)
    telegram.unknown.push({ at, end: textEnd(bytes, lineFeed) })
    return lineFeed
  }
  if (entry.seenIn === parses) {
    const lineFeed = lineEndOf(entry, bytes, valueAt, end)
    addFault(telegram, 'telegram.duplicate', at, textEnd(bytes, lineFeed) - at, entry.code)
    return lineFeed
  }
  entry.seenIn = parses
  return entry.isNumber ? readNumber(work, entry, valueAt) : readOneOf(work, entry, valueAt)
}

function readNumber(work: Work, entry: Entry, valueAt: number): number {
  const { telegram, bytes, end } = work
  const from = valueAt + 1
  const value = numberAt(bytes, from, end, entry.unit, entry.unitBytes, entry.exponent)
  const close = cursor
  if (typeof value === 'number') {
    telegram.fields[entry.name as NumberName] = value
    work.places.push({ entry, from, close })
  } else {
    const fault = value === 'unit' ? 'telegram.bad-unit' : 'telegram.bad-number'
    addFault(telegram, fault, from, close - from, entry.code)
  }
  return bytes[close + 2] === LF ? close + 2 : lineFeedAt(bytes, close, end)
}

function readOneOf(work: Work, entry: Entry, valueAt: number): number {
  const { telegram, bytes } = work
  const lineFeed = lineEndOf(entry, bytes, valueAt, work.end)
  const lineEnd = textEnd(bytes, lineFeed)
  if (entry.channel > 0) readMbusLine(telegram, work.channels, entry, bytes, valueAt, lineEnd)
  else if (entry.unit === 'time') readClock(work, entry, valueAt, lineEnd)
  else {
    const fault = readOther(telegram, entry, bytes, valueAt, lineEnd)
    if (fault !== undefined) addFault(telegram, fault, valueAt, lineEnd - valueAt, entry.code)
  }
  return lineFeed
}

/** Its line feed; DSMR 2.2 and 3 break the line before the value of an M-Bus meter. */
function lineEndOf(entry: Entry, bytes: Uint8Array, from: number, end: number): number {
  const lineFeed = lineFeedAt(bytes, from, end)
  return entry.channel > 0 && bytes[lineFeed + 1] === OPEN ? lineFeedAt(bytes, lineFeed + 1, end) : lineFeed
}

function readClock(work: Work, entry: Entry, valueAt: number, lineEnd: number): void {
  const { telegram, bytes } = work
  const from = valueAt + 1
  const close = closeAt(bytes, from, lineEnd)
  const time = bytes[close] === CLOSE ? timeAt(bytes, from, close) : 'bad'
  if (typeof time === 'number') {
    telegram.fields.timeS = time
    work.places.push({ entry, from, close })
  } else if (time === 'bad') addFault(telegram, 'telegram.bad-time', from, close - from, entry.code)
}

function judgeChecksum(telegram: Telegram, readout: Readout): void {
  const length = readout.bytes.length - readout.bangAt
  if (readout.checksum === 'mismatch') {
    const isReadable = readout.expected !== undefined
    const code = isReadable ? 'telegram.crc-mismatch' : 'telegram.crc-unreadable'
    const fault: TelegramFault = { code, at: readout.bangAt, length, actual: readout.actual }
    if (isReadable) fault.expected = readout.expected
    telegram.faults.push(fault)
  } else if (readout.checksum === 'absent') addFault(telegram, 'telegram.crc-absent', readout.bangAt, length, undefined)
  else if (readout.isRestored) addFault(telegram, 'telegram.line-ends', readout.bangAt, length, undefined)
  telegram.isTrusted = isTrusted(readout.checksum, telegram.fields.version)
  if (!telegram.isTrusted) {
    telegram.fields = noFields()
    telegram.mbus = []
  }
}

function addFault(
  telegram: Telegram,
  code: TelegramFaultCode,
  at: number,
  length: number,
  obis: string | undefined,
): void {
  const fault: TelegramFault = { code, at, length }
  if (obis !== undefined) fault.obis = obis
  telegram.faults.push(fault)
}
