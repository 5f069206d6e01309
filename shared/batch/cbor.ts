// The part of CBOR (RFC 8949) that our messages use: integers up to 2^53-1, byte and ASCII text strings, arrays, maps
// and tags, always of known length and in the shortest form (section 4.2.1), so that equal content has equal bytes.
// It knows nothing of what the numbers mean. Espruino dialect: runs on the dongle and in node.

import { assert } from '../kernel/assert.ts'

// The eight kinds of a CBOR item: the major type, the upper three bits of its first byte.
export const UINT = 0
export const NEGATIVE = 1
export const BYTES = 2
export const TEXT = 3
const ARRAY = 4
const MAP = 5
const TAG = 6
const SIMPLE = 7

/** The largest whole number that a double holds exactly, with all below it. */
export const UINT_MAX = 9007199254740991

/** The head of an item as pieces: its kind and its argument (a value, -1 - a value, a length), 0 … 2^53-1, in the shortest form. */
export function headOf(major: number, argument: number): number[] {
  const first = major << 5
  if (argument < 24) return [first | argument]
  if (argument < 256) return [first | 24, argument]
  if (argument < 65536) return [first | 25, argument >> 8, argument]
  return wideHead(first, argument)
}

/** As headOf(UINT, value): one call and name less where a batch is sent. */
export function uintHead(value: number): number[] {
  return value < 24 ? [value] : value < 256 ? [24, value] : value < 65536 ? [25, value >> 8, value] : wideHead(0, value)
}

// Apart: the dongle's engine steps over what stands behind a `return`.
function wideHead(first: number, argument: number): number[] {
  const low = [argument >>> 24, argument >>> 16, argument >>> 8, argument & 255]
  if (argument < 4294967296) return [first | 26].concat(low)
  const high = Math.floor(argument / 4294967296)
  return [first | 27, 0, high >> 16, high >> 8, high].concat(low)
}

/** Bytes being written: `bytes[0 … at-1]` are done. Grows by itself, never past `bytesMax`. */
export interface CborWriter {
  bytes: Uint8Array
  at: number
  bytesMax: number
}

/** A writer that asserts when a message would pass `bytesMax`: own messages have a known bound, so that cannot happen. */
export function createWriter(bytesMax: number): CborWriter {
  return { bytes: new Uint8Array(bytesMax < 128 ? bytesMax : 128), at: 0, bytesMax: bytesMax }
}

/** The bytes written so far, as a copy of exactly that length. */
export function writtenBytes(writer: CborWriter): Uint8Array {
  // not slice(): the dongle's engine makes a plain array of it
  const written = new Uint8Array(writer.at)
  written.set(writer.bytes.subarray(0, writer.at))
  return written
}

/** Makes room for `count` bytes from `at` on, for those who put bytes in themselves. */
export function reserve(writer: CborWriter, count: number): void {
  const needed = writer.at + count
  if (needed <= writer.bytes.length) return
  assert(needed <= writer.bytesMax, 'stays under the bound')
  let size = writer.bytes.length * 2
  if (size < needed) size = needed
  if (size > writer.bytesMax) size = writer.bytesMax
  const grown = new Uint8Array(size)
  grown.set(writer.bytes)
  writer.bytes = grown
}

/*  first byte: | major (3 bits) | info (5 bits) |
 *  info 0..23 is the argument itself; 24, 25, 26, 27 say that it follows in 1, 2, 4, 8 bytes, big-endian */
function writeHead(writer: CborWriter, major: number, argument: number): void {
  if (argument < 24) {
    reserve(writer, 1)
    writer.bytes[writer.at++] = (major << 5) | argument
    return
  }
  const size = argument < 256 ? 1 : argument < 65536 ? 2 : argument < 4294967296 ? 4 : 8
  reserve(writer, 1 + size)
  const bytes = writer.bytes
  bytes[writer.at] = (major << 5) | (size === 1 ? 24 : size === 2 ? 25 : size === 4 ? 26 : 27)
  let rest = argument
  for (let at = writer.at + size; at > writer.at; at--) {
    bytes[at] = rest & 255 // ToInt32 keeps the low bits of any whole number
    rest = Math.floor(rest / 256)
  }
  writer.at += 1 + size
}

