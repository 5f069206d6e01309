// Live first: whoever looks at a page does not wait for what the store has to think about, which is the backlog of an outage, another dongle's or
// the same one's.

import { Registry } from 'prom-client'
import { expect, test } from 'vitest'
import { gatewayConfig } from '../../../gateway/config.ts'
import { createMetrics } from '../../../gateway/metrics.ts'
import { createPressure } from '../../../gateway/pressure.ts'
import { openRelay } from '../../../gateway/relay.ts'
import { VerifiedBatch } from '../../../gateway/verified-batch.ts'
import type { BatchId } from '../../../shared/batch/batch.ts'
import type { ArrivedBatch, IngestPort, StoreOutcome } from '../../../shared/port/ingest-port.ts'

const READINGS = 10
const clock = { monotonicMs: () => 0, wallS: () => 0 }
const log = { debug() {}, info() {}, warn() {}, error() {} }

/** A store that has to think about every batch that is not the newest of its dongle, as the real one has (certainty.ts). */
function relayUnderTest() {
  const newest = new Map<string, number>()
  const thinking: (() => void)[] = []
  const answered: string[] = []
  const acks: number[] = []
  const isNewest = ({ dongleId, id }: VerifiedBatch): boolean => {
    const place = id.boot * 10_000 + id.firstSeq
    const isNext = id.periodS === undefined && place >= (newest.get(dongleId) ?? 0)
    if (isNext) newest.set(dongleId, place)
    return isNext
  }
  const store = async (group: ArrivedBatch[]): Promise<StoreOutcome[]> => {
    const isCertain = group.map(one => isNewest(one as VerifiedBatch)).every(Boolean)
    if (!isCertain) await new Promise<void>(resolve => thinking.push(resolve))
    return group.map(() => ({ kind: 'stored' }))
  }
  const ingest: IngestPort = { store, bury: async () => {}, note: async () => {}, readiness: () => ({ isReady: true }) }
  const most = { count: 1000, bytes: 1_000_000 }
  const relay = openRelay({
    ...{ ingest, config: gatewayConfig({}), clock, log, metrics: createMetrics(new Registry()) },
    pressure: createPressure({
      ...{ dongleCount: most.count, dongleBytes: most.bytes, waitCount: most.count, waitBytes: most.bytes },
      refuseBytes: most.bytes,
    }),
    acknowledge: (dongleId, { final }) => {
      acks.push(final.length)
      for (const { firstSeq, periodS } of final)
        answered.push(`${dongleId}${firstSeq}${periodS === undefined ? '' : 't'}`)
    },
    repeated() {},
    roomMade() {},
  })
  const take = (dongleId: string, firstSeq: number, more: Partial<BatchId> = {}): void => {
    const id = { boot: 1, firstSeq, span: READINGS, ...more }
    const summary = { boot: id.boot, firstSeq, readings: READINGS, losses: [] }
    relay.take(new VerifiedBatch(dongleId, id, Uint8Array.of(firstSeq & 255, firstSeq >> 8), summary))
  }
  return { relay, take, thinking, answered, acks }
}

test('what is measured now is acknowledged while the store still thinks about a backlog', async () => {
  const { relay, take, thinking, answered } = relayUnderTest()
  // A and a dongle of the same lane
  take('A', 500)
  take('A', 490)
  take('A', 480, { periodS: 60 })
  take('A', 510)
  await expect.poll(() => answered).toEqual(['A500', 'A510'])
  await expect.poll(() => thinking).toHaveLength(1)
  take('A', 470)
  take('A', 520)
  take('A!', 7)
  await expect.poll(() => answered).toEqual(['A500', 'A510', 'A520', 'A!7'])
  while (answered.length < 7) {
    for (const resume of thinking.splice(0)) resume()
    await new Promise(resolve => setImmediate(resolve))
  }
  expect(answered.slice(4).sort()).toEqual(['A470', 'A480t', 'A490'])
  await relay.stop()
})

test('a new boot begins again: its first batch is measured now, and all of the one before is not', async () => {
  const { relay, take, thinking, answered } = relayUnderTest()
  take('A', 500)
  await expect.poll(() => answered).toEqual(['A500'])
  take('A', 0, { boot: 2 })
  take('A', 510)
  take('A', 10, { boot: 2 })
  await expect.poll(() => answered).toEqual(['A500', 'A0', 'A10'])
  await expect.poll(() => thinking).toHaveLength(1)
  thinking[0]?.()
  await expect.poll(() => answered).toEqual(['A500', 'A0', 'A10', 'A510'])
  await relay.stop()
})

/** Of two hundred dongles of one lane, each with its newest batch, 9000, answered. */
async function fleetUnderTest() {
  const one = relayUnderTest()
  const dongles = Array.from({ length: 200 }, (_, i) => `A${i} `)
  for (const dongle of dongles) one.take(dongle, 9000)
  await expect.poll(() => one.answered).toHaveLength(dongles.length)
  one.acks.length = 0
  return { ...one, dongles }
}

test('a backlog that the store has placed all at once is answered bit by bit, and what is measured meanwhile before most of it', async () => {
  const { relay, take, thinking, answered, acks, dongles } = await fleetUnderTest()
  for (const seq of [8990, 8980]) for (const dongle of dongles) take(dongle, seq)
  await expect.poll(() => thinking).toHaveLength(1)
  thinking[0]?.()
  while (answered.length < dongles.length + 2) await new Promise(resolve => setImmediate(resolve))
  take('A0 ', 9010)
  while (!answered.includes('A0 9010')) await new Promise(resolve => setImmediate(resolve))
  expect(answered.length).toBeLessThan(2 * dongles.length)
  await relay.stop()
  // whoever stops answers for all that is stored
  expect(answered).toHaveLength(3 * dongles.length + 1)
  // one ack for both of a dongle, and one for what was measured meanwhile
  expect(acks.toSorted()).toEqual([1, ...dongles.map(() => 2)])
})

test('one ack names all of a dongle’s backlog that is stored when its turn comes, of however many groups, and each batch once', async () => {
  const { relay, take, thinking, answered, acks, dongles } = await fleetUnderTest()
  for (const seq of [8990, 8980]) {
    for (const dongle of dongles) take(dongle, seq)
    while (thinking.length === 0) await new Promise(resolve => setImmediate(resolve))
    thinking.pop()?.()
  }
  await expect.poll(() => answered, { timeout: 10_000 }).toHaveLength(3 * dongles.length)
  expect(new Set(answered).size).toBe(answered.length)
  // all but those whose turn had come before the second group was stored
  expect(acks.filter(count => count === 2).length).toBeGreaterThan(dongles.length / 2)
  await relay.stop()
})

test('backlogs of all lanes are handed to the store at the same moment, however they came', async () => {
  const { relay, take, thinking, answered } = relayUnderTest()
  const turn = (): Promise<void> => new Promise(resolve => setImmediate(resolve))
  const dongles = ['A', 'B', 'C', 'D']
  for (const dongle of dongles) take(dongle, 500)
  await expect.poll(() => answered).toHaveLength(dongles.length)
  for (const dongle of dongles) {
    take(dongle, 490)
    await turn()
  }
  while (thinking.length === 0) await turn()
  expect(thinking).toHaveLength(dongles.length)
  for (const resume of thinking) resume()
  await expect.poll(() => answered).toHaveLength(2 * dongles.length)
  await relay.stop()
})
