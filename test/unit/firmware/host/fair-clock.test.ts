import { expect, test } from 'vitest'
import { openFairClock, PATIENCE_MS } from '../../../support/fair-clock.ts'

const SPEED = 60

/** As a machine that has no time for this process. */
function stall(realMs: number): void {
  const endMs = performance.now() + realMs
  while (performance.now() < endMs);
}

test('while the process does not run, the dongle’s time stands still', async () => {
  const clock = openFairClock(SPEED)
  const rung: number[] = []
  const ring = (ms: number) => new Promise<void>(resolve => clock.after(ms, () => resolve(void rung.push(ms))))
  const soon = ring(1000)
  const later = ring(9000)
  const beganMs = clock.nowMs()
  stall(500)
  expect(clock.nowMs()).toBeLessThanOrEqual(beganMs + 1000 + PATIENCE_MS * SPEED)
  await soon
  expect(rung).toEqual([1000])
  stall(500)
  expect(clock.nowMs()).toBeLessThanOrEqual(beganMs + 9000 + PATIENCE_MS * SPEED)
  await later
  expect(clock.nowMs()).toBeGreaterThan(9000 - SPEED)
})

test('it never runs backwards, and who called off hears nothing', async () => {
  const clock = openFairClock(SPEED)
  let last = clock.nowMs()
  clock.after(50, () => expect.unreachable())()
  for (let i = 0; i < 30; i++) {
    await new Promise<void>(resolve => clock.after(100, resolve))
    if (i % 10 === 0) stall(60)
    const now = clock.nowMs()
    expect(now).toBeGreaterThanOrEqual(last)
    last = now
  }
})
