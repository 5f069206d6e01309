// Readout text → the numbers of a reading, for the dongle. A meter prints the same lines at the same places every second and
// most of them unchanged, so the first telegram is searched for all codes and the next ones only compared, natively, with what
// stood there; a line that changed in length, place or kind has everything searched again. It must give what parse.ts and
// shared/reading/from-telegram.ts give on node; the tests hold both against each other. Espruino dialect.

import { FIELD_NAMES, type FieldName, type FieldValues } from '../reading/fields.ts'
import { scaledNumber } from './number.ts'
import { mbusKind, type ObisRow, readingRows } from './obis.ts'
import { plainText } from './text.ts'
import { groupsOf, type TimedValue, timedValue } from './timed-value.ts'
import { timeOf } from './timestamp.ts'

/** A same-length telegram could hold an object that the last search did not meet: search again after so many. */
const SEARCH_EVERY = 300

/** What a watched line is for, when not a field's number. */
const CLOCK = -1
const SEARCH_AGAIN = -2

export interface ReadingScan {
  /** The meter's clock; undefined when it has none or it is a filler. */
  timeS: number | undefined
  /** By field number (shared/reading/fields.ts). Overwritten by the next scan: copy what is to be kept. */
  values: FieldValues
  serial: string | undefined
  version: string | undefined

  /** Length of the last text, and how many more may be followed without a search. */
  length: number
  left: number
  /** Watched lines, each with the line feed before it: place, text, length up to the bracket, purpose, unit. */
  ats: number[]
  lines: string[]
  heads: number[]
  purposes: number[]
  units: string[]
}

export function createReadingScan(): ReadingScan {
  return {
    timeS: undefined,
    values: [],
    serial: undefined,
    version: undefined,
    length: 0,
    left: 0,
    ats: [],
    lines: [],
    heads: [],
    purposes: [],
    units: [],
  }
}

/** Reads a readout whose checksum was right into `scan`. Never throws; a field that is missing or odd is undefined. */
export function scanReading(scan: ReadingScan, text: string): void {
  if (text.length === scan.length && scan.left > 0 && follow(scan, text)) {
    scan.left--
    return
  }
  search(scan, text)
  scan.length = text.length
  scan.left = SEARCH_EVERY
}

/** False when a line is no longer where it was. */
function follow(scan: ReadingScan, text: string): boolean {
  for (let i = 0; i < scan.ats.length; i++) {
    const at = scan.ats[i] as number
    const old = scan.lines[i] as string
    if (text.startsWith(old, at)) continue
    const purpose = scan.purposes[i] as number
    if (purpose === SEARCH_AGAIN) return false
    const line = text.substr(at, old.length)
    const head = scan.heads[i] as number
    const next = text.charCodeAt(at + old.length)
    if (line.substr(0, head) !== old.substr(0, head) || (next !== 13 && next !== 10)) return false
    if (line.indexOf('\n', 1) > 0 || line.indexOf('\r') >= 0) return false
    scan.lines[i] = line
    setValue(scan, purpose, line.substr(head), scan.units[i] as string)
  }
  return true
}

function setValue(scan: ReadingScan, purpose: number, rest: string, unit: string): void {
  const close = rest.indexOf(')')
  const inside = close < 0 ? '' : rest.substr(0, close)
  const value = purpose === CLOCK ? timeOf(inside) : scaledNumber(inside, unit)
  const known = typeof value === 'number' ? value : undefined
  if (purpose === CLOCK) scan.timeS = known
  else scan.values[purpose] = known
}

function search(scan: ReadingScan, text: string): void {
  scan.timeS = undefined
  scan.serial = undefined
  scan.version = undefined
  scan.values = []
  scan.ats = []
  scan.lines = []
  scan.heads = []
  scan.purposes = []
  scan.units = []
  for (let i = 0; i < FIELD_NAMES.length; i++) scan.values.push(undefined)
  const rows = readingRows()
  for (let i = 0; i < rows.length; i++) searchRow(scan, text, rows[i] as ObisRow)
  searchMbus(scan, text)
}

