// Rollups as bytes for their row. Numbers are base-128 varints (7 bits a byte, low bits first); highest and last values are differences,
// which keeps a minute of a household near 35 bytes. A row is slots of such bytes with their lengths in front (64 in an hour, 96 in a day): a
// batch that changes two of them copies the others as they are. Only the store reads and writes this.
//
//   row:    | length of each slot, 1 byte, 0 = nothing there | slot ... |
//   slot:   | mask: bit i = power i, bit 2+i = register i | count | per power: count sum min max-min | per register: first last-first |

import { assert } from '../../shared/kernel/assert.ts'
import { POWER_FIELDS, type PowerRollup, REGISTER_FIELDS, type RegisterRollup, type Rollup } from './rollup.ts'

/** A row's slots as encoded rollups. */
export type Slots = (Uint8Array | undefined)[]

export function encodeSlots(slots: Slots, count: number): Uint8Array {
  let at = count
  for (const slot of slots) if (slot !== undefined) at += slot.length
  const bytes = new Uint8Array(at)
  at = count
  for (let i = 0; i < count; i++) {
    const slot = slots[i]
    if (slot === undefined) continue
    bytes[i] = slot.length
    bytes.set(slot, at)
    at += slot.length
  }
  return bytes
}

/** The slots as views of `bytes`. The bytes come out of an authenticated seal, so they are ours: anything odd is an assertion, not a fault. */
export function decodeSlots(bytes: Uint8Array, count: number): Slots {
  const slots: Slots = []
  let at = count
  for (let i = 0; i < count; i++) {
    const length = bytes[i] as number
    slots.push(length === 0 ? undefined : bytes.subarray(at, at + length))
    at += length
  }
  assert(at === bytes.length, 'a row of rollups is as long as its slots say')
  return slots
}

/** The rollups in slots `first` to `end - 1` of a row of `count`; the others are passed over. */
export function decodeRollups(bytes: Uint8Array, count: number, first: number, end: number): (Rollup | undefined)[] {
  const cursor = { bytes, at: count }
  for (let i = 0; i < first; i++) cursor.at += bytes[i] as number
  const rollups: (Rollup | undefined)[] = []
  for (let i = first; i < end; i++) rollups.push(bytes[i] === 0 ? undefined : takeRollup(cursor))
  return rollups
}

// A mask and 1 + 2*4 + 6*2 numbers of at most 8 bytes (2^53): below 256, so that a length is one byte.
const scratch = new Uint8Array(1 + 21 * 8)

export function encodeRollup({ count, powers, registers }: Rollup): Uint8Array {
  let at = put(1, count)
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
  scratch[0] = mask
  return scratch.slice(0, at)
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

export function decodeRollup(bytes: Uint8Array): Rollup {
  return takeRollup({ bytes, at: 0 })
}

/** Where reading goes on. */
interface Cursor {
  bytes: Uint8Array
  at: number
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
