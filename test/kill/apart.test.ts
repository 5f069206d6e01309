import { describe, expect, test } from 'vitest'
import { seededRandom } from '../../shared/kernel/random.ts'
import { MOSQUITTO } from '../support/mosquitto.ts'
import { runApartKills } from './apart-run.ts'

if (MOSQUITTO === undefined)
  console.warn('skipped: kill -9 of gateways, backend and broker apart needs mosquitto installed')

describe.skipIf(MOSQUITTO === undefined)('gateways, backend and broker as processes of their own', () => {
  test('kill -9 of each of them under load loses and doubles nothing that was acknowledged', async () => {
    const wish = { rounds: 3, dongleCount: 4, gatewayCount: 2, victims: ['gateway 1', 'backend', 'broker'] }
    const report = await runApartKills(wish, seededRandom(7))
    expect(report.acknowledged).toBeGreaterThan(0)
    expect(report.acknowledged).toBe(report.batchesSent)
    expect(report).toMatchObject({ lost: 0, doubled: 0, invented: 0 })
  })
})
