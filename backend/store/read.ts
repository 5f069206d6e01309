// Reading one tenure's batches and rollups back. Statements take a series at a time, so that each walks one index in order, and a few
// dozen blobs at a time, so that a reader who has enough has opened no more. An erased tenure opens as empty.

import type { KeyObject } from 'node:crypto'
import { assert } from '../../shared/kernel/assert.ts'
import { batchPlace, REACH_S } from './commit.ts'
import { DAY_S, DAY_SLOTS, HOUR_S, HOUR_SLOTS, slotsOf, unionOfViews, WIDTHS, type Width } from './rollup.ts'
import { decodeRollups } from './rollup-codec.ts'
import { ALL_SETTLED, openRollups, rowNo, rowStartS } from './rollup-writer.ts'
import { unseal } from './sealing.ts'
import { all, first, type Steps } from './steps.ts'
import type { ArrivalReader, BatchRow, BucketRow, HoleRow, ReadingReader, Seam } from './store.ts'

const ROW = 'no, seriesNo, dongleNo, boot, firstSeq, span, fromS, toS, receivedAtMs, periodS'
const HOLE = 'dongleNo, boot, fromSeq, count, reason, fromS, toS'
const CHUNK = 64
/** A line so bad that it has more holes in one answer shows the first of them. */
const SEAMS_MAX = 2000
type SealedRow = BatchRow & { sealed: Uint8Array }
type Opened = { row: BatchRow; bytes: Uint8Array }

const SERIES_OF = 'SELECT no, coalesce(sameAs, no) AS meterNo FROM series WHERE tenureNo = ? ORDER BY no'
const NEWEST_OF = `SELECT ${ROW}, sealed FROM batch WHERE seriesNo = ? ORDER BY fromS DESC LIMIT 1`
const BEGIN_OF = `SELECT ${ROW} FROM batch WHERE seriesNo = ? ORDER BY fromS LIMIT 1`
const BEGIN_BEFORE = 'SELECT max(fromS) AS fromS FROM batch WHERE seriesNo = ? AND fromS <= ?'
const SEALED_FROM = `SELECT ${ROW}, sealed FROM batch
  WHERE seriesNo = ? AND (fromS, no) > (?, ?) AND fromS < ? ORDER BY fromS, no LIMIT ${CHUNK}`
const SEAMS_FROM = `SELECT ${ROW} FROM batch
  WHERE seriesNo = ? AND isJoined = 0 AND fromS >= ? AND fromS < ? ORDER BY fromS, no LIMIT ${SEAMS_MAX}`
const SEAM_AFTER = `SELECT ${ROW} FROM batch WHERE seriesNo = ? AND isJoined = 0 AND fromS >= ? ORDER BY fromS, no LIMIT 1`
const ROW_BEFORE = `SELECT ${ROW} FROM batch WHERE seriesNo = ? AND (fromS, no) < (?, ?) ORDER BY fromS DESC, no DESC LIMIT 1`
const END_OF = `SELECT ${ROW} FROM batch WHERE seriesNo = ? ORDER BY fromS DESC, no DESC LIMIT 1`
const HOLES_FROM = `SELECT ${HOLE} FROM hole WHERE seriesNo = ? AND fromS >= ? AND fromS < ? AND toS >= ? ORDER BY fromS`
const HOLES_BY_SEQ = `SELECT ${HOLE} FROM hole
  WHERE dongleNo = ? AND boot = ? AND fromSeq < ? AND fromSeq + count > ? AND fromS IS NULL ORDER BY fromSeq`
const HOURS_FROM = 'SELECT no, sealed FROM rollupHour WHERE no >= ? AND no <= ? ORDER BY no'
const UNSETTLED_FROM = `SELECT no, sealed FROM rollupHour WHERE no >= ? AND no <= ? AND settled <> ${ALL_SETTLED} ORDER BY no`
const DAYS_FROM = 'SELECT no, sealed FROM rollupDay WHERE no >= ? AND no <= ? ORDER BY no'

const NEWEST_NO = 'SELECT coalesce(max(no), 0) AS no FROM batch'
const ARRIVED_AFTER = `SELECT tenureNo, min(fromS) AS fromS, max(toS) AS toS FROM batch JOIN series ON series.no = batch.seriesNo
  WHERE batch.no > ? GROUP BY tenureNo ORDER BY tenureNo`

type KeyOf = (tenureNo: number) => Steps<KeyObject | undefined>

