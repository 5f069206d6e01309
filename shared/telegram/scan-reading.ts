// Readout text → the numbers of a reading and its CRC, for the dongle. A meter prints the same lines at the same places every
// second, so the fixed text is kept, and where between it are slots: digits that may change. All digits of the next telegram are
// fetched, parsed, and put between the fixed texts again, natively; if that is the telegram, only digits changed, and as a CRC that
// starts at 0 is linear over GF(2), each digit's difference adds to it what a table says. The sum is the CRC of the whole text, not an
// estimate: anything but another digit in a slot sends the telegram the long way, which checks every byte and searches every line,
// in steps that each stay short. It must give what framer.ts, parse.ts and from-telegram.ts give on node; the tests hold both
// against each other. Espruino dialect. See docs/adr/0015, 0038, 0073 and 0074.
//
// The engine's indexOf takes a needle for found where the text ends within it: every text searched here ends in '!'.

import { differenceBits, differenceTable, NO_DIFFERENCE, TABLED } from '../kernel/differences.ts'
import type { Natives } from '../kernel/natives.ts'
import type { Pieces } from '../kernel/pieces.ts'
import { FIELD_COUNT, type FieldValues, GAS, HEAT, MONTH_PEAK, WATER } from '../reading/fields.ts'
import { type Slots, withoutLast } from '../reading/slots.ts'
import { crcTable, spread } from './crc16.ts'
import { scaledNumber, unitExponent } from './number.ts'
import { mbusKind, numberedRows, type ObisRow } from './obis.ts'
import { type Checksum, verdictOn } from './readout.ts'
import { plainText } from './text.ts'
import { groupsOf, type TimedValue, timedValue } from './timed-value.ts'
import { timeOf } from './timestamp.ts'

const STAMP_LENGTH = 13
/** More digits than these, and the 1 before them, may not print exactly on the engine; at very long numbers its parseInt throws. */
const DIGITS_MAX = 9
/** The last digits that a slot holds; those before them change rarely, and each costs 16 bytes of table. */
const SLOT_DIGITS_MAX = 5
/** Numbers that describe where a slot is. */
const SHAPE = 3
/** In front of a text whose digits are fetched: what the parser needs around those of each slot. */
const AROUND = '1,'
/** As many as all slots with what is around them can have. */
const DIGITS_ROOM = 256
/** How much of the long way is one step: bytes of CRC, lines. */
const STEP_BYTES = 256
const STEP_LINES = 4
const INT32_MAX = 2147483647
/** Weights of a slot's last two digits: what each difference of four bits does. */
const WHOLE = 16
/** Of a digit before those: for each pair of its bits what 0, 1, 2 and 3 do. */
const PAIRED = 8
/** Characters that weights are taken over in one step. */
const STEP_GAP = 64
/** What followReading gives when other text than digits changed, or nothing is known yet: no CRC, and nothing that is printed or said of one. */
export const NOT_FOLLOWED = -3
/** A slot's digits, in the unit of its value, differ by less than this: as far as the bits of a difference go. */
const DIFFERENCE_MAX = 8388608
/** M-Bus channels. */
const CHANNELS = 4

/**
 * Fields that change within seconds: powers, voltages, currents, a bit each. Any other, and of these what is 0, is fixed text until it was
 * seen to change in this hour or the one before.
 */
const LIVELY = 1073480240

/** The first line of each code, from behind its bracket on; by the code and its bracket, which no property of an object is named. */
interface Lines {
  [code: string]: string | undefined
}

/** The long way of one telegram: what is left to do. */
interface Search {
  text: string
  expected: number
  crc: number
  /** The next byte for the CRC. */
  crcAt: number
  /** The next line, 0 when all are read; where the fixed text before the next slot begins. */
  at: number
  from: number
  lines: Lines
  /** How many rows, and then M-Bus channels, were looked up in the lines; -1 before the first line. */
  done: number
  rows: ObisRow[]
  /** The rows by code and bracket; empty until the CRC was found right. */
  table: { [code: string]: ObisRow | undefined }
  /** As in the scan and its slots. */
  placeOf: Uint8Array
  places: number[]
  /** Values of the telegram that took the long way before. */
  before: FieldValues
  shape: number[]
  terms: number[]
}

export interface ReadingScan {
  natives: Natives
  /** The verdict on the telegram that took the long way last. */
  checksum: Checksum
  /** The meter's clock; undefined when it has none or it is a filler. */
  timeS: number | undefined
  /** By field number (shared/reading/fields.ts), of the telegram that took the long way last. */
  values: FieldValues
  /** The numbers of the last telegram, and what they mean; undefined for a meter whose telegrams are not followed. */
  numbers: number[]
  slots: Slots | undefined
  serial: string | undefined
  version: string | undefined
  /** Fields that were seen to change, a bit each, up to now from the last telegram of the hour before `hour` that took the long way. */
  moved: number
  hour: number

