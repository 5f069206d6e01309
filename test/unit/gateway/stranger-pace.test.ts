import { expect, test } from 'vitest'
import {
  createStrangerPace,
  earn,
  type StrangerPace,
  takeStranger,
  UNEARNED_PART,
} from '../../../gateway/broker/stranger-pace.ts'
import fc from '../../support/given-cases.ts'

const PER_S = 200
const BURST = 400

/** How many come in when one knocks each millisecond from `fromMs` to `untilMs`. */
function admitted(pace: StrangerPace, standing: 'new' | 'failed', fromMs: number, untilMs: number): number {
  let count = 0
  for (let nowMs = fromMs; nowMs < untilMs; nowMs++) if (takeStranger(pace, standing, nowMs)) count++
  return count
}

test('a flood in which nobody proves himself has its burst, then a part of the rate', () => {
  const pace = createStrangerPace(PER_S, BURST)
  admitted(pace, 'new', 0, 3000)
  expect(admitted(pace, 'new', 3000, 13_000)).toBe((10 * PER_S) / UNEARNED_PART)
})

test('a herd whose members all prove themselves soon has the whole rate, also when a flood has taken everything before', () => {
  const pace = createStrangerPace(PER_S, BURST)
  admitted(pace, 'new', 0, 10_000)
  let count = 0
  for (let nowMs = 10_000; nowMs < 20_000; nowMs++) {
    if (!takeStranger(pace, 'new', nowMs)) continue
    count++
    earn(pace)
  }
  expect(count).toBeGreaterThan(10 * PER_S - PER_S)
})

test('who failed before leaves half of what there is to those who come for the first time', () => {
  const pace = createStrangerPace(PER_S, BURST)
  admitted(pace, 'failed', 0, 10_000)
  const all = Array.from({ length: BURST }, () => takeStranger(pace, 'new', 10_000))
  expect(all.filter(Boolean).length).toBeGreaterThanOrEqual(BURST / 2)
})

test('a burst of one is one each time, for who failed too', () => {
  const pace = createStrangerPace(1, 1)
  expect(takeStranger(pace, 'failed', 0)).toBe(true)
  expect(takeStranger(pace, 'failed', 0)).toBe(false)
})

const STEP = fc.record({ passesMs: fc.nat(5000), standing: fc.constantFrom('new', 'failed'), proves: fc.boolean() })

test('whoever comes when: never more than burst and rate, nor more than burst, its part and two for each proof', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 50 }),
      fc.integer({ min: 1, max: 50 }),
      fc.array(STEP),
      (rate, burst, steps) => {
        const pace = createStrangerPace(rate, burst)
        const slack = 1e-6
        let [nowMs, count, proofs] = [0, 0, 0]
        for (const { passesMs, standing, proves } of steps) {
          nowMs += passesMs
          if (!takeStranger(pace, standing as 'new' | 'failed', nowMs)) continue
          count++
          expect(count).toBeLessThanOrEqual(burst + (rate * nowMs) / 1000 + slack)
          expect(count).toBeLessThanOrEqual(burst + (rate * nowMs) / 1000 / UNEARNED_PART + 2 * proofs + slack)
          if (!proves) continue
          proofs++
          earn(pace)
        }
      },
    ),
  )
})

test('a clock that steps back gives nothing and takes nothing', () => {
  const pace = createStrangerPace(UNEARNED_PART, 2)
  expect(takeStranger(pace, 'new', 1000)).toBe(true)
  expect(takeStranger(pace, 'new', 1000)).toBe(true)
  expect(takeStranger(pace, 'new', 0)).toBe(false)
  expect(takeStranger(pace, 'new', 1999)).toBe(false)
  expect(takeStranger(pace, 'new', 2000)).toBe(true)
})
