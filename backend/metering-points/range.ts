// One page of a range at one resolution, with what is missing in it. It ties the tenure's fence, the page's bound and the source (blobs or
// rollups) together; how each is read is in raw.ts, buckets.ts and gaps.ts.

import type { FieldName } from '../../shared/reading/fields.ts'
import { FIELD_NAMES } from '../../shared/reading/fields.ts'
import type { Resolution } from '../../shared/schema/reading.ts'
import {
  BUCKET_COLUMNS,
  READINGS_LIMIT_DEFAULT,
  type Readings,
  type ReadingsQuery,
} from '../../shared/schema/readings.ts'
import { Problem } from '../problem.ts'
import { WIDTHS } from '../store/rollup.ts'
import type { ReadingReader } from '../store/store.ts'
import type { Holding } from '../tenures/tenures.ts'
import { columnsOf, foldBuckets, ROLLUP_COLUMNS, type RollupColumn } from './buckets.ts'
import { decodeCursor, encodeCursor } from './cursor.ts'
import { type GapFacts, gapsIn } from './gaps.ts'
import { localDayFinder, nextLocalDayStartS } from './local-day.ts'
import { readRaw } from './raw.ts'

/** Days are folded from quarters: this many to a page keep one answer below 20 ms of work. */
const DAYS_MAX = 31
/** Sequence numbers are walked for at most this much time per page; further pages walk on. */
const RAW_WINDOW_S = 7 * 86_400

/** Throws Problem for a range, cursor or column that cannot be. `nowS` bounds it: the future is not a gap. */
export async function readRange(
  store: ReadingReader,
  holding: Holding,
  query: ReadingsQuery,
  nowS: number,
): Promise<Readings> {
  const { resolution, fromS, toS } = query
  if (fromS >= toS) throw new Problem('range.invalid', 'fromS must be before toS.')
  const beginS = query.cursor === undefined ? fromS : decodeCursor(query.cursor, resolution, fromS, toS)
  if (beginS === undefined) throw new Problem('cursor.invalid')
  const columns = query.fields === undefined ? undefined : columnNames(query.fields, resolution)
  const limit = query.limit ?? READINGS_LIMIT_DEFAULT
  // The fence: whatever is asked, a tenure's data end where the tenure does.
  const fencedFromS = Math.max(beginS, holding.fromS)
  const fencedToS = Math.min(toS, holding.toS ?? toS)
  const page =
    resolution === 'raw'
      ? await rawPage(store, holding, fencedFromS, fencedToS, columns, limit)
      : await bucketPage(store, holding, resolution, fencedFromS, fencedToS, columns, limit)
  const endS = page.nextFromS ?? fencedToS
  const gaps = await gapsOfTenure(store, holding.tenureNo, fencedFromS, Math.min(endS, nowS))
  const next = page.nextFromS === undefined ? null : encodeCursor(resolution, page.nextFromS)
  return { resolution, fromS, toS, timeS: page.timeS, columns: page.columns, gaps, next }
}

export async function gapsOfTenure(
  store: ReadingReader,
  tenureNo: number,
  fromS: number,
  toS: number,
): Promise<Readings['gaps']> {
  if (fromS >= toS) return []
  const [seams, inside, ends] = await Promise.all([
    store.seams(tenureNo, fromS, toS),
    store.holesInTime(tenureNo, fromS, toS),
    store.ends(tenureNo),
  ])
  const begins = ends.length > 1 ? await store.begins(tenureNo) : []
  const facts = { seams, ends, begins, inside }
  return gapsIn({ ...facts, between: await lossesBetween(store, facts, fromS, toS) }, fromS, toS)
}

/** The rules for gaps are asked once without any loss, to hear which ones they want to know. */
async function lossesBetween(
  store: ReadingReader,
  facts: Omit<GapFacts, 'between'>,
  fromS: number,
  toS: number,
): Promise<GapFacts['between']> {
  const wanted = new Map<string, Parameters<GapFacts['between']>>()
  const between: GapFacts['between'] = (...seqs) => {
    wanted.set(seqs.join(), seqs)
    return []
  }
  gapsIn({ ...facts, between }, fromS, toS)
  const found = await Promise.all(
    Array.from(wanted, async ([name, seqs]) => [name, await store.holesInSeq(...seqs)] as const),
  )
  const losses = new Map(found)
  return (...seqs) => losses.get(seqs.join()) ?? []
}

type Page = Pick<Readings, 'timeS' | 'columns'> & { nextFromS: number | undefined }

async function rawPage(
  store: ReadingReader,
  { tenureNo }: Holding,
  fromS: number,
  toS: number,
  names: string[] | undefined,
  limit: number,
): Promise<Page> {
  const windowToS = Math.min(toS, fromS + RAW_WINDOW_S)
  const wanted = names?.map(name => FIELD_NAMES.indexOf(name as FieldName))
  const page = await readRaw(store.batches(tenureNo, fromS, windowToS), fromS, windowToS, wanted, limit)
  return { ...page, nextFromS: page.nextFromS ?? (windowToS < toS ? windowToS : undefined) }
}

async function bucketPage(
  store: ReadingReader,
  { tenureNo, point }: Holding,
  resolution: Exclude<Resolution, 'raw'>,
  fromS: number,
  toS: number,
  names: string[] | undefined,
  limit: number,
): Promise<Page> {
  const width = resolution === 'day' ? '15m' : resolution
  const widthS = WIDTHS[width]
  const startOf = resolution === 'day' ? localDayFinder(point.timeZone) : (atS: number) => atS
  const firstS = resolution === 'day' ? startOf(fromS) : fromS - (fromS % widthS)
  const endS =
    resolution === 'day' ? daysLater(point.timeZone, firstS, Math.min(limit, DAYS_MAX)) : firstS + limit * widthS
  const rows = await store.buckets(tenureNo, width, firstS - widthS, Math.min(endS, toS))
  const buckets = foldBuckets(rows, widthS, firstS, startOf)
  const timeS = buckets.map(bucket => bucket.startS)
  const columns = columnsOf(buckets, (names as RollupColumn[] | undefined) ?? ROLLUP_COLUMNS)
  return { timeS, columns, nextFromS: endS < toS ? endS : undefined }
}

function daysLater(timeZone: string, startS: number, days: number): number {
  let endS = startS
  for (let day = 0; day < days; day++) endS = nextLocalDayStartS(timeZone, endS)
  return endS
}

function columnNames(fields: string, resolution: Resolution): string[] {
  const names = fields.split(',').map(name => name.trim())
  const known: readonly string[] = resolution === 'raw' ? FIELD_NAMES : ROLLUP_COLUMNS
  const odd = names.find(name => !known.includes(name))
  if (odd === undefined) return names
  const isOfOther = [...FIELD_NAMES, ...BUCKET_COLUMNS].includes(odd as FieldName)
  throw new Problem(
    'column.unknown',
    isOfOther ? `${odd} is not a column of ${resolution}.` : 'See the API’s column names.',
  )
}