function searchRow(scan: ReadingScan, text: string, row: ObisRow): void {
  const at = findObject(text, row[0])
  if (at < 0) return
  const head = row[0].length + 2
  const unit = row[2]
  if (unit === 'text') {
    watch(scan, text, at, head, SEARCH_AGAIN, '')
    const rest = lineAt(text, at).substr(head)
    const close = rest.indexOf(')')
    const plain = close < 0 ? undefined : plainText(rest.substr(0, close))
    if (row[1] === 'version') {
      if (scan.version === undefined) scan.version = plain
    } else if (scan.serial === undefined) scan.serial = plain
  } else if (unit === 'peak') {
    watch(scan, text, at, head, SEARCH_AGAIN, '')
    const peak = timedValue(groupsOf(lineAt(text, at)), 'kW')
    setField(scan, 'monthPeakOfftakeW', peak.value)
    setField(scan, 'monthPeakAtS', peak.atS)
  } else {
    const purpose = unit === 'time' ? CLOCK : FIELD_NAMES.indexOf(row[1] as FieldName)
    watch(scan, text, at, head, purpose, unit)
    setValue(scan, purpose, lineAt(text, at).substr(head), unit)
  }
}

function setField(scan: ReadingScan, name: FieldName, value: number | undefined): void {
  scan.values[FIELD_NAMES.indexOf(name)] = value
}

function watch(scan: ReadingScan, text: string, at: number, head: number, purpose: number, unit: string): void {
  scan.ats.push(at)
  scan.lines.push(lineAt(text, at))
  scan.heads.push(head)
  scan.purposes.push(purpose)
  scan.units.push(unit)
}

/** Place of the line feed before the object, or -1. Medium 1 prints its channel as 0 or 1; the earlier one counts. */
function findObject(text: string, code: string): number {
  const at = text.indexOf('\n' + code + '(')
  if (code.substr(0, 4) !== '1-0:') return at
  const other = text.indexOf('\n1-1:' + code.substr(4) + '(')
  return at < 0 || (other >= 0 && other < at) ? other : at
}

/** From the line feed at `at` to the end of the line it begins. */
function lineAt(text: string, at: number): string {
  const end = text.indexOf('\n', at + 1)
  const line = end < 0 ? text.substr(at) : text.substring(at, end)
  return line.charAt(line.length - 1) === '\r' ? line.substr(0, line.length - 1) : line
}

/** Gas, water and heat by the type that each channel states, never by the code of the value; of two the one with the newer capture. */
function searchMbus(scan: ReadingScan, text: string): void {
  for (let channel = 1; channel <= 4; channel++) {
    const prefix = '\n0-' + channel + ':'
    const typeAt = text.indexOf(prefix + '24.1.0(')
    if (typeAt < 0) continue
    watch(scan, text, typeAt, 0, SEARCH_AGAIN, '')
    const type = scaledNumber(groupsOf(lineAt(text, typeAt))[0] as string, '')
    const kind = typeof type === 'number' ? mbusKind(type) : undefined
    const valueAt = firstOf(text, prefix)
    if (kind === undefined || valueAt < 0) continue
    let line = lineAt(text, valueAt)
    watch(scan, text, valueAt, 0, SEARCH_AGAIN, '')
    const nextAt = text.indexOf('\n', valueAt + 1)
    if (nextAt > 0 && text.charAt(nextAt + 1) === '(') {
      watch(scan, text, nextAt, 0, SEARCH_AGAIN, '')
      line += lineAt(text, nextAt)
    }
    const capture = timedValue(groupsOf(line), kind === 'heat' ? 'GJ' : 'm3')
    if (capture.value === undefined) continue
    keepNewest(scan, kind, capture)
  }
}

function firstOf(text: string, prefix: string): number {
  let at = text.indexOf(prefix + '24.2.1(')
  if (at < 0) at = text.indexOf(prefix + '24.2.3(')
  if (at < 0) at = text.indexOf(prefix + '24.3.0(')
  return at
}

function keepNewest(scan: ReadingScan, kind: 'gas' | 'water' | 'heat', capture: TimedValue): void {
  const value = FIELD_NAMES.indexOf(kind === 'gas' ? 'gasDm3' : kind === 'water' ? 'waterDm3' : 'heatMJ')
  const before = scan.values[value + 1]
  if (
    scan.values[value] !== undefined &&
    (before === undefined ? 0 : before) >= (capture.atS === undefined ? 0 : capture.atS)
  )
    return
  scan.values[value] = capture.value
  scan.values[value + 1] = capture.atS
}
