// From stored rollups to the columns of a chart: quarters and minutes as they are, days folded from quarters at local midnight. Energy is
// the difference of registers, joined to the bucket before only if that one is its neighbour: what ran during a gap is in the
// registers, but never a spike in a bucket. Pure.

import type { BucketColumn, Columns } from '../../shared/schema/readings.ts'
import { mergeRollups, type POWER_FIELDS, type PowerRollup, REGISTER_FIELDS, type Rollup } from '../store/rollup.ts'
import type { BucketRow } from '../store/store.ts'

type RegisterField = (typeof REGISTER_FIELDS)[number]
type Energies = { [register in RegisterField]?: number }

/** One bucket of an answer: one or more stored rollups, of one or more series. */
export interface Bucket {
  startS: number
  rollup: Rollup
  /** Wh at the bucket's end, of the series that was last. */
  registers: Energies
  /** Wh that ran within the bucket, all series together. */
  energies: Energies
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
  const buckets = new Map<number, Bucket>()
  const previousOf = new Map<number, BucketRow>()
  for (const row of rows) {
    const startS = startOf(row.startS)
    const previous = previousOf.get(row.seriesNo)
    previousOf.set(row.seriesNo, row)
    if (startS < fromS) continue
    // Within a bucket a series is counted from where it stood last, so that a day is exactly last minus first.
    const isJoined =
      previous !== undefined && (previous.startS + widthS === row.startS || startOf(previous.startS) === startS)
    addRow(buckets, startS, row, isJoined ? previous : undefined)
  }
  return [...buckets.values()]
}

function addRow(buckets: Map<number, Bucket>, startS: number, row: BucketRow, joined: BucketRow | undefined): void {
  const known = buckets.get(startS)
  const bucket = known ?? { startS, rollup: row.rollup, registers: {}, energies: {} }
  if (known === undefined) buckets.set(startS, bucket)
  else known.rollup = mergeRollups(known.rollup, row.rollup)
  for (let i = 0; i < REGISTER_FIELDS.length; i++) {
    const register = row.rollup.registers[i]
    if (register === undefined) continue
    const field = REGISTER_FIELDS[i] as RegisterField
    const from = joined?.rollup.registers[i]?.last ?? register.first
    bucket.registers[field] = register.last
    bucket.energies[field] = (bucket.energies[field] ?? 0) + (register.last - from)
  }
}

/** T1 and T2 together, or the total register where a country has only that. */
export function totalsOf(energies: Energies): { offtakeWh?: number; injectionWh?: number } {
  return {
    offtakeWh: sumOf(energies.offtakeT1Wh, energies.offtakeT2Wh) ?? energies.offtakeWh,
    injectionWh: sumOf(energies.injectionT1Wh, energies.injectionT2Wh) ?? energies.injectionWh,
  }
}

function sumOf(a: number | undefined, b: number | undefined): number | undefined {
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
  energyOfftakeWh: bucket => totalsOf(bucket.energies).offtakeWh,
  energyInjectionWh: bucket => totalsOf(bucket.energies).injectionWh,
  energyOfftakeT1Wh: bucket => bucket.energies.offtakeT1Wh,
  energyOfftakeT2Wh: bucket => bucket.energies.offtakeT2Wh,
  energyInjectionT1Wh: bucket => bucket.energies.injectionT1Wh,
  energyInjectionT2Wh: bucket => bucket.energies.injectionT2Wh,
  offtakeT1Wh: bucket => bucket.registers.offtakeT1Wh,
  offtakeT2Wh: bucket => bucket.registers.offtakeT2Wh,
  injectionT1Wh: bucket => bucket.registers.injectionT1Wh,
  injectionT2Wh: bucket => bucket.registers.injectionT2Wh,
  offtakeWh: bucket => bucket.registers.offtakeWh,
  injectionWh: bucket => bucket.registers.injectionWh,
}

export type RollupColumn = BucketColumn | RegisterField | (typeof POWER_FIELDS)[number]
export const ROLLUP_COLUMNS = Object.keys(CELLS) as readonly RollupColumn[]
