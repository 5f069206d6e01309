// Rollups: merging is order-free, the bytes come back, and the pure numbers agree with counting by hand.

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  mergeRollups,
  mergeStrip,
  type Rollup,
  rollupsOf,
  STRIP_BUCKETS,
  type Strip,
  stripSeconds,
  stripsOf,
  WIDTHS,
} from '../../../backend/store/rollup.ts'
import { decodeStrip, encodeStrip } from '../../../backend/store/rollup-codec.ts'
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

const strip: fc.Arbitrary<Strip> = fc.array(fc.option(rollup, { nil: undefined }), { minLength: 24, maxLength: 24 })

describe('a rollup', () => {
  test('comes back from the bytes of its strip, and what is missing stays missing', () => {
    fc.assert(
      fc.property(strip, one => {
        expect(decodeStrip(encodeStrip(one), 24)).toEqual(one)
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
    const [one] = [...stripsOf(aBatch(), '1m').values()] as [Strip]
    expect(encodeStrip(one).length).toBeLessThanOrEqual(3 + 40)
  })

  test('refuses what is not a whole number instead of storing it', () => {
    const [one] = [...rollupsOf(aBatch(), 60).values()] as [Rollup]
    for (const count of [Number.NaN, 0.5, 2 ** 60, -1]) {
      expect(() => encodeStrip([{ ...one, count }])).toThrow('whole numbers')
    }
  })
})

describe.each(['1m', '15m'] as const)('strips of %s', width => {
  test('come out the same however the readings were cut into batches', () => {
    const wish = { startS: NOON_S + 21_000, stepS: 10 } // across the ends of strips of both widths
    const parts = [aBatch({ ...wish, count: 130 }), aBatch({ ...wish, startS: wish.startS + 1300, count: 170 })]
    const merged = new Map<number, Strip>()
    for (const [startS, one] of parts.flatMap(part => [...stripsOf(part, width)])) {
      const known = merged.get(startS)
      if (known === undefined) merged.set(startS, one)
      else mergeStrip(known, one)
    }
    const whole = aBatch({ ...wish, count: 300 })
    expect(merged).toEqual(stripsOf(whole, width))
    expect(merged.size).toBeGreaterThan(1)
    const rollups = rollupsOf(whole, WIDTHS[width])
    for (const [startS, one] of merged) {
      expect(startS % stripSeconds(width)).toBe(0)
      expect(one).toHaveLength(STRIP_BUCKETS[width])
      one.forEach((rollup, i) => {
        expect(rollup).toEqual(rollups.get(startS + i * WIDTHS[width]))
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
