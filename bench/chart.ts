// A day's chart of one household at 15 minutes: from rollups, from minutes and from raw batches, beside SQL GROUP BY over one row per
// reading in the same engine, file settings and run. The answers are compared before anything is timed.
// Scaled: 10 dongles of one day instead of 100. The rows are clustered by (dongle, time), so the query walks the same 86,400 rows either
// way, and one B-tree level more is all that 100 would add; filling 8.6 million rows would take minutes.

import { DatabaseSync } from 'node:sqlite'
import { readRange } from '../backend/metering-points/range.ts'
import type { Readings } from '../shared/schema/readings.ts'
import { type Figure, figure, median } from './figure.ts'
import {
  arrivedAt,
  type BenchStore,
  DAY_START_S,
  householdBatches,
  openBenchStore,
  type PackedBatch,
} from './household-batches.ts'

export const name = 'chart'

const DONGLES = 10
const DAY_S = 86_400
const DAY_END_S = DAY_START_S + DAY_S
const REPEATS = 11
const SAMPLE_MS = 20
/** A server has been up for a while: code is compiled, pages are in memory, on both sides. */
const WARM_UP_MS = 300

const QUERY = `
  SELECT timeS / 900 * 900 AS startS, count(*) AS count, avg(offtakeW) AS offtakeW, min(offtakeW) AS offtakeMinW, max(offtakeW) AS offtakeMaxW,
    avg(injectionW) AS injectionW, min(injectionW) AS injectionMinW, max(injectionW) AS injectionMaxW, max(offtakeT1Wh) AS offtakeT1Wh,
    max(offtakeT2Wh) AS offtakeT2Wh, max(injectionT1Wh) AS injectionT1Wh, max(injectionT2Wh) AS injectionT2Wh
  FROM reading WHERE dongleNo = ? AND timeS >= ? AND timeS < ? GROUP BY timeS / 900 ORDER BY 1`

export async function run(): Promise<Figure[]> {
  const households = [householdBatches(1, DAY_S, 60), householdBatches(2, DAY_S, 60)]
  const bench = await openBenchStore(DONGLES)
  await fillStore(bench, households)
  const rows = new DatabaseSync(`${bench.path}.rows`)
  fillRows(rows, households)
  const query = rows.prepare(QUERY)
  const asked = DONGLES >> 1

  const ask = {
    sql: () => query.all(asked, DAY_START_S, DAY_END_S),
    quarters: () => chart(bench, asked, '15m'),
    minutes: () => chart(bench, asked, '1m'),
    raw: () => chart(bench, asked, 'raw'),
  }
  compare(ask.sql() as Row[], await ask.quarters())
  const took = await timed(ask)
  rows.close()
  await bench.close()
  const over = (ms: number) => took.sql / ms
  return [
    figure('day chart from 15-minute rollups over SQL GROUP BY on rows', over(took.quarters), 'x', '>= 100'),
    figure('day chart from 1-minute rollups over SQL GROUP BY on rows', over(took.minutes), 'x', '>= 20'),
    figure('a day of raw readings, 7 columns, over SQL GROUP BY on rows', over(took.raw), 'x', 'none'),
    figure('day chart from 15-minute rollups, gaps included', took.quarters, 'ms', 'none'),
    figure('day chart by SQL GROUP BY on rows', took.sql, 'ms', 'none'),
  ]
}

async function fillStore(bench: BenchStore, households: PackedBatch[][]): Promise<void> {
  for (let at = 0; at < (households[0] as PackedBatch[]).length; at++) {
    await bench.store.commit(
      bench.dongles.map(({ dongleId }, i) =>
        arrivedAt(dongleId, (households[i % households.length] as PackedBatch[])[at] as PackedBatch),
      ),
    )
  }
  await bench.store.onWriter('PRAGMA wal_checkpoint(TRUNCATE)')
}

