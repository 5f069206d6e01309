// Today, from local midnight on: energy, and how much arrived and how much is missing. From quarters, which hold every stored reading.

import type { Today } from '../../shared/schema/metering-point.ts'
import type { Quality } from '../../shared/schema/quality.ts'
import { WIDTHS } from '../store/rollup.ts'
import type { ReadingReader } from '../store/store.ts'
import type { Holding } from '../tenures/tenures.ts'
import { type Bucket, energiesOf, foldBuckets } from './buckets.ts'
import { localDayStartS } from './local-day.ts'
import { gapsOfTenure } from './range.ts'

const WIDTH_S = WIDTHS['15m']

/** Energy since local midnight. The register at midnight is the last one before it if that is at most a quarter old, else the day's first. */
export async function energyToday(store: ReadingReader, holding: Holding, nowS: number): Promise<Today> {
  const fromS = localDayStartS(holding.point.timeZone, nowS)
  const day = await dayBucket(store, holding, fromS, nowS)
  return day === undefined ? { fromS } : { fromS, ...energiesOf(day) }
}

export async function countsToday(store: ReadingReader, holding: Holding, nowS: number): Promise<Quality['today']> {
  const midnightS = localDayStartS(holding.point.timeZone, nowS)
  const gaps = await gapsOfTenure(store, holding.tenureNo, Math.max(midnightS, holding.fromS), nowS)
  const stretches = new Set(gaps.map(gap => `${gap.fromS}|${gap.toS}`))
  const lost = gaps.reduce((sum, gap) => sum + (gap.kind === 'loss' ? (gap.count ?? 0) : 0), 0)
  const readings = (await dayBucket(store, holding, midnightS, nowS))?.rollup.count ?? 0
  return { readings, lost, gaps: stretches.size }
}

/** The one bucket that today is: every row from midnight on folds into it. */
async function dayBucket(
  store: ReadingReader,
  { tenureNo }: Holding,
  midnightS: number,
  nowS: number,
): Promise<Bucket | undefined> {
  const rows = await store.buckets(tenureNo, '15m', midnightS - WIDTH_S, nowS + WIDTH_S)
  return foldBuckets(rows, WIDTH_S, midnightS, startS => (startS < midnightS ? startS : midnightS))[0]
}
