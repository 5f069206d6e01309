// The dongle's small reader of columns (unpack.ts) and the careful one (decode-columns.ts) read the same values.

import { afterEach, expect, test, vi } from 'vitest'
import { type BitSink, endBits, putSized, writeColumn } from '../../../shared/batch/columns.ts'
import { takeColumn, takeSized, takeStill } from '../../../shared/batch/unpack.ts'
import { PLAIN_PACKING } from '../../../shared/kernel/plain-packing.ts'
import fc from '../../support/given-cases.ts'

afterEach(() => {
  vi.restoreAllMocks()
})

const VALUE_MAX = 2 ** 40 - 1
const aValue = fc.oneof(
  fc.nat(300),
  fc.nat(100_000),
  fc.maxSafeNat().map(n => n % (VALUE_MAX + 1)),
)
const walk = (step: fc.Arbitrary<number>) =>
  fc.tuple(aValue, fc.array(step, { minLength: 1, maxLength: 70 })).map(([start, steps]) => {
    let value = start
    return steps.map(by => {
      value = Math.max(0, Math.min(VALUE_MAX, value + by))
      return value
    })
  })
const aColumn = fc.oneof(
  fc.array(aValue, { minLength: 1, maxLength: 70 }),
  walk(fc.constantFrom(0, 0, 1, 130)),
  walk(fc.constantFrom(1, 1, 1, 1, 41, -3600)),
  walk(fc.nat(4000)),
  walk(fc.integer({ min: -90, max: 90 })),
  walk(fc.integer({ min: -100_000, max: 100_000 })),
)

test('takes back every column that was written, one behind the other', () => {
  fc.assert(
    fc.property(fc.array(aColumn, { minLength: 1, maxLength: 6 }), fc.nat(), (columns, number) => {
      const sink: BitSink = { packing: PLAIN_PACKING, bytes: [], bits: '' }
      putSized(sink, 0, 0, number)
      for (const column of columns) writeColumn(sink, column)
      const bits = { bytes: endBits(sink), at: 0 }
      expect(takeSized(bits)).toBe(number)
      for (const column of columns) expect(takeColumn(bits, column.length)).toEqual(column)
    }),
    { numRuns: 2000 },
  )
})

test('a column that stands still is its one value, and one that moves is left to be taken', () => {
  fc.assert(
    fc.property(fc.array(aColumn, { minLength: 1, maxLength: 6 }), columns => {
      const sink: BitSink = { packing: PLAIN_PACKING, bytes: [], bits: '' }
      for (const column of columns) writeColumn(sink, column)
      const bits = { bytes: endBits(sink), at: 0 }
      for (const column of columns) {
        const still = takeStill(bits)
        expect(still).toBe(new Set(column).size === 1 ? column[0] : undefined)
        if (still === undefined) expect(takeColumn(bits, column.length)).toEqual(column)
      }
    }),
    { numRuns: 2000 },
  )
})

test('takes back whole numbers on an engine whose powers are a hair off', () => {
  vi.spyOn(Math, 'pow').mockImplementation((base, exponent) => Math.exp(exponent * Math.log(base)))
  const columns = [[1_790_055_260, 1_790_055_320], [2 ** 40 - 1], [2 ** 25, 2 ** 25 + 1, 2 ** 31, 2 ** 37]]
  const sink: BitSink = { packing: PLAIN_PACKING, bytes: [], bits: '' }
  for (const column of columns) writeColumn(sink, column)
  const bits = { bytes: endBits(sink), at: 0 }
  expect(columns.map(column => takeColumn(bits, column.length))).toEqual(columns)
})
