import { describe, expect, test } from 'vitest'
import { localDayFinder, localDayStartS, nextLocalDayStartS } from '../../../backend/metering-points/local-day.ts'

const BRUSSELS = 'Europe/Brussels'
const at = (iso: string) => Date.parse(iso) / 1000

describe('a local day in Brussels', () => {
  test.each([
    ['winter', '2026-01-15T11:00:00Z', '2026-01-14T23:00:00Z', 24],
    ['summer', '2026-07-15T11:00:00Z', '2026-07-14T22:00:00Z', 24],
    ['the day summer time begins, before the change', '2026-03-29T00:30:00Z', '2026-03-28T23:00:00Z', 23],
    ['the day summer time begins, after the change', '2026-03-29T20:00:00Z', '2026-03-28T23:00:00Z', 23],
    ['the day summer time ends, first 02:30', '2026-10-25T00:30:00Z', '2026-10-24T22:00:00Z', 25],
    ['the day summer time ends, second 02:30', '2026-10-25T01:30:00Z', '2026-10-24T22:00:00Z', 25],
    ['the day summer time ends, last second', '2026-10-25T22:59:59Z', '2026-10-24T22:00:00Z', 25],
    ['midnight itself', '2026-10-25T23:00:00Z', '2026-10-25T23:00:00Z', 24],
    ['the second before midnight', '2026-01-14T22:59:59Z', '2026-01-13T23:00:00Z', 24],
  ])('%s', (_name, now, midnight, hours) => {
    expect(localDayStartS(BRUSSELS, at(now))).toBe(at(midnight))
    expect(nextLocalDayStartS(BRUSSELS, at(now))).toBe(at(midnight) + hours * 3600)
  })

  test('every hour of a year and a half belongs to exactly the day that follows the one before', () => {
    const find = localDayFinder(BRUSSELS)
    let dayS = localDayStartS(BRUSSELS, at('2025-09-01T12:00:00Z'))
    for (let atS = dayS; atS < at('2027-01-01T00:00:00Z'); atS += 3600) {
      if (atS >= nextLocalDayStartS(BRUSSELS, dayS)) dayS = nextLocalDayStartS(BRUSSELS, dayS)
      if (find(atS) !== dayS || localDayStartS(BRUSSELS, atS) !== dayS)
        expect.fail(`${atS} is not in the day of ${dayS}`)
    }
  })

  test('the finder may jump back and forth', () => {
    const find = localDayFinder(BRUSSELS)
    const [a, b] = [at('2026-10-25T12:00:00Z'), at('2026-03-29T12:00:00Z')]
    for (const atS of [a, b, a]) expect(find(atS)).toBe(localDayStartS(BRUSSELS, atS))
  })
})
