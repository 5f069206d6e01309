// The order of the test files: the long ones first, so that none is left over at the end when all other processes have nothing more to do. Vitest
// knows how long files took the last time; a fresh clone has no last time.

import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** Files that take more than some ten seconds, the longest first, below test/. */
const LONGEST = [
  'e2e/setup',
  'e2e/doctor',
  'e2e/setup-page',
  'unit/installer/flash',
  'e2e/portal',
  'e2e/flash',
  'e2e/dongles-page',
  'unit/session/capacity',
  'e2e/dongle-incidents',
  'e2e/rollout',
  'device/security',
  'e2e/dongle-to-page',
  'sim/sim',
  'e2e/update',
  'device/bundle',
  'e2e/orders',
  'e2e/flash-page',
  'device/line',
  'device/orders',
  'e2e/doctor-page',
  'incidents/incidents',
  'kill/kill',
  'unit/backend/custody',
  'unit/backend/claim',
  'unit/firmware/host/dongle',
].map(name => `/test/${name}.test.ts`)

/** Where in LONGEST, or behind them all. */
function rank({ moduleId }: TestSpecification): number {
  const at = LONGEST.findIndex(name => moduleId.endsWith(name))
  return at < 0 ? LONGEST.length : at
}

export default class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    return (await super.sort(files)).sort((one, other) => rank(one) - rank(other))
  }
}
