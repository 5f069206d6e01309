// The order of the test files: the long ones first, so that none is left over at the end when all other processes have nothing more to do. Vitest
// knows how long files took the last time; a fresh clone has no last time.

import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** Files that take more than some twelve seconds on two cores, the longest first, below test/: as a whole run printed them. Each has a process of its own (vitest.config.ts). */
export const LONGEST = [
  'e2e/claim',
  'e2e/setup',
  'e2e/setup-page',
  'unit/backend/store-postgres',
  'unit/installer/flash',
  'e2e/dongles-page',
  'e2e/portal',
  'incidents/incidents',
  'e2e/flash',
  'unit/session/capacity',
  'e2e/doctor',
  'unit/backend/custody',
  'e2e/rollout',
  'e2e/sharing-page',
  'e2e/flash-page',
  'sim/sim',
  'unit/backend/store-kill',
  'unit/backend/claim',
  'unit/backend/store',
  'e2e/doctor-page',
  'kill/apart',
  'e2e/dongle-incidents',
  'e2e/esp-page',
  'e2e/staff-pages',
  'chaos/ends',
  'unit/installer/release',
  'kill/kill',
  'device/bundle',
  'device/security',
  'operate/restore',
  'e2e/dongle-to-page',
  'e2e/orders',
  'e2e/update',
  'unit/backend/updates',
  'unit/firmware/odd-flash',
  'unit/backend/live',
  'device/orders',
  'device/line',
  'operate/letters',
  'cuts/cuts',
  'unit/installer/telegram',
  'contract/problems',
  'unit/backend/store-trouble',
  'e2e/data-page',
  'fuzz/corpus',
  'e2e/diagnose-command',
  'unit/backend/orders',
  'unit/backend/inbox',
  'operate/alerts',
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
