// Binary strings → whole readouts, for the dongle: Serial 'data' gives at most 64 characters, one a byte, and the interpreter
// searches a string natively but pays dearly for every step of its own, so the middle of a telegram is only put aside. Same rules
// as framer.ts, which explains them; the tests feed both the same bytes. It does not judge the checksum: scan-reading.ts may know
// the CRC without making it. Espruino dialect.

import { BAD_CHECKSUM, type LineCounters, NO_CHECKSUM } from './readout.ts'

export interface TextReadout {
  /** From '/' to the last character of the checksum, which begins at `end`. */
  text: string
  end: number
  /** The checksum as printed, NO_CHECKSUM or BAD_CHECKSUM. */
  expected: number
}

export interface Scanner {
  /** All but the three for readouts by their checksum, which are for who judges it. */
  counters: LineCounters
  bytesMax: number
  /** Empty, or begins with '/'. Never longer than bytesMax. */
  text: string
  /** Chunks behind `text` that hold no '!'; how many more of 64 characters may come before somebody has to look. */
  held: string[]
  quiet: number
  isTail: boolean
  /** Makes one text of many, natively where that can be. */
  join: (pieces: string[]) => string
}

const NOTHING: TextReadout[] = []
/** What the engine's port gives at most at once. */
export const CHUNK_CHARACTERS = 64
const CHECKSUM_CHARACTERS = 4
/** What stands between two readouts. */
const FILL = '\r\n'

/** `bytesMax` bounds a readout and with it the scanner's memory. */
export function createScanner(bytesMax: number, counters: LineCounters, join: (pieces: string[]) => string): Scanner {
  return { counters: counters, bytesMax: bytesMax, text: '', held: [], quiet: 0, isTail: true, join: join }
}

/**
 * Gives the readout that the last of the held characters complete if what is on its way is as long as one of which `end` is known:
 * nearly always. Nobody has looked into it: it is a readout if it is the one of `end` with other digits. If it is, scannerPass goes on
 * behind it; if not, or after undefined, scannerFeed with no characters more looks at everything, from where it had come.
 */
export function scannerGuess(scanner: Scanner, end: number): TextReadout | undefined {
  scanner.quiet = 0
  let text = scanner.join(scanner.held)
  if (scanner.text !== '') text = scanner.text + text
  else if (scanner.isTail && text.startsWith(FILL)) {
    scanner.counters.bytes += FILL.length
    text = text.substr(FILL.length)
    scanner.held = [text]
  }
  const marked = parseInt('1' + text.substr(end, CHECKSUM_CHARACTERS), 16)
  return marked < 65536 ? undefined : { text: text, end: end, expected: marked - 65536 }
}

/** Puts aside what follows the readout that scannerGuess gave, if it is more than fill; scannerFeed with no characters more looks at it. */
export function scannerPass(scanner: Scanner, readout: TextReadout): void {
  const to = readout.end + CHECKSUM_CHARACTERS
  const rest = readout.text.substr(to)
  const isFill = rest === FILL
  scanner.counters.bytes += to - scanner.text.length + (isFill ? FILL.length : 0)
  scanner.text = ''
  scanner.held = isFill ? [] : [rest]
  scanner.isTail = true
  if (isFill) scanner.quiet = (scanner.bytesMax / CHUNK_CHARACTERS) | 0
}

/** Takes the next characters of the line; gives the readouts that they complete, in order. The list is the caller's to read, not to change. */
export function scannerFeed(scanner: Scanner, chunk: string): TextReadout[] {
  // The usual case, 15 times in 17: the middle of a telegram.
  if (scanner.quiet > 0 && chunk.indexOf('!') < 0 && chunk.length <= CHUNK_CHARACTERS) {
    scanner.quiet--
    scanner.held.push(chunk)
    return NOTHING
  }
  const readouts: TextReadout[] = []
  let rest = scanner.join(scanner.held) + chunk
  scanner.counters.bytes += rest.length
  scanner.held = []
  while (rest !== '') {
    if (scanner.text === '') rest = skipToHeader(scanner, rest)
    const room = scanner.bytesMax - scanner.text.length
    scanner.text += rest.substr(0, room)
    rest = rest.substr(room)
    settleText(scanner, readouts)
  }
  // between two telegrams what comes can be put aside too
  if (scanner.text === '') scanner.quiet = Math.floor(scanner.bytesMax / CHUNK_CHARACTERS)
  return readouts
}

/** `rest` from its first '/' on; what is passed over is noise unless it is fill behind a readout. */
function skipToHeader(scanner: Scanner, rest: string): string {
  let at = 0
  if (scanner.isTail) {
    if (rest === FILL) return '' // nearly always
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

function settleText(scanner: Scanner, readouts: TextReadout[]): void {
  while (scanner.text !== '') {
    const text = scanner.text
    const bangAt = text.indexOf('\n!') + 1
    const restartAt = findRestart(text, bangAt > 0 ? bangAt : text.length)
    if (restartAt > 0) {
      if (isTelegram(scanner, text.substr(0, restartAt))) scanner.counters.cut++
      scanner.text = text.substr(restartAt)
      continue
    }
    const end = bangAt > 0 ? checksumEnd(text, bangAt + 1) : -1
    if (end >= 0) {
      finish(scanner, text, bangAt + 1, end, readouts)
      continue
    }
    if (text.length < scanner.bytesMax) {
      const isWatching = text.indexOf('!', 1) > 0
      scanner.quiet = isWatching ? 0 : Math.floor((scanner.bytesMax - text.length) / CHUNK_CHARACTERS)
      return
    }
    const slash = text.indexOf('/', 1)
    const dropped = slash < 0 ? text.length : slash
    if (isTelegram(scanner, text.substr(0, dropped))) scanner.counters.overrun++
    scanner.isTail = false
    scanner.text = text.substr(dropped)
  }
  scanner.quiet = 0
}

/** The readout in `text` up to `end`, its checksum from `from` on; goes on behind it. */
function finish(scanner: Scanner, text: string, from: number, end: number, readouts: TextReadout[]): void {
  let expected = BAD_CHECKSUM
  const next = text.charAt(end)
  if (end === from + 4) expected = parseInt(text.substr(from, 4), 16)
  else if (end === from && (isFill(next) || next === '/')) expected = NO_CHECKSUM
  readouts.push({ text: text.substr(0, end), end: from, expected: expected })
  scanner.isTail = true
  scanner.text = skipToHeader(scanner, text.substr(end))
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

/** Index behind the last character of the checksum that begins at `from`, or -1 while it is not all there. */
function checksumEnd(text: string, from: number): number {
  // Four good digits print as they stand once a 1 keeps their zeros.
  const digits = '1' + text.substr(from, 4)
  if (digits.length === 5 && parseInt(digits, 16).toString(16) === digits.toLowerCase()) return from + 4
  for (let at = from; at < text.length; at++) if (!isHexDigit(text.charCodeAt(at))) return at
  return -1
}

function isHexDigit(code: number): boolean {
  return (code >= 48 && code <= 57) || (code >= 65 && code <= 70) || (code >= 97 && code <= 102)
}
