// What leaves is exactly the data need, whatever was stored: fields, times, rate. And stretches of time lose nothing however they are put together.

import { describe, expect, test } from 'vitest'
import {
  aggregationOf,
  type Cut,
  cutRows,
  type Delivered,
  periodStartS,
  reduce,
} from '../../../../backend/delivery/cut.ts'
import { RANGES_MAX, type Range, withoutRange, withRange } from '../../../../backend/delivery/ranges.ts'
import { FIELD_NAMES, type FieldName } from '../../../../shared/reading/fields.ts'
import { AGGREGATIONS } from '../../../../shared/schema/data-need.ts'
import fc from '../../../support/given-cases.ts'

const T0 = 1_776_268_800
const aCut: fc.Arbitrary<Cut> = fc.record({
  fields: fc.uniqueArray(fc.constantFrom(...FIELD_NAMES), { minLength: 1, maxLength: 6 }),
  fromS: fc.integer({ min: T0, max: T0 + 200 }),
  untilS: fc.integer({ min: T0, max: T0 + 400 }),
  periodS: fc.constantFrom(1, 2, 10, 60, 90),
  aggregation: fc.constantFrom(...AGGREGATIONS),
})
const aValue = fc.option(fc.integer({ min: 0, max: 100_000 }), { nil: undefined })
const someStored = fc
  .array(
    fc.record({ timeS: fc.integer({ min: T0 - 50, max: T0 + 450 }), values: fc.array(aValue, { maxLength: 30 }) }),
    {
      maxLength: 80,
    },
  )
  .map(rows => ({
    timeS: rows.map(row => row.timeS),
    columnOf: (field: FieldName) => {
      const at = FIELD_NAMES.indexOf(field)
      return rows.some(row => row.values[at] !== undefined) ? rows.map(row => row.values[at]) : undefined
    },
  }))

describe('what leaves', () => {
  test('has the agreed fields, times within the agreed period, in order, and every value as it was measured', () => {
    fc.assert(
      fc.property(aCut, someStored, (cut, stored) => {
        const rows = cutRows(stored, cut)
        const allowed = new Set<string>(['timeS', ...cut.fields])
        for (const [i, row] of rows.entries()) {
          expect(Object.keys(row).every(name => allowed.has(name))).toBe(true)
          expect(row.timeS >= cut.fromS && row.timeS < cut.untilS).toBe(true)
          if (i > 0) expect(row.timeS).toBeGreaterThanOrEqual(rows[i - 1]!.timeS)
        }
        const values = (some: number[]) => some.sort((a, b) => a - b).join()
        for (const field of cut.fields) {
          const inside = stored.timeS.flatMap((timeS, i) =>
            timeS >= cut.fromS && timeS < cut.untilS ? (stored.columnOf(field)?.[i] ?? []) : [],
          )
          expect(values(rows.flatMap(row => row[field] ?? []))).toBe(values(inside))
        }
      }),
      { seed: 49, numRuns: 300 },
    )
  })

  test('is one reading per whole period, made of that period alone as the need says', () => {
    fc.assert(
      fc.property(aCut, someStored, (cut, stored) => {
        const rows = cutRows(stored, cut)
        const reduced = reduce(rows, cut)
        if (cut.periodS === 1) {
          expect(reduced).toEqual(rows)
          return
        }
        const starts = reduced.map(row => row.timeS)
        expect(new Set(starts).size).toBe(starts.length)
        for (const one of reduced) {
          const of = rows.filter(row => periodStartS(row.timeS, cut.periodS) === one.timeS)
          expect(one.timeS % cut.periodS).toBe(0)
          expect(one.timeS >= cut.fromS && one.timeS + cut.periodS <= cut.untilS).toBe(true)
          expect([one.count, one.lastS]).toEqual([of.length, of.at(-1)!.timeS])
          for (const field of cut.fields) expect(one[field]).toBe(expectedOf(of, field, aggregationOf(cut)[field]))
        }
        const whole = rows.filter(({ timeS }) => {
          const startS = periodStartS(timeS, cut.periodS)
          return startS >= cut.fromS && startS + cut.periodS <= cut.untilS
        })
        expect(reduced.reduce((sum, one) => sum + (one.count ?? 0), 0)).toBe(whole.length)
      }),
      { seed: 49, numRuns: 300 },
    )
  })

  test('means powers, voltages and currents only: what the meter counts up, names or has averaged itself is the last', () => {
    const cut: Cut = { fields: FIELD_NAMES, fromS: 0, untilS: 4e9, periodS: 10, aggregation: 'mean' }
    const meaned = Object.entries(aggregationOf(cut)).flatMap(([field, how]) => (how === 'mean' ? field : []))
    expect(meaned).toEqual([
      ...[
        'offtakeW',
        'injectionW',
        'voltageL1dV',
        'voltageL2dV',
        'voltageL3dV',
        'currentL1cA',
        'currentL2cA',
        'currentL3cA',
      ],
      ...['offtakeL1W', 'offtakeL2W', 'offtakeL3W', 'injectionL1W', 'injectionL2W', 'injectionL3W'],
    ])
  })
})

function expectedOf(rows: Delivered[], field: FieldName, how: 'mean' | 'last' | undefined): number | undefined {
  const values = rows.flatMap(row => row[field] ?? [])
  if (values.length === 0) return undefined
  return how === 'mean' ? Math.round(values.reduce((a, b) => a + b) / values.length) : values.at(-1)
}

const aRange: fc.Arbitrary<Range> = fc
  .tuple(fc.integer({ min: 0, max: 500 }), fc.integer({ min: 0, max: 30 }))
  .map(([fromS, lastsS]) => ({ fromS, toS: fromS + lastsS }))
const secondsOf = (ranges: readonly Range[]) =>
  new Set(ranges.flatMap(({ fromS, toS }) => Array.from({ length: toS - fromS }, (_, i) => fromS + i)))

describe('stretches of time', () => {
  test('hold every second that was put in and not taken out, ascending, apart and few', () => {
    const anAct = fc.record({ isAdded: fc.boolean(), range: aRange })
    fc.assert(
      fc.property(fc.array(anAct, { maxLength: 120 }), acts => {
        let ranges: Range[] = []
        for (const { isAdded, range } of acts) {
          const before = secondsOf(ranges)
          ranges = isAdded ? withRange(ranges, range) : withoutRange(ranges, range)
          const after = secondsOf(ranges)
          const touched = secondsOf([range])
          for (const second of before) if (isAdded || !touched.has(second)) expect(after.has(second)).toBe(true)
          if (isAdded) for (const second of touched) expect(after.has(second)).toBe(true)
          expect(ranges.length).toBeLessThanOrEqual(RANGES_MAX)
          for (const [i, one] of ranges.entries()) {
            expect(one.fromS).toBeLessThan(one.toS)
            if (i > 0) expect(one.fromS).toBeGreaterThan(ranges[i - 1]!.toS - (isAdded ? 0 : 1))
          }
        }
      }),
      { seed: 49, numRuns: 60 },
    )
  })
})
