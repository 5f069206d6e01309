// Whatever comes over the line: nothing throws, memory stays within its bound, chunks make no difference, and the two ways of
// reading agree. bench/telegram-fuzz.ts runs the same by the million.

import { expect, test } from 'vitest'
import { runFuzz } from '../../../bench/telegram-fuzz.ts'
import { telegramBytes, withChecksum } from '../../../firmware/host/meter.ts'
import { readingFromTelegram } from '../../../shared/reading/from-telegram.ts'
import type { Reading } from '../../../shared/reading/reading.ts'
import { createFramer, feed, finish } from '../../../shared/telegram/framer.ts'
import { parseTelegram } from '../../../shared/telegram/parse.ts'
import { scannerFeed } from '../../../shared/telegram/scan.ts'
import fc from '../../support/given-cases.ts'
import {
  dongleFields,
  framed,
  judged,
  latin1,
  lookAtHeld,
  newScan,
  newScanner,
  scanned,
  scannedFields,
} from '../../support/telegrams.ts'

const BOUND = 200
/** Characters that mean something on the line come up often. */
const lineCharacter = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...'/!\r\n()*.:-0123456789ABCDEFabcdefkWhSW\0\xff') },
  { weight: 1, arbitrary: fc.integer({ min: 0, max: 255 }).map(code => String.fromCharCode(code)) },
)
const piece = fc.oneof(
  fc.constantFrom('/TST5\r\n', '\r\n!', '!', '/', '1-0:1.7.0(00.100*kW)\r\n', '\r\n', '1A2B\r\n', ')\r\n'),
  fc.string({ unit: lineCharacter, maxLength: 40 }),
)
const line = fc.array(piece, { maxLength: 40 }).map(pieces => latin1(pieces.join('')))

test('any bytes, in any chunks: no throw, bounded memory, both ways the same', () => {
  fc.assert(
    fc.property(line, fc.array(fc.integer({ min: 1, max: 90 }), { minLength: 1, maxLength: 20 }), (bytes, sizes) => {
      const framer = createFramer(BOUND)
      const scanner = newScanner(BOUND)
      const whole = framed(bytes, bytes.length || 1, BOUND)
      const byBytes = []
      const byText = []
      for (let at = 0, i = 0; at < bytes.length; i++) {
        const part = bytes.subarray(at, at + (sizes[i % sizes.length] as number))
        byBytes.push(...feed(framer, part))
        for (const one of scannerFeed(scanner, Buffer.from(part).toString('latin1'))) byText.push(judged(scanner, one))
        at += part.length
        expect(framer.length).toBeLessThanOrEqual(BOUND)
        expect(scanner.text.length).toBeLessThanOrEqual(BOUND)
      }
      lookAtHeld(scanner)
      expect(byBytes).toEqual(whole.readouts)
      expect(framer.counters).toEqual(whole.counters)
      // Carriage returns that a tool took away are put back by the byte way alone.
      const restored = byBytes.filter(({ isRestored }) => isRestored).length
      const { ok, mismatch } = whole.counters
      expect(scanner.counters).toEqual({ ...whole.counters, ok: ok - restored, mismatch: mismatch + restored })
      expect(byText.map(({ text, checksum }) => ({ text, checksum }))).toEqual(
        byBytes.map(({ bytes, checksum, isRestored }) => ({
          text: Buffer.from(bytes).toString('latin1'),
          checksum: isRestored ? 'mismatch' : checksum,
        })),
      )
      finish(framer)
    }),
    { numRuns: 2000 },
  )
})

test('every byte is accounted for: in a readout, dropped, noise, fill or still held', () => {
  fc.assert(
    fc.property(line, bytes => {
      const framer = createFramer(BOUND)
      const readouts = feed(framer, bytes)
      const { counters, length } = framer
      const inReadouts = readouts.reduce((sum, readout) => sum + readout.bytes.length, 0)
      const known = inReadouts + counters.droppedBytes + counters.noiseBytes + length
      const fill = bytes.length - known
      expect(fill).toBeGreaterThanOrEqual(0)
      expect(fill).toBeLessThanOrEqual(bytes.filter(byte => [0, 10, 13, 255].includes(byte)).length)
    }),
    { numRuns: 1000 },
  )
})

