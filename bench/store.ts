// The store: bytes on the disk per reading, and what a group commit gains over one fsync for each batch. Both on the real file, sealed, with
// rollups in the same transaction, batches of 60 household readings from dongles that take turns.

import { statSync } from 'node:fs'
import { encodeBatch } from '../shared/batch/encode.ts'
import { type Figure, figure, median } from './figure.ts'
import { arrivedAt, type BenchStore, householdBatches, openBenchStore, type PackedBatch } from './household-batches.ts'

export const name = 'store'

const DONGLES = 100
const BATCH = 60
/** What a dongle sends when nobody set another interval. */
const SMALL_BATCH = 10
const ROUNDS = 120
const HOUSEHOLDS = 5
const REPEATS = 5

export async function run(): Promise<Figure[]> {
  const households = Array.from({ length: HOUSEHOLDS }, (_, seed) => householdBatches(seed + 1, ROUNDS * BATCH, BATCH))
  const small = Array.from({ length: HOUSEHOLDS }, (_, seed) => householdBatches(seed + 1, ROUNDS * BATCH, SMALL_BATCH))
  const [size, smallSize] = [await measureSize(households, BATCH), await measureSize(small, SMALL_BATCH)]
  const commits = await measureCommits(households)
  return [
    figure('file per reading, batch 60, index and rollups included', size.fileBytes, 'B', '<= 12'),
    figure('encoded batch per reading, batch 60', size.batchBytes, 'B', 'none'),
    figure('file per reading, batch 10, index and rollups included', smallSize.fileBytes, 'B', 'none'),
    figure('encoded batch per reading, batch 10', smallSize.batchBytes, 'B', 'none'),
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
function roundOf(bench: BenchStore, households: PackedBatch[][], round: number) {
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