  /** The CRC of the text from '/' to '!', and how long it is. */
  crc: number
  bodyBytes: number
  /** The fixed texts, with what shows the digits of `digits` between them. */
  pieces: Pieces
  /** Of each slot a comma, a 1 and its digits; where in AROUND and the text behind it each of them is fetched. */
  digits: Uint8Array
  places: Uint16Array
  /** Which of `numbers` is the clock's minutes and seconds; 0: none. */
  clockAt: number
  /**
   * The slots in the order of the text, three numbers each: how many characters; how many from the dot on, 0 without; how many from where it
   * begins to the text's end. Weights depend on nothing else.
   */
  shape: Uint16Array
  /** What a digit's difference does to the CRC, of each slot's last digit first: two digits of WHOLE, then of PAIRED, the lower pair first. */
  weights: Uint16Array
  /** Where they begin, by place in `numbers`. */
  starts: Uint16Array
  /** In how many slots they are not done yet, -1 when nothing is known of them, and the weight of bit 3 of the byte before those that are. */
  unweighed: number
  weight: number
  /** How many characters that weight is still to be taken over, less one. */
  gap: number
  table: Uint16Array
  /** Bits of small differences, made with the first telegram. */
  codes: string[]
  search: Search | undefined
}

export function createReadingScan(natives: Natives): ReadingScan {
  return {
    natives: natives,
    checksum: 'absent',
    timeS: undefined,
    values: [],
    numbers: [],
    slots: undefined,
    serial: undefined,
    version: undefined,
    moved: 0,
    hour: 0,
    crc: 0,
    bodyBytes: 0,
    pieces: [],
    digits: new Uint8Array(0),
    places: new Uint16Array(0),
    clockAt: 0,
    shape: new Uint16Array(0),
    weights: new Uint16Array(0),
    starts: new Uint16Array(0),
    unweighed: 0,
    weight: 0,
    gap: 0,
    table: crcTable(),
    codes: [],
    search: undefined,
  }
}

/**
 * Whether the first `end` characters of `text`, from '/' to '!', are the telegram before with other digits: NOT_FOLLOWED, or their CRC. When that is
 * `expected`, `timeS` and `numbers` are theirs, and the slots have what differs; else nothing has changed. Every word in the loop costs: it runs for each slot.
 */
export function followReading(scan: ReadingScan, text: string, end: number, expected: number): number {
  if (scan.unweighed !== 0 || end !== scan.bodyBytes) return NOT_FOLLOWED
  const natives = scan.natives
  natives.mapInPlace(scan.places, scan.digits, natives.toUint8Array([AROUND, text]))
  const digits = natives.toString(scan.digits)
  if (/[^\d,]/.test(digits) || !text.startsWith(natives.toString(scan.pieces))) return NOT_FOLLOWED
  // Each has a 1 before it, so zeros keep their places. A comma in a slot is one number too many.
  const numbers = JSON.parse('[0' + digits + ']') as number[]
  const last = scan.numbers
  const slots = scan.slots as Slots
  const clockAt = scan.clockAt
  if (numbers.length !== last.length) return NOT_FOLLOWED
  const clock = numbers[clockAt] as number
  const minute = Math.floor(clock / 100)
  if (minute > 159 || clock % 100 > 59) return NOT_FOLLOWED
  const texts = slots.texts
  const codes = slots.codes
  const starts = scan.starts
  const weights = scan.weights
  let i = 0
  let change = 0
  let place = 0
  let crc = scan.crc
  for (const number of numbers) {
    change = number - (last[i] as number)
    if (change === 0) texts[i] += NO_DIFFERENCE
    else {
      texts[i] += codes[change + TABLED] || wildBits(slots, i, change)
      // read as if it were hexadecimal, a digit is a nibble
      change = parseInt(number as unknown as string, 16) ^ parseInt(last[i] as unknown as string, 16)
      place = starts[i] as number
      crc ^= (weights[place + (change & 15)] as number) ^ (weights[place + ((change >> 4) & 15) + WHOLE] as number)
      if (change > 255) {
        for (change >>= 8; change > 0; change >>= 2) {
          crc ^= weights[place + (change & 3) + 2 * WHOLE] as number
          place += 4
        }
      }
    }
    i++
  }
  if (crc !== expected) withoutLast(slots)
  else {
    scan.crc = crc
    scan.numbers = numbers
    if (clockAt > 0) scan.timeS = clock + (slots.terms[clockAt * 2 + 1] as number) - minute * 40
  }
  return crc
}

