// The simulated household: one seed, one life; registers that add up; and noise like that of real series, because batch sizes
// measured on it are only worth as much as its noise.

import { describe, expect, test } from 'vitest'
import { brusselsOffsetS, localTimeOf, tariffOf } from '../../../../firmware/host/belgian-time.ts'
import { createHousehold } from '../../../../firmware/host/household.ts'
import type { FieldName } from '../../../../shared/reading/fields.ts'
import type { Reading } from '../../../../shared/reading/reading.ts'

/** Wednesday 15 April 2026, midnight in Brussels. */
const MIDNIGHT_S = 1_776_204_000
const HOUR_S = 3600

function readingsOf(seed: number, hours: number, options = {}): Reading[] {
  const household = createHousehold({ seed, startS: MIDNIGHT_S, ...options })
  return Array.from({ length: hours * HOUR_S }, (_, i) => household.next(MIDNIGHT_S + i))
}

const day = readingsOf(7, 24)

describe('a life from a seed', () => {
  test('the same seed lives the same life, another seed another', () => {
    expect(readingsOf(3, 1)).toEqual(readingsOf(3, 1))
    expect(readingsOf(3, 1)).not.toEqual(readingsOf(4, 1))
  })
  test('what a second holds does not depend on how often one asks', () => {
    const household = createHousehold({ seed: 7, startS: MIDNIGHT_S })
    for (const second of [0, 10, 10, 911, 40_000, 86_399])
      expect(household.next(MIDNIGHT_S + second)).toEqual(day[second])
  })
  test('every value is whole and never below 0', () => {
    for (const reading of day)
      for (const value of Object.values(reading))
        if (!(Number.isInteger(value) && value >= 0)) expect(value).toBe('whole')
  })
})

describe('registers and instruments', () => {
  const registers = ['offtakeT1Wh', 'offtakeT2Wh', 'injectionT1Wh', 'injectionT2Wh', 'gasDm3'] as const
  test('registers never run backwards', () => {
    for (const field of registers) {
      const runsBack = day.findIndex((reading, i) => i > 0 && reading[field]! < day[i - 1]![field]!)
      expect(runsBack, field).toBe(-1)
    }
  })
  test('registers are the sums of the powers shown', () => {
    const sum = (field: FieldName) => day.slice(1).reduce((total, reading) => total + reading[field]!, 0) / 3600
    const risen = (a: FieldName, b: FieldName) => day.at(-1)![a]! + day.at(-1)![b]! - day[0]![a]! - day[0]![b]!
    expect(Math.abs(risen('offtakeT1Wh', 'offtakeT2Wh') - sum('offtakeW'))).toBeLessThanOrEqual(2)
    expect(Math.abs(risen('injectionT1Wh', 'injectionT2Wh') - sum('injectionW'))).toBeLessThanOrEqual(2)
    expect(risen('offtakeT1Wh', 'offtakeT2Wh')).toBeGreaterThan(10_000)
    expect(risen('injectionT1Wh', 'injectionT2Wh')).toBeGreaterThan(1000)
  })
  test('only the register of the tariff in force counts', () => {
    const at = (hour: number) => day[hour * HOUR_S]!
    expect([at(6).tariff, at(7).tariff, at(21).tariff, at(22).tariff]).toEqual([2, 1, 1, 2])
    expect(at(6).offtakeT1Wh).toBe(at(0).offtakeT1Wh)
    expect(at(21).offtakeT2Wh).toBe(at(8).offtakeT2Wh)
  })
  test('net power is the sum of the phases, and one of its two directions is 0', () => {
    for (const r of day) {
      const phases = r.offtakeL1W! + r.offtakeL2W! + r.offtakeL3W! - r.injectionL1W! - r.injectionL2W! - r.injectionL3W!
      if (phases !== r.offtakeW! - r.injectionW! || r.offtakeW! * r.injectionW! !== 0) expect(r).toBe('balanced')
    }
  })
  test('the quarter-hour average starts from 0 and ends as the energy of the quarter', () => {
    const quarter = day.slice(19 * HOUR_S, 19 * HOUR_S + 900)
    expect(quarter[0]!.quarterAvgOfftakeW).toBeLessThan(50)
    const meanW = quarter.reduce((total, reading) => total + reading.offtakeW!, 0) / 900
    expect(Math.abs(quarter.at(-1)!.quarterAvgOfftakeW! - meanW)).toBeLessThanOrEqual(1)
  })
  test('the month peak is the highest quarter so far and says when it ended', () => {
    const peak = Math.max(...day.map(reading => reading.monthPeakOfftakeW!))
    expect(day.at(-1)!.monthPeakOfftakeW).toBe(peak)
    expect(peak).toBeGreaterThan(day[0]!.monthPeakOfftakeW!)
    expect(day.at(-1)!.monthPeakAtS! % 900).toBe(0)
    const reachedAt = day.findIndex(reading => reading.monthPeakOfftakeW === peak)
    expect(day[reachedAt]!.timeS).toBe(day.at(-1)!.monthPeakAtS)
  })
  test('in Brussels there are no phases, and without a gas meter no gas', () => {
    const [reading] = readingsOf(1, 1, { hasPhases: false, hasGas: false })
    expect(Object.keys(reading!).filter(name => /L\d|gas/.test(name))).toEqual([])
    expect(reading!.offtakeW).toBeGreaterThan(0)
  })
  test('without panels nothing is fed in', () => {
    expect(readingsOf(1, 13, { solarPeakW: 0 }).every(r => r.injectionW === 0 && r.injectionT1Wh === 0)).toBe(true)
  })
})