/** A whole number, 0 … 2^53-1. */
export function writeUint(writer: CborWriter, value: number): void {
  assert(value >= 0 && value <= UINT_MAX && Math.floor(value) === value, 'a CBOR uint is whole, 0 to 2^53-1')
  writeHead(writer, UINT, value)
}

export function writeBytes(writer: CborWriter, bytes: Uint8Array): void {
  writeHead(writer, BYTES, bytes.length)
  writeRaw(writer, bytes)
}

/** ASCII only: on the dongle a string is bytes, in node it is not, and ASCII is where both agree. */
export function writeText(writer: CborWriter, text: string): void {
  writeHead(writer, TEXT, text.length)
  reserve(writer, text.length)
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    assert(code < 128, 'text on the wire is ASCII')
    writer.bytes[writer.at++] = code
  }
}

/** `count` items follow. */
export function writeArrayHead(writer: CborWriter, count: number): void {
  writeHead(writer, ARRAY, count)
}

/** `count` pairs follow: key, value, key, value; the caller writes the keys ascending. */
export function writeMapHead(writer: CborWriter, count: number): void {
  writeHead(writer, MAP, count)
}

/** Bytes that are CBOR already. */
export function writeRaw(writer: CborWriter, bytes: Uint8Array): void {
  reserve(writer, bytes.length)
  writer.bytes.set(bytes, writer.at)
  writer.at += bytes.length
}

/** What can be wrong with bytes read as CBOR. `trailing`: something follows where the item should end. */
export type CborFaultReason = 'truncated' | 'not-shortest' | 'unsupported' | 'wrong-type' | 'out-of-range' | 'trailing'

/**
 * A place in bytes that came from outside. The first fault stays (`fault`, `faultAt`) and every later read returns 0 or
 * empty without moving, so a caller may read a whole structure and look at `fault` once; loops over a count must look
 * each time. Nothing is allocated that the bytes themselves do not back.
 */
export interface CborReader {
  bytes: Uint8Array
  at: number
  /** The argument of the head read last: the value, length, count or tag. */
  argument: number
  fault: CborFaultReason | ''
  faultAt: number
}

export function createReader(bytes: Uint8Array): CborReader {
  return { bytes: bytes, at: 0, argument: 0, fault: '', faultAt: 0 }
}

/** Marks the reader faulty, for callers that find their own fault; the first one stays. */
export function failReader(reader: CborReader, reason: CborFaultReason): void {
  if (reader.fault !== '') return
  reader.fault = reason
  reader.faultAt = reader.at
}

// The major type of the next item, or -1 at the end or after a fault. Does not move.
function peekMajor(reader: CborReader): number {
  if (reader.fault !== '' || reader.at >= reader.bytes.length) return -1
  return (reader.bytes[reader.at] as number) >> 5
}

function refuseHead(reader: CborReader, reason: CborFaultReason): number {
  failReader(reader, reason)
  return -1
}

// Reads one head into reader.argument and returns its major type; -1 and a fault when it is not one of ours.
function readHead(reader: CborReader): number {
  if (reader.fault !== '') return -1
  const bytes = reader.bytes
  let at = reader.at
  if (at >= bytes.length) return refuseHead(reader, 'truncated')
  const first = bytes[at++] as number
  const info = first & 31
  let argument = info
  if (info > 23) {
    if (info > 27) return refuseHead(reader, 'unsupported')
    const size = 1 << (info - 24)
    if (at + size > bytes.length) return refuseHead(reader, 'truncated')
    argument = 0
    for (let i = 0; i < size; i++) argument = argument * 256 + (bytes[at++] as number)
    if (first >> 5 !== SIMPLE) {
      if (argument < (size === 1 ? 24 : size === 2 ? 256 : size === 4 ? 65536 : 4294967296)) {
        return refuseHead(reader, 'not-shortest')
      }
      if (argument > UINT_MAX) return refuseHead(reader, 'out-of-range')
    }
  }
  reader.at = at
  reader.argument = argument
  return first >> 5
}

