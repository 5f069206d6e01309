// Readout → Telegram, for node: every line, every field, every fault with its place. A fault costs one field. When the checksum
// is wrong no field is given at all: a flag beside values would be overlooked. Never throws, whatever the bytes.

import { CLOSE, CR, closeAt, LF, latin1, lineEndAt, numberAt, OPEN, textEnd, timeAt } from './bytes.ts'
import type { TelegramFault, TelegramFaultCode } from './fault.ts'
import type { Readout } from './framer.ts'
import { readHistory } from './history.ts'
import { createMbus, finishMbus, type MbusState, readMbusObject } from './mbus.ts'
import { scaledNumber, unitExponent } from './number.ts'
import { furtherRows, type ObisRow, readingRows } from './obis.ts'
import { isTrusted } from './readout.ts'
import type { Telegram, TelegramFields } from './telegram.ts'
import { decodeHex, eanOf, plainText } from './text.ts'
import { groupsOf, timedValue } from './timed-value.ts'

/** A row of the table, made ready for bytes. */
interface Entry {
  row: ObisRow
  code: string
  name: string
  kind: string
  isNumber: boolean
  unitBytes: Uint8Array
  exponent: number
  /** Place in the table: of two codes for one name the lower counts. */
  rank: number
  /** The parse in which it was last seen; finds repeats without clearing anything. */
  seenIn: number
}

const SEPARATORS = [0x2d, 0x3a, 0x2e, 0x2e, OPEN]
const OTHER_KINDS = ['time', 'text', 'ean', 'peak', 'history', 'limits', 'limit', 'raw']
const ENTRIES = new Map<number, Entry>()
let parses = 0
/** Where keyAt stopped: on the bracket behind the code. */
let cursor = 0
for (const row of [...readingRows(), ...furtherRows()]) addRow(row)

function addRow(row: ObisRow): void {
  const [code, name, unit] = row
  const isNumber = !OTHER_KINDS.includes(unit)
  const unitBytes = Uint8Array.from(isNumber ? unit : '', character => character.charCodeAt(0))
  const exponent = isNumber ? unitExponent(unit) : 0
  const entry = { row, code, name, kind: unit, isNumber, unitBytes, exponent, rank: ENTRIES.size, seenIn: 0 }
  ENTRIES.set(keyOf(code), entry)
  if (code.startsWith('1-0:')) ENTRIES.set(keyOf(code.replace('1-0:', '1-1:')), entry)
}

function keyOf(code: string): number {
  const bytes = Uint8Array.from(`${code}(`, character => character.charCodeAt(0))
  return keyAt(bytes, 0, bytes.length)
}

/** The code at `at` as a number (medium 0 or 1, channel up to 7), -2 for any other well-formed code, -1 for none. */
function keyAt(bytes: Uint8Array, from: number, end: number): number {
  let at = from
  let key = 0
  let isWide = false
  for (let part = 0; part < 5; part++) {
    let value = 0
    const start = at
    let digit = bytes[at]! - 48
    while (digit >= 0 && digit <= 9 && at < end) {
      value = value * 10 + digit
      digit = bytes[++at]! - 48
    }
    if (at === start || at - start > 3) return -1
    if (value > (part === 0 ? 1 : part === 1 ? 7 : 255)) isWide = true
    key = part < 2 ? key * 8 + value : (key << 8) | (value & 255)
    if (bytes[at] !== SEPARATORS[part]) return -1
    at++
  }
  cursor = at - 1
  return isWide ? -2 : key
}

/** Every field of the readout that can be read. Fields are empty when the checksum says not to trust them. */
export function parseTelegram(readout: Readout): Telegram {
  const bytes = readout.bytes
  const end = readout.bangAt
  const headerEnd = lineEndAt(bytes, 0, end)
  const telegram: Telegram = {
    header: latin1(bytes, 1, textEnd(bytes, headerEnd)),
    checksum: readout.checksum,
    isTrusted: false,
    objects: [],
    fields: {},
    mbus: [],
    faults: [],
    unknown: 0,
  }
  parses++
  const mbus = createMbus()
  let at = headerEnd + 1
  while (at < end) {
    if (bytes[at] === CR || bytes[at] === LF) {
      at++
      continue
    }
    at = readLine(telegram, mbus, bytes, at, end) + 1
  }
  finishMbus(telegram, mbus)
  judgeChecksum(telegram, readout)
  return telegram
}

/** Reads the line at `at`; gives where its line feed stands. */
function readLine(telegram: Telegram, mbus: MbusState, bytes: Uint8Array, at: number, end: number): number {
  const key = keyAt(bytes, at, end)
  if (key === -1) {
    const lineFeed = lineEndAt(bytes, at, end)
    addFault(telegram, 'telegram.bad-line', at, textEnd(bytes, lineFeed) - at, undefined)
    return lineFeed
  }
  const valueAt = cursor
  const entry = key < 0 ? undefined : ENTRIES.get(key)
  if (entry !== undefined && entry.isNumber && entry.seenIn !== parses) {
    entry.seenIn = parses
    return readNumber(telegram, entry, bytes, at, valueAt, end)
  }
  let lineFeed = lineEndAt(bytes, valueAt, end)
  const isMbus = entry === undefined && key >= 0 && key >>> 24 >= 1 && key >>> 24 <= 4
  // DSMR 2.2 and 3 break the line before the value of an M-Bus meter.
  if (isMbus && bytes[lineFeed + 1] === OPEN) lineFeed = lineEndAt(bytes, lineFeed + 1, end)
  const lineEnd = textEnd(bytes, lineFeed)
  const object = { row: entry?.row, at, valueAt, end: lineEnd }
  telegram.objects.push(object)
  if (entry === undefined) {
    if (!isMbus || !readMbusObject(telegram, mbus, bytes, object)) telegram.unknown++
  } else if (entry.seenIn === parses) {
    addFault(telegram, 'telegram.duplicate', at, lineEnd - at, entry.code)
  } else {
    entry.seenIn = parses
    readOther(telegram, entry, bytes, valueAt, lineEnd)
  }
  return lineFeed
}