describe('noise like that of real one-second series (docs/adr/0008)', () => {
  const differences = (field: FieldName, fromHour: number, toHour: number) => {
    const part = day.slice(fromHour * HOUR_S, toHour * HOUR_S)
    return part.slice(1).map((reading, i) => reading[field]! - part[i]![field]!)
  }
  const entropyOf = (values: number[]) => {
    const counts = new Map<number, number>()
    for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1)
    return [...counts.values()].reduce((bits, n) => bits - (n / values.length) * Math.log2(n / values.length), 0)
  }
  const deviationOf = (values: number[]) =>
    Math.sqrt(values.reduce((sum, value) => sum + value * value, 0) / values.length)
  const between = (value: number, least: number, most: number) => {
    expect(value).toBeGreaterThan(least)
    expect(value).toBeLessThan(most)
  }
  test('net power at night: 3.5 to 4.6 bits a second', () =>
    between(entropyOf(differences('offtakeW', 3, 4)), 3.5, 4.6))
  test('net power over the day: 4.6 to 6 bits a second', () =>
    between(entropyOf(differences('offtakeW', 0, 24)), 4.6, 6))
  test('a quiet phase: deviation of 2 to 3 W', () => between(deviationOf(differences('offtakeL1W', 3, 4)), 2, 3))
  test('voltage: deviation of 0.8 to 1.5 dV, 2 to 2.6 bits', () => {
    between(deviationOf(differences('voltageL1dV', 3, 4)), 0.8, 1.5)
    between(entropyOf(differences('voltageL1dV', 3, 4)), 2, 2.6)
  })
  test('current: deviation of 1.5 to 2.5 cA, 2.5 to 3 bits', () => {
    between(deviationOf(differences('currentL1cA', 3, 4)), 1.5, 2.5)
    between(entropyOf(differences('currentL1cA', 3, 4)), 2.5, 3)
  })
})

describe('the clock in Brussels', () => {
  test('summer time begins and ends on the last Sundays of March and October at 01:00 UTC', () => {
    const spring = Date.UTC(2026, 2, 29, 1) / 1000
    const autumn = Date.UTC(2026, 9, 25, 1) / 1000
    expect([brusselsOffsetS(spring - 1), brusselsOffsetS(spring)]).toEqual([3600, 7200])
    expect([brusselsOffsetS(autumn - 1), brusselsOffsetS(autumn)]).toEqual([7200, 3600])
  })
  test('agrees with the time zone database, hour by hour through a year', () => {
    const format = new Intl.DateTimeFormat('en-GB', { timeZone: 'Europe/Brussels', hour: '2-digit', hourCycle: 'h23' })
    for (let timeS = MIDNIGHT_S; timeS < MIDNIGHT_S + 366 * 86_400; timeS += 7 * HOUR_S) {
      expect(Math.floor(localTimeOf(timeS).secondOfDay / HOUR_S)).toBe(Number(format.format(timeS * 1000)))
    }
  })
  test('T2 all weekend', () => {
    expect(tariffOf(localTimeOf(MIDNIGHT_S + 12 * HOUR_S))).toBe(1)
    expect(tariffOf(localTimeOf(MIDNIGHT_S + (3 * 24 + 12) * HOUR_S))).toBe(2)
  })
})
