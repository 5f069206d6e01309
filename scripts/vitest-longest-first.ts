// The order of the test files: the long ones first, so that none is left over at the end when all other processes have nothing more to do. Vitest
// knows how long files took the last time; a fresh clone has no last time.

import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** Files that take more than some twelve seconds on two cores, the longest first, below test/: as CI printed them. Each has a process of its own (vitest.config.ts). */
export const LONGEST = [
  'e2e/setup',
  'unit/installer/flash',
  'operate/alerts',
  'unit/session/capacity',
  'e2e/setup-page',
  'e2e/flash',
  'e2e/doctor',
  'unit/backend/store-postgres',
  'e2e/portal',
  'e2e/dongles-page',
  'incidents/incidents',
  'e2e/sharing-page',
  'unit/backend/custody',
  'e2e/flash-page',
  'e2e/rollout',
  'e2e/doctor-page',
  'unit/backend/store',
  'sim/sim',
  'e2e/dongle-incidents',
  'e2e/orders',
  'kill/kill',
  'e2e/dongle-to-page',
  'device/bundle',
  'device/security',
  'e2e/update',
  'e2e/staff-pages',
  'e2e/esp-page',
  'operate/restore',
  'unit/backend/store-kill',
  'kill/apart',
  'unit/backend/claim',
  'e2e/diagnose-command',
  'device/orders',
  'device/line',
  'contract/problems',
  'unit/backend/orders',
  'unit/backend/inbox',
  'unit/firmware/odd-flash',
  'operate/letters',
  'e2e/claim',
  'cuts/cuts',
  'unit/backend/updates',
  'unit/backend/live',
  'e2e/data-page',
  'fuzz/corpus',
  'unit/backend/store-trouble',
].map(name => `test/${name}.test.ts`)

/** Where in LONGEST, or behind them all. */
function rank({ moduleId }: TestSpecification): number {
  const at = LONGEST.findIndex(name => moduleId.endsWith(`/${name}`))
  return at < 0 ? LONGEST.length : at
}

export default class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    return (await super.sort(files)).sort((one, other) => rank(one) - rank(other))
  }
}