// The head must be of `major` with an argument of at most `max`; gives the argument.
function readArgument(reader: CborReader, major: number, max: number): number {
  const start = reader.at
  // most are small: the straight way, for the dongle
  const first = reader.bytes[start]
  const info = (first as number) & 31
  if (first !== undefined && first >> 5 === major && info < 24 && info <= max && reader.fault === '') {
    reader.at = start + 1
    reader.argument = info
    return info
  }
  const found = readHead(reader)
  if (found === major && reader.argument <= max) return reader.argument
  if (found >= 0) {
    reader.at = start
    failReader(reader, found === major ? 'out-of-range' : 'wrong-type')
  }
  return 0
}

/** A whole number 0 … max; 0 and a fault otherwise. */
export function readUint(reader: CborReader, max: number): number {
  return readArgument(reader, UINT, max)
}

/** A whole number min … max; 0 and a fault otherwise. */
export function readInt(reader: CborReader, min: number, max: number): number {
  const isNegative = peekMajor(reader) === NEGATIVE
  const argument = isNegative ? readArgument(reader, NEGATIVE, UINT_MAX - 1) : readArgument(reader, UINT, UINT_MAX)
  const value = isNegative ? -1 - argument : argument
  if (reader.fault !== '') return 0
  if (value >= min && value <= max) return value
  failReader(reader, 'out-of-range')
  return 0
}

/** At most `lengthMax` bytes, as a view into the message (copy it to keep it); empty and a fault otherwise. */
export function readBytes(reader: CborReader, lengthMax: number): Uint8Array {
  return take(reader, readArgument(reader, BYTES, lengthMax))
}

/** Passes over a byte string of at most `lengthMax` and gives its length: the bytes are those before `reader.at`. */
export function passBytes(reader: CborReader, lengthMax: number): number {
  return pass(reader, readArgument(reader, BYTES, lengthMax))
}

function pass(reader: CborReader, length: number): number {
  if (reader.fault === '' && length > reader.bytes.length - reader.at) failReader(reader, 'truncated')
  const passed = reader.fault === '' ? length : 0
  reader.at += passed
  return passed
}

function take(reader: CborReader, length: number): Uint8Array {
  const taken = pass(reader, length)
  return reader.bytes.subarray(reader.at - taken, reader.at)
}

/** At most `lengthMax` ASCII characters; empty and a fault otherwise. */
export function readText(reader: CborReader, lengthMax: number): string {
  const bytes = take(reader, readArgument(reader, TEXT, lengthMax))
  let text = ''
  for (let i = 0; i < bytes.length; i++) {
    const code = bytes[i] as number
    if (code > 127) {
      failReader(reader, 'unsupported')
      return ''
    }
    text += String.fromCharCode(code)
  }
  return text
}

/** How many items follow, at most `countMax`. */
export function readArrayHead(reader: CborReader, countMax: number): number {
  return readArgument(reader, ARRAY, countMax)
}

/** How many pairs follow, at most `countMax`. */
export function readMapHead(reader: CborReader, countMax: number): number {
  return readArgument(reader, MAP, countMax)
}

/** Passes over one whole item of any kind, nested ones included: no recursion, and no count is believed beyond the bytes. */
export function skipItem(reader: CborReader): void {
  let open = 1
  while (open > 0 && reader.fault === '') {
    const major = readHead(reader)
    const left = reader.bytes.length - reader.at
    open--
    if (major === BYTES || major === TEXT) pass(reader, reader.argument)
    else if (major === TAG) open++
    else if (major === ARRAY || major === MAP) {
      open += major === MAP ? reader.argument * 2 : reader.argument
      if (open > left) failReader(reader, 'truncated')
    }
  }
}

/** A fault when anything is left: one message is one item. True when the whole message was read without a fault. */
export function finishReading(reader: CborReader): boolean {
  if (reader.fault === '' && reader.at !== reader.bytes.length) failReader(reader, 'trailing')
  return reader.fault === ''
}
