import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { parseInFull, parseTelegram } from '../../shared/telegram/parse.ts'
import { dongleFields, framedToEnd, present, scanned, scannedFields } from '../support/telegrams.ts'
import { EXPECTED, type Expected } from './expected.ts'

const FOLDER = join(import.meta.dirname, 'telegrams')

describe('golden telegrams', () => {
  test('each file has an expectation and each expectation a file', () => {
    const files = readdirSync(FOLDER).map(file => file.replace('.txt', ''))
    expect(files.sort()).toEqual(Object.keys(EXPECTED).sort())
  })

  describe.each(Object.keys(EXPECTED))('%s', name => {
    const expected = EXPECTED[name] as Expected
    const bytes = readFileSync(join(FOLDER, `${name}.txt`))

    test('gives exactly the values written by hand', () => {
      const readouts = framedToEnd(bytes)
      expect(readouts.map(readout => readout.checksum)).toEqual([expected.checksum])
      const telegram = parseInFull(readouts[0] as (typeof readouts)[0])
      expect(present({ ...telegram.fields })).toEqual(expected.fields)
      expect(telegram.faults.map(fault => fault.code)).toEqual(expected.faults)
      expect(telegram.unknown.length).toBe(expected.unknown ?? 0)
    })

    test('gives the same when it follows itself', () => {
      const [readout] = framedToEnd(bytes)
      const first = parseInFull(readout as NonNullable<typeof readout>)
      expect(parseTelegram(readout as NonNullable<typeof readout>)).toEqual(first)
    })

    test("gives the dongle's way the same numbers, serial and version", () => {
      const { readouts } = scanned(bytes)
      expect(readouts.map(readout => readout.checksum)).toEqual([expected.checksum])
      expect(scannedFields((readouts[0] as (typeof readouts)[0]).text)).toEqual(dongleFields(expected.fields))
    })
  })
})
