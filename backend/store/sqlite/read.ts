// Reading one tenure's batches and rollups back. Statements take a series at a time, so that each walks one index in order, and a few
// dozen blobs at a time, so that a reader who has enough has opened no more. An erased tenure opens as empty.

import type { KeyObject } from 'node:crypto'
import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { assert } from '../../../shared/kernel/assert.ts'
import { DAY_S, DAY_SLOTS, HOUR_S, HOUR_SLOTS, slotsOf, unionOfViews, WIDTHS, type Width } from '../rollup.ts'
import { decodeRollups } from '../rollup-codec.ts'
import { unseal } from '../sealing.ts'
import type { BatchRow, BucketRow, HoleRow, ReadingReader } from '../store.ts'
import { batchPlace, REACH_S } from './commit.ts'
import { ALL_SETTLED, openRollups, rowNo, rowStartS } from './rollup-writer.ts'

const ROW = 'no, seriesNo, dongleNo, boot, firstSeq, span, fromS, toS, receivedAtMs, periodS'
const HOLE = 'dongleNo, boot, fromSeq, count, reason, fromS, toS'
const CHUNK = 64
/** A line so bad that it has more holes in one answer shows the first of them. */
const SEAMS_MAX = 2000
type SealedRow = BatchRow & { sealed: Uint8Array }
type Opened = { row: BatchRow; bytes: Uint8Array }

