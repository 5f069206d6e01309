// Bytes → whole readouts, for node: any chunks in, bounded memory, back in step after noise. It refuses to know what stands
// in a line. The dongle's way over strings is scan.ts; both obey the same rules and are tested against each other:
// - a readout begins at '/', ends at '!' at the start of a line plus four hex digits (or at once when a line end follows);
// - a '/' later on begins a new readout when no bracket follows it on its line: a header has none, a value has. What came
//   before is counted as cut. A '/' inside a text value is left alone;
// - more than `bytesMax` without an end is an overrun: dropped up to the next '/' in it;
// - what is dropped counts as a telegram only if a line of values ended in it: a '/' alone may be noise.

import { crc16Wide } from './crc16-wide.ts'
import { type Checksum, type LineCounters, newLineCounters, READOUT_BYTES_MAX } from './readout.ts'

const LF = 0x0a
const CR = 0x0d
const BANG = 0x21
const SLASH = 0x2f
const OPEN = 0x28
const CLOSE = 0x29

export interface Readout {
  /** From '/' to the last character of the checksum. A view into the chunk where that held all of it, else a copy: keep the chunk unchanged while the readout is in use. */
  bytes: Uint8Array
  /** Index of the '!' that ends the lines. */
  bangAt: number
  checksum: Checksum
  /** As printed behind '!'; absent when there is none or it is not four hex digits. */
  expected: number | undefined
  /** As computed over '/' … '!'. */
  actual: number
  /** True when it matches only with the carriage returns that something between meter and us took away (tty, editor, git). */
  isRestored: boolean
  /** Byte offset in the stream of the '/'. */
  at: number
}

export interface Framer {
  counters: LineCounters
  buffer: Uint8Array
  length: number
  /** Right behind a readout (or the start), where line ends and fill bytes are not noise. */
  isTail: boolean
  /** Stream offset of buffer[0]. */
  at: number
}

/** `bytesMax` bounds a readout and with it the framer's memory. */
export function createFramer(bytesMax: number = READOUT_BYTES_MAX): Framer {
  return { counters: newLineCounters(), buffer: new Uint8Array(bytesMax), length: 0, isTail: true, at: 0 }
}

/** Takes the next bytes of the line; gives the readouts that they complete, in order. Never throws. */
export function feed(framer: Framer, bytes: Uint8Array): Readout[] {
  const readouts: Readout[] = []
  framer.counters.bytes += bytes.length
  let from = 0
  while (from < bytes.length) {
    if (framer.length === 0) {
      const start = skipToHeader(framer, bytes, from)
      framer.at += start - from
      from = takeWhole(framer, bytes, start, readouts)
      framer.at += from - start
      if (framer.isTail) continue
      if (from === bytes.length) break
    }
    const room = framer.buffer.length - framer.length
    const part = from === 0 && bytes.length <= room ? bytes : bytes.subarray(from, from + room)
    framer.buffer.set(part, framer.length)
    framer.length += part.length
    from += part.length
    settle(framer, readouts)
  }
  return readouts
}

/** The input is at its end: gives the last readout if all it lacked was the line end behind '!'; a half one counts as cut. */
export function finish(framer: Framer): Readout[] {
  if (framer.length === 0) return []
  if (framer.buffer[framer.length - 1] === BANG && framer.buffer[framer.length - 2] === LF) {
    framer.counters.bytes -= 1 // the line end is ours
    return feed(framer, Uint8Array.of(LF))
  }
  lose(framer, framer.length, 'cut')
  return []
}

/** The usual case on node, a chunk that holds the readout at `from` whole and simple: judged where it stands, without a copy. Gives where to go on. */
function takeWhole(framer: Framer, bytes: Uint8Array, from: number, readouts: Readout[]): number {
  const bangAt = bytes.indexOf(BANG, from + 1)
  if (bangAt < 0 || bytes[bangAt - 1] !== LF) return from
  const slash = bytes.indexOf(SLASH, from + 1)
  if (slash >= 0 && slash < bangAt) return from
  const end = checksumEnd(bytes, bangAt, bytes.length)
  if (end < 0 || end - from > framer.buffer.length) return from
  readouts.push(judge(framer, bytes.subarray(from, end), bangAt - from, bytes[end], framer.at))
  framer.isTail = true
  return end
}

/** Index of the next '/', or the end; what is passed over is noise unless it is fill behind a readout. */
function skipToHeader(framer: Framer, bytes: Uint8Array, from: number): number {
  let at = from
  if (framer.isTail) {
    while (at < bytes.length && isFill(bytes[at] as number)) at++
    if (at === bytes.length) return at
    framer.isTail = false
  }
  const slash = bytes.indexOf(SLASH, at)
  const start = slash < 0 ? bytes.length : slash
  framer.counters.noiseBytes += start - at
  return start
}

function isFill(byte: number): boolean {
  return byte === CR || byte === LF || byte === 0 || byte === 0xff
}

/** Emits, restarts and drops until what is left needs more bytes. buffer[0] is '/' whenever length > 0. */
function settle(framer: Framer, readouts: Readout[]): void {
  while (framer.length > 0) {
    const bangAt = findEnd(framer)
    const restartAt = findRestart(framer, bangAt < 0 ? framer.length : bangAt)
    if (restartAt > 0) {
      lose(framer, restartAt, 'cut')
      continue
    }
    const end = bangAt < 0 ? -1 : checksumEnd(framer.buffer, bangAt, framer.length)
    if (end >= 0) {
      readouts.push(judge(framer, framer.buffer.slice(0, end), bangAt, framer.buffer[end], framer.at))
      resume(framer, end)
      continue
    }
    if (framer.length < framer.buffer.length) return
    const slash = framer.buffer.indexOf(SLASH, 1)
    lose(framer, slash < 0 ? framer.length : slash, 'overrun')
  }
}

