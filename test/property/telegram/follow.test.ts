// The dongle's short way: a telegram that differs from the one before in digits only is judged by what each changed digit does to the
// CRC. Its verdict must be the one that a CRC over every byte gives, whatever happened to the telegram.

import { describe, expect, test } from 'vitest'
import { householdTelegrams } from '../../../bench/device/households.ts'
import { withChecksum } from '../../../firmware/host/meter.ts'
import { crc16 } from '../../../shared/telegram/crc16.ts'
import type { Checksum } from '../../../shared/telegram/readout.ts'
import { scannerFeed } from '../../../shared/telegram/scan.ts'
import { type ReadingScan, weighReading } from '../../../shared/telegram/scan-reading.ts'
import fc from '../../support/given-cases.ts'
import {
  feedGuessing,
  framed,
  latin1,
  lookAtHeld,
  newScan,
  newScanner,
  readAll,
  valuesOf,
} from '../../support/telegrams.ts'

const HOUSEHOLD = householdTelegrams(40, 30)

/** Reads every readout in `line`; gives what it came to and which way it took. */
function read(scan: ReadingScan, line: string): { way: 'followed' | 'searched'; checksum: Checksum }[] {
  return scannerFeed(newScanner(5120), line).map(readout => {
    const way = readAll(scan, readout)
    const actual = crc16(latin1(readout.text.slice(0, readout.end)))
    if (way === 'followed') expect(scan.crc).toBe(actual)
    const wanted = readout.expected === actual ? 'ok' : readout.expected === -1 ? 'absent' : 'mismatch'
    expect(scan.checksum).toBe(wanted)
    return { way, checksum: scan.checksum }
  })
}

/** `text` with bit `bit` of the character at `at` turned over. */
function flipped(text: string, at: number, bit: number): string {
  const code = text.charCodeAt(at) ^ (1 << bit)
  return text.slice(0, at) + String.fromCharCode(code) + text.slice(at + 1)
}

describe('following a telegram', () => {
  test('takes the short way for every second of a household, and the long one only when fixed text changed', () => {
    const scan = newScan()
    const ways = HOUSEHOLD.map(text => read(scan, text)[0])
    expect(ways.map(one => one?.checksum)).toEqual(HOUSEHOLD.map(() => 'ok'))
    expect(ways.flatMap((one, i) => (one?.way === 'searched' ? [i] : []))).toEqual([0, 30])
  })

  test('gives the values that reading in full gives', () => {
    const scan = newScan()
    for (const text of HOUSEHOLD) {
      read(scan, text)
      const full = newScan()
      read(full, text)
      expect([scan.timeS, valuesOf(scan)]).toEqual([full.timeS, full.values])
    }
  })

  test('sees every single bit that turned over, wherever it is, and reads the next telegram as if nothing had been', () => {
    const scan = newScan()
    read(scan, HOUSEHOLD[0]!)
    const text = HOUSEHOLD[1]!
    const end = text.indexOf('!') + 5
    for (let at = 0; at < end; at++) {
      for (let bit = 0; bit < 8; bit++) {
        const found = read(scan, flipped(text, at, bit))
        // a bit of the checksum's letters may only change their case
        if (at <= end - 5) expect(found.filter(one => one.checksum === 'ok')).toEqual([])
      }
      const good = read(scan, HOUSEHOLD[2 + (at % 8)]!)
      expect(good).toEqual([{ way: 'followed', checksum: 'ok' }])
    }
  })

  test('agrees with a full CRC when any number of digits, bits and bytes changed', () => {
    const change = fc.record({
      at: fc.nat(HOUSEHOLD[0]!.length - 1),
      kind: fc.constantFrom('digit', 'digit', 'digit', 'bit', 'drop', 'double'),
      value: fc.nat(9),
    })
    const scan = newScan()
    fc.assert(
      fc.property(fc.nat(39), fc.array(change, { maxLength: 12 }), fc.boolean(), (i, changes, isRepaired) => {
        let text = HOUSEHOLD[i]!
        for (const { at, kind, value } of changes) {
          if (kind === 'bit') text = flipped(text, at % text.length, value & 7)
          else if (kind === 'drop') text = text.slice(0, at) + text.slice(at + 1)
          else if (kind === 'double') text = text.slice(0, at) + text.slice(at, at + 1) + text.slice(at)
          else if (/[0-9]/.test(text[at] ?? '')) text = text.slice(0, at) + value + text.slice(at + 1)
        }
        const bang = text.lastIndexOf('!')
        if (isRepaired && bang > 0) text = withChecksum(text.slice(0, bang + 1))
        read(scan, `${text}\r\n`)
      }),
      { numRuns: 3000 },
    )
  })

  test('does not follow before the weights of its layout are made', () => {
    const scan = newScan()
    read(scan, HOUSEHOLD[0]!)
    expect(weighReading(scan)).toBe(false)
    scan.unweighed = 1
    expect(read(scan, HOUSEHOLD[1]!)[0]?.way).toBe('searched')
  })
})

test('guessing where a readout ends finds the readouts, verdicts and counts of a reader that looks at every byte, in any chunks', () => {
  const change = fc.record({
    telegram: fc.nat({ max: HOUSEHOLD.length - 1 }),
    edit: fc.constantFrom('none', 'bit', 'digit', 'lost', 'noise', 'cut', 'line'),
    at: fc.nat({ max: 1100 }),
    value: fc.nat({ max: 255 }),
  })
  const edited = ({ telegram, edit, at, value }: typeof change extends fc.Arbitrary<infer T> ? T : never): string => {
    const text = HOUSEHOLD[telegram]!
    const place = at % text.length
    if (edit === 'bit') return flipped(text, place, value & 7)
    if (edit === 'digit') return text.slice(0, place) + String(value % 10) + text.slice(place + 1)
    if (edit === 'lost') return text.slice(0, place) + text.slice(place + (value % 40))
    if (edit === 'noise') return `${text.slice(0, place)}${'\0/!\r\n(x'.charAt(value % 8)}${text.slice(place)}`
    if (edit === 'cut') return text.slice(0, place)
    return edit === 'line' ? `${text}\r\n!` : text
  }
  fc.assert(
    fc.property(
      fc.array(change, { maxLength: 8 }),
      fc.array(fc.integer({ min: 1, max: 64 }), { minLength: 1 }),
      (all, sizes) => {
        const line = [HOUSEHOLD[0]!, HOUSEHOLD[1]!, ...all.map(edited), HOUSEHOLD[2]!].join('')
        const whole = framed(latin1(line))
        const scanner = newScanner(5120)
        const scan = newScan()
        const found = []
        for (let at = 0, i = 0; at < line.length; i++) {
          const size = sizes[i % sizes.length]!
          found.push(...feedGuessing(scanner, scan, line.slice(at, at + size)))
          at += size
        }
        lookAtHeld(scanner)
        expect(found).toEqual(
          whole.readouts.map(({ bytes, checksum }) => ({ text: Buffer.from(bytes).toString('latin1'), checksum })),
        )
        const { ok, mismatch, absent, ...counted } = scanner.counters
        expect(counted).toEqual({ ...whole.counters, ok: undefined, mismatch: undefined, absent: undefined })
        expect([ok, mismatch, absent]).toEqual([0, 0, 0])
      },
    ),
    { numRuns: 300 },
  )
})