/** One row per reading, clustered for this very query: the best that this layout can do. */
function fillRows(db: DatabaseSync, households: PackedBatch[][]): void {
  const columns = ['offtakeT1Wh', 'offtakeT2Wh', 'injectionT1Wh', 'injectionT2Wh', 'offtakeW', 'injectionW', 'tariff']
  const rest = ['voltageL1dV', 'voltageL2dV', 'voltageL3dV', 'currentL1cA', 'currentL2cA', 'currentL3cA']
  const all = [...columns, ...rest]
  db.exec('PRAGMA page_size = 8192; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA cache_size = -32000')
  db.exec(
    `CREATE TABLE reading (dongleNo INTEGER, timeS INTEGER, ${all.map(column => `${column} INTEGER`).join(', ')},
     PRIMARY KEY (dongleNo, timeS)) WITHOUT ROWID; BEGIN`,
  )
  const insert = db.prepare(`INSERT INTO reading VALUES (?, ?, ${all.map(() => '?').join(', ')})`)
  for (let dongleNo = 0; dongleNo < DONGLES; dongleNo++) {
    for (const { batch } of households[dongleNo % households.length] as PackedBatch[]) {
      for (let i = 0; i < batch.timeS.length; i++) {
        insert.run(dongleNo, batch.timeS[i] as number, ...batch.columns.map(column => column[i] as number))
      }
    }
  }
  db.exec('COMMIT; PRAGMA wal_checkpoint(TRUNCATE)')
}

const CHARTED = 'offtakeT1Wh,offtakeT2Wh,injectionT1Wh,injectionT2Wh,offtakeW,injectionW,tariff'

/** What REST answers, gaps and all, as a value. */
async function chart(
  { store, dongles }: BenchStore,
  dongle: number,
  resolution: '15m' | '1m' | 'raw',
): Promise<Readings[]> {
  const { tenureNo } = dongles[dongle] as { tenureNo: number }
  const point = { id: '', ean: '', timeZone: 'Europe/Brussels', country: 'BE', sinceS: 0 }
  const holding = { tenureNo, meteringPointNo: 0, fromS: 0, toS: null, point }
  const range = { fromS: DAY_START_S, toS: DAY_END_S, resolution }
  const query = resolution === 'raw' ? { ...range, limit: 20_000, fields: CHARTED } : range
  const pages: Readings[] = []
  for (let cursor: string | null | undefined; cursor !== null; ) {
    const page = await readRange(store, holding, { ...query, ...(cursor === undefined ? {} : { cursor }) }, DAY_END_S)
    pages.push(page)
    cursor = page.next
  }
  return pages
}

type Row = { [column: string]: number }

function compare(rows: Row[], [page]: Readings[]): void {
  const columns = page?.columns as { [column: string]: number[] }
  if (rows.length !== 96 || page?.timeS.length !== 96) throw new Error('a day has 96 quarters')
  rows.forEach((row, i) => {
    for (const [column, value] of Object.entries(row)) {
      const ours = column === 'startS' ? page.timeS[i] : columns[column]?.[i]
      if (ours !== Math.round(value)) throw new Error(`${column} of quarter ${i}: ${ours} here, ${value} in SQL`)
    }
  })
}

/**
 * Median ms of one call of each, samples taken in turns so that the machine's moods hit all alike. A sample goes on for SAMPLE_MS at least:
 * one call of a quarter of a millisecond would time the caches that the one before it left behind.
 */
async function timed<T extends string>(ask: { [name in T]: () => unknown }): Promise<{ [name in T]: number }> {
  const names = Object.keys(ask) as T[]
  for (const name of names) await sample(ask[name], WARM_UP_MS)
  const took = Object.fromEntries(names.map(name => [name, [] as number[]])) as { [name in T]: number[] }
  for (let repeat = 0; repeat < REPEATS; repeat++) {
    for (const name of names) took[name].push(await sample(ask[name], SAMPLE_MS))
  }
  return Object.fromEntries(names.map(name => [name, median(took[name])])) as { [name in T]: number }
}

async function sample(work: () => unknown, forMs: number): Promise<number> {
  const startedMs = performance.now()
  let calls = 0
  let tookMs = 0
  do {
    await work()
    calls++
    tookMs = performance.now() - startedMs
  } while (tookMs < forMs)
  return tookMs / calls
}
