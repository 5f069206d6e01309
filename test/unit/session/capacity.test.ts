// How long the rings hold, and how long their flash lives, computed by letting the real encoder and the real rings run: a household as
// firmware/host simulates it, and the busiest meter there can be (three phases of 63 A, every value jumping over its whole range at
// every reading).

import { describe, expect, test } from 'vitest'
import { coarseRings, JOURNAL_SECTORS, POOL_SECTORS } from '../../../firmware/config.ts'
import { createHousehold } from '../../../firmware/host/household.ts'
import { PLAIN_PACKING } from '../../../shared/kernel/plain-packing.ts'
import { randomBelow, seededRandom } from '../../../shared/kernel/random.ts'
import type { FieldValues } from '../../../shared/reading/fields.ts'
import { valuesOf } from '../../../shared/reading/reading.ts'
import { addReading, createBatcher, recordsOf } from '../../../shared/session/batcher.ts'
import { appendRecord, openRing, RING_RECORD_BYTES_MAX, type Ring, release } from '../../../shared/session/ring.ts'
import { FREE_WANTED } from '../../../shared/session/ring-state.ts'
import { SYSTEM_SECTORS } from '../../../shared/session/system-page.ts'
import { ringTurns, tendRing } from '../../../shared/session/thin.ts'
import { createNor } from '../../support/nor.ts'
import { batchesIn } from '../../support/rings.ts'

const COARSE_RINGS = coarseRings()

const START_S = 1_790_000_000
const HOUR_S = 3600
const DAY_S = 86_400
const YEAR_S = 365 * DAY_S
const ERASES_MAX = 10_000
const YEARS_LEAST = 20

type Meter = (timeS: number) => FieldValues

function household(): Meter {
  const home = createHousehold({ seed: 5, startS: START_S })
  return timeS => valuesOf(home.next(timeS))
}

function busiest(stepS: number): Meter {
  const random = seededRandom(3)
  const below = (n: number) => randomBelow(random, n)
  const values: number[] = []
  for (const field of [0, 1, 2, 3, 12, 14, 16]) values[field] = 5_000_000
  return timeS => {
    const isOfftake = below(2) === 0
    values[4] = isOfftake ? below(43_000) : 0
    values[5] = isOfftake ? 0 : below(43_000)
    values[6] = 1 + below(2)
    values[(isOfftake ? 0 : 2) + values[6] - 1]! += Math.floor(((values[4] + values[5]) * stepS) / HOUR_S) + below(2)
    values[9] = below(43_000)
    values[10] = 4000 + (Math.floor(timeS / 900) % 3000)
    values[11] = timeS - (timeS % 900)
    if (timeS % 300 < stepS)
      for (const field of [12, 14, 16]) {
        values[field]! += below(1000)
        values[field + 1] = timeS - below(60)
      }
    for (const field of [13, 15, 17]) values[field] ??= timeS
    for (const field of [18, 19, 20]) values[field] = 2070 + below(460)
    for (const field of [21, 22, 23]) values[field] = below(6300)
    for (const field of [24, 25, 26, 27, 28, 29]) values[field] = below(14_490)
    return values.slice() as FieldValues
  }
}

interface Run {
  /** Hours from the oldest reading to the newest in each ring of the dongle, the finest first, when it holds what it has for certain. */
  hours: number[]
  /** As they were held at the end of the run. */
  held: number[]
  erasesOf: Uint32Array
  /** Of all sectors, on the last day. */
  erasesADay: number
}

interface Pool {
  sectors: number
  coarse: typeof COARSE_RINGS
}

/** The rings of firmware/config.ts, or all of them `part` times as large: what a sector holds and how often it is erased is the same. */
const poolOf = (part: number): Pool => ({
  sectors: POOL_SECTORS * part,
  coarse: COARSE_RINGS.map(one => ({ ...one, sectors: one.sectors * part })),
})

/** `seconds` without a network, or with a gateway that stores everything at once; a reading every `stepS`. */
function run(meter: Meter, seconds: number, { stepS = 1, isStored = false, pool = poolOf(1) } = {}): Run {
  const flash = createNor(pool.sectors)
  const ring = openRing(flash, pool.coarse)
  const batcher = createBatcher(1, 10_000 * stepS, 60)
  const erases = () => sum([...flash.erasesOf])
  let before = 0
  for (let atS = 0; atS < seconds; atS += stepS) {
    if (atS === seconds - DAY_S) before = erases()
    for (const batch of addReading(batcher, atS * 1000, 0, START_S + atS, meter(START_S + atS)))
      for (const { id, bytes } of recordsOf(batch, RING_RECORD_BYTES_MAX, PLAIN_PACKING)) {
        const kept = appendRecord(ring, id, bytes)
        if (isStored && kept.ok) release(ring, id, kept.value)
      }
    for (let left = ringTurns(ring); left > 0; left--) tendRing(ring)
  }
  const rings = ring.pool.rings
  const held = rings.map(hoursIn)
  const keeps = [...COARSE_RINGS.map(one => one.sectors), 0].reverse()
  keeps[0] = POOL_SECTORS - (FREE_WANTED - 1) - sum(keeps)
  const hours = rings.map((one, i) => ((held[i] as number) * (keeps[i] as number)) / Math.max(1, one.sectors))
  return { hours, held, erasesOf: flash.erasesOf, erasesADay: erases() - before }
}