function readNumber(
  telegram: Telegram,
  entry: Entry,
  bytes: Uint8Array,
  at: number,
  valueAt: number,
  end: number,
): number {
  let close = valueAt + 1
  while (close < end && bytes[close] !== CLOSE && bytes[close] !== LF) close++
  const isClosed = bytes[close] === CLOSE
  const lineFeed = bytes[close + 2] === LF ? close + 2 : lineEndAt(bytes, close, end)
  const lineEnd = textEnd(bytes, lineFeed)
  const value = isClosed ? numberAt(bytes, valueAt + 1, close, entry.kind, entry.unitBytes, entry.exponent) : 'number'
  if (typeof value === 'number') telegram.fields[entry.name] = value
  else {
    const code = value === 'unit' ? 'telegram.bad-unit' : 'telegram.bad-number'
    addFault(telegram, code, valueAt + 1, (isClosed ? close : lineEnd) - valueAt - 1, entry.code)
  }
  telegram.objects.push({ row: entry.row, at, valueAt, end: lineEnd })
  return lineFeed
}

function readOther(telegram: Telegram, entry: Entry, bytes: Uint8Array, valueAt: number, lineEnd: number): void {
  const fields = telegram.fields
  const close = closeAt(bytes, valueAt, lineEnd)
  const from = valueAt + 1
  if (close === lineEnd) {
    addFault(telegram, 'telegram.bad-line', from, lineEnd - from, entry.code)
    return
  }
  switch (entry.kind) {
    case 'time': {
      const time = timeAt(bytes, from, close)
      if (typeof time === 'number') fields.timeS = time
      else if (time === 'bad') addFault(telegram, 'telegram.bad-time', from, close - from, entry.code)
      break
    }
    case 'text':
      setText(fields, entry, latin1(bytes, from, close))
      break
    case 'ean': {
      const ean = eanOf(latin1(bytes, from, close))
      if (ean !== undefined) fields.ean = ean
      break
    }
    case 'peak':
      readPeak(telegram, entry, bytes, valueAt, lineEnd)
      break
    case 'history': {
      const column = entry.name === 'monthPeaks' ? '1.6.0' : '2.6.0'
      const history = readHistory(bytes, valueAt, lineEnd, column)
      if (history.isOdd) addFault(telegram, 'telegram.bad-history', from, lineEnd - from, entry.code)
      if (!history.isOdd || history.peaks.length > 0) fields[entry.name] = history.peaks
      break
    }
    case 'limit':
    case 'limits':
      readLimits(telegram, entry, bytes, valueAt, lineEnd)
      break
  }
}

/** Of two codes with one name the lower rank counts, wherever it stands. */
const rankOf = { meterSerial: 0, version: 0 }

function setText(fields: TelegramFields, entry: Entry, text: string): void {
  if (entry.name === 'textMessage' || entry.name === 'textCode') {
    const message = text === '' ? undefined : (decodeHex(text) ?? text)
    if (message !== undefined) fields[entry.name] = message
    return
  }
  const plain = plainText(text)
  if (plain === undefined) return
  const name = entry.name as 'meterSerial' | 'version'
  if (fields[name] !== undefined && rankOf[name] < entry.rank) return
  fields[name] = plain
  rankOf[name] = entry.rank
}

const PEAK_TIMES: { [name: string]: string } = {
  monthPeakOfftakeW: 'monthPeakAtS',
  monthPeakInjectionW: 'monthPeakInjectionAtS',
}

function readPeak(telegram: Telegram, entry: Entry, bytes: Uint8Array, valueAt: number, lineEnd: number): void {
  const peak = timedValue(groupsOf(latin1(bytes, valueAt, lineEnd)), 'kW')
  if (peak.value !== undefined) telegram.fields[entry.name] = peak.value
  if (peak.atS !== undefined) telegram.fields[PEAK_TIMES[entry.name] as string] = peak.atS
  if (peak.fault !== undefined) addFault(telegram, peak.fault, valueAt, lineEnd - valueAt, entry.code)
}

/** `999*A`, `65.0*A,-65.0*A`, `100*A)(-063*A`: the one without a sign is for offtake. All nines mean that none is set. */
function readLimits(telegram: Telegram, entry: Entry, bytes: Uint8Array, valueAt: number, lineEnd: number): void {
  for (const part of groupsOf(latin1(bytes, valueAt, lineEnd)).flatMap(group => group.split(','))) {
    const isInjection = part.startsWith('-')
    const text = isInjection ? part.slice(1) : part
    if (/^0*9+(\.9+|\.0+)?\D*$/.test(text)) continue
    const unit = text.endsWith('VA') ? 'kVA' : text.endsWith('A') ? 'A' : 'kW'
    const value = scaledNumber(text, unit)
    if (typeof value !== 'number') {
      const code = value === 'unit' ? 'telegram.bad-unit' : 'telegram.bad-number'
      addFault(telegram, code, valueAt + 1, lineEnd - valueAt - 1, entry.code)
    } else if (entry.name === 'fuse') telegram.fields[isInjection ? 'fuseInjectioncA' : 'fuseOfftakecA'] = value
    else telegram.fields[unit === 'kVA' ? 'limitVA' : unit === 'A' ? 'limitcA' : 'limitW'] = value
  }
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
    telegram.fields = {}
    telegram.mbus = []
  }
}

export function addFault(
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
