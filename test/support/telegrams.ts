// Ways to run bytes through both readers of the P1 line, and where the corpus is.

import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { PLAIN_NATIVES } from '../../firmware/host/natives.ts'
import { FIELD_NAMES, type FieldValues } from '../../shared/reading/fields.ts'
import { crc16 } from '../../shared/telegram/crc16.ts'
import { createFramer, feed, finish, type Readout } from '../../shared/telegram/framer.ts'
import { DONE, longWay } from '../../shared/telegram/long-way.ts'
import { type Checksum, type LineCounters, newLineCounters, verdictOn } from '../../shared/telegram/readout.ts'
import {
  createScanner,
  type Scanner,
  scannerFeed,
  scannerGuess,
  scannerPass,
  type TextReadout,
} from '../../shared/telegram/scan.ts'
import { createReadingScan, followReading, NOT_FOLLOWED, type ReadingScan } from '../../shared/telegram/scan-reading.ts'
import { plainDrawOver } from './draw-over.ts'

export function latin1(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text, 'latin1'))
}

export function newScanner(bytesMax: number): Scanner {
  return createScanner(bytesMax, newLineCounters(), pieces => pieces.join(''))
}

export function newScan(): ReadingScan {
  return createReadingScan(PLAIN_NATIVES, plainDrawOver)
}

/** The values of the telegram that `scan` read last, by field number. */
export function valuesOf({ values, numbers, slots }: ReadingScan): FieldValues {
  if (slots === undefined) return values
  return values.map((value, field) => {
    const place = slots.placeOf[field]!
    return place === 0 ? value : numbers[place]! * slots.terms[place * 2]! + slots.terms[place * 2 + 1]!
  })
}

/** The verdict on a readout by a CRC over all of it; the scanner's counters get it too. */
export function judged(scanner: Scanner, { text, end, expected }: TextReadout): JudgedText {
  const checksum = verdictOn(expected, crc16(latin1(text.slice(0, end))))
  scanner.counters[checksum]++
  return { text, checksum }
}

export interface JudgedText {
  /** From '/' to the last character of the checksum. */
  text: string
  checksum: Checksum
}

/** Reads a readout the way the dongle does, to the end; gives its CRC when it was followed, else NOT_FOLLOWED. The verdict is in `scan.checksum`. */
export function readAll(scan: ReadingScan, { text, end, expected }: TextReadout): number {
  const crc = followReading(scan, text, end, expected)
  if (crc !== NOT_FOLLOWED) {
    scan.checksum = verdictOn(expected, crc)
    return crc
  }
  const step = longWay(scan, text.slice(0, end), expected)
  while (step() !== DONE) {}
  return NOT_FOLLOWED
}

/** Feeds a chunk as the dongle's port and intake do: guesses where a readout ends before it looks. Gives the readouts, judged. */
export function feedGuessing(
  scanner: Scanner,
  scan: ReadingScan,
  chunk: string,
): { text: string; checksum: Checksum }[] {
  const isMiddle = !chunk.includes('!')
  if (isMiddle && scanner.quiet > 0) {
    scanner.quiet--
    scanner.held.push(chunk)
    return []
  }
  const found = []
  const isGuessing = !isMiddle && scan.bodyBytes > 0
  if (isGuessing) scanner.held.push(chunk)
  const guess = isGuessing ? scannerGuess(scanner, scan.bodyBytes) : undefined
  const crc = guess ? followReading(scan, guess.text, guess.end, guess.expected) : NOT_FOLLOWED
  if (guess && crc !== NOT_FOLLOWED) {
    found.push({ text: guess.text.slice(0, guess.end + 4), checksum: verdictOn(guess.expected, crc) })
    scannerPass(scanner, guess)
  }
  for (const readout of scannerFeed(scanner, isGuessing ? '' : chunk)) {
    readAll(scan, readout)
    found.push({ text: readout.text, checksum: scan.checksum })
  }
  return found
}

/** All readouts of `bytes` by the byte way, fed in pieces of `size`. */
export function framed(
  bytes: Uint8Array,
  size = bytes.length,
  bytesMax = 5120,
): { readouts: Readout[]; counters: LineCounters } {
  const framer = createFramer(bytesMax)
  const readouts: Readout[] = []
  // A Buffer would give readouts of Buffers, which compare unequal to plain arrays of the same bytes.
  const plain = new Uint8Array(bytes)
  for (let at = 0; at < plain.length; at += size) readouts.push(...feed(framer, plain.subarray(at, at + size)))
  return { readouts, counters: framer.counters }
}

/** The same when nothing more will come. */
export function framedToEnd(bytes: Uint8Array): Readout[] {
  const framer = createFramer()
  return [...feed(framer, bytes), ...finish(framer)]
}

/** All readouts of `bytes` by the dongle's way. */
export function scanned(
  bytes: Uint8Array,
  size = 64,
  bytesMax = 5120,
): { readouts: JudgedText[]; counters: LineCounters } {
  const scanner = newScanner(bytesMax)
  const text = Buffer.from(bytes).toString('latin1')
  const readouts: TextReadout[] = []
  for (let at = 0; at < text.length; at += size) readouts.push(...scannerFeed(scanner, text.slice(at, at + size)))
  lookAtHeld(scanner)
  return { readouts: readouts.map(readout => judged(scanner, readout)), counters: scanner.counters }
}

/** Has the chunks that were put aside looked at, as the port does now and then. */
export function lookAtHeld(scanner: Scanner): void {
  scanner.quiet = 0
  scannerFeed(scanner, '')
}

/** What the dongle reads of a readout, by name, absent left out: comparable with a Telegram's fields. */
export function scannedFields(readout: string, scan: ReadingScan = newScan()): { [name: string]: number | string } {
  const end = readout.lastIndexOf('!') + 1
  readAll(scan, { text: readout, end, expected: crc16(latin1(readout.slice(0, end))) })
  const fields: { [name: string]: number | string | undefined } = {
    timeS: scan.timeS,
    meterSerial: scan.serial,
    version: scan.version,
  }
  const values = valuesOf(scan)
  for (const [i, name] of FIELD_NAMES.entries()) fields[name] = values[i]
  return present(fields)
}

/** Those of `fields` that the dongle reads too. */
export function dongleFields(fields: object): { [name: string]: number | string } {
  const names = ['timeS', 'meterSerial', 'version', ...FIELD_NAMES]
  return present(Object.fromEntries(names.map(name => [name, (fields as { [name: string]: number })[name]])))
}

export function present<T>(fields: { [name: string]: T | undefined }): { [name: string]: T } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as { [name: string]: T }
}

export interface CorpusFile {
  file: string
  country: string
  crcOk: string
  note: string
  bytes: Buffer
}

const CORPUS = process.env.P1_CORPUS ?? join(import.meta.dirname, '../../../shared/telegrams')

/** The files of the corpus by its index; empty where there is none. */
export function corpus(): CorpusFile[] {
  const index = join(CORPUS, 'INDEX.tsv')
  if (!existsSync(index)) {
    console.warn(`no telegrams at ${CORPUS} (P1_CORPUS): the corpus tests are skipped`)
    return []
  }
  const [head, ...rows] = readFileSync(index, 'utf8').trim().split('\n')
  const columns = (head as string).split('\t')
  return rows.map(row => {
    const cells = row.split('\t')
    const cell = (name: string) => cells[columns.indexOf(name)] ?? ''
    const file = cell('file')
    return {
      file,
      country: cell('country'),
      crcOk: cell('crc_ok'),
      note: cell('note'),
      bytes: readFileSync(join(CORPUS, file)),
    }
  })
}