/** `go` runs steps on a connection that reads. */
export function createReader(
  go: <T>(steps: Steps<T>) => Promise<T>,
  keyOf: KeyOf,
): Omit<ReadingReader, 'settled'> & ArrivalReader {
  return {
    newestNo: async () => (await go(first<{ no: number }>(NEWEST_NO)))?.no ?? 0,
    arrivedAfter: no => go(all<{ tenureNo: number; fromS: number; toS: number }>(ARRIVED_AFTER, no)),
    newest: tenureNo => go(newest(tenureNo, keyOf)),
    async *batches(tenureNo, fromS, toS) {
      const key = await go(keyOf(tenureNo))
      if (key === undefined) return
      const sources = (await go(seriesOf(tenureNo))).map(({ no }) => sealedRows(no, fromS, toS))
      for await (const row of merged(sources)) if (row.toS >= fromS) yield open(row, key)
    },
    buckets: (tenureNo, width, fromS, toS) => go(buckets(tenureNo, width, fromS, toS, keyOf)),
    seams: (tenureNo, fromS, toS) => go(seams(tenureNo, fromS, toS)),
    ends: tenureNo => go(ofEachSeries(tenureNo, no => all<BatchRow>(END_OF, no))),
    begins: tenureNo => go(ofEachSeries(tenureNo, no => all<BatchRow>(BEGIN_OF, no))),
    holesInTime: (tenureNo, fromS, toS) =>
      go(ofEachSeries(tenureNo, no => all<HoleRow>(HOLES_FROM, no, fromS - REACH_S, toS, fromS))),
    holesInSeq: (dongleNo, boot, fromSeq, toSeq) => go(all<HoleRow>(HOLES_BY_SEQ, dongleNo, boot, toSeq, fromSeq)),
  }

  async function* sealedRows(seriesNo: number, fromS: number, toS: number): AsyncGenerator<SealedRow> {
    const begin = (await go(first<{ fromS: number | null }>(BEGIN_BEFORE, seriesNo, fromS)))?.fromS ?? fromS
    let after = { fromS: Math.min(begin, fromS - REACH_S), no: -1 }
    for (;;) {
      const rows = await go(all<SealedRow>(SEALED_FROM, seriesNo, after.fromS, after.no, toS))
      yield* rows
      if (rows.length < CHUNK) return
      after = rows[rows.length - 1] as SealedRow
    }
  }
}

function* seriesOf(tenureNo: number): Steps<{ no: number; meterNo: number }[]> {
  return yield* all<{ no: number; meterNo: number }>(SERIES_OF, tenureNo)
}

function* ofEachSeries<T>(tenureNo: number, rowsOfOne: (seriesNo: number) => Steps<T[]>): Steps<T[]> {
  const rows: T[] = []
  for (const { no } of yield* seriesOf(tenureNo)) rows.push(...(yield* rowsOfOne(no)))
  return rows
}

function* newest(tenureNo: number, keyOf: KeyOf): Steps<Opened | undefined> {
  const key = yield* keyOf(tenureNo)
  if (key === undefined) return undefined
  const rows = yield* ofEachSeries(tenureNo, no => all<SealedRow>(NEWEST_OF, no))
  let newestRow: SealedRow | undefined
  for (const row of rows) if (newestRow === undefined || row.toS > newestRow.toS) newestRow = row
  return newestRow === undefined ? undefined : open(newestRow, key)
}

function* seams(tenureNo: number, fromS: number, toS: number): Steps<Seam[]> {
  return yield* ofEachSeries(tenureNo, function* (no) {
    const within = yield* all<BatchRow>(SEAMS_FROM, no, fromS, toS)
    const beyond = yield* all<BatchRow>(SEAM_AFTER, no, toS) // its hole may begin within the range
    const found: Seam[] = []
    for (const after of [...within, ...beyond]) {
      const before = yield* first<BatchRow>(ROW_BEFORE, no, after.fromS, after.no)
      if (before !== undefined) found.push({ before, after })
    }
    return found
  })
}

