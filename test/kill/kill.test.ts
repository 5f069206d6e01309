import { expect, test } from 'vitest'
import { seededRandom } from '../../shared/kernel/random.ts'
import { runKills } from './kill-run.ts'

test('kill -9 of gateway and backend under load loses and doubles nothing that was acknowledged', async () => {
  const report = await runKills(4, 6, seededRandom(11))
  expect(report.acknowledged).toBeGreaterThan(0)
  expect(report.acknowledged).toBe(report.batchesSent)
  expect(report).toMatchObject({ lost: 0, doubled: 0, invented: 0 })
})
