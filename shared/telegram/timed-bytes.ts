// timed-value.ts over bytes, for node: `(TST)(number*unit)` as the specification prints it is read in place, every other form
// by the text functions that the dongle uses.

import { CLOSE, cursor, latin1, numberAt, OPEN, timeAt } from './bytes.ts'
import { groupsOf, type TimedValue, timedValue } from './timed-value.ts'

/** `(` 12 digits and a season `)`. */
const STAMP_LENGTH = 15

/** A unit with its bytes and exponent made ready. */
export interface ByteUnit {
  unit: string
  bytes: Uint8Array
  exponent: number
}

export function byteUnit(unit: string, exponent: number): ByteUnit {
  return { unit, bytes: Uint8Array.from(unit, character => character.charCodeAt(0)), exponent }
}

export const KW = byteUnit('kW', 3)
export const M3 = byteUnit('m3', 3)
export const GJ = byteUnit('GJ', 3)

/** The moment in the brackets at `at`, or undefined unless it is a plain valid one. */
export function stampAt(bytes: Uint8Array, at: number): number | undefined {
  if (bytes[at] !== OPEN || bytes[at + STAMP_LENGTH - 1] !== CLOSE) return undefined
  const time = timeAt(bytes, at + 1, at + STAMP_LENGTH - 1)
  return typeof time === 'number' ? time : undefined
}

/** Where the brackets behind a stamp at `at` begin. */
export function behindStamp(at: number): number {
  return at + STAMP_LENGTH
}

/** The number in the brackets at `at`, or undefined unless it is a plain one. `cursor` of bytes.ts is on the bracket that closes it. */
export function amountAt(bytes: Uint8Array, at: number, end: number, unit: ByteUnit): number | undefined {
  if (bytes[at] !== OPEN) return undefined
  const value = numberAt(bytes, at + 1, end, unit.unit, unit.bytes, unit.exponent)
  return typeof value === 'number' && bytes[cursor] === CLOSE ? value : undefined
}

/** The value and moment in the brackets from `from` to `to`, the end of the line. */
export function timedValueAt(bytes: Uint8Array, from: number, to: number, unit: ByteUnit): TimedValue {
  const atS = stampAt(bytes, from)
  if (atS !== undefined) {
    const value = amountAt(bytes, behindStamp(from), to, unit)
    if (value !== undefined && cursor === to - 1) return { value, atS, fault: undefined }
  }
  return timedValue(groupsOf(latin1(bytes, from, to)), unit.unit)
}
