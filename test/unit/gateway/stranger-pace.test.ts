import { expect, test } from 'vitest'
import {
  createStrangerPace,
  earn,
  type StrangerPace,
  takeStranger,
  UNEARNED_BURST_PART,
  UNEARNED_PART,
} from '../../../gateway/broker/stranger-pace.ts'
import fc from '../../support/given-cases.ts'

const PER_S = 200
const BURST = 400
const UNEARNED = BURST / UNEARNED_BURST_PART

/** How many come in when one knocks each millisecond from `fromMs` to `untilMs`, from where so many failed. */
function admitted(pace: StrangerPace, failures: number, fromMs: number, untilMs: number): number {
  let count = 0
  for (let nowMs = fromMs; nowMs < untilMs; nowMs++) if (takeStranger(pace, failures, nowMs)) count++
  return count
}

test('a flood in which nobody proves himself has a small part of the burst, then of the rate', () => {
  const pace = createStrangerPace(PER_S, BURST)
  expect(admitted(pace, 0, 0, 3000)).toBeLessThanOrEqual(UNEARNED + (3 * PER_S) / UNEARNED_PART)
  expect(admitted(pace, 0, 3000, 13_000)).toBe((10 * PER_S) / UNEARNED_PART)
})

test('a herd whose members all prove themselves soon has the whole rate, also when a flood has taken everything before', () => {
  const pace = createStrangerPace(PER_S, BURST)
  admitted(pace, 0, 0, 10_000)
  let count = 0
  for (let nowMs = 10_000; nowMs < 20_000; nowMs++) {
    if (!takeStranger(pace, 0, nowMs)) continue
    count++
    earn(pace)
  }
  expect(count).toBeGreaterThan(10 * PER_S - PER_S)
})

test.each([
  [1, 0, UNEARNED / 2],
  [2, 1, UNEARNED / 4],
  [20, 1, UNEARNED / 4],
])(
  'where %i failed, those where %i did find %i of what comes by itself, and who comes for the first time three quarters or a half',
  (many, few, found) => {
    const pace = createStrangerPace(PER_S, BURST)
    admitted(pace, many, 0, 10_000)
    const knock = (failures: number): number =>
      Array.from({ length: UNEARNED }, () => takeStranger(pace, failures, 10_000)).filter(Boolean).length
    const foundByFew = knock(few)
    expect(foundByFew).toBeGreaterThanOrEqual(found)
    expect(foundByFew + knock(0)).toBeGreaterThanOrEqual(many === 1 ? UNEARNED / 2 : (UNEARNED * 3) / 4)
  },
)

test('what those earn who come for the first time is there for them, however many fail beside them', () => {
  const pace = createStrangerPace(PER_S, BURST)
  admitted(pace, 1, 0, 10_000)
  let count = 0
  for (let nowMs = 10_000; nowMs < 11_000; nowMs++) {
    if (takeStranger(pace, 0, nowMs)) {
      count++
      earn(pace)
    }
    takeStranger(pace, 1, nowMs)
  }
  expect(count).toBeGreaterThanOrEqual(PER_S)
})

test('a burst of one is one each time, for who failed too', () => {
  const pace = createStrangerPace(1, 1)
  expect(takeStranger(pace, 20, 0)).toBe(true)
  expect(takeStranger(pace, 20, 0)).toBe(false)
})

const STEP = fc.record({ passesMs: fc.nat(5000), failures: fc.nat(4), proves: fc.boolean() })

test('whoever comes when: never more than burst and rate, nor more than their parts and two for each proof', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 50 }),
      fc.integer({ min: 1, max: 50 }),
      fc.array(STEP),
      (rate, burst, steps) => {
        const pace = createStrangerPace(rate, burst)
        const unearned = Math.max(1, burst / UNEARNED_BURST_PART)
        const slack = 1e-6
        let [nowMs, count, proofs] = [0, 0, 0]
        for (const { passesMs, failures, proves } of steps) {
          nowMs += passesMs
          if (!takeStranger(pace, failures, nowMs)) continue
          count++
          expect(count).toBeLessThanOrEqual(burst + (rate * nowMs) / 1000 + slack)
          expect(count).toBeLessThanOrEqual(unearned + (rate * nowMs) / 1000 / UNEARNED_PART + 2 * proofs + slack)
          if (!proves) continue
          proofs++
          earn(pace)
        }
      },
    ),
  )
})

test('a clock that steps back gives nothing and takes nothing', () => {
  const pace = createStrangerPace(UNEARNED_PART, 2 * UNEARNED_BURST_PART)
  expect(takeStranger(pace, 0, 1000)).toBe(true)
  expect(takeStranger(pace, 0, 1000)).toBe(true)
  expect(takeStranger(pace, 0, 0)).toBe(false)
  expect(takeStranger(pace, 0, 1999)).toBe(false)
  expect(takeStranger(pace, 0, 2000)).toBe(true)
})
