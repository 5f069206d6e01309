// Columns out of a stream of bits: the reading side of columns.ts, for node, made to be fast. Every number is bounded before
// it is used; a column that is not as the writer would make it (lengths, ranges, empty codings) is refused by name.

import {
  CHANGES,
  DELTAS,
  LONG_LENGTH,
  LONG_LENGTH_BITS,
  OFFSET_BITS_MAX,
  OFFSETS,
  RICE_ESCAPE_BITS,
  RICE_K_MAX,
  RICE_ONES_MAX,
  RISES,
  STEP,
  STEP_PARAMETER_MAX,
} from './columns.ts'
import { LIMITS } from './limits.ts'

// How far past a torn end bits may be looked at before that is noticed: a Rice code, a number with its length, a word.
const MARGIN = 32

/** What can be wrong inside a body. */
export type ColumnFaultReason = 'truncated' | 'bad-coding' | 'not-shortest' | 'out-of-range' | 'padding'

/** A place in the bits of a body, `at` in bits. The first fault stays; after it reads give zeros and columns are empty. */
export interface BitReader {
  at: number
  /** Where the body ends, in bits. */
  end: number
  fault: ColumnFaultReason | ''
}

// The message being read, with zeros after it, so that a word can be loaded at any bit in one step and without looking
// whether it is the last. One for all: decoding runs from start to end without a pause.
const SCRATCH = new Uint8Array(LIMITS.bytesMax + MARGIN)
const VIEW = new DataView(SCRATCH.buffer)

/** Reads the body `bytes[from … from+length-1]` of a message within LIMITS.bytesMax; the reader made before can no longer be used. */
export function createBitReader(bytes: Uint8Array, from: number, length: number): BitReader {
  SCRATCH.set(bytes)
  SCRATCH.fill(0, bytes.length, bytes.length + MARGIN)
  return { at: from * 8, end: (from + length) * 8, fault: '' }
}

export function failBits(reader: BitReader, reason: ColumnFaultReason): void {
  if (reader.fault === '') reader.fault = reason
}

// 25 bits from bit `at` on, at the top of a 32-bit word; its sign is the first of them.
function wordAt(at: number): number {
  return VIEW.getUint32(at >> 3) << (at & 7)
}

function readBits(reader: BitReader, width: number): number {
  const value = width === 0 ? 0 : wordAt(reader.at) >>> (32 - width)
  reader.at += width
  return value
}

/** A number 0 … `max` with its length before it; 0 and a fault otherwise. */
export function readSized(reader: BitReader, max: number): number {
  if (reader.fault !== '') return 0
  const word = wordAt(reader.at)
  const length = word >>> 27
  let value = 0
  if (length < 21) {
    // the length and all bits are in the word; two shifts, because a shift by 32 does nothing
    reader.at += length === 0 ? 5 : 4 + length
    if (length > 0) value = (1 << (length - 1)) | (((word << 5) >>> 1) >>> (32 - length))
  } else value = readLongSized(reader)
  checkEnd(reader)
  if (value > max) failBits(reader, 'out-of-range')
  return reader.fault === '' ? value : 0
}

function readLongSized(reader: BitReader): number {
  let length = readBits(reader, 5)
  if (length === LONG_LENGTH) length += readBits(reader, LONG_LENGTH_BITS)
  if (length < 26) return (1 << (length - 1)) + readBits(reader, length - 1)
  const high = readBits(reader, length - 22)
  return 2 ** (length - 1) + high * 2097152 + readBits(reader, 21)
}

function checkEnd(reader: BitReader): void {
  if (reader.at > reader.end) failBits(reader, 'truncated')
}

// Whether the body has `bits` more; a fault when not.
function holds(reader: BitReader, bits: number): boolean {
  if (reader.at + bits <= reader.end) return true
  failBits(reader, 'truncated')
  return false
}

/** Nothing but the zeros that fill up the last byte may be left. */
export function finishBits(reader: BitReader): void {
  const left = reader.end - reader.at
  if (left < 0) failBits(reader, 'truncated')
  else if (left > 7 || (left > 0 && readBits(reader, left) !== 0)) failBits(reader, 'padding')
}

/**
 * The next column's `count` values, each 0 … `max`; empty and a fault otherwise. Allocates nothing beyond `count` numbers, and not even
 * those when they go into an array of that length brought along.
 */
