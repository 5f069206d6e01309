// The dongle's short way: a telegram that differs from the one before in digits only is judged by what each changed digit does to the
// CRC. Its verdict must be the one that a CRC over every byte gives, whatever happened to the telegram.

import { describe, expect, test } from 'vitest'
import { householdTelegrams, START_S } from '../../../bench/device/households.ts'
import { telegramText, withChecksum } from '../../../firmware/host/meter.ts'
import type { Batch } from '../../../shared/batch/batch.ts'
import { decodeBatch } from '../../../shared/batch/decode.ts'
import { encodeBatch } from '../../../shared/batch/encode.ts'
import { beginEncoding, endEncoding, stepEncoding } from '../../../shared/batch/encode-steps.ts'
import { PLAIN_PACKING } from '../../../shared/kernel/plain-packing.ts'
import { addReading, createBatcher, flushBatcher } from '../../../shared/session/batcher.ts'
import { RING_RECORD_BYTES_MAX } from '../../../shared/session/ring.ts'
import { crc16 } from '../../../shared/telegram/crc16.ts'
import type { Checksum } from '../../../shared/telegram/readout.ts'
import { scannerFeed } from '../../../shared/telegram/scan.ts'
import { NOT_FOLLOWED, type ReadingScan } from '../../../shared/telegram/scan-reading.ts'
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
    const crc = readAll(scan, readout)
    const way = crc === NOT_FOLLOWED ? 'searched' : 'followed'
    const actual = crc16(latin1(readout.text.slice(0, readout.end)))
    if (way === 'followed') expect(crc).toBe(actual)
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
  test('one whose checksum is missing between others that have theirs is read in full, with its own values', () => {
    const [first, second, third] = HOUSEHOLD.slice(5, 8) as [string, string, string]
    const scan = newScan()
    for (const text of HOUSEHOLD.slice(0, 6)) read(scan, text)
    const bare = second.replace(/!.*/s, '!\r\n')
    expect(read(scan, bare)).toEqual([{ way: 'searched', checksum: 'absent' }])
    const fresh = newScan()
    read(fresh, second)
    expect(valuesOf(scan)).toEqual(valuesOf(fresh))
    expect(scan.timeS).toBe(fresh.timeS)
    read(fresh, first)
    expect(valuesOf(scan)).not.toEqual(valuesOf(fresh))
    expect(read(scan, third)).toEqual([{ way: 'searched', checksum: 'ok' }])
  })

  test('takes the short way for every second of a household, and the long one only when fixed text changed', () => {
    const scan = newScan()
    for (const text of HOUSEHOLD) read(scan, text)
    // all that moves was seen to move; back to the first second the gas meter's capture is another text
    const ways = HOUSEHOLD.map(text => read(scan, text)[0])
    expect(ways.map(one => one?.checksum)).toEqual(HOUSEHOLD.map(() => 'ok'))
    expect(ways.flatMap((one, i) => (one?.way === 'searched' ? [i] : []))).toEqual([0, 30])
  })

  test('takes a register, and any number that is 0, for fixed text until it moves, and again when it stood still for an hour', () => {
    const scan = newScan()
    const way = (timeS: number, offtakeT1Wh: number, injectionW: number) =>
      read(scan, telegramText('fluvius', { timeS, offtakeT1Wh, offtakeT2Wh: 7_000, offtakeW: 400, injectionW }))[0]?.way
    expect(way(START_S, 1_000, 0)).toBe('searched')
    expect(way(START_S, 1_001, 0)).toBe('searched')
    expect(way(START_S, 1_002, 0)).toBe('followed')
    expect(way(START_S, 1_003, 5)).toBe('searched')
    expect(way(START_S, 1_004, 0)).toBe('followed')
    expect([valuesOf(scan)[0], valuesOf(scan)[1], valuesOf(scan)[5]]).toEqual([1_004, 7_000, 0])
    // nothing, clock, power, and the two that moved
    expect(scan.numbers.length).toBe(5)
    expect(way(START_S + 3600, 1_004, 0)).toBe('searched')
    expect(way(START_S + 7200, 1_004, 0)).toBe('searched')
    expect(scan.numbers.length).toBe(3)
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
    for (const text of HOUSEHOLD.slice(0, 10)) read(scan, text)
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
    expect(scan.unweighed).toBe(0)
    scan.unweighed = 1
    expect(read(scan, HOUSEHOLD[1]!)[0]?.way).toBe('searched')
  })
})