function* buckets(tenureNo: number, width: Width, fromS: number, toS: number, keyOf: KeyOf): Steps<BucketRow[]> {
  const key = yield* keyOf(tenureNo)
  if (key === undefined) return []
  const bucketsOf = width === '15m' ? quartersOf : minutesOf
  const series = yield* seriesOf(tenureNo)
  const rows: BucketRow[] = []
  for (const { no, meterNo } of series) {
    for (const row of yield* bucketsOf(no, key, fromS, toS)) rows.push({ ...row, seriesNo: meterNo })
  }
  rows.sort((a, b) => a.startS - b.startS || a.seriesNo - b.seriesNo)
  return series.some(({ no, meterNo }) => no !== meterNo) ? onceEach(rows) : rows
}

function* minutesOf(seriesNo: number, key: KeyObject, fromS: number, toS: number): Steps<BucketRow[]> {
  const rows = yield* rowsOf(HOURS_FROM, seriesNo, HOUR_S, fromS, toS)
  return inRange(
    rows.flatMap(row => opened(row, seriesNo, key, HOUR_S, '1m')),
    fromS,
    toS,
  )
}

/** Days hold what is over; the hours that are not settled are asked themselves, and know better. */
function* quartersOf(seriesNo: number, key: KeyObject, fromS: number, toS: number): Steps<BucketRow[]> {
  const dayRows = yield* rowsOf(DAYS_FROM, seriesNo, DAY_S, fromS, toS)
  const days = dayRows.flatMap(row => opened(row, seriesNo, key, DAY_S, '15m'))
  const hours = yield* rowsOf(UNSETTLED_FROM, seriesNo, HOUR_S, fromS, toS)
  if (hours.length === 0) return inRange(days, fromS, toS)
  const unsettled = hours.flatMap(row => opened(row, seriesNo, key, HOUR_S, '15m'))
  const known = new Set(unsettled.map(bucket => bucket.startS))
  return inRange([...days.filter(bucket => !known.has(bucket.startS)), ...unsettled], fromS, toS)
}

/** Rows of one meter at one time, seen through two dongles, as one. */
function onceEach(rows: BucketRow[]): BucketRow[] {
  const once: BucketRow[] = []
  for (const row of rows) {
    const last = once.at(-1)
    if (last?.startS !== row.startS || last.seriesNo !== row.seriesNo) once.push(row)
    else once[once.length - 1] = { ...last, rollup: unionOfViews(last.rollup, row.rollup) }
  }
  return once
}

type RollupRow = { no: number; sealed: Uint8Array }

function* rowsOf(sql: string, seriesNo: number, rowS: number, fromS: number, toS: number): Steps<RollupRow[]> {
  if (toS <= fromS) return []
  return yield* all<RollupRow>(sql, rowNo(seriesNo, Math.max(0, fromS), rowS), rowNo(seriesNo, toS - 1, rowS))
}

function opened({ no, sealed }: RollupRow, seriesNo: number, key: KeyObject, rowS: number, width: Width): BucketRow[] {
  const [first, end] = rowS === DAY_S ? [0, DAY_SLOTS] : slotsOf(width)
  const rollups = decodeRollups(openRollups(key, sealed, rowS, no), rowS === DAY_S ? DAY_SLOTS : HOUR_SLOTS, first, end)
  const buckets: BucketRow[] = []
  let startS = rowStartS(no, rowS)
  for (const rollup of rollups) {
    if (rollup !== undefined) buckets.push({ seriesNo, startS, rollup })
    startS += WIDTHS[width]
  }
  return buckets
}

function inRange(buckets: BucketRow[], fromS: number, toS: number): BucketRow[] {
  return buckets.filter(({ startS }) => startS >= fromS && startS < toS)
}

function open(sealedRow: SealedRow, key: KeyObject): Opened {
  const { sealed, ...row } = sealedRow
  const bytes = unseal(key, sealed, batchPlace(row.dongleNo, row.boot, row.firstSeq, row.periodS))
  assert(bytes !== undefined, 'a batch opens with the key of its tenure')
  return { row, bytes }
}

/** Merges ascending sequences by fromS. A tenure has one series, or few: the meter or the dongle was replaced. */
async function* merged(sources: AsyncGenerator<SealedRow>[]): AsyncGenerator<SealedRow> {
  const heads = await Promise.all(sources.map(async source => ({ source, next: await source.next() })))
  for (;;) {
    let earliest: (typeof heads)[number] | undefined
    for (const head of heads) {
      if (head.next.done) continue
      if (earliest === undefined || head.next.value.fromS < (earliest.next.value as SealedRow).fromS) earliest = head
    }
    if (earliest === undefined) return
    yield earliest.next.value as SealedRow
    earliest.next = await earliest.source.next()
  }
}
