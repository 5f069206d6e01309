// A strip of rollups as bytes for its row. Numbers are base-128 varints (7 bits a byte, low bits first); highest and last values are
// differences, which keeps a minute of a household near 35 bytes. Only the store reads and writes this.
//
//   strip:  | mask of the buckets that are there, 3 bytes, low bits first | rollup ... |
//   rollup: | mask: bit i = power i, bit 2+i = register i | count | per power: count sum min max-min | per register: first last-first |

import { assert } from '../../shared/kernel/assert.ts'
import {
  POWER_FIELDS,
  type PowerRollup,
  REGISTER_FIELDS,
  type RegisterRollup,
  type Rollup,
  type Strip,
} from './rollup.ts'

const MASK_BYTES = 3
const BUCKETS_MAX = MASK_BYTES * 8
// Per rollup a mask and 1 + 2*4 + 6*2 numbers of at most 8 bytes (2^53).
const ROLLUP_BYTES_MAX = 1 + 21 * 8
const scratch = new Uint8Array(MASK_BYTES + BUCKETS_MAX * ROLLUP_BYTES_MAX)

export function encodeStrip(strip: Strip): Uint8Array {
  assert(strip.length <= BUCKETS_MAX, 'a strip has a bit for each bucket')
  let at = MASK_BYTES
  let mask = 0
  for (let i = 0; i < strip.length; i++) {
    const rollup = strip[i]
    if (rollup === undefined) continue
    mask |= 1 << i
    at = putRollup(at, rollup)
  }
  for (let i = 0; i < MASK_BYTES; i++) scratch[i] = (mask >> (8 * i)) & 0xff
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

/** `length` is the number of buckets that the strip has room for. */
export function decodeStrip(bytes: Uint8Array, length: number): Strip {
  const cursor = { bytes, at: 0 }
  let mask = 0
  for (let i = 0; i < MASK_BYTES; i++) mask |= takeByte(cursor) << (8 * i)
  const strip: Strip = []
  for (let i = 0; i < length; i++) strip.push(mask & (1 << i) ? takeRollup(cursor) : undefined)
  return strip
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
