// Entries of the access register as CSV and JSON: what goes out comes in again, and every wrong line is named without what stands in it.

import { describe, expect, test } from 'vitest'
import { checkEntries, csvOf, entriesOfCsv } from '../../../backend/access-register/entries.ts'
import type { RegisterEntry } from '../../../shared/schema/access-register.ts'
import { valueOrThrow } from '../../support/facts.ts'
import fc from '../../support/given-cases.ts'
import { anEntry } from '../../support/register-contract.ts'

const HEAD = 'ean,holderId,sinceS,meterSerial,country,timeZone'
const LINE = '999999990000000104,person-A,1700000000,1SAG1100000001,BE,Europe/Brussels'

const printable = (from: number, to: number) =>
  fc
    .array(fc.integer({ min: from, max: to }), { minLength: 1, maxLength: 20 })
    .map(codes => String.fromCharCode(...codes))
const entries: fc.Arbitrary<RegisterEntry[]> = fc.uniqueArray(
  fc.record({
    ean: fc.bigInt(0n, 10n ** 18n - 1n).map(n => String(n).padStart(18, '0')),
    holderId: fc.option(printable(33, 126)),
    sinceS: fc.integer({ min: 0, max: 4294967295 }),
    meterSerial: fc.option(printable(32, 126)),
    country: fc.constantFrom('BE', 'NL', 'LU'),
    timeZone: fc.constantFrom('Europe/Brussels', 'UTC'),
  }),
  { selector: entry => entry.ean },
)

describe('CSV', () => {
  test('what goes out comes in again, whatever stands in it', () => {
    fc.assert(
      fc.property(entries, all => {
        const taken = checkEntries(all)
        if (!taken.ok) return
        expect(entriesOfCsv(csvOf(taken.value))).toEqual(taken)
      }),
    )
  })

  test('no text at all makes it throw', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), text => void entriesOfCsv(`${HEAD}\n${text}`)))
    fc.assert(fc.property(fc.string({ unit: 'binary' }), text => void entriesOfCsv(text)))
  })

  test('as a spreadsheet writes it here: semicolons, a byte order mark, columns in another order, empty lines behind', () => {
    const text =
      '\uFEFFcountry;timeZone;ean;"holderId";meterSerial;sinceS\r\nBE;Europe/Brussels;999999990000000104;person-A;;1700000000\r\n\r\n'
    expect(valueOrThrow(entriesOfCsv(text))).toEqual([anEntry({ meterSerial: null })])
  })

  test.each([
    ['no line at all', '', [{ line: 1, column: 'columns' }]],
    ['a column too few in the head', 'ean,holderId', [{ line: 1, column: 'columns' }]],
    ['a column twice', `${HEAD},ean`, [{ line: 1, column: 'columns' }]],
    ['a line too short', `${HEAD}\n999`, [{ line: 2, column: 'columns' }]],
    ['a quote that does not end', `${HEAD}\n"999`, [{ line: 2, column: 'columns' }]],
    ['an EAN as a spreadsheet makes it', `${HEAD}\n${LINE.replace(/^\d+/, '1E+18')}`, [{ line: 2, column: 'ean' }]],
    ['the same EAN twice', `${HEAD}\n${LINE}\n${LINE}`, [{ line: 3, column: 'ean' }]],
    ['a date in words', `${HEAD}\n${LINE.replace('1700000000', '1 May')}`, [{ line: 2, column: 'sinceS' }]],
    ['a person with a blank', `${HEAD}\n${LINE.replace('person-A', 'Mr A')}`, [{ line: 2, column: 'holderId' }]],
    [
      'a time zone that there is not',
      `${HEAD}\n${LINE.replace('Brussels', 'Brussel')}`,
      [{ line: 2, column: 'timeZone' }],
    ],
  ])('%s is named by its line and column', (_name, text, wrong) => {
    expect(entriesOfCsv(text)).toEqual({ ok: false, fault: { code: 'entries.invalid', wrong } })
  })
})

test('JSON that is no list of entries is named by its place', () => {
  const { ean: _ean, ...without } = anEntry()
  expect(checkEntries([anEntry(), without, null, { ...anEntry(), more: 1 }])).toMatchObject({
    fault: { wrong: [{ line: 2 }, { line: 3 }, { line: 4 }] },
  })
})
