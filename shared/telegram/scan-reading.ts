// Readout text → the numbers of a reading, for the dongle. A meter prints the same lines at the same places every second, so
// the first telegram is searched for all codes and cut into values and the parts between them. Of the next ones the parts are
// compared, natively, and the digits between them taken; anything else that changed has everything searched again. It must give
// what parse.ts and shared/reading/from-telegram.ts give on node; the tests hold both against each other. Espruino dialect.
//
// The engine's indexOf takes a needle for found where the text ends within it: every text searched here ends in '!'.

import { FIELD_NAMES, type FieldName, type FieldValues } from '../reading/fields.ts'
import { scaledNumber, unitExponent } from './number.ts'
import { mbusKind, type ObisRow, readingRows } from './obis.ts'
import { plainText } from './text.ts'
import { groupsOf, type TimedValue, timedValue } from './timed-value.ts'
import { timeOf } from './timestamp.ts'

/** What the digits of the meter's clock are for; those of numbers have their field's number. */
const CLOCK = -1
const STAMP_LENGTH = 13
/** More digits than these, and the 1 before them, may not print exactly on the engine. */
const DIGITS_MAX = 9

/** Digits that may change: where they stand, and how they become a value. */
interface Slot {
  at: number
  width: number
  /** Place of the dot among them, -1 without. */
  dot: number
  purpose: number
  /** What the digits without the dot are multiplied by. */
  factor: number
  /** 1 and as many zeros as there are digits: what the 1 put in front of them adds. */
  mark: number
}

export interface ReadingScan {
  /** The meter's clock; undefined when it has none or it is a filler. */
  timeS: number | undefined
  /** By field number (shared/reading/fields.ts). Overwritten by the next scan: copy what is to be kept. */
  values: FieldValues
  serial: string | undefined
  version: string | undefined

  /** What stands before, between and behind the slots. */
  parts: string[]
  /** The slots in the order of the text, a column each: typed arrays take an eighth of the room that objects take. */
  widths: Uint8Array
  dots: Int8Array
  purposes: Int8Array
  factors: Uint16Array
  marks: Uint32Array
  /** The last clock without its seconds, and its time. */
  minute: string
  minuteS: number
}

export function createReadingScan(): ReadingScan {
  return {
    timeS: undefined,
    values: [],
    serial: undefined,
    version: undefined,
    parts: [],
    widths: new Uint8Array(0),
    dots: new Int8Array(0),
    purposes: new Int8Array(0),
    factors: new Uint16Array(0),
    marks: new Uint32Array(0),
    minute: '',
    minuteS: 0,
  }
}

/** Reads a readout whose checksum was right into `scan`. Never throws; a field that is missing or odd is undefined. */
export function scanReading(scan: ReadingScan, text: string): void {
  const body = text.substr(0, text.lastIndexOf('!') + 1)
  if (!follow(scan, body)) search(scan, body)
}

/** False when something changed that is not a digit in its slot. */
function follow(scan: ReadingScan, text: string): boolean {
  const parts = scan.parts
  const count = parts.length - 1
  if (count < 0) return false
  let at = 0
  for (let i = 0; i < count; i++) {
    const part = parts[i] as string
    if (!text.startsWith(part, at)) return false
    at += part.length
    const width = scan.widths[i] as number
    const value = text.substr(at, width)
    at += width
    const purpose = scan.purposes[i] as number
    if (purpose === CLOCK) {
      if (!followClock(scan, value)) return false
      continue
    }
    const dot = scan.dots[i] as number
    if (value.indexOf('.') !== dot) return false
    const digits = '1' + (dot < 0 ? value : value.substr(0, dot) + value.substr(dot + 1))
    const marked = parseInt(digits, 10)
    // Whatever is not a digit ends the number early: then it prints shorter.
    if (String(marked) !== digits) return false
    scan.values[purpose] = (marked - (scan.marks[i] as number)) * (scan.factors[i] as number)
  }
  const last = parts[count] as string
  return at + last.length === text.length && text.startsWith(last, at)
}

