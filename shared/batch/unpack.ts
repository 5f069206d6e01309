// Columns out of a batch on the dongle itself, which reads only what it wrote and has checked by CRC: small, and without the checks
// that decode-columns.ts makes for bytes from outside. A property holds the two together. Espruino dialect: one word per value.

import { CHANGES, LONG_LENGTH, LONG_LENGTH_BITS, OFFSETS, RICE_ESCAPE_BITS, RICE_ONES_MAX, RISES } from './columns.ts'

/** A place in the bits of a body, `at` in bits. */
export interface Bits {
  bytes: Uint8Array
  at: number
}

// 25 bits from `at` on, at the top of a word. Beyond the end come zeros.
function wordAt(bits: Bits): number {
  const bytes = bits.bytes
  const at = bits.at >> 3
  const high = ((bytes[at] as number) << 24) | ((bytes[at + 1] as number) << 16)
  return (high | ((bytes[at + 2] as number) << 8) | (bytes[at + 3] as number)) << (bits.at & 7)
}

// At most 24 bits.
function takeBits(bits: Bits, width: number): number {
  const word = wordAt(bits)
  bits.at += width
  return width === 0 ? 0 : word >>> (32 - width)
}

/** A number with its length before it, as putSized wrote it. */
export function takeSized(bits: Bits): number {
  let length = takeBits(bits, 5)
  if (length === LONG_LENGTH) length += takeBits(bits, LONG_LENGTH_BITS)
  if (length === 0) return 0
  const below = length - 1
  if (below < 25) return (1 << below) + takeBits(bits, below)
  // no Math.pow: the engine's is a hair off from 2^12 on, and a time that is not whole cannot be written again
  const high = (1 << (below - 21)) + takeBits(bits, below - 21)
  return high * 2097152 + takeBits(bits, 21)
}

// 0, 1, 2, 3, 4 become 0, -1, 1, -2, 2.
function unzigzag(size: number): number {
  return size % 2 === 1 ? -(size + 1) / 2 : size / 2
}

/** The one value of the next column, if it stands still; undefined: it moves, and is still to be taken. */
export function takeStill(bits: Bits): number | undefined {
  // its first bit is the word's sign
  if (wordAt(bits) >= 0) return undefined
  bits.at++
  return takeSized(bits)
}

/** The next column's `count` values. */
export function takeColumn(bits: Bits, count: number): number[] {
  const isConstant = takeBits(bits, 1) === 1
  const coding = isConstant ? 0 : takeBits(bits, 3)
  let parameter = isConstant ? 0 : takeBits(bits, 5)
  let value = takeSized(bits)
  const values: number[] = []
  const base = value
  let changes = 0
  let next = count
  if (coding <= CHANGES) {
    if (parameter === 31) parameter += takeSized(bits)
    parameter = unzigzag(parameter)
    if (coding === CHANGES) {
      changes = takeSized(bits)
      next = 1 + takeSized(bits)
    }
  }
  for (let i = 0; i < count; i++) {
    if (coding === OFFSETS) value = base + takeBits(bits, parameter)
    else if (i > 0) {
      if (coding > OFFSETS) {
        const size = takeRice(bits, parameter)
        value += coding === RISES ? size : unzigzag(size)
      } else {
        value += parameter
        if (i === next) {
          value += unzigzag(takeSized(bits))
          next = --changes > 0 ? i + 1 + takeSized(bits) : count
        }
      }
    }
    values.push(value)
  }
  return values
}

function takeRice(bits: Bits, k: number): number {
  const word = wordAt(bits)
  let ones = 0
  while (ones < RICE_ONES_MAX && word << ones < 0) ones++
  if (ones < RICE_ONES_MAX) {
    bits.at += ones + 1 + k
    return (ones << k) | ((word >>> (31 - ones - k)) & ((1 << k) - 1))
  }
  bits.at += RICE_ONES_MAX
  return takeBits(bits, RICE_ESCAPE_BITS)
}
