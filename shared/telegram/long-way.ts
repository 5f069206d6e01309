// The long way of a readout, for the dongle: every byte is checked and every line searched, in steps that each stay short, and then what the
// next telegram is compared with is made (scan-reading.ts). One function around all of it, made for one readout and let go after: on the dongle what is in it
// lives only so long (scripts/bundle/cold.ts). Espruino dialect. See docs/adr/0015, 0074 and 0075.
//
// The engine's indexOf takes a needle for found where the text ends within it: every text searched here ends in '!'.

import { differenceTable } from '../kernel/differences.ts'
import { FIELD_COUNT, GAS, HEAT, MONTH_PEAK, WATER } from '../reading/fields.ts'
import { crcHalves, spread } from './crc16.ts'
import { scaledNumber, unitExponent } from './number.ts'
import { mbusKind, numberedRows, type ObisRow } from './obis.ts'
import { verdictOn } from './readout.ts'
import { AROUND, PAIRED, type ReadingScan, SHAPE, WHOLE } from './scan-reading.ts'
import { plainText } from './text.ts'
import { groupsOf, type TimedValue, timedValue } from './timed-value.ts'
import { timeOf } from './timestamp.ts'

const STAMP_LENGTH = 13
/** More digits than these, and the 1 before them, may not print exactly on the engine; at very long numbers its parseInt throws. */
const DIGITS_MAX = 9
/** The last digits that a slot holds; those before them change rarely, and each costs 16 bytes of table. */
const SLOT_DIGITS_MAX = 5
/** What `drawOver` leaves as it is: no character of a telegram. */
const CLEAR = '\xff'
/** How much of the long way is one step: bytes of CRC, lines. */
const STEP_BYTES = 160
const STEP_LINES = 4
const INT32_MAX = 2147483647
/** Characters that weights are taken over in one step. */
const STEP_GAP = 64
/** A slot's digits, in the unit of its value, differ by less than this: as far as the bits of a difference go. */
const DIFFERENCE_MAX = 8388608
/** M-Bus channels. */
const CHANNELS = 4
/**
 * Fields that change within seconds: powers, voltages, currents, a bit each. Any other, and of these what is 0, is fixed text until it was
 * seen to change in this hour or the one before.
 */
const LIVELY = 1073480240

/** What a step gives: nothing is left to do; there is more; the telegram is read, or its checksum was wrong, and there is more. */
export const DONE = 0
export const MORE = 1
export const READ = 2

/** The first line of each code, from behind its bracket on; by the code and its bracket, which no property of an object is named. */
interface Lines {
  [code: string]: string | undefined
}

/** What one zero bit more does to a CRC. */
function zeroBit(crc: number): number {
  return crc & 1 ? (crc >> 1) ^ 0xa001 : crc >> 1
}

/**
 * `text` from '/' to '!', the checksum printed behind it, NO_CHECKSUM or BAD_CHECKSUM. Each call of what it gives is one step. READ comes once: `checksum`
 * says what it came to then; after a mismatch everything is as it was, else the values are read. Never throws; a field that is missing or odd is undefined.
 */
