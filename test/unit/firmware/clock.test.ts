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
  expect(clock.timeOf(946684800)).toBe(undefined) // 2000
  expect(clock.timeOf(3124224000)).toBe(undefined) // 2069
  expect(clock.timeOf(undefined)).toBe(undefined)
  expect(clock.timeOf(JULY)).toBe(JULY)
})

test('after the gateway spoke, the meter may be two hours off and no more, however long ago that was', () => {
  let seconds = 50
  const clock = createClock(() => seconds)
  seconds += 10
  clock.learn(JULY)
  seconds += 100_000
  const now = JULY + 100_000
  for (const near of [now, now + 7200, now - 7200, now + 600]) expect(clock.timeOf(near)).toBe(near)
  // further off, a month behind, in 2000, or without a clock: the gateway's time
  for (const far of [now + 7201, now - 7201, now - 30 * 86400, 946684800, undefined])
    expect(clock.timeOf(far)).toBe(now)
})

test("an hour off is summer time that a meter got wrong: the hour is put right, the minutes stay the meter's", () => {
  const clock = createClock(() => 0)
  clock.learn(JULY)
  expect([JULY - 3590, JULY - 3600, JULY + 3612].map(timeS => clock.timeOf(timeS))).toEqual([
    JULY + 10,
    JULY,
    JULY + 12,
  ])
  expect(clock.timeOf(JULY - 3400)).toBe(JULY - 3400)
})

test('months of one process lose no millisecond', () => {
  let seconds = 12.5
  const clock = createClock(() => seconds)
  clock.learn(JULY)
  seconds += 400 * 86400 + 0.001
  expect(clock.nowMs()).toBe(400 * 86_400_000 + 1)
  expect(clock.timeOf(undefined)).toBe(JULY + 400 * 86400)
})
