// Every telegram of the corpus (P1_CORPUS), which is not ours to copy here. The reference is the text itself, read by regular
// expressions that share nothing with the parser.

import { describe, expect, test } from 'vitest'
import { createSplitter, split } from '../../shared/telegram/encrypted.ts'
import { parseTelegram } from '../../shared/telegram/parse.ts'
import {
  type CorpusFile,
  corpus,
  dongleFields,
  framed,
  framedToEnd,
  latin1,
  newScan,
  present,
  scanned,
  scannedFields,
} from '../support/telegrams.ts'

const files = corpus()
const CORE: Array<[name: string, code: string]> = [
  ['offtakeT1Wh', '1\\.8\\.1'],
  ['offtakeT2Wh', '1\\.8\\.2'],
  ['injectionT1Wh', '2\\.8\\.1'],
  ['injectionT2Wh', '2\\.8\\.2'],
  ['offtakeWh', '1\\.8\\.0'],
  ['injectionWh', '2\\.8\\.0'],
  ['offtakeW', '1\\.7\\.0'],
  ['injectionW', '2\\.7\\.0'],
]

/** The seven core values and the totals of one telegram's text, as strings of digits put together without arithmetic. */
function reference(text: string): { [name: string]: number } {
  const values: { [name: string]: number } = {}
  for (const [name, code] of CORE) {
    const found = new RegExp(`^1-[01]:${code}\\((\\d+)(?:\\.(\\d+))?\\*?(k?)Wh?\\)`, 'm').exec(text)
    if (found === null) continue
    const [, whole, fraction = '', kilo] = found as unknown as [string, string, string | undefined, string]
    values[name] = Number(kilo === 'k' ? whole + fraction.padEnd(3, '0') : whole)
  }
  const tariff = /^0-0:96\.14\.0\((\d+)\)/m.exec(text)
  if (tariff !== null) values.tariff = Number(tariff[1])
  return values
}

function coreOf(fields: object): { [name: string]: unknown } {
  const names = [...CORE.map(([name]) => name), 'tariff']
  return present(Object.fromEntries(names.map(name => [name, (fields as { [name: string]: number })[name]])))
}

/** Splits a text at the headers, the crude way. */
function textsOf(bytes: Uint8Array): string[] {
  return Buffer.from(bytes)
    .toString('latin1')
    .split(/(?=^\/)/m)
    .filter(text => text.startsWith('/'))
}

function fileOf(name: string): CorpusFile {
  return files.find(file => file.file === `malformed/derived-${name}.txt`) as CorpusFile
}

