// The quick way through the bytes of a line, for node: what the specification prints is read straight from the bytes, anything
// else is handed as text to number.ts and timestamp.ts, which the dongle uses too. So both agree on what is odd.
// Readers leave in `cursor` where they stopped; nothing here runs twice at a time.

import {
  DECIMALS_MAX,
  DIGITS_MAX,
  type NumberFault,
  scale,
  scaledNumber,
  VALUE_MAX,
  WHOLE_DIGITS_MAX,
} from './number.ts'
import { type TimeFault, timeOf, timeOfParts } from './timestamp.ts'

export const LF = 0x0a
export const CR = 0x0d
export const OPEN = 0x28
export const CLOSE = 0x29
const STAR = 0x2a
const DOT = 0x2e
const DASH = 0x2d
const COLON = 0x3a

export let cursor = 0

/** Latin-1 text of the bytes from `from` up to (not including) `to`. */
export function latin1(bytes: Uint8Array, from: number, to: number): string {
  let text = ''
  for (let at = from; at < to; at++) text += String.fromCharCode(bytes[at]!)
  return text
}

/** Index of the line feed at or after `from`, at most `end`. */
export function lineFeedAt(bytes: Uint8Array, from: number, end: number): number {
  let at = from
  while (at < end && bytes[at] !== LF) at++
  return at
}

/** Where the text of a line ends whose line feed is at `lineFeed`: before its carriage return, if it has one. */
export function textEnd(bytes: Uint8Array, lineFeed: number): number {
  return bytes[lineFeed - 1] === CR ? lineFeed - 1 : lineFeed
}

/**
 * The code A-B:C.D.E at `from` as a number, -2 for a well-formed one beyond medium 0 and 1 or channel 7, -1 for none. `cursor`
 * is on the bracket behind it. Neither a digit nor a sign is ever found behind the end: a readout ends in '!' and a checksum.
 */
export function codeAt(bytes: Uint8Array, from: number): number {
  cursor = from
  const a = partAt(bytes, DASH)
  const b = partAt(bytes, COLON)
  const c = partAt(bytes, DOT)
  const d = partAt(bytes, DOT)
  const e = partAt(bytes, OPEN)
  if ((a | b | c | d | e) < 0) return -1
  cursor -= 1
  return a > 1 || b > 7 || (c | d | e) > 255 ? -2 : (((a << 3) | b) << 24) | (c << 16) | (d << 8) | e
}

/** One to three digits, no needless zero, and the sign behind them, at `cursor`; -1 when it is something else. */
function partAt(bytes: Uint8Array, sign: number): number {
  let at = cursor
  let digit = bytes[at]! - 48
  if (!(digit >= 0 && digit <= 9)) return -1
  let value = digit
  digit = bytes[++at]! - 48
  if (digit >= 0 && digit <= 9 && value > 0) {
    value = value * 10 + digit
    digit = bytes[++at]! - 48
    if (digit >= 0 && digit <= 9) {
      value = value * 10 + digit
      at++
    }
  }
  cursor = at + 1
  return bytes[at] === sign ? value : -1
}

/**
 * The number that begins at `from`, in the unit of number.ts; `unitBytes` and `exponent` belong to `unit`. `cursor` is on the
 * bracket that closes it, or on the line's end where there is none: then it is no number.
 */
export function numberAt(
  bytes: Uint8Array,
  from: number,
  end: number,
  unit: string,
  unitBytes: Uint8Array,
  exponent: number,
): number | NumberFault {
  let at = from
  let mantissa = 0
  let digit = bytes[at]! - 48
  while (digit >= 0 && digit <= 9) {
    mantissa = mantissa * 10 + digit
    digit = bytes[++at]! - 48
  }
  const whole = at - from
  let fraction = 0
  if (digit === DOT - 48) {
    const dot = at
    digit = bytes[++at]! - 48
    while (digit >= 0 && digit <= 9) {
      mantissa = mantissa * 10 + digit
      digit = bytes[++at]! - 48
    }
    fraction = at - dot - 1
    if (fraction === 0 || unitBytes.length === 0) return slowNumber(bytes, from, end, unit)
  }
  if (whole === 0 || whole > WHOLE_DIGITS_MAX || fraction > DECIMALS_MAX || whole + fraction > DIGITS_MAX) {
    return slowNumber(bytes, from, end, unit)
  }
  if (unitBytes.length > 0) {
    if (bytes[at] !== STAR) return slowNumber(bytes, from, end, unit)
    at++
    for (let i = 0; i < unitBytes.length; i++, at++) {
      if (bytes[at] !== unitBytes[i]) return slowNumber(bytes, from, end, unit)
    }
  }
  if (bytes[at] !== CLOSE) return slowNumber(bytes, from, end, unit)
  cursor = at
  const shift = exponent - fraction
  if (shift === 0) return mantissa
  const value = scale(mantissa, shift)
  return value <= VALUE_MAX ? value : 'number'
}

function slowNumber(bytes: Uint8Array, from: number, end: number, unit: string): number | NumberFault {
  cursor = closeAt(bytes, from, end)
  return bytes[cursor] === CLOSE ? scaledNumber(latin1(bytes, from, cursor), unit) : 'number'
}

/** Index of the bracket that closes at or after `from`, or of the line's end. */
export function closeAt(bytes: Uint8Array, from: number, end: number): number {
  let at = from
  while (at < end && bytes[at] !== CLOSE && bytes[at] !== LF) at++
  return at < end && bytes[at] === LF ? textEnd(bytes, at) : at
}

/** The moment between `from` and `close`. */
export function timeAt(bytes: Uint8Array, from: number, close: number): number | TimeFault {
  const season = bytes[from + 12]
  if (close - from !== 13 || (season !== 0x53 && season !== 0x57)) return timeOf(latin1(bytes, from, close))
  const year = pairAt(bytes, from)
  const month = pairAt(bytes, from + 2)
  const day = pairAt(bytes, from + 4)
  const hour = pairAt(bytes, from + 6)
  const minute = pairAt(bytes, from + 8)
  const second = pairAt(bytes, from + 10)
  // A pair that is no number is below zero, and so is the union of bits.
  if ((year | month | day | hour | minute | second) < 0) return timeOf(latin1(bytes, from, close))
  const time = timeOfParts(year, month, day, hour, minute, second, season)
  return time === 'bad' ? timeOf(latin1(bytes, from, close)) : time
}

function pairAt(bytes: Uint8Array, at: number): number {
  const tens = bytes[at]! - 48
  const ones = bytes[at + 1]! - 48
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? tens * 10 + ones : -1
}