/** The bits of a difference that is not in the table, of a number at `place`. */
function wildBits(slots: Slots, place: number, difference: number): string {
  slots.wild++
  return differenceBits(difference * (slots.terms[place * 2] as number))
}

/** Begins the long way of a readout: `text` from '/' to '!', the checksum printed behind it, NO_CHECKSUM or BAD_CHECKSUM. */
export function searchReading(scan: ReadingScan, text: string, expected: number): void {
  scan.search = {
    text: text,
    expected: expected,
    crc: 0,
    crcAt: expected < 0 ? text.length : 0,
    at: text.indexOf('\n') + 1,
    from: 0,
    lines: {},
    done: -1,
    rows: [],
    table: {},
    placeOf: new Uint8Array(FIELD_COUNT),
    places: [],
    before: scan.values,
    shape: [],
    terms: [0, 0],
  }
}

/**
 * One step of the long way: a piece of the CRC or a few lines. When it is done `search` is undefined and `checksum` says what it
 * came to: after a mismatch everything is as it was, else the values are read. Never throws; a field that is missing or odd is
 * undefined.
 */
export function stepReading(scan: ReadingScan): void {
  const search = scan.search
  if (search === undefined) return
  if (search.crcAt < search.text.length) {
    const table = scan.table
    let crc = search.crc
    // Not declared in the loop: the interpreter would open a scope for every byte.
    let byte = 0
    for (byte of scan.natives.toUint8Array([search.text.substr(search.crcAt, STEP_BYTES)])) {
      crc = (crc >> 8) ^ (table[(crc ^ byte) & 255] as number)
    }
    search.crc = crc
    search.crcAt += STEP_BYTES
    return
  }
  if (search.rows.length === 0) {
    scan.checksum = verdictOn(search.expected, search.crc)
    if (scan.checksum === 'mismatch') scan.search = undefined
    else search.rows = numberedRows()
  } else if (search.done < 0) beginLines(scan, search)
  else if (search.at > 0) for (let i = 0; i < STEP_LINES && search.at > 0; i++) readLine(scan, search)
  else if (search.done < search.rows.length + CHANNELS) readRest(scan, search)
  else endSearch(scan, search)
}

function beginLines(scan: ReadingScan, search: Search): void {
  if (scan.codes.length === 0) scan.codes = differenceTable()
  scan.bodyBytes = 0
  scan.pieces = []
  scan.numbers = [0]
  scan.digits = new Uint8Array(DIGITS_ROOM)
  scan.clockAt = 0
  scan.timeS = undefined
  scan.serial = undefined
  scan.version = undefined
  scan.values = []
  for (let i = 0; i < FIELD_COUNT; i++) scan.values.push(undefined)
  search.done = 0
  for (let i = 0; i < search.rows.length; i++) {
    const row = search.rows[i] as ObisRow
    search.table[row[0] + '('] = row
  }
}

/** Reads the line at `search.at` if it is one of a plain number or the clock, and finds its slot; keeps the others that matter. */
function readLine(scan: ReadingScan, search: Search): void {
  const text = search.text
  const lines = search.lines
  const at = search.at
  const next = text.indexOf('\n', at) + 1
  const head = text.indexOf('(', at) + 1
  let code = text.substring(at, head)
  if (code.substr(0, 4) === '1-1:') code = '1-0:' + code.substr(4)
  const row = search.table[code]
  const isMbus = code.substr(0, 2) === '0-' && code.charAt(2) > '0' && code.charAt(2) < '5'
  if ((row !== undefined || isMbus) && lines[code] === undefined && (next === 0 || head <= next)) {
    let to = next > 0 ? next : text.length
    // DSMR 2.2 and 3 break the line before the value of an M-Bus meter.
    if (isMbus && text.charAt(to) === '(') to = text.indexOf('\n', to) + 1
    const line = text.substring(head, to)
    lines[code] = line
    if (row !== undefined) readPlain(scan, search, line, head, row)
  }
  search.at = next
}

