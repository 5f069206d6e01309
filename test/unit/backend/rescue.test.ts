// A dongle without a program: how often it is sent one, and which.

import { expect, test } from 'vitest'
import { type RescueTry, rescueNow, TRIES_KEPT_S } from '../../../backend/updates/rescue.ts'
import fc from '../../support/given-cases.ts'

const DAY_S = 86_400

/** The seconds at which tries come when every one of them fails, and it asks every minute for so many days. */
function triesIn(days: number, proved = [7]): RescueTry[] {
  const all: RescueTry[] = []
  for (let nowS = 0; nowS < days * DAY_S; nowS += 60) {
    const kept = all.filter(({ atS }) => atS > nowS - TRIES_KEPT_S)
    const releaseNo = rescueNow(proved, kept, nowS)
    if (releaseNo !== undefined) all.push({ releaseNo, atS: nowS })
  }
  return all
}

test('help comes at once, then ever more slowly, and at last about once a day for ever', () => {
  const tries = triesIn(60).map(({ atS }) => atS)
  const waits = tries.slice(1).map((atS, i) => atS - (tries[i] as number))
  expect(tries[0]).toBe(0)
  expect(waits.slice(0, 5)).toEqual([900, 3600, 14_400, 43_200, DAY_S])
  expect(Math.max(...waits)).toBeLessThanOrEqual(DAY_S)
  // neither a loop nor the end of it: the flash bears ten thousand erases
  expect(tries.length).toBeLessThan(60 * 1.5)
  expect(tries.at(-1)).toBeGreaterThan(58 * DAY_S)
})

test('a release that did not help twice gives way to the one before it, and comes again after that', () => {
  expect(
    triesIn(5, [9, 8])
      .slice(0, 6)
      .map(({ releaseNo }) => releaseNo),
  ).toEqual([9, 9, 8, 8, 9, 8])
})

test('a newer proved release is tried first; where there is none, nothing is', () => {
  const tries = [{ releaseNo: 7, atS: 0 }]
  expect(rescueNow([8, 7], tries, 900)).toBe(8)
  expect(rescueNow([], tries, DAY_S)).toBeUndefined()
  expect(rescueNow([], [], 0)).toBeUndefined()
})

test('however the tries lie, one is due within a day, and never two within a quarter of an hour', () => {
  const tries = fc.array(fc.record({ releaseNo: fc.constantFrom(7, 8), atS: fc.nat(TRIES_KEPT_S) }), { maxLength: 60 })
  fc.assert(
    fc.property(tries, some => {
      const ordered = some.toSorted((a, b) => a.atS - b.atS)
      const lastS = ordered.at(-1)?.atS ?? 0
      expect(rescueNow([8, 7], ordered, lastS + DAY_S)).toBeDefined()
      if (ordered.length > 0) expect(rescueNow([8, 7], ordered, lastS + 899)).toBeUndefined()
    }),
  )
})
