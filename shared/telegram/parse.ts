// Readout → Telegram, for node: every line, every field, every fault with its place. A fault costs one field. When the checksum
// is wrong no field is given at all: a flag beside values would be overlooked. Never throws, whatever the bytes.

import {
  CLOSE,
  CR,
  closeAt,
  codeAt,
  cursor as codeEnd,
  LF,
  latin1,
  lineFeedAt,
  numberAt,
  cursor as numberEnd,
  OPEN,
  standsAt,
  textEnd,
  timeAt,
} from './bytes.ts'
import { type Entry, entryOf } from './entries.ts'
import type { TelegramFault, TelegramFaultCode } from './fault.ts'
import type { Readout } from './framer.ts'
import { type Channel, finishMbus, readMbusLine } from './mbus.ts'
import { readOther } from './other-kinds.ts'
import { isTrusted } from './readout.ts'
import type { Telegram } from './telegram.ts'
import { type NumberName, TelegramFields } from './telegram-fields.ts'

let parses = 0
/** The entry of the line before. */
let last: Entry | undefined
/** On the bracket behind the code. */
let cursor = 0
let headerBytes = new Uint8Array(0)
let headerText = ''

/** Every field of the readout that can be read. Fields are empty when the checksum says not to trust them. */
export function parseTelegram(readout: Readout): Telegram {
  const bytes = readout.bytes
  const end = readout.bangAt
  const headerFeed = lineFeedAt(bytes, 0, end)
  const telegram: Telegram = {
    header: headerOf(bytes, textEnd(bytes, headerFeed)),
    checksum: readout.checksum,
    isTrusted: false,
    fields: new TelegramFields(),
    mbus: [],
    faults: [],
    unknown: [],
  }
  const channels: Channel[] = []
  parses++
  last = undefined
  let at = headerFeed + 1
  while (at < end) {
    if (bytes[at] === LF) at++
    else if (bytes[at] === CR && bytes[at + 1] === LF) at += 2
    else at = readLine(telegram, channels, bytes, at, end) + 1
  }
  if (channels.length > 0) finishMbus(telegram, channels)
  judgeChecksum(telegram, readout)
  return telegram
}

function headerOf(bytes: Uint8Array, end: number): string {
  if (headerBytes.length !== end || !standsAt(headerBytes, bytes, 0)) {
    headerBytes = bytes.slice(0, end)
    headerText = latin1(bytes, 1, end)
  }
  return headerText
}

/** Reads the line at `at`; gives where its line feed stands. */
function readLine(telegram: Telegram, channels: Channel[], bytes: Uint8Array, at: number, end: number): number {
  const entry = findEntry(bytes, at, end)
  if (entry === undefined) return skipUnknown(telegram, bytes, at, end)
  const valueAt = cursor
  if (entry.seenIn === parses) return skipRepeat(telegram, entry, bytes, at, end)
  entry.seenIn = parses
  return entry.isNumber
    ? readNumber(telegram, entry, bytes, valueAt, end)
    : readLong(telegram, channels, entry, bytes, valueAt, end)
}

/** The entry of the code at `at`, with `cursor` on the bracket. First what followed the last time, then by its number. */
function findEntry(bytes: Uint8Array, at: number, end: number): Entry | undefined {
  const guess = last?.next
  if (guess !== undefined && standsAt(guess.codeBytes, bytes, at)) {
    cursor = at + guess.codeBytes.length - 1
    last = guess
    return guess
  }
  const code = codeAt(bytes, at)
  cursor = codeEnd
  const entry = code < 0 || codeEnd >= end ? undefined : entryOf(code)
  if (last !== undefined && entry !== undefined) last.next = entry
  last = entry
  return entry
}

/** A line that is no object is a fault, an object that we do not know is kept. */
function skipUnknown(telegram: Telegram, bytes: Uint8Array, at: number, end: number): number {
  const isObject = codeAt(bytes, at) !== -1 && codeEnd < end
  const lineFeed = lineFeedAt(bytes, at, end)
  const lineEnd = textEnd(bytes, lineFeed)
  if (isObject) telegram.unknown.push({ at, end: lineEnd })
  else addFault(telegram, 'telegram.bad-line', at, lineEnd - at, undefined)
  return lineFeed
}

function skipRepeat(telegram: Telegram, entry: Entry, bytes: Uint8Array, at: number, end: number): number {
  const lineFeed = lineEndOf(entry, bytes, at, end)
  addFault(telegram, 'telegram.duplicate', at, textEnd(bytes, lineFeed) - at, entry.code)
  return lineFeed
}

function readNumber(telegram: Telegram, entry: Entry, bytes: Uint8Array, valueAt: number, end: number): number {
  const value = numberAt(bytes, valueAt + 1, end, entry.unit, entry.unitBytes, entry.exponent)
  const close = numberEnd
  if (typeof value === 'number') telegram.fields[entry.name as NumberName] = value
  else {
    const fault = value === 'unit' ? 'telegram.bad-unit' : 'telegram.bad-number'
    addFault(telegram, fault, valueAt + 1, close - valueAt - 1, entry.code)
  }
  return bytes[close + 2] === LF ? close + 2 : lineFeedAt(bytes, close, end)
}

function readLong(
  telegram: Telegram,
  channels: Channel[],
  entry: Entry,
  bytes: Uint8Array,
  valueAt: number,
  end: number,
): number {
  const lineFeed = lineEndOf(entry, bytes, valueAt, end)
  const lineEnd = textEnd(bytes, lineFeed)
  if (entry.channel > 0) readMbusLine(telegram, channels, entry, bytes, valueAt, lineEnd)
  else if (entry.unit === 'time') readClock(telegram, entry, bytes, valueAt, lineEnd)
  else {
    const fault = readOther(telegram, entry, bytes, valueAt, lineEnd)
    if (fault !== undefined) addFault(telegram, fault, valueAt, lineEnd - valueAt, entry.code)
  }
  return lineFeed
}

/** Its line feed; DSMR 2.2 and 3 break the line before the value of an M-Bus meter. Notes in the entry whether the line is the remembered one. */
function lineEndOf(entry: Entry, bytes: Uint8Array, from: number, end: number): number {
  const old = entry.oldBytes
  const isOld = old.length > 0 && standsAt(old, bytes, from)
  let lineFeed = lineFeedAt(bytes, isOld && entry.channel === 0 ? from + old.length : from, end)
  if (entry.channel > 0 && bytes[lineFeed + 1] === OPEN) lineFeed = lineFeedAt(bytes, lineFeed + 1, end)
  entry.isOld = isOld && textEnd(bytes, lineFeed) === from + old.length
  return lineFeed
}

function readClock(telegram: Telegram, entry: Entry, bytes: Uint8Array, valueAt: number, lineEnd: number): void {
  const close = closeAt(bytes, valueAt, lineEnd)
  const time = bytes[close] === CLOSE ? timeAt(bytes, valueAt + 1, close) : 'bad'
  if (typeof time === 'number') telegram.fields.timeS = time
  else if (time === 'bad') addFault(telegram, 'telegram.bad-time', valueAt + 1, close - valueAt - 1, entry.code)
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
    telegram.fields = new TelegramFields()
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