describe.skipIf(files.length === 0)('corpus', () => {
  const plain = files.filter(file => !file.file.startsWith('encrypted/'))

  test.each(plain.filter(file => file.crcOk === 'yes'))('$file: the core values are those of the text', file => {
    const [readout, ...more] = framedToEnd(file.bytes)
    expect(more).toEqual([])
    expect(readout?.checksum).toBe('ok')
    const wanted = reference(file.bytes.toString('latin1'))
    expect(Object.keys(wanted).length).toBeGreaterThanOrEqual(6)
    expect(coreOf(parseTelegram(readout as NonNullable<typeof readout>).fields)).toEqual(wanted)
  })

  test.each(plain.filter(file => file.country === 'NL' && file.crcOk === 'none'))(
    '$file: read without a checksum where it is whole',
    file => {
      const readouts = framedToEnd(file.bytes)
      // Two of them end before their '!'.
      expect(readouts.map(readout => readout.checksum)).toEqual(file.bytes.includes('\n!') ? ['absent'] : [])
      for (const readout of readouts) {
        const telegram = parseTelegram(readout)
        expect(coreOf(telegram.fields)).toEqual(reference(file.bytes.toString('latin1')))
        expect(telegram.fields.gasDm3).toBeDefined()
      }
    },
  )

  test.each(plain.filter(file => file.crcOk === 'no' && !/lf-only|two-concatenated|streams/.test(file.file)))(
    '$file: a wrong checksum gives no values',
    file => {
      const telegrams = framedToEnd(file.bytes).map(parseTelegram)
      expect(telegrams.length).toBeGreaterThan(0)
      for (const telegram of telegrams) {
        expect(telegram.checksum).toBe('mismatch')
        expect(present({ ...telegram.fields })).toEqual({})
      }
    },
  )

  test.each(plain)('$file: both ways find the same readouts and values, whatever the chunks', file => {
    const whole = framed(file.bytes)
    for (const size of [1, 7, 64]) expect(framed(file.bytes, size)).toEqual(whole)
    const scan = newScan()
    // Carriage returns that a recording lost are put back on node only: a serial port loses none.
    const verdicts = whole.readouts.map(readout => (readout.isRestored ? 'mismatch' : readout.checksum))
    const restored = whole.readouts.filter(readout => readout.isRestored).length
    const { ok, mismatch } = whole.counters
    for (const size of [1, 63, 64]) {
      const other = scanned(file.bytes, size)
      expect(other.counters).toEqual({ ...whole.counters, ok: ok - restored, mismatch: mismatch + restored })
      expect(other.readouts.map(readout => readout.checksum)).toEqual(verdicts)
      for (const [i, readout] of whole.readouts.entries()) {
        const telegram = parseTelegram(readout)
        if (!telegram.isTrusted) continue
        const text = (other.readouts[i] as (typeof other.readouts)[0]).text
        expect(scannedFields(text, scan)).toEqual(dongleFields(telegram.fields))
      }
    }
  })

  describe('malformed', () => {
    const outcome = (name: string) => framedToEnd(fileOf(name).bytes).map(readout => parseTelegram(readout))

    test.each(['crc-cut-2', 'truncated-before-bang', 'truncated-mid-line'])('%s: no telegram', name => {
      expect(outcome(name)).toEqual([])
    })

    test.each(['wrong-crc', 'one-bit-flip', 'lost-32-bytes', 'double-slash-in-body', 'no-blank-line', 'nonhex-crc'])(
      '%s: rejected',
      name => {
        expect(outcome(name).map(telegram => [telegram.checksum, telegram.isTrusted])).toEqual([['mismatch', false]])
      },
    )

    test('no-crc: a telegram that ought to have one is not trusted without', () => {
      expect(outcome('no-crc').map(telegram => [telegram.checksum, telegram.isTrusted])).toEqual([['absent', false]])
    })

    test.each(['lowercase-crc', 'noise-before', 'recrc-lf-only'])('%s: accepted, nothing odd', name => {
      expect(outcome(name).map(telegram => [telegram.checksum, telegram.faults])).toEqual([['ok', []]])
    })

    test('lf-only: accepted because the checksum matches with the carriage returns put back, and says so', () => {
      const [telegram] = outcome('lf-only')
      expect(telegram?.faults.map(fault => fault.code)).toEqual(['telegram.line-ends'])
      expect(coreOf(telegram?.fields ?? {})).toEqual(reference(fileOf('lf-only').bytes.toString('latin1')))
    })

    test('two-concatenated: two telegrams', () => {
      const texts = textsOf(fileOf('two-concatenated').bytes)
      expect(outcome('two-concatenated').map(telegram => coreOf(telegram.fields))).toEqual(texts.map(reference))
      expect(texts.length).toBe(2)
    })

    test('recrc-empty-history: an empty list, no fault', () => {
      const [telegram] = outcome('recrc-empty-history')
      expect([telegram?.fields.monthPeaks, telegram?.faults]).toEqual([[], []])
    })

    test('recrc-invalid-timestamp: no time, everything else', () => {
      const [telegram] = outcome('recrc-invalid-timestamp')
      expect([telegram?.fields.timeS, telegram?.faults]).toEqual([undefined, []])
      expect(Object.keys(coreOf(telegram?.fields ?? {})).length).toBe(7)
    })

    test('recrc-missing-lines: the small set of Brussels and Wallonia', () => {
      const [telegram] = outcome('recrc-missing-lines')
      expect([telegram?.fields.voltageL1dV, telegram?.fields.currentL1cA, telegram?.faults]).toEqual([
        undefined,
        undefined,
        [],
      ])
      expect(Object.keys(coreOf(telegram?.fields ?? {})).length).toBe(7)
    })

    test('recrc-unknown-obis: kept and counted, no fault', () => {
      const [telegram] = outcome('recrc-unknown-obis')
      expect([telegram?.unknown.length, telegram?.faults]).toEqual([1, []])
    })

    test('wassasin-overflow: six broken off, then the last one, whose checksum does not match', () => {
      const { readouts, counters } = framed(
        files.find(file => file.file.endsWith('wassasin-overflow.txt'))?.bytes as Buffer,
      )
      expect([readouts.length, counters.cut, counters.mismatch]).toEqual([1, 6, 1])
    })

    test('wimdh-meter_stream: eighteen readouts, none to be trusted', () => {
      const { readouts } = framed(files.find(file => file.file.endsWith('wimdh-meter_stream.txt'))?.bytes as Buffer)
      expect(readouts.map(readout => readout.checksum)).toEqual(Array(18).fill('mismatch'))
    })
  })

  test('the real stream gives every valid telegram, as recorded and with its carriage returns', () => {
    const stream = files.find(file => file.file.startsWith('streams/'))?.bytes as Buffer
    const withReturns = latin1(stream.toString('latin1').replaceAll('\n', '\r\n'))
    // It begins and ends in the middle of one.
    const wanted = textsOf(stream)
      .filter(text => text.includes('\n!'))
      .map(reference)
    expect(wanted.length).toBe(2)
    for (const bytes of [stream, withReturns]) {
      const telegrams = framed(bytes).readouts.map(parseTelegram)
      expect(telegrams.map(telegram => telegram.checksum)).toEqual(['ok', 'ok'])
      expect(telegrams.map(telegram => coreOf(telegram.fields))).toEqual(wanted)
    }
  })

  test.each(files.filter(file => file.file.startsWith('encrypted/')))(
    '$file: named as encrypted, and nothing left over',
    file => {
      for (const size of [1, 13, file.bytes.length]) {
        const splitter = createSplitter()
        const parts = []
        for (let at = 0; at < file.bytes.length; at += size)
          parts.push(...split(splitter, file.bytes.subarray(at, at + size)))
        expect(parts).toMatchObject([{ bytes: file.bytes.length }])
      }
    },
  )
})
