// Readout text → the numbers of a reading, for the dongle. A meter prints the same lines at the same places every second and
// most of them unchanged, so the first telegram is searched for all codes and the next ones only compared, natively, with what
// stood there: a line with one number is read again where it changed, any other change has everything searched again. It must
// give what parse.ts and shared/reading/from-telegram.ts give on node; the tests hold both against each other. Espruino dialect.

import { FIELD_NAMES, type FieldName, type FieldValues } from '../reading/fields.ts'
import { scaledNumber } from './number.ts'
import { mbusKind, type ObisRow, readingRows } from './obis.ts'
import { plainText } from './text.ts'
import { groupsOf, type TimedValue, timedValue } from './timed-value.ts'
import { timeOf } from './timestamp.ts'

/** What the line of the meter's clock is for; the lines of numbers have their field's number. */
const CLOCK = -1

/** A line with one number, with the line feed before it and without the one behind it. */
interface WatchedLine {
  at: number
  text: string
  /** How much of it is the code and its bracket. */
  head: number
  purpose: number
  unit: string
  /** What stands between the watched line before it and this one; it must not change. */
  gap: string
}

export interface ReadingScan {
  /** The meter's clock; undefined when it has none or it is a filler. */
  timeS: number | undefined
  /** By field number (shared/reading/fields.ts). Overwritten by the next scan: copy what is to be kept. */
  values: FieldValues
  serial: string | undefined
  version: string | undefined

  /** What the last search found, in the order of the text, and what stands behind the last of it. */
  bodyLength: number
  lines: WatchedLine[]
  tail: string
}

export function createReadingScan(): ReadingScan {
  return { timeS: undefined, values: [], serial: undefined, version: undefined, bodyLength: -1, lines: [], tail: '' }
}

/** Reads a readout whose checksum was right into `scan`. Never throws; a field that is missing or odd is undefined. */
export function scanReading(scan: ReadingScan, text: string): void {
  // The checksum at the end always changes, and says nothing about the lines.
  const body = text.substr(0, text.lastIndexOf('!') + 1)
  if (body.length !== scan.bodyLength || !follow(scan, body)) search(scan, body)
}

/** False when something changed that is not one number. */
function follow(scan: ReadingScan, text: string): boolean {
  let end = 0
  for (let i = 0; i < scan.lines.length; i++) {
    const line = scan.lines[i] as WatchedLine
    const at = line.at
    const length = line.text.length
    if (line.gap !== '' && !text.startsWith(line.gap, end)) return false
    end = at + length
    if (text.startsWith(line.text, at)) continue
    const found = text.substr(at, length)
    // The next line must begin where it did, and this one with its code.
    if (found.substr(0, line.head) !== line.text.substr(0, line.head) || found.indexOf('\n', 1) > 0) return false
    if (text.charCodeAt(end) !== 10 && end < text.length) return false
    line.text = found
    setValue(scan, line)
  }
  return text.startsWith(scan.tail, end)
}

function setValue(scan: ReadingScan, line: WatchedLine): void {
  const close = line.text.indexOf(')', line.head)
  const inside = close < 0 ? 'x' : line.text.substring(line.head, close)
  const value = line.purpose === CLOCK ? timeOf(inside) : scaledNumber(inside, line.unit)
  const known = typeof value === 'number' ? value : undefined
  if (line.purpose === CLOCK) scan.timeS = known
  else scan.values[line.purpose] = known
}

function search(scan: ReadingScan, text: string): void {
  scan.timeS = undefined
  scan.serial = undefined
  scan.version = undefined
  scan.values = []
  scan.lines = []
  for (let i = 0; i < FIELD_NAMES.length; i++) scan.values.push(undefined)
  const rows = readingRows()
  for (let i = 0; i < rows.length; i++) searchRow(scan, text, rows[i] as ObisRow)
  searchMbus(scan, text)
  scan.lines.sort(byPlace)
  scan.bodyLength = text.length
  let end = 0
  for (let i = 0; i < scan.lines.length; i++) {
    const line = scan.lines[i] as WatchedLine
    line.gap = text.substring(end, line.at)
    end = line.at + line.text.length
  }
  scan.tail = text.substr(end)
}

function byPlace(a: WatchedLine, b: WatchedLine): number {
  return a.at - b.at
}

function searchRow(scan: ReadingScan, text: string, row: ObisRow): void {
  const at = findObject(text, row[0])
  if (at < 0) return
  const unit = row[2]
  const line: WatchedLine = {
    at: at,
    text: lineAt(text, at),
    head: row[0].length + 2,
    purpose: CLOCK,
    unit: unit,
    gap: '',
  }
  if (unit === 'text') {
    const close = line.text.indexOf(')')
    const plain = close < 0 ? undefined : plainText(line.text.substring(line.head, close))
    if (row[1] === 'version') {
      if (scan.version === undefined) scan.version = plain
    } else if (scan.serial === undefined) scan.serial = plain
  } else if (unit === 'peak') {
    const peak = timedValue(groupsOf(line.text), 'kW')
    setField(scan, 'monthPeakOfftakeW', peak.value)
    setField(scan, 'monthPeakAtS', peak.atS)
  } else {
    if (unit !== 'time') line.purpose = FIELD_NAMES.indexOf(row[1] as FieldName)
    scan.lines.push(line)
    setValue(scan, line)
  }
}

function setField(scan: ReadingScan, name: FieldName, value: number | undefined): void {
  scan.values[FIELD_NAMES.indexOf(name)] = value
}

/** Place of the line feed before the object, or -1. Medium 1 prints its channel as 0 or 1; the earlier one counts. */
function findObject(text: string, code: string): number {
  const at = text.indexOf('\n' + code + '(')
  if (code.substr(0, 4) !== '1-0:') return at
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