function followClock(scan: ReadingScan, stamp: string): boolean {
  const digits = '1' + stamp.substr(10, 2)
  const seconds = parseInt(digits, 10) - 100
  if (String(seconds + 100) !== digits || seconds > 59) return false
  const minute = stamp.substr(0, 10) + stamp.substr(12)
  if (minute !== scan.minute) {
    const time = timeOf(stamp)
    if (typeof time !== 'number') return false
    scan.minute = minute
    scan.minuteS = time - seconds
  }
  scan.timeS = scan.minuteS + seconds
  return true
}

function search(scan: ReadingScan, text: string): void {
  scan.timeS = undefined
  scan.serial = undefined
  scan.version = undefined
  scan.minute = ''
  scan.values = []
  for (let i = 0; i < FIELD_NAMES.length; i++) scan.values.push(undefined)
  const slots: Slot[] = []
  const rows = readingRows()
  const hasOther = text.indexOf('\n1-1:') >= 0
  for (let i = 0; i < rows.length; i++) searchRow(scan, slots, text, rows[i] as ObisRow, hasOther)
  searchMbus(scan, text)
  cut(scan, slots, text)
}

/** Keeps the slots and the parts between them. */
function cut(scan: ReadingScan, slots: Slot[], text: string): void {
  slots.sort(byPlace)
  const count = slots.length
  scan.parts = []
  scan.widths = new Uint8Array(count)
  scan.dots = new Int8Array(count)
  scan.purposes = new Int8Array(count)
  scan.factors = new Uint16Array(count)
  scan.marks = new Uint32Array(count)
  let end = 0
  for (let i = 0; i < count; i++) {
    const slot = slots[i] as Slot
    scan.parts.push(text.substring(end, slot.at))
    end = slot.at + slot.width
    scan.widths[i] = slot.width
    scan.dots[i] = slot.dot
    scan.purposes[i] = slot.purpose
    scan.factors[i] = slot.factor
    scan.marks[i] = slot.mark
  }
  scan.parts.push(text.substr(end))
}

function byPlace(a: Slot, b: Slot): number {
  return a.at - b.at
}

function searchRow(scan: ReadingScan, slots: Slot[], text: string, row: ObisRow, hasOther: boolean): void {
  const lineFeed = findObject(text, row[0], hasOther)
  if (lineFeed < 0) return
  const line = lineAt(text, lineFeed)
  const head = row[0].length + 2
  const close = line.indexOf(')')
  const inside = close < 0 ? undefined : line.substring(head, close)
  const unit = row[2]
  if (unit === 'peak') {
    const peak = timedValue(groupsOf(line), 'kW')
    setField(scan, 'monthPeakOfftakeW', peak.value)
    setField(scan, 'monthPeakAtS', peak.atS)
  } else if (inside === undefined) return
  else if (unit === 'text') {
    if (row[1] === 'version') {
      if (scan.version === undefined) scan.version = plainText(inside)
    } else if (scan.serial === undefined) scan.serial = plainText(inside)
  } else if (unit === 'time') {
    const time = timeOf(inside)
    if (typeof time !== 'number') return
    scan.timeS = time
    if (inside.length !== STAMP_LENGTH) return
    slots.push({ at: lineFeed + head, width: STAMP_LENGTH, dot: -1, purpose: CLOCK, factor: 1, mark: 1 })
  } else {
    const field = FIELD_NAMES.indexOf(row[1] as FieldName)
    if (addSlot(scan, slots, lineFeed + head, inside, unit, field)) return
    const value = scaledNumber(inside, unit)
    if (typeof value === 'number') scan.values[field] = value
  }
}