function hoursIn(ring: Ring): number {
  const times = batchesIn(ring).flatMap(batch => Array.from(batch.timeS))
  return times.length === 0 ? 0 : ((times.at(-1) as number) - (times[0] as number)) / HOUR_S
}

const shown = (hours: number[]) => hours.map(one => one.toFixed(1)).join(', ')
const sum = (hours: number[]) => hours.reduce((all, one) => all + one, 0)
const once = <T>(make: () => T) => {
  let made: T | undefined
  return () => (made ??= make())
}
const householdAway = once(() => run(household(), 2.5 * DAY_S))
const busiestAway = once(() => run(busiest(1), (8.5 * DAY_S) / 2, { pool: poolOf(1 / 2) }))
/** The quarter-hours of the busiest meter alone: a reading a minute, and little room before them. */
const busiestQuarters = once(() =>
  run(busiest(60), 60 * DAY_S, {
    stepS: 60,
    pool: {
      sectors: 150,
      coarse: COARSE_RINGS.map(one => ({ ...one, sectors: one.periodS === 900 ? one.sectors : 12 })),
    },
  }),
)

// Minutes of a machine that has other things to do: nothing here waits for time.
const PATIENT = { timeout: 300_000 }

describe('how long readings are held', PATIENT, () => {
  test('a household: every second of the first half day and more, and of the last hours after months', () => {
    const { held, hours } = householdAway()
    console.log(`household: ${shown(held)} h held after 2.5 days, ${shown(hours.slice(0, 1))} h of seconds in the end`)
    expect(held[0]).toBeGreaterThan(12)
    expect(hours[0]).toBeGreaterThan(2)
    expect(sum(held)).toBeGreaterThan(59)
  })

  test('24 hours at 10 s fit, whatever the meter says', () => {
    const { hours } = busiestAway()
    expect(sum(hours.slice(0, 2))).toBeGreaterThan(24)
  })

  test('a week of minutes fits, whatever the meter says', () => {
    const { hours } = busiestAway()
    expect(sum(hours.slice(0, 3))).toBeGreaterThan(7 * 24)
  })

  test('90 days of quarter-hours fit, whatever the meter says', () => {
    const { hours } = busiestAway()
    const all = [...hours.slice(0, 3), busiestQuarters().hours[3] as number]
    console.log(`busiest meter: ${shown(all)} h in each ring when all are full`)
    expect(sum(all)).toBeGreaterThan(90 * 24)
  })
})

describe(`the flash lives ${YEARS_LEAST} years and more at ${ERASES_MAX} erases of a sector`, PATIENT, () => {
  const years = (erasesPerSectorAndYear: number) => ERASES_MAX / erasesPerSectorAndYear
  const yearsOf = ({ erasesADay }: Run, what: string) => {
    const result = years((erasesADay * YEAR_S) / DAY_S / POOL_SECTORS)
    console.log(`${what}: ${result.toFixed(1)} years`)
    return result
  }

  test('readings of a household that are stored at once', () => {
    const day = run(household(), DAY_S, { isStored: true })
    expect(yearsOf(day, 'household')).toBeGreaterThan(YEARS_LEAST)
    // every sector takes its turn
    expect(Math.max(...day.erasesOf)).toBeLessThanOrEqual(Math.ceil(day.erasesADay / POOL_SECTORS))
  })

  test('readings of a household in an outage that never ends', () => {
    expect(yearsOf(householdAway(), 'household, always away')).toBeGreaterThan(YEARS_LEAST)
  })

  test('readings of the busiest meter: six years, and its chip is good for ten times as many erases', () => {
    expect(yearsOf(run(busiest(1), DAY_S, { isStored: true }), 'busiest meter')).toBeGreaterThan(6)
    expect(10 * yearsOf(busiestAway(), 'busiest meter, always away')).toBeGreaterThan(YEARS_LEAST)
  })

  test('an outage that never ends wears the sectors alike, though some rest for months', () => {
    // in small, so that the coarsest ring goes round several times
    const coarse = COARSE_RINGS.map(one => ({ ...one, sectors: 4 }))
    const { erasesOf } = run(busiest(60), 60 * DAY_S, { stepS: 60, pool: { sectors: 24, coarse } })
    expect(Math.max(...erasesOf)).toBeLessThan((1.25 * sum([...erasesOf])) / 24)
  })

  test('the journal: 192 telegrams a slot, 64 slots a sector, a telegram a second and a restart every hour', () => {
    const slotsPerYear = YEAR_S / 192 + YEAR_S / HOUR_S
    expect(years(slotsPerYear / 64 / JOURNAL_SECTORS)).toBeGreaterThan(YEARS_LEAST)
  })

  test('boot counter: 32,640 starts a sector, a start every minute', () => {
    expect(years(YEAR_S / 60 / 32_640 / 2)).toBeGreaterThan(YEARS_LEAST)
  })

  test('configuration: each change erases each copy once; one a day for ever', () => {
    expect(SYSTEM_SECTORS.bootCounter - SYSTEM_SECTORS.config).toBe(2)
    expect(years(365)).toBeGreaterThan(YEARS_LEAST)
  })
})
