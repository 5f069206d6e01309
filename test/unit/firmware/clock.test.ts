import { expect, test } from 'vitest'
import { createClock } from '../../../firmware/clock.ts'

const JULY = 1783000000 // July 2026

test("counts milliseconds since start and never runs back, whatever the engine's clock does", () => {
  let seconds = 1000.25
  const clock = createClock(() => seconds)
  expect(clock.nowMs()).toBe(0)
  seconds = 1001.5
  expect(clock.nowMs()).toBe(1250)
  seconds = 900
  expect(clock.nowMs()).toBe(1250)
  seconds = 901
  expect(clock.nowMs()).toBe(2250)
})

test('before the gateway spoke, only nonsense is refused', () => {
  const clock = createClock(() => 0)
  expect(clock.isPlausible(946684800)).toBe(false) // 2000
  expect(clock.isPlausible(3124224000)).toBe(false) // 2069
  expect(clock.isPlausible(JULY)).toBe(true)
})

test('after the gateway spoke, the meter may be two hours off and no more, however long ago that was', () => {
  let seconds = 50
  const clock = createClock(() => seconds)
  seconds += 10
  clock.learn(JULY)
  seconds += 100_000
  const now = JULY + 100_000
  expect([now, now + 7200, now - 7200].map(clock.isPlausible)).toEqual([true, true, true])
  expect([now + 7201, now - 7201, now - 30 * 86400].map(clock.isPlausible)).toEqual([false, false, false])
})