test('a good telegram is found behind anything that holds no header', () => {
  const good = withChecksum('/TST5\r\n\r\n1-0:1.7.0(00.100*kW)\r\n!')
  const noise = fc.string({ unit: lineCharacter.filter(character => character !== '/'), maxLength: 400 })
  fc.assert(
    fc.property(noise, before => {
      expect(framed(latin1(before + good)).readouts.map(readout => readout.checksum)).toEqual(['ok'])
      expect(scanned(latin1(before + good)).readouts.map(readout => readout.checksum)).toEqual(['ok'])
    }),
  )
})

// Found by npm run fuzz: the dongle's way read 240002.
test('a number with decimals where none belong is no number, to either way', () => {
  const bytes = latin1(withChecksum('/TST5\r\n\r\n0-0:96.14.0(24.0002)\r\n1-0:1.7.0(00.100*kW)\r\n!'))
  const [readout] = framed(bytes).readouts
  const fields = parseTelegram(readout as NonNullable<typeof readout>).fields
  expect(dongleFields(fields)).toEqual({ offtakeW: 100 })
  expect(scannedFields(Buffer.from(bytes).toString('latin1'))).toEqual({ offtakeW: 100 })
})

const wh = fc.option(fc.integer({ min: 0, max: 999_999_999 }), { nil: undefined })
const watt = fc.option(fc.integer({ min: 0, max: 99_999 }), { nil: undefined })
const atS = fc.integer({ min: 1_400_000_000, max: 2_500_000_000 })
const reading: fc.Arbitrary<Reading> = fc.record({
  timeS: atS,
  offtakeT1Wh: wh,
  offtakeT2Wh: wh,
  injectionT1Wh: wh,
  injectionT2Wh: wh,
  offtakeW: fc.integer({ min: 0, max: 99_999 }),
  injectionW: watt,
  tariff: fc.option(fc.constantFrom(1, 2), { nil: undefined }),
  quarterAvgOfftakeW: watt,
  voltageL1dV: fc.option(fc.integer({ min: 0, max: 9999 }), { nil: undefined }),
  currentL3cA: fc.option(fc.integer({ min: 0, max: 99_999 }), { nil: undefined }),
  offtakeL2W: watt,
})

test('what a meter prints is what both ways read, telegram after telegram', () => {
  const scan = newScan()
  fc.assert(
    fc.property(reading, printed => {
      const bytes = telegramBytes('fluvius', printed)
      const [readout] = framed(bytes).readouts
      const telegram = parseTelegram(readout as NonNullable<typeof readout>)
      expect(readingFromTelegram(telegram)).toEqual({ ok: true, value: printed })
      expect(scannedFields(Buffer.from(bytes).toString('latin1').trimEnd(), scan)).toEqual(
        dongleFields(telegram.fields),
      )
    }),
    { numRuns: 500 },
  )
})

test('any lines behind a right checksum: no throw', () => {
  const scan = newScan()
  fc.assert(
    fc.property(fc.string({ unit: lineCharacter, maxLength: 300 }), lines => {
      const text = withChecksum(`/TST5\r\n\r\n${lines.replaceAll('/', '').replaceAll('!', '')}\r\n!`)
      const [readout] = framed(latin1(text)).readouts
      parseTelegram(readout as NonNullable<typeof readout>)
      scannedFields(text, scan)
    }),
    { numRuns: 2000 },
  )
})

test('a few thousand mutated telegrams: no crash, no difference', () => {
  expect(runFuzz({ count: 4000, seed: 20261122 })).toMatchObject({ crashes: 0, inputs: 4000 })
})
