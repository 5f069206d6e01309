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
  expect(clock.timeOf(946684800, 0)).toBe(undefined) // 2000
  expect(clock.timeOf(3124224000, 0)).toBe(undefined) // 2069
  expect(clock.timeOf(undefined, 0)).toBe(undefined)
  expect(clock.timeOf(JULY, 0)).toBe(JULY)
})

test('after the gateway spoke, the meter may be two hours off and no more, however long ago that was', () => {
  let seconds = 50
  const clock = createClock(() => seconds)
  seconds += 10
  clock.learn(JULY)
  seconds += 100_000
  const now = JULY + 100_000
  for (const near of [now, now + 7200, now - 7200, now + 600]) expect(clock.timeOf(near, clock.nowMs())).toBe(near)
  // further off, a month behind, in 2000, or without a clock: the gateway's time
  for (const far of [now + 7201, now - 7201, now - 30 * 86400, 946684800, undefined])
    expect(clock.timeOf(far, clock.nowMs())).toBe(now)
  // a reading that waited is of the time in which it came
  expect(clock.timeOf(undefined, clock.nowMs() - 3000)).toBe(now - 3)
})

test('in the second of the doubled hours of October an hour behind is put right, and at no other time', () => {
  const SWITCH_S = Date.UTC(2026, 9, 25, 1) / 1000
  const at = (nowS: number) => {
    const clock = createClock(() => 0)
    clock.learn(nowS)
    return { timeOf: (timeS: number) => clock.timeOf(timeS, 0) }
  }
  expect(at(SWITCH_S + 1800).timeOf(SWITCH_S - 1800)).toBe(SWITCH_S + 1800)
  expect(at(SWITCH_S + 1800).timeOf(SWITCH_S - 1790)).toBe(SWITCH_S + 1810)
  expect(at(SWITCH_S + 1800).timeOf(SWITCH_S + 1800)).toBe(SWITCH_S + 1800)
  for (const nowS of [JULY, SWITCH_S - 60, SWITCH_S + 3700]) expect(at(nowS).timeOf(nowS - 3600)).toBe(nowS - 3600)
})

test('months of one process lose no millisecond', () => {
  let seconds = 12.5
  const clock = createClock(() => seconds)
  clock.learn(JULY)
  seconds += 400 * 86400 + 0.001
  expect(clock.nowMs()).toBe(400 * 86_400_000 + 1)
  expect(clock.timeOf(undefined, clock.nowMs())).toBe(JULY + 400 * 86400)
})
