// From stored rollups to the columns of a chart: quarters and minutes as they are, days folded from quarters at local midnight. Energy is
// the difference of registers, joined to the bucket before only if that one is its neighbour: what ran during a gap is in the
// registers, but never a spike in a bucket. Pure.

import type { BucketColumn, Columns } from '../../shared/schema/readings.ts'
import { mergeRollups, type POWER_FIELDS, type PowerRollup, REGISTER_FIELDS, type Rollup } from '../store/rollup.ts'
import type { BucketRow } from '../store/store.ts'

type RegisterField = (typeof REGISTER_FIELDS)[number]
type Wh = number | undefined
export type Energies = { [register in RegisterField]?: number }

/** One bucket of an answer: one or more stored rollups, of one or more series. */
export interface Bucket {
  startS: number
  rollup: Rollup
  /** Wh at the bucket's end, of the series that was last; in the order of REGISTER_FIELDS. */
  registers: Wh[]
  /** Wh that ran within the bucket, all series together; in the order of REGISTER_FIELDS. */
  energies: Wh[]
}

/**
 * Folds ascending rows into buckets. `startOf` gives the bucket of a row (itself, or its local day); rows whose bucket starts before
 * `fromS` only lend their last register to their neighbour.
 */
export function foldBuckets(
  rows: BucketRow[],
  widthS: number,
  fromS: number,
  startOf: (startS: number) => number,
): Bucket[] {
  const buckets: Bucket[] = []
  const previousOf = new Map<number, BucketRow>()
  for (const row of rows) {
    const startS = startOf(row.startS)
    const previous = previousOf.get(row.seriesNo)
    previousOf.set(row.seriesNo, row)
    if (startS < fromS) continue
    // Within a bucket a series is counted from where it stood last, so that a day is exactly last minus first.
    const isJoined =
      previous !== undefined && (previous.startS + widthS === row.startS || startOf(previous.startS) === startS)
    addRow(bucketAt(buckets, startS, row.rollup), row.rollup, isJoined ? previous.rollup : undefined)
  }
  return buckets
}

/** Rows ascend, so a bucket that was begun is the last one. */
function bucketAt(buckets: Bucket[], startS: number, rollup: Rollup): Bucket {
  const last = buckets[buckets.length - 1]
  if (last === undefined || last.startS !== startS) {
    const bucket = { startS, rollup, registers: [], energies: [] }
    buckets.push(bucket)
    return bucket
  }
  last.rollup = mergeRollups(last.rollup, rollup)
  return last
}

function addRow({ registers, energies }: Bucket, rollup: Rollup, joined: Rollup | undefined): void {
  for (let i = 0; i < REGISTER_FIELDS.length; i++) {
    const register = rollup.registers[i]
    if (register === undefined) continue
    const from = joined?.registers[i]?.last ?? register.first
    registers[i] = register.last
    energies[i] = (energies[i] ?? 0) + (register.last - from)
  }
}

const [OFFTAKE_T1, OFFTAKE_T2, INJECTION_T1, INJECTION_T2, OFFTAKE, INJECTION] = [0, 1, 2, 3, 4, 5] as const

/** Wh that ran: T1 and T2, and both together, or the total register where a country has only that. */
export function energiesOf({ energies }: Bucket): Energies {
  return {
    offtakeWh: offtakeOf(energies),
    injectionWh: injectionOf(energies),
    offtakeT1Wh: energies[OFFTAKE_T1],
    offtakeT2Wh: energies[OFFTAKE_T2],
    injectionT1Wh: energies[INJECTION_T1],
    injectionT2Wh: energies[INJECTION_T2],
  }
}

function offtakeOf(energies: Wh[]): Wh {
  return sumOf(energies[OFFTAKE_T1], energies[OFFTAKE_T2]) ?? energies[OFFTAKE]
}

function injectionOf(energies: Wh[]): Wh {
  return sumOf(energies[INJECTION_T1], energies[INJECTION_T2]) ?? energies[INJECTION]
}

function sumOf(a: Wh, b: Wh): Wh {
  return a === undefined && b === undefined ? undefined : (a ?? 0) + (b ?? 0)
}

/** The columns asked for; a column that is empty from top to bottom is left out. */
export function columnsOf(buckets: Bucket[], wanted: readonly RollupColumn[]): Columns {
  const columns: Columns = {}
  for (const name of wanted) {
    const cell = CELLS[name]
    const column: (number | null)[] = []
    let isEmpty = true
    for (const bucket of buckets) {
      const value = cell(bucket)
      if (value === undefined) column.push(null)
      else {
        column.push(value)
        isEmpty = false
      }
    }
    if (!isEmpty) columns[name] = column
  }
  return columns
}

type Cell = (bucket: Bucket) => number | undefined

function mean(power: PowerRollup | undefined): number | undefined {
  return power && Math.round(power.sum / power.count)
}

const CELLS: { [name in RollupColumn]: Cell } = {
  count: bucket => bucket.rollup.count,
  offtakeW: bucket => mean(bucket.rollup.powers[0]),
  injectionW: bucket => mean(bucket.rollup.powers[1]),
  offtakeMinW: bucket => bucket.rollup.powers[0]?.min,
  offtakeMaxW: bucket => bucket.rollup.powers[0]?.max,
  injectionMinW: bucket => bucket.rollup.powers[1]?.min,
  injectionMaxW: bucket => bucket.rollup.powers[1]?.max,
  energyOfftakeWh: bucket => offtakeOf(bucket.energies),
  energyInjectionWh: bucket => injectionOf(bucket.energies),
  energyOfftakeT1Wh: bucket => bucket.energies[OFFTAKE_T1],
  energyOfftakeT2Wh: bucket => bucket.energies[OFFTAKE_T2],
  energyInjectionT1Wh: bucket => bucket.energies[INJECTION_T1],
  energyInjectionT2Wh: bucket => bucket.energies[INJECTION_T2],
  offtakeT1Wh: bucket => bucket.registers[OFFTAKE_T1],
  offtakeT2Wh: bucket => bucket.registers[OFFTAKE_T2],
  injectionT1Wh: bucket => bucket.registers[INJECTION_T1],
  injectionT2Wh: bucket => bucket.registers[INJECTION_T2],
  offtakeWh: bucket => bucket.registers[OFFTAKE],
  injectionWh: bucket => bucket.registers[INJECTION],
}

export type RollupColumn = BucketColumn | RegisterField | (typeof POWER_FIELDS)[number]
export const ROLLUP_COLUMNS = Object.keys(CELLS) as readonly RollupColumn[]
