// Rollups: merging is order-free, the bytes come back, and the pure numbers agree with counting by hand.

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  mergeQuarters,
  mergeRollups,
  type Quarter,
  quartersOf,
  type Rollup,
  rollupsOf,
} from '../../../backend/store/rollup.ts'
import { decodeQuarter, decodeWhole, encodeQuarter } from '../../../backend/store/rollup-codec.ts'
import { aBatch, NOON_S } from '../../support/batches.ts'

const whole = fc.nat({ max: 2 ** 40 })
const power = fc.option(
  fc
    .record({ count: fc.nat(1000), sum: whole, min: fc.nat(100_000), more: fc.nat(100_000) })
    .map(({ more, ...p }) => ({ ...p, max: p.min + more })),
  { nil: undefined },
)
const register = fc.option(
  fc.tuple(whole, whole).map(([a, b]) => ({ first: Math.min(a, b), last: Math.max(a, b) })),
  { nil: undefined },
)
const rollup: fc.Arbitrary<Rollup> = fc.record({
  count: fc.nat(100_000),
  powers: fc.array(power, { minLength: 2, maxLength: 2 }),
  registers: fc.array(register, { minLength: 6, maxLength: 6 }),
})

const quarter: fc.Arbitrary<Quarter> = fc.record({
  whole: rollup,
  minutes: fc.array(fc.option(rollup, { nil: undefined }), { minLength: 15, maxLength: 15 }),
})

describe('a rollup', () => {
  test('comes back from its bytes with its minutes, or alone', () => {
    fc.assert(
      fc.property(quarter, one => {
        expect(decodeQuarter(encodeQuarter(one))).toEqual(one)
        expect(decodeWhole(encodeQuarter(one))).toEqual(one.whole)
      }),
    )
  })

  test('merges the same in any order and any grouping', () => {
    fc.assert(
      fc.property(rollup, rollup, rollup, (a, b, c) => {
        expect(mergeRollups(a, b)).toEqual(mergeRollups(b, a))
        expect(mergeRollups(mergeRollups(a, b), c)).toEqual(mergeRollups(a, mergeRollups(b, c)))
      }),
    )
  })

  test('of a household minute takes few bytes', () => {
    const [one] = [...quartersOf(aBatch()).values()] as [Quarter]
    expect(encodeQuarter(one).length).toBeLessThanOrEqual(2 * 40 + 2)
  })

  test('refuses what is not a whole number instead of storing it', () => {
    const [one] = [...quartersOf(aBatch()).values()] as [Quarter]
    for (const count of [Number.NaN, 0.5, 2 ** 60, -1]) {
      expect(() => encodeQuarter({ ...one, whole: { ...one.whole, count } })).toThrow('whole numbers')
    }
  })

  test('of a quarter is the sum of its minutes, however its readings were cut into batches', () => {
    const readings = aBatch({ startS: NOON_S + 800, count: 300 })
    const parts = [aBatch({ startS: NOON_S + 800, count: 130 }), aBatch({ startS: NOON_S + 930, count: 170 })]
    const merged = new Map<number, Quarter>()
    for (const [startS, one] of parts.flatMap(part => [...quartersOf(part)])) {
      const known = merged.get(startS)
      merged.set(startS, known === undefined ? one : mergeQuarters(known, one))
    }
    expect(merged).toEqual(quartersOf(readings))
    for (const [startS, { whole, minutes }] of merged) {
      expect(rollupsOf(readings, 900).get(startS)).toEqual(whole)
      minutes.forEach((minute, i) => {
        expect(rollupsOf(readings, 60).get(startS + i * 60)).toEqual(minute)
      })
    }
  })
})

describe('the rollups of a batch', () => {
  test('begin on whole minutes and count each reading once', () => {
    const rollups = rollupsOf(aBatch({ startS: NOON_S + 50, count: 80 }), 60)
    expect([...rollups].map(([startS, { count }]) => [startS - NOON_S, count])).toEqual([
      [0, 10],
      [60, 60],
      [120, 10],
    ])
  })

  test('hold mean, lowest and highest power and the registers at both ends', () => {
    const [first] = [...rollupsOf(aBatch({ startS: NOON_S, count: 60 }), 60).values()] as [Rollup]
    const atS = Array.from({ length: 60 }, (_, i) => NOON_S + i)
    const watts = atS.map(s => 500 + (s % 100))
    expect(first.powers[0]).toEqual({
      count: 60,
      sum: watts.reduce((sum, w) => sum + w, 0),
      min: Math.min(...watts),
      max: Math.max(...watts),
    })
    expect(first.registers[0]).toEqual({ first: 1_000_000, last: 1_000_059 })
    expect(first.registers[4]).toBeUndefined()
  })

  test('keep a field that the meter does not send absent, never 0', () => {
    const batch = aBatch({ count: 2 })
    const [first] = [...rollupsOf({ ...batch, fields: [4], columns: [[1, 2]] }, 60).values()] as [Rollup]
    expect(first.powers).toEqual([{ count: 2, sum: 3, min: 1, max: 2 }, undefined])
    expect(first.registers).toEqual([undefined, undefined, undefined, undefined, undefined, undefined])
  })
})
