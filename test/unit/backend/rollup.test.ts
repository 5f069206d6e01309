// Rollups: merging is order-free, the bytes come back, and the pure numbers agree with counting by hand.

import { describe, expect, test } from 'vitest'
import {
  HOUR_S,
  hoursOf,
  mergeRollups,
  type Rollup,
  rollupsOf,
  slotsOf,
  WIDTHS,
} from '../../../backend/store/rollup.ts'
import {
  decodeRollup,
  decodeRollups,
  decodeSlots,
  encodeRollup,
  encodeSlots,
} from '../../../backend/store/rollup-codec.ts'
import { aBatch, NOON_S } from '../../support/batches.ts'
import fc from '../../support/given-cases.ts'

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

const hour = fc.array(fc.option(rollup, { nil: undefined, freq: 3 }), { minLength: 64, maxLength: 64 })

describe('a rollup', () => {
  test('comes back from its bytes, alone or in its hour, and what is missing stays missing', () => {
    fc.assert(
      fc.property(hour, fc.nat(64), fc.nat(64), (rollups, a, b) => {
        const slots = rollups.map(one => one && encodeRollup(one))
        const bytes = encodeSlots(slots, 64)
        expect(decodeSlots(bytes, 64).map(slot => slot && decodeRollup(slot))).toEqual(rollups)
        const [first, end] = [Math.min(a, b), Math.max(a, b)]
        expect(decodeRollups(bytes, 64, first, end)).toEqual(rollups.slice(first, end))
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
    const [one] = [...rollupsOf(aBatch(), 60).values()] as [Rollup]
    expect(encodeRollup(one).length).toBeLessThanOrEqual(40)
  })

  test('refuses what is not a whole number instead of storing it', () => {
    const [one] = [...rollupsOf(aBatch(), 60).values()] as [Rollup]
    for (const count of [Number.NaN, 0.5, 2 ** 60, -1]) {
      expect(() => encodeRollup({ ...one, count })).toThrow('whole numbers')
    }
  })
})

test('an hour has the rollups of both widths in their slots', () => {
  const batch = aBatch({ startS: NOON_S + 3000, stepS: 10, count: 300 })
  const hours = hoursOf(batch)
  expect([...hours.keys()]).toEqual([NOON_S, NOON_S + HOUR_S])
  for (const width of ['1m', '15m'] as const) {
    const [first, end] = slotsOf(width)
    const bySlot: [number, Rollup][] = []
    for (const [startS, slots] of hours) {
      for (let slot = first; slot < end; slot++) {
        const one = slots.get(slot)
        if (one !== undefined) bySlot.push([startS + (slot - first) * WIDTHS[width], one])
      }
    }
    expect(new Map(bySlot)).toEqual(rollupsOf(batch, WIDTHS[width]))
  }
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