/** A slot for the digits of `inside`, and their value; false unless it is a plain number in the unit of the specification. */
function addSlot(scan: ReadingScan, slots: Slot[], at: number, inside: string, unit: string, field: number): boolean {
  const width = unit === '' ? inside.length : inside.length - unit.length - 1
  if (unit !== '' && inside.substr(width) !== '*' + unit) return false
  const dot = inside.indexOf('.')
  const decimals = dot < 0 ? 0 : width - dot - 1
  const count = dot < 0 ? width : width - 1
  const shift = (unit === '' ? 0 : unitExponent(unit)) - decimals
  if (shift < 0 || count > DIGITS_MAX || dot === 0 || width < 1 || (dot > 0 && decimals === 0)) return false
  const digits = '1' + (dot < 0 ? inside.substr(0, width) : inside.substr(0, dot) + inside.substr(dot + 1, decimals))
  const marked = parseInt(digits, 10)
  if (String(marked) !== digits) return false
  let mark = 1
  for (let i = 0; i < count; i++) mark *= 10
  const factor = shift === 0 ? 1 : shift === 1 ? 10 : shift === 2 ? 100 : 1000
  slots.push({ at: at, width: width, dot: dot, purpose: field, factor: factor, mark: mark })
  scan.values[field] = (marked - mark) * factor
  return true
}

function setField(scan: ReadingScan, name: FieldName, value: number | undefined): void {
  scan.values[FIELD_NAMES.indexOf(name)] = value
}

/** Place of the line feed before the object, or -1. Medium 1 prints its channel as 0 or 1; the earlier one counts. */
function findObject(text: string, code: string, hasOther: boolean): number {
  const at = text.indexOf('\n' + code + '(')
  if (!hasOther || code.substr(0, 4) !== '1-0:') return at
  const other = text.indexOf('\n1-1:' + code.substr(4) + '(')
  return at < 0 || (other >= 0 && other < at) ? other : at
}

/** From the line feed at `at` up to the next one. */
function lineAt(text: string, at: number): string {
  const end = text.indexOf('\n', at + 1)
  return end < 0 ? text.substr(at) : text.substring(at, end)
}

/** Gas, water and heat by the type that each channel states, never by the code of the value; of two the one with the newer capture. */
function searchMbus(scan: ReadingScan, text: string): void {
  for (let channel = 1; channel <= 4; channel++) {
    const prefix = '\n0-' + channel + ':'
    const typeAt = text.indexOf(prefix + '24.1.0(')
    const valueAt = captureAt(text, prefix)
    if (typeAt < 0 || valueAt < 0) continue
    const types = groupsOf(lineAt(text, typeAt))
    const type = types.length > 0 ? scaledNumber(types[0] as string, '') : 'number'
    const kind = typeof type === 'number' ? mbusKind(type) : undefined
    if (kind === undefined) continue
    let line = lineAt(text, valueAt)
    const nextAt = valueAt + line.length
    // DSMR 2.2 and 3 break the line before the value.
    if (text.charAt(nextAt + 1) === '(') line += lineAt(text, nextAt)
    keepNewest(scan, kind, timedValue(groupsOf(line), kind === 'heat' ? 'GJ' : 'm3'))
  }
}

function captureAt(text: string, prefix: string): number {
  let at = text.indexOf(prefix + '24.2.1(')
  if (at < 0) at = text.indexOf(prefix + '24.2.3(')
  if (at < 0) at = text.indexOf(prefix + '24.3.0(')
  return at
}

function keepNewest(scan: ReadingScan, kind: 'gas' | 'water' | 'heat', capture: TimedValue): void {
  if (capture.value === undefined) return
  const field = FIELD_NAMES.indexOf(kind === 'gas' ? 'gasDm3' : kind === 'water' ? 'waterDm3' : 'heatMJ')
  const before = scan.values[field + 1]
  const beforeS = before === undefined ? 0 : before
  if (scan.values[field] !== undefined && beforeS >= (capture.atS === undefined ? 0 : capture.atS)) return
  scan.values[field] = capture.value
  scan.values[field + 1] = capture.atS
}
