// The quick way through the bytes of a line, for node: what the specification prints is read straight from the bytes, anything
// else is handed as text to number.ts and timestamp.ts, which the dongle uses too. So both agree on what is odd.

import { type NumberFault, scale, scaledNumber } from './number.ts'
import { type TimeFault, timeOf, timeOfParts } from './timestamp.ts'

export const LF = 0x0a
export const CR = 0x0d
export const OPEN = 0x28
export const CLOSE = 0x29
const STAR = 0x2a
const DOT = 0x2e

/** Latin-1 text of the bytes from `from` up to (not including) `to`. */
export function latin1(bytes: Uint8Array, from: number, to: number): string {
  let text = ''
  for (let at = from; at < to; at += 4096) {
    text += String.fromCharCode.apply(null, bytes.subarray(at, Math.min(to, at + 4096)) as unknown as number[])
  }
  return text
}

/** Index of the bracket that closes at or after `from` on this line; `lineEnd` when there is none. */
export function closeAt(bytes: Uint8Array, from: number, lineEnd: number): number {
  let at = from
  while (at < lineEnd && bytes[at] !== CLOSE) at++
  return at
}

/** Index of the line feed at or after `from`, at most `end`. */
export function lineEndAt(bytes: Uint8Array, from: number, end: number): number {
  let at = from
  while (at < end && bytes[at] !== LF) at++
  return at
}

/** `line` without its carriage return: where the text of a line ends that ends in the line feed at `lineFeed`. */
export function textEnd(bytes: Uint8Array, lineFeed: number): number {
  return bytes[lineFeed - 1] === CR ? lineFeed - 1 : lineFeed
}

/** The number that begins at `from`, in the unit of number.ts; `unitBytes` and `exponent` belong to `unit`. */
export function numberAt(
  bytes: Uint8Array,
  from: number,
  close: number,
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
  if (bytes[at] === DOT) {
    const dot = at
    digit = bytes[++at]! - 48
    while (digit >= 0 && digit <= 9) {
      mantissa = mantissa * 10 + digit
      digit = bytes[++at]! - 48
    }
    fraction = at - dot - 1
    if (fraction === 0) return slowNumber(bytes, from, close, unit)
  }
  if (whole === 0 || whole > 9 || fraction > 6) return slowNumber(bytes, from, close, unit)
  const length = unitBytes.length
  if (length === 0) {
    return at === close && fraction === 0 ? mantissa : slowNumber(bytes, from, close, unit)
  }
  if (bytes[at] !== STAR || close - at - 1 !== length) return slowNumber(bytes, from, close, unit)
  for (let i = 0; i < length; i++) if (bytes[at + 1 + i] !== unitBytes[i]) return slowNumber(bytes, from, close, unit)
  const shift = exponent - fraction
  return shift === 0 ? mantissa : scale(mantissa, shift)
}

function slowNumber(bytes: Uint8Array, from: number, close: number, unit: string): number | NumberFault {
  return scaledNumber(latin1(bytes, from, close), unit)
}

/** The moment between `from` and `close`. */
export function timeAt(bytes: Uint8Array, from: number, close: number): number | TimeFault {
  const season = bytes[from + 12]
  if (close - from !== 13 || (season !== 0x53 && season !== 0x57)) return timeOf(latin1(bytes, from, close))
  const year = pair(bytes, from)
  const month = pair(bytes, from + 2)
  const day = pair(bytes, from + 4)
  const hour = pair(bytes, from + 6)
  const minute = pair(bytes, from + 8)
  const second = pair(bytes, from + 10)
  // A pair that is no number is below zero, and so is the sum of sign bits.
  if ((year | month | day | hour | minute | second) < 0) return timeOf(latin1(bytes, from, close))
  const time = timeOfParts(year, month, day, hour, minute, second, season)
  return time === 'bad' ? timeOf(latin1(bytes, from, close)) : time
}

function pair(bytes: Uint8Array, at: number): number {
  const tens = bytes[at]! - 48
  const ones = bytes[at + 1]! - 48
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? tens * 10 + ones : -1
}
