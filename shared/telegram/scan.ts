// Binary strings → whole readouts, for the dongle: Serial 'data' gives at most 64 characters, one a byte, and the interpreter
// searches a string natively but pays dearly for every step of a loop. Same rules and counters as framer.ts, which explains
// them; the tests feed both the same bytes. One rule less: nothing takes carriage returns out of a serial port, so a checksum that
// counts them where there are none is wrong here. Espruino dialect.

import type { TextCrc } from './crc16.ts'
import { type Checksum, type LineCounters, newLineCounters } from './readout.ts'

export interface TextReadout {
  /** From '/' to the last character of the checksum. */
  text: string
  checksum: Checksum
}

export interface Scanner {
  counters: LineCounters
  bytesMax: number
  crc: TextCrc
  /** Empty, or begins with '/'. Never longer than bytesMax. */
  text: string
  isTail: boolean
  /** True when `text` holds something to decide on: a later '/', a '!', or a checksum not all there. */
  isWatching: boolean
}

const NOTHING: TextReadout[] = []

/** `bytesMax` bounds a readout and with it the scanner's memory; `crc` comes from createTextCrc. */
export function createScanner(bytesMax: number, crc: TextCrc): Scanner {
  return { counters: newLineCounters(), bytesMax: bytesMax, crc: crc, text: '', isTail: true, isWatching: false }
}

/** Takes the next characters of the line; gives the readouts that they complete, in order. The list is the caller's to read, not to change. */
export function scannerFeed(scanner: Scanner, chunk: string): TextReadout[] {
  scanner.counters.bytes += chunk.length
  // The usual case, 15 times in 17: the middle of a telegram.
  if (
    scanner.text !== '' &&
    !scanner.isWatching &&
    chunk.indexOf('!') < 0 &&
    chunk.indexOf('/') < 0 &&
    scanner.text.length + chunk.length < scanner.bytesMax
  ) {
    scanner.text += chunk
    return NOTHING
  }
  const readouts: TextReadout[] = []
  let rest = chunk
  while (rest !== '') {
    if (scanner.text === '') rest = skipToHeader(scanner, rest)
    const room = scanner.bytesMax - scanner.text.length
    scanner.text += rest.substr(0, room)
    rest = rest.substr(room)
    settle(scanner, readouts)
  }
  return readouts
}

/** `rest` from its first '/' on; what is passed over is noise unless it is fill behind a readout. */
function skipToHeader(scanner: Scanner, rest: string): string {
  let at = 0
  if (scanner.isTail) {
    while (at < rest.length && isFill(rest.charAt(at))) at++
    if (at === rest.length) return ''
    scanner.isTail = false
  }
  const slash = rest.indexOf('/', at)
  const start = slash < 0 ? rest.length : slash
  scanner.counters.noiseBytes += start - at
  return rest.substr(start)
}

function isFill(character: string): boolean {
  return character === '\r' || character === '\n' || character === '\0' || character === '\xff'
}

function settle(scanner: Scanner, readouts: TextReadout[]): void {
  while (scanner.text !== '') {
    const text = scanner.text
    const bangAt = text.indexOf('\n!') + 1
    const restartAt = findRestart(text, bangAt > 0 ? bangAt : text.length)
    if (restartAt > 0) {
      if (isTelegram(scanner, text.substr(0, restartAt))) scanner.counters.cut++
      scanner.text = text.substr(restartAt)
      continue
    }
    const end = bangAt > 0 ? checksumEnd(text, bangAt) : -1
    if (end >= 0) {
      readouts.push(judge(scanner, text, bangAt, end))
      scanner.isTail = true
      scanner.text = skipToHeader(scanner, text.substr(end))
      continue
    }
    if (text.length < scanner.bytesMax) {
      scanner.isWatching = text.indexOf('!', 1) > 0 || text.indexOf('/', 1) > 0
      return
    }
    const slash = text.indexOf('/', 1)
    const dropped = slash < 0 ? text.length : slash
    if (isTelegram(scanner, text.substr(0, dropped))) scanner.counters.overrun++
    scanner.isTail = false
    scanner.text = text.substr(dropped)
  }
  scanner.isWatching = false
}

/** Counts the bytes that are given up: a telegram's if a line of values ended in them, else noise with a '/' in it. */
function isTelegram(scanner: Scanner, dropped: string): boolean {
  // The engine finds a needle that the end of the text cuts short: something must stand behind.
  const text = dropped + '.'
  const hasLine = text.indexOf(')\r\n') >= 0 || text.indexOf(')\n') >= 0
  if (hasLine) scanner.counters.droppedBytes += dropped.length
  else scanner.counters.noiseBytes += dropped.length
  return hasLine
}

/** Index of the first later '/' that begins a header line, or -1. Only lines that are whole before `limit` are judged. */
function findRestart(text: string, limit: number): number {
  let slash = text.indexOf('/', 1)
  while (slash > 0 && slash < limit) {
    const lineEnd = text.indexOf('\n', slash)
    if (lineEnd < 0 || lineEnd >= limit) return -1
    const last = text.lastIndexOf('/', lineEnd)
    const line = text.substring(last, lineEnd)
    if (line.indexOf('(') < 0 && line.indexOf(')') < 0) return last
    slash = text.indexOf('/', lineEnd)
  }
  return -1
}

/** Index behind the last character of the checksum, or -1 while it is not all there. */
function checksumEnd(text: string, bangAt: number): number {
  for (let at = bangAt + 1; at < text.length; at++) {
    if (!isHexDigit(text.charCodeAt(at))) return at
    if (at === bangAt + 4) return at + 1
  }
  return -1
}

function isHexDigit(code: number): boolean {
  return (code >= 48 && code <= 57) || (code >= 65 && code <= 70) || (code >= 97 && code <= 102)
}

function judge(scanner: Scanner, text: string, bangAt: number, end: number): TextReadout {
  let checksum: Checksum = 'mismatch'
  if (end === bangAt + 5) {
    const expected = parseInt(text.substr(bangAt + 1, 4), 16)
    if (scanner.crc(text.substr(0, bangAt + 1)) === expected) checksum = 'ok'
  } else if (end === bangAt + 1 && (isFill(text.charAt(end)) || text.charAt(end) === '/')) {
    checksum = 'absent'
  }
  scanner.counters[checksum]++
  return { text: text.substr(0, end), checksum: checksum }
}