export function readColumn(reader: BitReader, count: number, max: number, into?: number[]): number[] {
  const word = wordAt(reader.at)
  if (word < 0) {
    reader.at += 1
    return constant(into ?? new Array<number>(count), readSized(reader, max), reader)
  }
  const head = (word >>> 23) & 255
  reader.at += 9
  const base = readSized(reader, max)
  if (count < 2) failBits(reader, 'bad-coding')
  if (reader.fault !== '') return []
  const coding = head >> 5
  const values = into ?? new Array<number>(count)
  if (coding === OFFSETS) readOffsets(reader, values, base, head & 31, max)
  else if (coding === STEP || coding === CHANGES) readSteps(reader, values, base, head, max)
  else if ((coding === RISES || coding === DELTAS) && (head & 31) <= RICE_K_MAX) {
    readRice(reader, values, base, coding === RISES, head & 31, max)
  } else failBits(reader, 'bad-coding')
  checkEnd(reader)
  return reader.fault === '' ? values : []
}

function constant(values: number[], value: number, reader: BitReader): number[] {
  if (reader.fault !== '') return []
  for (let i = 0; i < values.length; i++) values[i] = value
  return values
}

function readOffsets(reader: BitReader, values: number[], base: number, width: number, max: number): void {
  if (width < 1 || width > OFFSET_BITS_MAX) {
    failBits(reader, 'bad-coding')
    return
  }
  const shift = 32 - width
  let at = reader.at
  let most = 0
  if (!holds(reader, values.length * width)) return
  for (let i = 0; i < values.length; i++) {
    const offset = wordAt(at) >>> shift
    at += width
    if (offset > most) most = offset
    values[i] = base + offset
  }
  reader.at = at
  if (base + most > max) failBits(reader, 'out-of-range')
}

function readSteps(reader: BitReader, values: number[], base: number, head: number, max: number): void {
  let size = head & 31
  if (size === STEP_PARAMETER_MAX) size += readSized(reader, 4 * max)
  const step = unzigzag(size)
  const isPlain = head >> 5 === STEP
  if (isPlain && step === 0) failBits(reader, 'bad-coding')
  let changes = isPlain ? 0 : readSized(reader, values.length - 1)
  if (!isPlain && changes === 0) failBits(reader, 'bad-coding')
  let next = changes > 0 ? 1 + readSized(reader, values.length) : values.length
  let value = base
  let least = base
  let most = base
  values[0] = base
  for (let i = 1; i < values.length && reader.fault === ''; i++) {
    value += step
    if (i === next) {
      const size = readSized(reader, 4 * max)
      if (size === 0) failBits(reader, 'bad-coding')
      value += unzigzag(size)
      next = --changes > 0 ? i + 1 + readSized(reader, values.length) : values.length
    }
    if (value < least) least = value
    if (value > most) most = value
    values[i] = value
  }
  if (least < 0 || most > max) failBits(reader, 'out-of-range')
  if (changes > 0) failBits(reader, 'bad-coding')
}

function readRice(reader: BitReader, values: number[], base: number, isRising: boolean, k: number, max: number): void {
  const low = (1 << k) - 1
  let at = reader.at
  let value = base
  let least = base
  let most = base
  let isShortest = true
  values[0] = base
  let i = 1
  for (; i < values.length && at < reader.end; i++) {
    const word = wordAt(at)
    const ones = Math.clz32(~word)
    let number = 0
    if (ones < RICE_ONES_MAX) {
      // at most 12 + 12 bits, of the 25 that the word holds
      number = (ones << k) | ((word >>> (31 - ones - k)) & low)
      at += ones + 1 + k
    } else {
      at += RICE_ONES_MAX
      number = wordAt(at) >>> (32 - RICE_ESCAPE_BITS)
      at += RICE_ESCAPE_BITS
      if (number >> k < RICE_ONES_MAX) isShortest = false
    }
    value += isRising ? number : (number >>> 1) ^ -(number & 1)
    if (value < least) least = value
    if (value > most) most = value
    values[i] = value
  }
  reader.at = at
  if (i < values.length) failBits(reader, 'truncated')
  if (least < 0 || most > max) failBits(reader, 'out-of-range')
  if (!isShortest) failBits(reader, 'not-shortest')
}

function unzigzag(size: number): number {
  return size % 2 === 1 ? -(size + 1) / 2 : size / 2
}
