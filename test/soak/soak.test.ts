// The curve must see what is left behind for good, and must not take a batch that fills and empties for it.

import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { grownBy, hoursOf } from './memory-curve.ts'

/** A day, told six times an hour; `used` as it is at sample `n`. */
const day = (used: (n: number) => number) =>
  Array.from({ length: 144 }, (_, n) => ({ second: (n + 1) * 600, used: used(n), leastFree: 5000 - used(n) - 100 }))

test('a batch that fills and empties is no growth', () => {
  expect(grownBy(day(n => 2600 + ((n * 7) % 10) * 30))).toBe(0)
})

test('a variable left behind each hour is seen beside it', () => {
  expect(grownBy(day(n => 2600 + ((n * 7) % 10) * 30 + Math.floor(n / 6)))).toBe(12)
})

test('what the first quarter brings, and keeps, is the start', () => {
  expect(grownBy(day(n => (n < 30 ? 2000 : 2600)))).toBe(0)
})

test('a run too short for a verdict gives none', () => {
  expect(grownBy(day(() => 2600).slice(0, 11))).toBeUndefined()
})

test('an hour has the least and the most of its samples, the last second of it included', () => {
  const hours = hoursOf(day(n => 2600 + (n % 6)))
  expect(hours).toHaveLength(24)
  expect(hours[23]).toEqual({ hour: 23, usedLeast: 2600, usedMost: 2605, leastFree: 2295 })
})

test('a machine without socat is told so in one line', () => {
  const run = fileURLToPath(new URL('run.ts', import.meta.url))
  const { status, stderr, stdout } = spawnSync(process.execPath, [run, '--hours', '1'], { env: {}, encoding: 'utf8' })
  expect(stderr).toBe('soak needs socat on PATH (apt-get install socat)\n')
  expect([status, stdout]).toEqual([2, ''])
})