export function longWay(scan: ReadingScan, text: string, expected: number): () => number {
  /** Made in a step of its own, as READ is told in one: the turn in which a readout comes is long enough. */
  let halves: Uint16Array | undefined
  let isRead = false
  let isTold = false
  let crc = 0
  /** The next byte for the CRC. */
  let crcAt = expected < 0 ? text.length : 0
  /** The next line, 0 when all are read. */
  let at = text.indexOf('\n') + 1
  const lines: Lines = {}
  /** How many rows, and then M-Bus channels, were looked up in the lines; -1 before the first line. */
  let done = -1
  /** Empty until the CRC was found right; and by code and bracket. */
  let rows: ObisRow[] = []
  const rowOf: { [code: string]: ObisRow | undefined } = {}
  /** As in the scan and its slots. */
  const placeOf = new Uint8Array(FIELD_COUNT)
  const places: number[] = []
  const shape: number[] = []
  const terms = [0, 0]
  /** In how many slots the weights are not made yet, -1 before the first; the weight of bit 3 of the byte before those that are; over how many characters it is still to be taken, less one. */
  let left = -1
  let weight = 0
  let gap = 0
  /** Values of the telegram that took the long way before. */
  const before = scan.values

  /** The slot of `width` characters at `from`, of them `tail` from the dot on. */
  function addSlot(from: number, width: number, tail: number): void {
    places.push(1, 0)
    for (let i = from + AROUND.length; i < from + AROUND.length + width; i++) {
      if (i === from + AROUND.length + width - tail) continue
      places.push(i)
      scan.stencil[i] = 255
    }
    shape.push(width, tail, text.length - from)
  }

  /** Reads a plain number or the clock from `line`, which stands at `head` of the text, and notes the slot of its last digits. */
  function readPlain(line: string, head: number, row: ObisRow): void {
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
      const last = before[field]
      const bit = 1 << field
      if (last !== undefined && last !== value) scan.moved |= bit
      if (((scan.moved | (value && LIVELY)) & bit) === 0) return
      if (digits.length - 1 < count) count = digits.length - 1
      while (count > 1 && Math.pow(10, count) * factor > DIFFERENCE_MAX) count--
    }
    const width = count + (dot >= 0 && end - dot <= count ? 1 : 0)
    const marked = parseInt('1' + inside.substr(end - width, width).replace('.', ''), 10)
    if (unit === 'time') scan.clockAt = scan.numbers.length
    else placeOf[field] = scan.numbers.length
    scan.numbers.push(marked)
    terms.push(factor, value - marked * factor)
    addSlot(head + end - width, width, width > count ? end - dot : 0)
  }

  /** Reads the line at `at` if it is one of a plain number or the clock, and finds its slot; keeps the others that matter. */
  function readLine(): void {
    const next = text.indexOf('\n', at) + 1
    const head = text.indexOf('(', at) + 1
    let code = text.substring(at, head)
    if (code.substr(0, 4) === '1-1:') code = '1-0:' + code.substr(4)
    const row = rowOf[code]
    const isMbus = code.substr(0, 2) === '0-' && code.charAt(2) > '0' && code.charAt(2) < '5'
    if ((row !== undefined || isMbus) && lines[code] === undefined && (next === 0 || head <= next)) {
      let to = next > 0 ? next : text.length
      // DSMR 2.2 and 3 break the line before the value of an M-Bus meter.
      if (isMbus && text.charAt(to) === '(') to = text.indexOf('\n', to) + 1
      const line = text.substring(head, to)
      lines[code] = line
      if (row !== undefined) readPlain(line, head, row)
    }
    at = next
  }

  /** Reads what is not a plain number: texts, the month peak, and numbers in another form than the specification's. */
  function readLong(row: ObisRow, line: string): void {
    const unit = row[2]
    const close = line.indexOf(')')
    if (unit === 'peak') {
      const peak = timedValue(groupsOf('(' + line), 'kW')
      scan.values[MONTH_PEAK] = peak.value
      scan.values[MONTH_PEAK + 1] = peak.atS
    } else if (close < 0 || unit === 'time') return
    else if (unit === 'text') {
      const word = plainText(line.substr(0, close))
      if (row[1] === 'v') {
        if (scan.version === undefined) scan.version = word
      } else if (scan.serial === undefined) scan.serial = word
    } else if (scan.values[parseInt(row[1], 10)] === undefined) {
      const value = scaledNumber(line.substr(0, close), unit)
      if (typeof value === 'number') scan.values[parseInt(row[1], 10)] = value
    }
  }

  function keepNewest(kind: 'gas' | 'water' | 'heat', capture: TimedValue): void {
    if (capture.value === undefined) return
    const field = kind === 'gas' ? GAS : kind === 'water' ? WATER : HEAT
    const other = scan.values[field + 1]
    const otherS = other === undefined ? 0 : other
    if (scan.values[field] !== undefined && otherS >= (capture.atS === undefined ? 0 : capture.atS)) return
    scan.values[field] = capture.value
    scan.values[field + 1] = capture.atS
  }

  /** Gas, water and heat by the type that the channel states, never by the code of the value; of two the one with the newer capture. */
  function readMbus(channel: string): void {
    const typeLine = lines[channel + '24.1.0(']
    let line = lines[channel + '24.2.1(']
    if (line === undefined) line = lines[channel + '24.2.3(']
    if (line === undefined) line = lines[channel + '24.3.0(']
    if (typeLine === undefined || line === undefined) return
    const types = groupsOf('(' + typeLine)
    const type = types.length > 0 ? scaledNumber(types[0] as string, '') : 'number'
    const kind = typeof type === 'number' ? mbusKind(type) : undefined
    if (kind !== undefined) keepNewest(kind, timedValue(groupsOf('(' + line), kind === 'heat' ? 'GJ' : 'm3'))
  }

  /** The next rows that are no plain numbers; when there are none left, the next M-Bus channel. */
  function readRest(): void {
    if (done >= rows.length) {
      done++
      readMbus('0-' + (done - rows.length) + ':')
    }
    for (let i = 0; i < STEP_LINES && done < rows.length; i++) {
      const row = rows[done++] as ObisRow
      const line = lines[row[0] + '(']
      if (line !== undefined) readLong(row, line)
    }
  }

  function beginLines(): void {
    if (scan.codes.length === 0) scan.codes = differenceTable()
    scan.bodyBytes = 0
    scan.stencil = scan.natives.toUint8Array([CLEAR + CLEAR + text])
    scan.numbers = [0]
    scan.clockAt = 0
    scan.timeS = undefined
    scan.serial = undefined
    scan.version = undefined
    scan.values = []
    for (let i = 0; i < FIELD_COUNT; i++) scan.values.push(undefined)
    done = 0
    for (let i = 0; i < rows.length; i++) {
      const row = rows[i] as ObisRow
      rowOf[row[0] + '('] = row
    }
  }

  /** Everything is read: what the next telegram is compared with. */
  function endSearch(): void {
    scan.places = new Uint16Array(places)
    scan.crc = crc
    scan.slots = undefined
    isRead = true
    // Without a checksum there is nothing to compare the CRC with, and what looks CLEAR would not be compared: every telegram takes the long way.
    if (expected < 0 || text.indexOf(CLEAR) >= 0) return
    scan.bodyBytes = text.length
    let isNarrow = true
    let isPlain = true
    for (let i = 0; i < terms.length; i++) {
      const term = terms[i] as number
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
      placeOf: placeOf,
      // half the memory, until times are beyond 2038
      terms: isNarrow ? new Int32Array(terms) : new Float64Array(terms),
      fields: fields,
      mask: mask,
      codes: isPlain ? scan.codes : [],
      texts: new Array<string>(scan.numbers.length).fill(''),
      wild: 0,
      first: new Int32Array(0),
      still: new Float64Array(FIELD_COUNT),
    }
    // who has the weights of this layout keeps them
    if (shape.join() !== scan.shape.join()) scan.unweighed = -1
    scan.shape = new Uint16Array(shape)
  }

  /** How far slot `i` ends before what begins `next` characters before the end. */
  function gapBehind(i: number, next: number): number {
    return (scan.shape[i * SHAPE + 2] as number) - (scan.shape[i * SHAPE] as number) - next
  }

  /** Room for the weights of the slots, which are made from the last one to the first. */
  function layOut(table: Uint16Array): void {
    const slots = scan.shape
    const starts = new Uint16Array(scan.numbers.length)
    let size = 0
    for (let i = 1; i < starts.length; i++) {
      const at = (i - 1) * SHAPE
      starts[i] = size
      size += 2 * WHOLE + PAIRED * ((slots[at] as number) - ((slots[at + 1] as number) > 0 ? 3 : 2))
    }
    scan.starts = starts
    scan.weights = new Uint16Array(size)
    left = starts.length - 1
    // That of the '!' itself.
    weight = table[8] as number
    gap = gapBehind(left - 1, 1)
  }

  /** A piece of the CRC or a few lines. After the last of them `isRead`. */
  function stepReading(table: Uint16Array): void {
    if (crcAt < text.length) {
      // what is named in each pass is found soonest here, and not declared in the loop: the interpreter would open a scope for every byte
      let sum = crc
      let byte = 0
      for (byte of scan.natives.toUint8Array([text.substr(crcAt, STEP_BYTES)])) {
        byte ^= sum & 255
        sum = (sum >> 8) ^ (table[byte & 15] as number) ^ (table[(byte >> 4) + 16] as number)
      }
      crc = sum
      crcAt += STEP_BYTES
    } else if (rows.length === 0) {
      scan.checksum = verdictOn(expected, crc)
      if (scan.checksum === 'mismatch') isRead = true
      else rows = numberedRows()
    } else if (done < 0) beginLines()
    else if (at > 0) for (let i = 0; i < STEP_LINES && at > 0; i++) readLine()
    else if (done < rows.length + CHANNELS) readRest()
    else endSearch()
  }

  /**
   * A step of making the weights, from the last slot to the first; until they are all there, telegrams take the long way. False when
   * nothing was left to do.
   */
  function weighReading(table: Uint16Array): boolean {
    if (scan.bodyBytes === 0 || scan.unweighed === 0) return false
    if (left < 0) layOut(table)
    if (left === 0) {
      // a telegram without any number
      scan.unweighed = 0
      return false
    }
    // Over what stands between this slot and the next, a piece of it at a time.
    for (let n = 0; n < STEP_GAP && gap >= 0; n++) {
      weight = (weight >> 8) ^ (table[weight & 15] as number) ^ (table[((weight >> 4) & 15) + 16] as number)
      gap--
    }
    if (gap >= 0) return true
    const i = left - 1
    const width = scan.shape[i * SHAPE] as number
    const dot = scan.shape[i * SHAPE + 1] as number
    let place = scan.starts[i + 1] as number
    const pairs = place + 2 * WHOLE
    for (let fromEnd = 1; fromEnd <= width; fromEnd++) {
      if (fromEnd > 1)
        weight = (weight >> 8) ^ (table[weight & 15] as number) ^ (table[((weight >> 4) & 15) + 16] as number)
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
    if (i > 0) gap = gapBehind(i - 1, scan.shape[i * SHAPE + 2] as number)
    left = i
    scan.unweighed = i
    return true
  }

  return () => {
    if (halves === undefined) halves = crcHalves()
    else if (isTold) return weighReading(halves) ? MORE : DONE
    else if (isRead) {
      isTold = true
      return READ
    } else stepReading(halves)
    return MORE
  }
}
