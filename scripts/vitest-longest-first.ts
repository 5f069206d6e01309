// The order of the test files: the long ones first, so that none is left over at the end when all other processes have nothing more to do. Vitest
// knows how long files took the last time; a fresh clone has no last time.

import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** Files that take more than some twelve seconds on two cores, the longest first, below test/: as CI printed them. */
const LONGEST = [
  'e2e/setup',
  'unit/installer/flash',
  'e2e/setup-page',
  'unit/backend/store-postgres',
  'e2e/doctor',
  'e2e/flash',
  'e2e/portal',
  'operate/alerts',
  'kill/kill',
  'unit/backend/custody',
  'unit/session/capacity',
  'incidents/incidents',
  'e2e/dongles-page',
  'e2e/sharing-page',
  'kill/apart',
  'e2e/dongle-incidents',
  'unit/backend/store-kill',
  'unit/backend/claim',
  'e2e/dongle-to-page',
  'device/security',
  'e2e/rollout',
  'device/bundle',
  'unit/installer/release',
  'e2e/orders',
  'e2e/update',
  'e2e/esp-page',
  'sim/sim',
  'operate/restore',
  'device/line',
  'device/orders',
  'e2e/flash-page',
  'e2e/staff-pages',
  'e2e/diagnose-command',
  'unit/backend/store',
  'contract/problems',
  'e2e/doctor-page',
  'unit/backend/store-trouble',
  'unit/backend/live',
  'unit/backend/orders',
  'unit/backend/updates',
  'unit/backend/inbox',
  'e2e/claim',
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
