// The store: bytes on the disk per reading, and what a group commit gains over one fsync for each batch. Both on the real file, sealed, with
// rollups in the same transaction, batches of 60 household readings from dongles that take turns. Beside it what the same readings take in
// PostgreSQL, where it is installed.

import { mkdtempSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sql } from 'kysely'
import pg from 'pg'
import { openPostgresStore } from '../backend/store/postgres/postgres-store.ts'
import type { Store } from '../backend/store/store.ts'
import { encodeBatch } from '../shared/batch/encode.ts'
import { whenUp } from '../test/support/postgres.ts'
import { type Figure, figure, median } from './figure.ts'
import {
  addDongles,
  arrivedAt,
  type BenchStore,
  DAY_START_S,
  householdBatches,
  openBenchStore,
  type PackedBatch,
} from './household-batches.ts'
import { startPostgres } from './peers/servers.ts'
import { cpuUs } from './platform.ts'

export const name = 'store'

const DONGLES = 100
const BATCH = 60
/** What a dongle sends when nobody set another interval. */
const SMALL_BATCH = 10
const ROUNDS = 120
const HOUSEHOLDS = 5
const REPEATS = 5
const KEY_READS = 2000
const CHART_READS = 500

export async function run(): Promise<Figure[]> {
  const households = Array.from({ length: HOUSEHOLDS }, (_, seed) => householdBatches(seed + 1, ROUNDS * BATCH, BATCH))
  const small = Array.from({ length: HOUSEHOLDS }, (_, seed) => householdBatches(seed + 1, ROUNDS * BATCH, SMALL_BATCH))
  const [size, smallSize] = [await measureSize(households, BATCH), await measureSize(small, SMALL_BATCH)]
  const postgres = await measurePostgres([households, small])
  const commits = await measureCommits(households)
  return [
    figure('file per reading, batch 60, index and rollups included', size.fileBytes, 'B', '<= 12'),
    figure('encoded batch per reading, batch 60', size.batchBytes, 'B', 'none'),
    figure('file per reading, batch 10, index and rollups included', smallSize.fileBytes, 'B', 'none'),
    figure('encoded batch per reading, batch 10', smallSize.batchBytes, 'B', 'none'),
    ...postgres.flatMap(({ bytes, ownUs, serverUs, keyUs, chartUs }, i) => {
      const kind = `batch ${[BATCH, SMALL_BATCH][i]}`
      return [
        figure(`PostgreSQL per reading, ${kind}, index and rollups included`, bytes, 'B', 'none'),
        figure(`CPU time of the backend per batch on PostgreSQL, ${kind}, groups of 100`, ownUs, 'us', 'none'),
        figure(`CPU time of PostgreSQL per batch, ${kind}, groups of 100`, serverUs, 'us', 'none'),
        figure(`CPU time of the backend for a tenure's key from the key tree, ${kind}`, keyUs, 'us', 'none'),
        figure(
          `CPU time of the backend for two hours of quarters on PostgreSQL, key included, ${kind}`,
          chartUs,
          'us',
          'none',
        ),
      ]
    }),
    figure('group commit (100 waiting) over one fsync per batch', commits.ratio, 'x', '>= 3'),
    figure('durable readings, group commit', commits.groupedPerS * BATCH, 'readings/s', 'none'),
    figure('durable readings, one fsync per batch', commits.singlePerS * BATCH, 'readings/s', 'none'),
  ]
}

/** The same readings as sent in another boot, which makes them new to the store. */
function inBoot(households: PackedBatch[][], boot: number): PackedBatch[][] {
  return households.map(household =>
    household.map(packed => {
      const batch = { ...packed.batch, boot }
      return { batch, bytes: encodeBatch(batch) }
    }),
  )
}

/** One batch of every dongle in turn, in round `round`. */
function roundOf(bench: Pick<BenchStore, 'dongles'>, households: PackedBatch[][], round: number) {
  return bench.dongles.map(({ dongleId }, i) =>
    arrivedAt(dongleId, (households[i % households.length] as PackedBatch[])[round] as PackedBatch),
  )
}

async function measureSize(
  households: PackedBatch[][],
  batch: number,
): Promise<{ fileBytes: number; batchBytes: number }> {
  const bench = await openBenchStore(DONGLES)
  let payloadBytes = 0
  for (let round = 0; round < (ROUNDS * BATCH) / batch; round++) {
    const group = roundOf(bench, households, round)
    for (const { bytes } of group) payloadBytes += bytes.length
    await bench.store.commit(group)
  }
  await bench.store.onWriter('PRAGMA wal_checkpoint(TRUNCATE)')
  const readings = DONGLES * ROUNDS * BATCH
  const fileBytes = statSync(bench.path).size
  await bench.close()
  return { fileBytes: fileBytes / readings, batchBytes: payloadBytes / readings }
}

