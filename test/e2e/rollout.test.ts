// The drill of a rollout, small: the same keys, commands, platform and sealed sessions as `npm run drill:rollout`, with a dozen dongles.

import { expect, test } from 'vitest'
import { drillRollout } from '../drill/rollout.ts'

test('a good release reaches every dongle in waves; a broken one stops in its first wave and is given up', {
  timeout: 300_000,
}, async () => {
  const told: string[] = []
  const report = await drillRollout(12, 1, line => void told.push(line))
  expect(report.reason, told.join('\n')).toBeUndefined()
  expect(report.good).toMatchObject({ state: 'done', healthy: 12 })
  expect(report.good?.waves.filter(wave => wave.given > 0).map(wave => wave.given)).toEqual([5, 1, 6])
  expect(report.broken).toMatchObject({ state: 'stopped', reason: 'too-many-failed', back: 12 })
  expect(report.broken?.given).toBeLessThanOrEqual(5)
})
