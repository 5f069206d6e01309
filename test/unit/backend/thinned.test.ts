// What a dongle thinned in an outage fills the store where it has losses: never twice, never over full detail, and visible as lost detail.

import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { newOfThinned } from '../../../backend/ingest/thinned.ts'
import { gapsOfTenure } from '../../../backend/metering-points/range.ts'
import { openBatch } from '../../../backend/metering-points/raw.ts'
import type { Batch } from '../../../shared/batch/batch.ts'
import { aBatch, arrived, NOON_S } from '../../support/batches.ts'
import { batchesOf, openTestStore, type TestStore } from '../../support/store.ts'

let t: TestStore
let dongleId: string
let tenureNo: number
beforeEach(async () => {
  t = await openTestStore()
  ;({ dongleId, tenureNo } = await t.addDongle(1))
})
afterEach(() => t.close())

async function commit(...batches: Batch[]): Promise<string[]> {
  const committed = await t.store.commit(batches.map(batch => arrived(dongleId, batch)))
  return committed.map(({ outcome }) => outcome.kind)
}

/** One reading in `periodS` seconds of those that aBatch makes a second, from sequence number `firstSeq` on. */
const thinned = (firstSeq: number, count: number, periodS = 60): Batch => ({
  ...aBatch({ firstSeq, startS: NOON_S + firstSeq, stepS: periodS, count }),
  thinned: { periodS, span: count * periodS },
})
const ringFull = (fromSeq: number, count: number) =>
  aBatch({ firstSeq: fromSeq, count: 0, losses: [{ fromSeq, count, reason: 'ring-full' }] })
const times = async () =>
  (await batchesOf(t.store, tenureNo, 0, 4e9)).flatMap(({ bytes }) => Array.from(openBatch(bytes).timeS))
const gaps = async () => gapsOfTenure(t.store, tenureNo, NOON_S, NOON_S + 1260)

describe('a thinned batch', () => {
  const before = aBatch({ firstSeq: 0, count: 60 })
  const after = aBatch({ firstSeq: 1200, startS: NOON_S + 1200, count: 60 })

  test('fills what was only a loss, in every resolution, and the lost detail stays told', async () => {
    await commit(before, ringFull(60, 1140), after)
    expect(await gaps()).toEqual([
      { fromS: NOON_S + 59, toS: NOON_S + 1200, kind: 'loss', count: 1140, reason: 'ring-full' },
    ])
    expect(await commit(thinned(600, 10), thinned(60, 9))).toEqual(['stored', 'stored'])
    expect((await times()).filter(timeS => timeS >= NOON_S + 60 && timeS < NOON_S + 1200)).toEqual(
      Array.from({ length: 19 }, (_, i) => NOON_S + 60 * (i + 1)),
    )
    expect((await t.store.buckets(tenureNo, '1m', 0, 4e9)).map(({ rollup }) => rollup.count)).toEqual([
      60,
      ...Array(19).fill(1),
      60,
    ])
    expect(await gaps()).toEqual([
      { fromS: NOON_S + 60, toS: NOON_S + 540, kind: 'loss', count: 531, reason: 'ring-full' },
      { fromS: NOON_S + 600, toS: NOON_S + 1140, kind: 'loss', count: 590, reason: 'ring-full' },
    ])
  })

  test('that comes again, whole or in part, adds nothing twice', async () => {
    expect(await commit(thinned(0, 10))).toEqual(['stored'])
    expect(await commit(thinned(0, 10), thinned(0, 5), thinned(300, 5))).toEqual([
      'duplicate',
      'duplicate',
      'duplicate',
    ])
    expect(await commit(thinned(0, 3, 300))).toEqual(['stored']) // 0 and 300 are there, 600 is new
    expect(await times()).toEqual([...Array.from({ length: 10 }, (_, i) => NOON_S + 60 * i), NOON_S + 600])
    expect((await t.store.buckets(tenureNo, '15m', 0, 4e9)).map(({ rollup }) => rollup.count)).toEqual([11])
  })

  test('never stands beside a reading in full detail', async () => {
    await commit(aBatch({ firstSeq: 0, count: 60 }), aBatch({ firstSeq: 120, startS: NOON_S + 120, count: 60 }))
    expect(await commit(thinned(0, 3))).toEqual(['stored'])
    expect(await times()).toHaveLength(121)
    expect(await commit(thinned(120, 1))).toEqual(['duplicate'])
  })

  test('does not stand in the way of full detail with the same first number', async () => {
    await commit(thinned(60, 5))
    expect(await commit(aBatch({ firstSeq: 60, startS: NOON_S + 3000, count: 10 }))).toEqual(['stored'])
  })
})

test('what is new of a thinned batch is chosen by time', () => {
  const batch = thinned(0, 4)
  expect(newOfThinned(batch, [], new Set())).toBe(batch)
  expect(newOfThinned(batch, [{ fromS: NOON_S, toS: NOON_S + 119 }], new Set([NOON_S + 180]))?.timeS).toEqual([
    NOON_S + 120,
  ])
  expect(newOfThinned(batch, [{ fromS: 0, toS: 4e9 }], new Set())).toBeUndefined()
})