/** Of each kind of batches: bytes per reading in tables and indexes, CPU time per batch. Nothing where PostgreSQL is not installed. */
async function measurePostgres(
  kinds: PackedBatch[][][],
): Promise<{ bytes: number; ownUs: number; serverUs: number; keyUs: number; chartUs: number }[]> {
  const server = await startPostgres()
  if (server === undefined) return []
  const measured: Awaited<ReturnType<typeof measurePostgres>> = []
  for (const [i, households] of kinds.entries()) {
    const url = await databaseAt(server.port, `bench_${i}`)
    const observer = { committed() {}, poisoned() {}, readinessChanged() {} }
    const opened = await openPostgresStore({
      url,
      kek: '5a'.repeat(32),
      kekFile: 'never read',
      keyTreeFile: join(mkdtempSync(join(tmpdir(), 'nrt-bench-')), 'tenures.tree'),
      observer,
    })
    if (!opened.ok) throw new Error(opened.fault.code)
    const store = opened.value
    const dongles = await addDongles(store, DONGLES)
    const rounds = households[0]?.length ?? 0
    const before = { bytes: await databaseBytes(store), own: process.cpuUsage(), serverUs: await serverCpuUs(store) }
    for (let round = 0; round < rounds; round++) await store.commit(roundOf({ dongles }, households, round))
    const own = process.cpuUsage(before.own)
    const batches = DONGLES * rounds
    measured.push({
      bytes: ((await databaseBytes(store)) - before.bytes) / (DONGLES * ROUNDS * BATCH),
      ownUs: (own.user + own.system) / batches,
      serverUs: ((await serverCpuUs(store)) - before.serverUs) / batches,
      ...{ keyUs: 0, chartUs: 0 },
    })
    Object.assign(measured.at(-1) as object, await measureKeys(store))
    await store.close()
  }
  await server.stop()
  return measured
}

/** Own CPU time of making a tenure's key from the tree, which no reader remembers here, and of what was stored in quarter-hours with it, in µs. */
async function measureKeys(store: Store): Promise<{ keyUs: number; chartUs: number }> {
  const tenures = await store.registers.selectFrom('tenure').select(['no', 'wrappedKey']).limit(DONGLES).execute()
  const keys = await ownUsOf(KEY_READS, async i => {
    const { no, wrappedKey } = tenures[i % tenures.length] as (typeof tenures)[number]
    if (wrappedKey !== null) store.keys.tenureKey(no, wrappedKey)
  })
  const chartUs = await ownUsOf(CHART_READS, async i => {
    await store.buckets((tenures[i % tenures.length] as { no: number }).no, '15m', DAY_START_S, DAY_START_S + 86_400)
  })
  return { keyUs: keys, chartUs }
}

async function ownUsOf(times: number, work: (i: number) => Promise<void>): Promise<number> {
  for (let i = 0; i < times / 10; i++) await work(i) // warm-up: code is compiled
  const before = process.cpuUsage()
  for (let i = 0; i < times; i++) await work(i)
  const { user, system } = process.cpuUsage(before)
  return (user + system) / times
}

/** Of all processes of the server that are there; one that ends takes its time along. */
async function serverCpuUs({ registers }: Store): Promise<number> {
  const { rows } = await sql<{ pid: number }>`SELECT pid FROM pg_stat_activity`.execute(registers)
  return rows.reduce((sum, { pid }) => sum + (cpuUs({ pid }) ?? 0), 0)
}

async function databaseAt(port: number, database: string): Promise<string> {
  const url = `postgres://postgres@127.0.0.1:${port}/`
  await whenUp(`${url}postgres`)
  const client = new pg.Client({ connectionString: `${url}postgres` })
  await client.connect()
  await client.query(`CREATE DATABASE ${database}`)
  await client.end()
  return url + database
}

async function databaseBytes({ registers }: Store): Promise<number> {
  const { rows } = await sql<{ bytes: number }>`SELECT pg_database_size(current_database()) AS bytes`.execute(registers)
  return rows[0]?.bytes ?? 0
}

async function measureCommits(households: PackedBatch[][]) {
  const bench = await openBenchStore(DONGLES)
  const ratios: number[] = []
  const grouped: number[] = []
  const single: number[] = []
  let boot = 1
  for (let repeat = -1; repeat < REPEATS; repeat++) {
    const first = inBoot(households, boot++)
    const singlePerS = await batchesPerS(2, async round => {
      for (const one of roundOf(bench, first, round)) await bench.store.commit([one])
    })
    const second = inBoot(households, boot++)
    const groupedPerS = await batchesPerS(20, async round => {
      await Promise.all(roundOf(bench, second, round).map(one => bench.store.commit([one])))
    })
    if (repeat < 0) continue // warm-up
    ratios.push(groupedPerS / singlePerS)
    grouped.push(groupedPerS)
    single.push(singlePerS)
  }
  await bench.close()
  return { ratio: median(ratios), groupedPerS: median(grouped), singlePerS: median(single) }
}

async function batchesPerS(rounds: number, work: (round: number) => Promise<void>): Promise<number> {
  const startedMs = performance.now()
  for (let round = 0; round < rounds; round++) await work(round)
  return (rounds * DONGLES) / ((performance.now() - startedMs) / 1000)
}
