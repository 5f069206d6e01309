// From stored rollups to the columns of a chart: quarters and minutes as they are, days folded from quarters at local midnight. Energy is
// the difference of registers, joined to the bucket before only if that one is its neighbour: what ran during a gap is in the
// registers, but never a spike in a bucket. Pure.

import { BUCKET_COLUMNS, type BucketColumn, type Columns } from '../../shared/schema/readings.ts'
import { mergeRollups, POWER_FIELDS, REGISTER_FIELDS, type Rollup } from '../store/rollup.ts'
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

export type RollupColumn = BucketColumn | RegisterField | (typeof POWER_FIELDS)[number]
export const ROLLUP_COLUMNS: readonly RollupColumn[] = [...POWER_FIELDS, ...REGISTER_FIELDS, ...BUCKET_COLUMNS]

/** The columns asked for; a column that is empty from top to bottom is left out. */
export function columnsOf(buckets: Bucket[], wanted: readonly RollupColumn[]): Columns {
  const columns: Columns = {}
  for (const name of wanted) {
    const column = buckets.map(bucket => cellOf(bucket, name) ?? null)
    if (column.some(value => value !== null)) columns[name] = column
  }
  return columns
}

function cellOf({ rollup, registers, energies }: Bucket, name: RollupColumn): number | undefined {
  const [offtake, injection] = rollup.powers
  switch (name) {
    case 'count':
      return rollup.count
    case 'offtakeW':
      return offtake && Math.round(offtake.sum / offtake.count)
    case 'injectionW':
      return injection && Math.round(injection.sum / injection.count)
    case 'offtakeMinW':
      return offtake?.min
    case 'offtakeMaxW':
      return offtake?.max
    case 'injectionMinW':
      return injection?.min
    case 'injectionMaxW':
      return injection?.max
    case 'energyOfftakeWh':
      return totalsOf(energies).offtakeWh
    case 'energyInjectionWh':
      return totalsOf(energies).injectionWh
    case 'energyOfftakeT1Wh':
      return energies.offtakeT1Wh
    case 'energyOfftakeT2Wh':
      return energies.offtakeT2Wh
    case 'energyInjectionT1Wh':
      return energies.injectionT1Wh
    case 'energyInjectionT2Wh':
      return energies.injectionT2Wh
    default:
      return registers[name]
  }
}