/** Reads a plain number or the clock from `line`, which stands at `head` of the text, and notes the slot of its last digits. */
function readPlain(scan: ReadingScan, search: Search, line: string, head: number, row: ObisRow): void {
  const unit = row[2]
  const field = parseInt(row[1], 10)
  const inside = line.substr(0, line.indexOf(')'))
  let end = inside.length
  let dot = -1
  let count = SLOT_DIGITS_MAX
  let factor = 1
  let value = 0
  if (unit === 'time') {
    const time = timeOf(inside)
    if (typeof time !== 'number') return
    scan.timeS = time
    const hour = Math.floor(time / 3600)
    if (hour !== scan.hour) scan.moved = 0
    scan.hour = hour
    if (end !== STAMP_LENGTH) return
    // Minutes and seconds: another hour is another text.
    end = 12
    count = 4
    value = time + 40 * parseInt('1' + inside.substr(8, 2), 10)
  } else {
    if (!(field >= 0) || unit === 'peak') return
    if (unit !== '') {
      end -= unit.length + 1
      if (inside.substr(end) !== '*' + unit) return
    }
    dot = inside.indexOf('.')
    const digits = '1' + inside.substr(0, end).replace('.', '')
    let shift = (unit === '' ? 0 : unitExponent(unit)) - (dot < 0 ? 0 : end - dot - 1)
    if (shift < 0 || dot === 0 || dot === end - 1 || digits.length < 2 || digits.length > DIGITS_MAX + 1) return
    const marked = parseInt(digits, 10)
    if (String(marked) !== digits) return
    for (; shift > 0; shift--) factor *= 10
    value = parseInt(digits.substr(1), 10) * factor
    scan.values[field] = value
    const before = search.before[field]
    const bit = 1 << field
    if (before !== undefined && before !== value) scan.moved |= bit
    if (((scan.moved | (value && LIVELY)) & bit) === 0) return
    if (digits.length - 1 < count) count = digits.length - 1
    while (count > 1 && Math.pow(10, count) * factor > DIFFERENCE_MAX) count--
  }
  const width = count + (dot >= 0 && end - dot <= count ? 1 : 0)
  const marked = parseInt('1' + inside.substr(end - width, width).replace('.', ''), 10)
  if (unit === 'time') scan.clockAt = scan.numbers.length
  else search.placeOf[field] = scan.numbers.length
  scan.numbers.push(marked)
  search.terms.push(factor, value - marked * factor)
  addSlot(scan, search, head + end - width, width, width > count ? end - dot : 0)
}

/** The slot of `width` characters at `at`, of them `tail` from the dot on. */
function addSlot(scan: ReadingScan, search: Search, at: number, width: number, tail: number): void {
  const places = search.places
  const pieces = scan.pieces
  const from = places.push(1, 0)
  for (let i = at; i < at + width; i++) if (i !== at + width - tail) places.push(AROUND.length + i)
  pieces.push(search.text.substring(search.from, at))
  pieces.push(scan.digits.subarray(from, from + width - tail))
  if (tail > 0) pieces.push('.', scan.digits.subarray(from + width - tail, places.length))
  search.from = at + width
  search.shape.push(width, tail, search.text.length - at)
}

/** The next rows that are no plain numbers; when there are none left, the next M-Bus channel. */
function readRest(scan: ReadingScan, search: Search): void {
  const rows = search.rows
  if (search.done >= rows.length) {
    search.done++
    readMbus(scan, search.lines, '0-' + (search.done - rows.length) + ':')
  }
  for (let i = 0; i < STEP_LINES && search.done < rows.length; i++) {
    const row = rows[search.done++] as ObisRow
    const line = search.lines[row[0] + '(']
    if (line !== undefined) readLong(scan, row, line)
  }
}

/** Everything is read: what the next telegram is compared with. */
function endSearch(scan: ReadingScan, search: Search): void {
  scan.pieces.push(search.text.substr(search.from))
  scan.places = new Uint16Array(search.places)
  scan.digits = scan.digits.subarray(0, search.places.length)
  scan.crc = search.crc
  scan.slots = undefined
  scan.search = undefined
  // Without a checksum there is nothing to compare the CRC with: every telegram takes the long way.
  if (search.expected < 0) return
  scan.bodyBytes = search.text.length
  let isNarrow = true
  let isPlain = true
  for (let i = 0; i < search.terms.length; i++) {
    const term = search.terms[i] as number
    if (Math.abs(term) > INT32_MAX) isNarrow = false
    if (i > 1 && i % 2 === 0 && term !== 1) isPlain = false
  }
  const fields: number[] = []
  let mask = 0
  for (let i = 0; i < FIELD_COUNT; i++) {
    if (scan.values[i] === undefined) continue
    fields.push(i)
    mask |= 1 << i
  }
  scan.slots = {
    values: scan.values,
    placeOf: search.placeOf,
    // half the memory, until times are beyond 2038
    terms: isNarrow ? new Int32Array(search.terms) : new Float64Array(search.terms),
    fields: fields,
    mask: mask,
    codes: isPlain ? scan.codes : [],
    texts: new Array<string>(scan.numbers.length).fill(''),
    wild: 0,
    first: new Int32Array(0),
    still: new Array<string>(FIELD_COUNT).fill(''),
  }
  // who has the weights of this layout keeps them
  if (search.shape.join() !== scan.shape.join()) scan.unweighed = -1
  scan.shape = new Uint16Array(search.shape)
}

