// A hundredth of the herd against a hundredth of the capacity: what `npm run herd` says of 100,000, in a second.

import { expect, test } from 'vitest'
import { gatewayConfig } from '../../gateway/config.ts'
import { seededRandom } from '../../shared/kernel/random.ts'
import { type HerdWish, runHerd } from './herd.ts'

const config = gatewayConfig()
const WISH: Omit<HerdWish, 'kind'> = {
  dongles: 1000,
  gateways: 1,
  outageS: 300,
  perAddress: 1,
  patienceS: 3600,
  marksPerS: 5,
  figures: {
    ...config,
    handshakeUs: 16_000,
    batchUs: 600,
    strangersMax: config.strangersMax / 10,
    // of ten gateways
    strangerConnectsPerSecond: config.strangerConnectsPerSecond / 10,
    strangerConnectsBurst: config.strangerConnectsBurst / 10,
  },
}

test.each(['gateways', 'power'] as const)(
  'after an outage (%s) all dongles are back within 12 minutes, though five a second are let in, and live batches hardly wait',
  kind => {
    const report = runHerd({ ...WISH, kind }, seededRandom(7))
    expect(report.back).toBe(1000)
    // a hundred of them more than there are places for come at once, and nobody gives up halfway
    expect(report.refused['directory-late']).toBeGreaterThan(0)
    expect(report.refused['connect-timeout'] ?? 0).toBeLessThan(100)
    expect(report.allBackS).toBeLessThanOrEqual(720)
    expect(report.liveP95Ms).toBeLessThanOrEqual(200)
  },
)