test('batches of followed telegrams decode to what reading each in full gives, whatever was broken or closed a batch between them', () => {
  const event = fc.record({
    telegram: fc.nat({ max: HOUSEHOLD.length - 1 }),
    number: fc.nat({ max: 999 }),
    at: fc.nat({ max: 1100 }),
    kind: fc.constantFrom('good', 'good', 'digit', 'broken', 'flush', 'jump'),
  })
  fc.assert(
    fc.property(fc.array(event, { maxLength: 60 }), fc.integer({ min: 1, max: 60 }), (events, countMax) => {
      const scan = newScan()
      const batcher = createBatcher(1, 100_000, countMax)
      const closed: Batch[] = []
      const wanted: unknown[] = []
      read(scan, HOUSEHOLD[0]!)
      for (const [i, { telegram, number, at, kind }] of events.entries()) {
        let text = HOUSEHOLD[telegram]!
        const place = at % text.length
        if (kind === 'digit' && /[0-9]/.test(text[place]!))
          text =
            withChecksum(text.slice(0, place) + (number % 10) + text.slice(place + 1, text.indexOf('!') + 1)) + '\r\n'
        if (kind === 'broken')
          text = text.replace(/1-0:21.7.0\(00.\d{3}/, `1-0:21.7.0(00.${String(number).padStart(3, '0')}`)
        if (kind === 'flush') closed.push(...flushBatcher(batcher))
        if (read(scan, text)[0]?.checksum !== 'ok') continue
        const timeS = START_S + i * (kind === 'jump' ? 1000 : 1)
        closed.push(...addReading(batcher, i * 1000, 0, timeS, scan.values, scan.numbers, scan.slots))
        wanted.push([timeS, valuesOf(scan).filter(value => value !== undefined)])
      }
      closed.push(...flushBatcher(batcher))
      const found = closed.flatMap(batch => {
        expect(batch.timeS.length).toBeLessThanOrEqual(countMax)
        const bytes = encodeBatch(batch)
        expect(bytes.length).toBeLessThanOrEqual(RING_RECORD_BYTES_MAX)
        const decoded = decodeBatch(bytes)
        if (!decoded.ok) throw new Error(decoded.fault.code)
        const { timeS, columns } = decoded.value
        return Array.from(timeS, (second, row) => [
          second,
          columns.map(column => column[column.length === 1 ? 0 : row]),
        ])
      })
      expect(found).toEqual(wanted)
    }),
    { numRuns: 60 },
  )
})

test('no turn of the dongle encodes more than half of the columns of a followed batch, nor its time with them', () => {
  const scan = newScan()
  const batcher = createBatcher(1, 10_000, 60)
  const closed: Batch[] = []
  for (const [i, text] of HOUSEHOLD.entries()) {
    read(scan, text)
    closed.push(...addReading(batcher, i * 1000, 0, START_S + i, scan.values, scan.numbers, scan.slots))
  }
  const followed = closed.filter(batch => batch.coded !== undefined)
  expect(followed.length).toBeGreaterThanOrEqual(2)
  for (const batch of followed) {
    const encoding = beginEncoding(batch, PLAIN_PACKING)
    const places = []
    for (let isMore = true; isMore; places.push(encoding.next)) isMore = stepEncoding(encoding, 3)
    const half = Math.ceil(batch.fields.length / 2)
    expect(places).toEqual([0, half, batch.fields.length])
    const decoded = decodeBatch(endEncoding(encoding))
    expect(decoded.ok && Array.from(decoded.value.timeS)).toEqual(Array.from(batch.timeS))
  }
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
