// A revocation against deliveries, played with given seeds; the command plays a million (`npm run race`).

import { expect, test } from 'vitest'
import { BROKEN_RACES, runRaces } from './simulated.ts'

test('no delivery starts after the end of its permission has committed, and many start before', () => {
  const report = runRaces(49, 1000)
  expect(report.afterCommit).toBe(0)
  expect(report.started).toBeGreaterThan(0)
  expect(report.held).toBeGreaterThan(0)
})

test.each(BROKEN_RACES)('the variant %s is caught', broken => {
  expect(runRaces(49, 500, broken).afterCommit).toBeGreaterThan(0)
})
