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

/** What the digits of the meter's clock are for (its name is no field's); those of numbers have their field's number. */
const CLOCK = -1
const STAMP_LENGTH = 13
/** More digits than these, and the 1 before them, may not print exactly on the engine; at very long numbers its parseInt throws. */
const DIGITS_MAX = 9

export interface ReadingScan {
  /** The meter's clock; undefined when it has none or it is a filler. */
  timeS: number | undefined
  /** By field number (shared/reading/fields.ts). Overwritten by the next scan: copy what is to be kept. */
  values: FieldValues
  serial: string | undefined
  version: string | undefined

  /** What stands before, between and behind the slots: digits that change. */
  parts: string[]
  /**
   * The slots in the order of the text, a column each: typed arrays take an eighth of the room that objects take. How many
   * characters; place of the dot among them, -1 without; field number or CLOCK; what the digits without the dot are multiplied
   * by; 1 and as many zeros as there are digits, which is what the 1 put in front of them adds.
   */
  widths: ArrayLike<number>
  dots: ArrayLike<number>
  purposes: ArrayLike<number>
  factors: ArrayLike<number>
  marks: ArrayLike<number>
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
    widths: [],
    dots: [],
    purposes: [],
    factors: [],
    marks: [],
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

/** The first line of each code, from behind its bracket on; by the code and its bracket, which no property of an object is named. */
interface Lines {
  [code: string]: string | undefined
}

function search(scan: ReadingScan, text: string): void {
  scan.timeS = undefined
  scan.serial = undefined
  scan.version = undefined
  scan.minute = ''
  scan.values = []
  for (let i = 0; i < FIELD_NAMES.length; i++) scan.values.push(undefined)
  const rows = readingRows()
  const lines = walk(scan, text, rows)
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i] as ObisRow
    const line = lines[row[0] + '(']
    if (line !== undefined) readLong(scan, row, line)
  }
  for (let channel = 1; channel <= 4; channel++) readMbus(scan, lines, '0-' + channel + ':')
}

/** Goes through the lines, reads those of one number, cuts the text at them, and gives the others that matter. */
function walk(scan: ReadingScan, text: string, rows: ObisRow[]): Lines {
  const table: { [code: string]: ObisRow | undefined } = {}
  for (let i = 0; i < rows.length; i++) table[(rows[i] as ObisRow)[0] + '('] = rows[i]
  const lines: Lines = {}
  const cuts: number[][] = [[], [], [], [], []]
  scan.parts = []
  let end = 0
  let at = text.indexOf('\n') + 1
  while (at > 0) {
    const next = text.indexOf('\n', at) + 1
    const head = text.indexOf('(', at) + 1
    let code = text.substring(at, head)
    if (code.substr(0, 4) === '1-1:') code = '1-0:' + code.substr(4)
    const row = table[code]
    const isMbus = code.substr(0, 2) === '0-' && code.charAt(2) > '0' && code.charAt(2) < '5'
    if ((row !== undefined || isMbus) && lines[code] === undefined && (next === 0 || head <= next)) {
      let to = next > 0 ? next : text.length
      // DSMR 2.2 and 3 break the line before the value of an M-Bus meter.
      if (isMbus && text.charAt(to) === '(') to = text.indexOf('\n', to) + 1
      lines[code] = text.substring(head, to)
      const width = row === undefined ? 0 : addSlot(scan, cuts, lines[code] as string, row)
      if (width > 0) {
        scan.parts.push(text.substring(end, head))
        end = head + width
      }
    }
    at = next
  }
  scan.parts.push(text.substr(end))
  scan.widths = new Uint8Array(cuts[0] as number[])
  scan.dots = new Int8Array(cuts[1] as number[])
  scan.purposes = new Int8Array(cuts[2] as number[])
  scan.factors = new Uint16Array(cuts[3] as number[])
  scan.marks = new Uint32Array(cuts[4] as number[])
  return lines
}

/** Reads a plain number or clock and notes the slot of its digits; gives its width, 0 for everything else. */
function addSlot(scan: ReadingScan, cuts: number[][], line: string, row: ObisRow): number {
  const unit = row[2]
  const field = FIELD_NAMES.indexOf(row[1] as FieldName)
  const inside = line.substr(0, line.indexOf(')'))
  let width = inside.length
  let dot = -1
  let factor = 1
  let mark = 1
  if (unit === 'time') {
    const time = timeOf(inside)
    if (typeof time !== 'number') return 0
    scan.timeS = time
    if (width !== STAMP_LENGTH) return 0
  } else {
    if (field < 0 || unit === 'peak') return 0
    if (unit !== '') {
      width -= unit.length + 1
      if (inside.substr(width) !== '*' + unit) return 0
      dot = inside.indexOf('.')
    }
    const digits = '1' + (dot < 0 ? inside.substr(0, width) : inside.substr(0, dot) + inside.substring(dot + 1, width))
    const count = digits.length - 1
    let shift = (unit === '' ? 0 : unitExponent(unit)) - (dot < 0 ? 0 : width - dot - 1)
    if (shift < 0 || dot === 0 || dot === width - 1 || count < 1 || count > DIGITS_MAX) return 0
    const marked = parseInt(digits, 10)
    if (String(marked) !== digits) return 0
    for (let i = 0; i < count; i++) mark *= 10
    for (; shift > 0; shift--) factor *= 10
    scan.values[field] = (marked - mark) * factor
  }
  const slot = [width, dot, field, factor, mark]
  for (let i = 0; i < slot.length; i++) (cuts[i] as number[]).push(slot[i] as number)
  return width
}

/** Reads what is not a plain number: texts, the month peak, and numbers in another form than the specification's. */
function readLong(scan: ReadingScan, row: ObisRow, line: string): void {
  const unit = row[2]
  const close = line.indexOf(')')
  if (unit === 'peak') {
    const peak = timedValue(groupsOf('(' + line), 'kW')
    setField(scan, 'monthPeakOfftakeW', peak.value)
    setField(scan, 'monthPeakAtS', peak.atS)
  } else if (close < 0 || unit === 'time') return
  else if (unit === 'text') {
    const text = plainText(line.substr(0, close))
    if (row[1] === 'version') {
      if (scan.version === undefined) scan.version = text
    } else if (scan.serial === undefined) scan.serial = text
  } else if (scan.values[FIELD_NAMES.indexOf(row[1] as FieldName)] === undefined) {
    const value = scaledNumber(line.substr(0, close), unit)
    if (typeof value === 'number') setField(scan, row[1] as FieldName, value)
  }
}

function setField(scan: ReadingScan, name: FieldName, value: number | undefined): void {
  scan.values[FIELD_NAMES.indexOf(name)] = value
}

/** Gas, water and heat by the type that the channel states, never by the code of the value; of two the one with the newer capture. */
function readMbus(scan: ReadingScan, lines: Lines, channel: string): void {
  const typeLine = lines[channel + '24.1.0(']
  let line = lines[channel + '24.2.1(']
  if (line === undefined) line = lines[channel + '24.2.3(']
  if (line === undefined) line = lines[channel + '24.3.0(']
  if (typeLine === undefined || line === undefined) return
  const types = groupsOf('(' + typeLine)
  const type = types.length > 0 ? scaledNumber(types[0] as string, '') : 'number'
  const kind = typeof type === 'number' ? mbusKind(type) : undefined
  if (kind !== undefined) keepNewest(scan, kind, timedValue(groupsOf('(' + line), kind === 'heat' ? 'GJ' : 'm3'))
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
