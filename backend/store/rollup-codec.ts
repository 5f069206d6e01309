// A quarter's rollups as bytes for their row: the quarter first, so that a chart of quarters reads no further, then a mask of the minutes
// that are there, and those. Numbers are base-128 varints (7 bits a byte, low bits first); highest and last values are differences,
// which keeps a minute of a household near 35 bytes. Only the store reads and writes this.
//
//   | quarter | minutes: bit 0-7 | bit 8-14 | minute ... |
//   one rollup: | mask: bit i = power i, bit 2+i = register i | count | per power: count sum min max-min | per register: first last-first |

import { assert } from '../../shared/kernel/assert.ts'
import {
  MINUTES,
  POWER_FIELDS,
  type PowerRollup,
  type Quarter,
  REGISTER_FIELDS,
  type RegisterRollup,
  type Rollup,
} from './rollup.ts'

// Per rollup a mask and 1 + 2*4 + 6*2 numbers of at most 8 bytes (2^53).
const ROLLUP_BYTES_MAX = 1 + 21 * 8
const scratch = new Uint8Array((1 + MINUTES) * ROLLUP_BYTES_MAX + 2)

export function encodeQuarter({ whole, minutes }: Quarter): Uint8Array {
  let at = putRollup(0, whole)
  const maskAt = at
  let mask = 0
  at += 2
  for (let i = 0; i < MINUTES; i++) {
    const minute = minutes[i]
    if (minute === undefined) continue
    mask |= 1 << i
    at = putRollup(at, minute)
  }
  scratch[maskAt] = mask & 0xff
  scratch[maskAt + 1] = mask >> 8
  return scratch.slice(0, at)
}

function putRollup(maskAt: number, { count, powers, registers }: Rollup): number {
  let at = put(maskAt + 1, count)
  let mask = 0
  for (let i = 0; i < POWER_FIELDS.length; i++) {
    const power = powers[i]
    if (power === undefined) continue
    mask |= 1 << i
    at = put(put(put(put(at, power.count), power.sum), power.min), power.max - power.min)
  }
  for (let i = 0; i < REGISTER_FIELDS.length; i++) {
    const register = registers[i]
    if (register === undefined) continue
    mask |= 1 << (POWER_FIELDS.length + i)
    at = put(put(at, register.first), register.last - register.first)
  }
  scratch[maskAt] = mask
  return at
}

function put(at: number, value: number): number {
  assert(Number.isSafeInteger(value) && value >= 0, 'a rollup holds whole numbers from 0 to 2^53-1')
  let rest = value
  while (rest > 127) {
    scratch[at++] = (rest % 128) + 128
    rest = Math.floor(rest / 128)
  }
  scratch[at++] = rest
  return at
}

/** Where reading goes on. The bytes come out of an authenticated seal, so they are ours: anything odd is an assertion, not a fault. */
interface Cursor {
  bytes: Uint8Array
  at: number
}

export function decodeWhole(bytes: Uint8Array): Rollup {
  return takeRollup({ bytes, at: 0 })
}

export function decodeQuarter(bytes: Uint8Array): Quarter {
  const cursor = { bytes, at: 0 }
  const whole = takeRollup(cursor)
  const mask = takeByte(cursor) | (takeByte(cursor) << 8)
  const minutes: (Rollup | undefined)[] = []
  for (let i = 0; i < MINUTES; i++) minutes.push(mask & (1 << i) ? takeRollup(cursor) : undefined)
  return { whole, minutes }
}

function takeRollup(cursor: Cursor): Rollup {
  const mask = takeByte(cursor)
  const count = take(cursor)
  const powers: (PowerRollup | undefined)[] = []
  for (let i = 0; i < POWER_FIELDS.length; i++) powers.push(mask & (1 << i) ? takePower(cursor) : undefined)
  const registers: (RegisterRollup | undefined)[] = []
  for (let i = 0; i < REGISTER_FIELDS.length; i++) {
    registers.push(mask & (1 << (POWER_FIELDS.length + i)) ? takeRegister(cursor) : undefined)
  }
  return { count, powers, registers }
}

function takePower(cursor: Cursor): PowerRollup {
  const count = take(cursor)
  const sum = take(cursor)
  const min = take(cursor)
  return { count, sum, min, max: min + take(cursor) }
}

function takeRegister(cursor: Cursor): RegisterRollup {
  const first = take(cursor)
  return { first, last: first + take(cursor) }
}

function take(cursor: Cursor): number {
  let value = 0
  for (let scale = 1; ; scale *= 128) {
    const byte = takeByte(cursor)
    if (byte < 128) return value + byte * scale
    value += (byte - 128) * scale
  }
}

function takeByte(cursor: Cursor): number {
  const byte = cursor.bytes[cursor.at++]
  assert(byte !== undefined, 'a sealed rollup is whole')
  return byte
}