/** Index of the '!' that begins a line, or -1. */
function findEnd(framer: Framer): number {
  const buffer = framer.buffer
  let at = buffer.indexOf(BANG, 1)
  while (at > 0 && at < framer.length) {
    if (buffer[at - 1] === LF) return at
    at = buffer.indexOf(BANG, at + 1)
  }
  return -1
}

/** Index of the first later '/' that begins a header line, or -1. Only lines that are whole before `limit` are judged. */
function findRestart(framer: Framer, limit: number): number {
  const buffer = framer.buffer
  let slash = buffer.indexOf(SLASH, 1)
  while (slash > 0 && slash < limit) {
    const lineEnd = buffer.indexOf(LF, slash)
    if (lineEnd < 0 || lineEnd >= limit) return -1
    const last = buffer.lastIndexOf(SLASH, lineEnd)
    if (!hasBracket(buffer, last, lineEnd)) return last
    slash = buffer.indexOf(SLASH, lineEnd)
  }
  return -1
}

function hasBracket(buffer: Uint8Array, from: number, to: number): boolean {
  for (let at = from; at < to; at++) if (buffer[at] === OPEN || buffer[at] === CLOSE) return true
  return false
}

/** Index behind the last byte of the checksum at `bangAt`, or -1 while it is not all there. */
function checksumEnd(bytes: Uint8Array, bangAt: number, length: number): number {
  for (let at = bangAt + 1; at < length; at++) {
    if (hexDigit(bytes[at] as number) < 0) return at
    if (at === bangAt + 4) return at + 1
  }
  return -1
}

function hexDigit(byte: number): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30
  const upper = byte & 0xdf
  return upper >= 0x41 && upper <= 0x46 ? upper - 0x37 : -1
}

/** `bytes` is the readout, `next` the byte behind it (undefined when none came yet), `at` its place in the stream. */
function judge(framer: Framer, bytes: Uint8Array, bangAt: number, next: number | undefined, at: number): Readout {
  const actual = crc16Wide(bytes, 0, bangAt + 1)
  const readout: Readout = {
    bytes,
    bangAt,
    checksum: 'mismatch',
    expected: undefined,
    actual,
    isRestored: false,
    at,
  }
  const digits = bytes.length - bangAt - 1
  if (digits === 4) {
    const expected = hexAt(bytes, bangAt + 1)
    readout.expected = expected
    if (expected === actual) readout.checksum = 'ok'
    else if (bytes.indexOf(CR) < 0 && crcWithCarriageReturns(bytes, bangAt) === expected) {
      readout.checksum = 'ok'
      readout.isRestored = true
    }
  } else if (digits === 0 && next !== undefined && isEnd(next)) {
    readout.checksum = 'absent'
  }
  framer.counters[readout.checksum] += 1
  return readout
}

function hexAt(bytes: Uint8Array, at: number): number {
  let value = 0
  for (let i = at; i < at + 4; i++) value = (value << 4) | hexDigit(bytes[i] as number)
  return value
}

/** What may follow a '!' without a checksum: a line end, fill, or the next header. */
function isEnd(byte: number): boolean {
  return isFill(byte) || byte === SLASH
}

function crcWithCarriageReturns(bytes: Uint8Array, bangAt: number): number {
  const restored = new Uint8Array(2 * (bangAt + 1))
  let length = 0
  for (let at = 0; at <= bangAt; at++) {
    if (bytes[at] === LF) restored[length++] = CR
    restored[length++] = bytes[at] as number
  }
  return crc16Wide(restored, 0, length)
}

/** Goes on behind a readout: fill, then noise, then perhaps the next header, all of it already in the buffer. */
function resume(framer: Framer, end: number): void {
  framer.isTail = true
  const rest = framer.buffer.subarray(0, framer.length)
  shift(framer, skipToHeader(framer, rest, end))
}

/** Gives up the first `count` bytes: a telegram if a line of values ended in them, else noise that had a '/' in it. */
function lose(framer: Framer, count: number, kind: 'cut' | 'overrun'): void {
  if (hasLine(framer.buffer, count)) {
    framer.counters[kind] += 1
    framer.counters.droppedBytes += count
  } else framer.counters.noiseBytes += count
  framer.isTail = false
  shift(framer, count)
}

function hasLine(buffer: Uint8Array, length: number): boolean {
  let at = buffer.indexOf(LF)
  while (at > 0 && at < length) {
    if (buffer[at - 1] === CLOSE || (buffer[at - 1] === CR && buffer[at - 2] === CLOSE)) return true
    at = buffer.indexOf(LF, at + 1)
  }
  return false
}

/** Forgets the first `count` bytes. What is behind the end is cleared, for the searches look at the whole buffer. */
function shift(framer: Framer, count: number): void {
  const left = framer.length - count
  if (left > 0) framer.buffer.copyWithin(0, count, framer.length)
  framer.buffer.fill(0, left, framer.length)
  framer.length = left
  framer.at += count
}