export function createReader(
  db: DatabaseSync,
  keyOf: (tenureNo: number) => KeyObject | undefined,
): Omit<ReadingReader, 'settled'> {
  const seriesOf = db.prepare('SELECT no, coalesce(sameAs, no) AS meterNo FROM series WHERE tenureNo = ? ORDER BY no')
  const newestOf = db.prepare(`SELECT ${ROW}, sealed FROM batch WHERE seriesNo = ? ORDER BY fromS DESC LIMIT 1`)
  const beginOf = db.prepare(`SELECT ${ROW} FROM batch WHERE seriesNo = ? ORDER BY fromS LIMIT 1`)
  const beginBefore = db.prepare('SELECT max(fromS) AS fromS FROM batch WHERE seriesNo = ? AND fromS <= ?')
  const sealedFrom = db.prepare(
    `SELECT ${ROW}, sealed FROM batch WHERE seriesNo = ? AND (fromS, no) > (?, ?) AND fromS < ? ORDER BY fromS, no LIMIT ${CHUNK}`,
  )
  const seamsFrom = db.prepare(
    `SELECT ${ROW} FROM batch WHERE seriesNo = ? AND isJoined = 0 AND fromS >= ? AND fromS < ? ORDER BY fromS, no LIMIT ${SEAMS_MAX}`,
  )
  const seamAfter = db.prepare(
    `SELECT ${ROW} FROM batch WHERE seriesNo = ? AND isJoined = 0 AND fromS >= ? ORDER BY fromS, no LIMIT 1`,
  )
  const rowBefore = db.prepare(
    `SELECT ${ROW} FROM batch WHERE seriesNo = ? AND (fromS, no) < (?, ?) ORDER BY fromS DESC, no DESC LIMIT 1`,
  )
  const endOf = db.prepare(`SELECT ${ROW} FROM batch WHERE seriesNo = ? ORDER BY fromS DESC, no DESC LIMIT 1`)
  const holesFrom = db.prepare(
    `SELECT ${HOLE} FROM hole WHERE seriesNo = ? AND fromS >= ? AND fromS < ? AND toS >= ? ORDER BY fromS`,
  )
  const holesBySeq = db.prepare(
    `SELECT ${HOLE} FROM hole WHERE dongleNo = ? AND boot = ? AND fromSeq < ? AND fromSeq + count > ? AND fromS IS NULL ORDER BY fromSeq`,
  )
  const hoursFrom = db.prepare('SELECT no, sealed FROM rollupHour WHERE no >= ? AND no <= ? ORDER BY no')
  const unsettledFrom = db.prepare(
    `SELECT no, sealed FROM rollupHour WHERE no >= ? AND no <= ? AND settled <> ${ALL_SETTLED} ORDER BY no`,
  )
  const daysFrom = db.prepare('SELECT no, sealed FROM rollupDay WHERE no >= ? AND no <= ? ORDER BY no')

  return {
    newest(tenureNo) {
      const key = keyOf(tenureNo)
      if (key === undefined) return undefined
      let newest: SealedRow | undefined
      for (const no of series(tenureNo)) {
        const row = newestOf.get(no) as SealedRow | undefined
        if (row !== undefined && (newest === undefined || row.toS > newest.toS)) newest = row
      }
      return newest === undefined ? undefined : open(newest, key)
    },
    *batches(tenureNo, fromS, toS) {
      const key = keyOf(tenureNo)
      if (key === undefined) return
      for (const row of merged(series(tenureNo).map(no => sealedRows(no, fromS, toS)))) {
        if (row.toS >= fromS) yield open(row, key)
      }
    },
    buckets(tenureNo, width, fromS, toS) {
      const key = keyOf(tenureNo)
      if (key === undefined) return []
      const bucketsOf = width === '15m' ? quartersOf : minutesOf
      const all = seriesOf.all(tenureNo) as { no: number; meterNo: number }[]
      const rows = all.flatMap(({ no, meterNo }) =>
        bucketsOf(no, key, fromS, toS).map(row => ({ ...row, seriesNo: meterNo })),
      )
      rows.sort((a, b) => a.startS - b.startS || a.seriesNo - b.seriesNo)
      return all.some(({ no, meterNo }) => no !== meterNo) ? onceEach(rows) : rows
    },
    seams(tenureNo, fromS, toS) {
      return series(tenureNo).flatMap(no => {
        const within = seamsFrom.all(no, fromS, toS) as unknown as BatchRow[]
        const beyond = seamAfter.all(no, toS) as unknown as BatchRow[] // its hole may begin within the range
        return [...within, ...beyond].flatMap(after => {
          const before = rowBefore.get(no, after.fromS, after.no) as BatchRow | undefined
          return before === undefined ? [] : [{ before, after }]
        })
      })
    },
    ends(tenureNo) {
      return series(tenureNo).flatMap(no => endOf.all(no) as unknown as BatchRow[])
    },
    begins(tenureNo) {
      return series(tenureNo).flatMap(no => beginOf.all(no) as unknown as BatchRow[])
    },
    holesInTime(tenureNo, fromS, toS) {
      return series(tenureNo).flatMap(no => holesFrom.all(no, fromS - REACH_S, toS, fromS) as unknown as HoleRow[])
    },
    holesInSeq(dongleNo, boot, fromSeq, toSeq) {
      return holesBySeq.all(dongleNo, boot, toSeq, fromSeq) as unknown as HoleRow[]
    },
  }

  function series(tenureNo: number): number[] {
    return (seriesOf.all(tenureNo) as { no: number }[]).map(row => row.no)
  }

  function* sealedRows(seriesNo: number, fromS: number, toS: number): Generator<SealedRow> {
    const begin = (beginBefore.get(seriesNo, fromS) as { fromS: number | null }).fromS ?? fromS
    let after = { fromS: Math.min(begin, fromS - REACH_S), no: -1 }
    for (;;) {
      const rows = sealedFrom.all(seriesNo, after.fromS, after.no, toS) as unknown as SealedRow[]
      yield* rows
      if (rows.length < CHUNK) return
      after = rows[rows.length - 1] as SealedRow
    }
  }

  function minutesOf(seriesNo: number, key: KeyObject, fromS: number, toS: number): BucketRow[] {
    const rows = rowsOf(hoursFrom, seriesNo, HOUR_S, fromS, toS)
    return inRange(
      rows.flatMap(row => opened(row, seriesNo, key, HOUR_S, '1m')),
      fromS,
      toS,
    )
  }

  /** Days hold what is over; the hours that are not settled are asked themselves, and know better. */
  function quartersOf(seriesNo: number, key: KeyObject, fromS: number, toS: number): BucketRow[] {
    const days = rowsOf(daysFrom, seriesNo, DAY_S, fromS, toS).flatMap(row => opened(row, seriesNo, key, DAY_S, '15m'))
    const hours = rowsOf(unsettledFrom, seriesNo, HOUR_S, fromS, toS)
    if (hours.length === 0) return inRange(days, fromS, toS)
    const open = hours.flatMap(row => opened(row, seriesNo, key, HOUR_S, '15m'))
    const known = new Set(open.map(bucket => bucket.startS))
    return inRange([...days.filter(bucket => !known.has(bucket.startS)), ...open], fromS, toS)
  }
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

function rowsOf(statement: StatementSync, seriesNo: number, rowS: number, fromS: number, toS: number): RollupRow[] {
  if (toS <= fromS) return []
  const [first, last] = [rowNo(seriesNo, Math.max(0, fromS), rowS), rowNo(seriesNo, toS - 1, rowS)]
  return statement.all(first, last) as unknown as RollupRow[]
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
function* merged(sources: Generator<SealedRow>[]): Generator<SealedRow> {
  const heads = sources.map(source => ({ source, next: source.next() }))
  for (;;) {
    let first: (typeof heads)[number] | undefined
    for (const head of heads) {
      if (head.next.done) continue
      if (first === undefined || head.next.value.fromS < (first.next.value as SealedRow).fromS) first = head
    }
    if (first === undefined) return
    yield first.next.value as SealedRow
    first.next = first.source.next()
  }
}