/** Room for the weights of the slots, which are made from the last one to the first. */
function layOut(scan: ReadingScan): void {
  const shape = scan.shape
  const starts = new Uint16Array(scan.numbers.length)
  let size = 0
  for (let i = 1; i < starts.length; i++) {
    const at = (i - 1) * SHAPE
    starts[i] = size
    size += 2 * WHOLE + PAIRED * ((shape[at] as number) - ((shape[at + 1] as number) > 0 ? 3 : 2))
  }
  scan.starts = starts
  scan.weights = new Uint16Array(size)
  scan.unweighed = starts.length - 1
  // That of the '!' itself.
  scan.weight = scan.table[8] as number
  scan.gap = gapBehind(scan, scan.unweighed - 1, 1)
}

/** How far slot `i` ends before what begins `next` characters before the end. */
function gapBehind(scan: ReadingScan, i: number, next: number): number {
  return (scan.shape[i * SHAPE + 2] as number) - (scan.shape[i * SHAPE] as number) - next
}

/**
 * A step of making the weights, from the last slot to the first; until they are all there, telegrams take the long way. False when
 * nothing was left to do.
 */
export function weighReading(scan: ReadingScan): boolean {
  if (scan.bodyBytes === 0) return false
  if (scan.unweighed < 0) layOut(scan)
  if (scan.unweighed === 0) return false
  const table = scan.table
  const i = scan.unweighed - 1
  let weight = scan.weight
  // Over what stands between this slot and the next, a piece of it at a time.
  let gap = scan.gap
  for (let n = 0; n < STEP_GAP && gap >= 0; n++) {
    weight = (weight >> 8) ^ (table[weight & 255] as number)
    gap--
  }
  scan.weight = weight
  scan.gap = gap
  if (gap >= 0) return true
  const width = scan.shape[i * SHAPE] as number
  const dot = scan.shape[i * SHAPE + 1] as number
  let place = scan.starts[i + 1] as number
  const pairs = place + 2 * WHOLE
  for (let fromEnd = 1; fromEnd <= width; fromEnd++) {
    if (fromEnd > 1) weight = (weight >> 8) ^ (table[weight & 255] as number)
    if (fromEnd === dot) continue
    if (place < pairs) {
      spread(scan.weights, place, WHOLE, weight)
      place += WHOLE
    } else {
      const pair = PAIRED / 2
      spread(scan.weights, place + pair, pair, weight)
      // a lower bit has one zero bit more behind it
      spread(scan.weights, place, pair, zeroBit(zeroBit(weight)))
      place += PAIRED
    }
  }
  scan.weight = weight
  if (i > 0) scan.gap = gapBehind(scan, i - 1, scan.shape[i * SHAPE + 2] as number)
  scan.unweighed = i
  return true
}

/** What one zero bit more does to a CRC. */
function zeroBit(crc: number): number {
  return crc & 1 ? (crc >> 1) ^ 0xa001 : crc >> 1
}

/** Reads what is not a plain number: texts, the month peak, and numbers in another form than the specification's. */
function readLong(scan: ReadingScan, row: ObisRow, line: string): void {
  const unit = row[2]
  const close = line.indexOf(')')
  if (unit === 'peak') {
    const peak = timedValue(groupsOf('(' + line), 'kW')
    scan.values[MONTH_PEAK] = peak.value
    scan.values[MONTH_PEAK + 1] = peak.atS
  } else if (close < 0 || unit === 'time') return
  else if (unit === 'text') {
    const text = plainText(line.substr(0, close))
    if (row[1] === 'v') {
      if (scan.version === undefined) scan.version = text
    } else if (scan.serial === undefined) scan.serial = text
  } else if (scan.values[parseInt(row[1], 10)] === undefined) {
    const value = scaledNumber(line.substr(0, close), unit)
    if (typeof value === 'number') scan.values[parseInt(row[1], 10)] = value
  }
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
  const field = kind === 'gas' ? GAS : kind === 'water' ? WATER : HEAT
  const before = scan.values[field + 1]
  const beforeS = before === undefined ? 0 : before
  if (scan.values[field] !== undefined && beforeS >= (capture.atS === undefined ? 0 : capture.atS)) return
  scan.values[field] = capture.value
  scan.values[field + 1] = capture.atS
}
