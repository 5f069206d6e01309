import { expect, test } from 'vitest'
import {
  bucketOf,
  CONNECT_COST,
  costOf,
  createMessageLimit,
  DEBT_MS_MAX,
  HASTY_CONNECT_COST,
  isInDebt,
  mayTake,
  payConnect,
  spend,
} from '../../../gateway/broker/message-limit.ts'

test('a dongle has its burst, then waits for what it took beyond it, and others do not', () => {
  const limit = createMessageLimit(50, 200, 10)
  const greedy = bucketOf(limit, 'greedy', 1000)
  expect(spend(limit, greedy, 200, 1000)).toBe(0)
  expect(spend(limit, greedy, 1, 1000)).toBe(20)
  expect(spend(limit, greedy, 65, 1000)).toBe(1320)
  expect(spend(limit, bucketOf(limit, 'other', 1000), 1, 1000)).toBe(0)
})

test('a debt is paid by waiting, and a long rest fills the bucket to its burst and no further', () => {
  const limit = createMessageLimit(50, 200, 10)
  const bucket = bucketOf(limit, 'dongle', 0)
  expect(spend(limit, bucket, 210, 0)).toBe(200)
  expect(spend(limit, bucket, 0, 200)).toBe(0)
  expect(spend(limit, bucket, 200, 1_000_000)).toBe(0)
  expect(spend(limit, bucket, 1, 1_000_000)).toBe(20)
})

test('coming again is no way round a debt', () => {
  const limit = createMessageLimit(50, 200, 10)
  spend(limit, bucketOf(limit, 'dongle', 0), 300, 0)
  expect(spend(limit, bucketOf(limit, 'dongle', 10), 0, 10)).toBe(1990)
})

test('who owes more than a moment pays for is in debt until it is paid to there; who was only too fast, or is not known, is not', () => {
  const limit = createMessageLimit(50, 200, 10)
  expect(isInDebt(limit, 'dongle', 0)).toBe(false)
  expect(limit.buckets.size).toBe(0)
  const bucket = bucketOf(limit, 'dongle', 0)
  spend(limit, bucket, 200 + (50 * DEBT_MS_MAX) / 1000, 0)
  expect(isInDebt(limit, 'dongle', 0)).toBe(false)
  spend(limit, bucket, 100, 0)
  expect(isInDebt(limit, 'dongle', 1999)).toBe(true)
  expect(isInDebt(limit, 'dongle', 2000)).toBe(false)
})

test('a connection has its price, and a higher one before the last is paid; a full bucket is enough, however small', () => {
  const limit = createMessageLimit(50, 200, 10)
  const bucket = bucketOf(limit, 'dongle', 0)
  payConnect(limit, bucket, 0)
  payConnect(limit, bucket, 0)
  expect(bucket.tokens).toBe(200 - 2 * CONNECT_COST)
  payConnect(limit, bucket, 1000)
  expect(bucket.tokens).toBe(250 - 2 * CONNECT_COST - HASTY_CONNECT_COST)
  const small = createMessageLimit(50, 20, 10)
  const few = bucketOf(small, 'dongle', 0)
  payConnect(small, few, 0)
  expect(few.tokens).toBe(20 - CONNECT_COST)
})

test('a bounded number of dongles is known: who came longest ago is forgotten', () => {
  const limit = createMessageLimit(50, 200, 3)
  for (const dongle of ['a', 'b', 'c', 'a', 'd']) bucketOf(limit, dongle, 0)
  expect([...limit.buckets.keys()]).toEqual(['c', 'a', 'd'])
})

test('where nobody can be kept waiting alone, what is beyond the bucket is refused, and a large packet counts as many', () => {
  const limit = createMessageLimit(50, 20, 10)
  const bucket = bucketOf(limit, 'dongle', 0)
  const taken = Array.from({ length: 30 }, () => mayTake(limit, bucket, costOf(450), 0))
  expect(taken.filter(Boolean)).toHaveLength(20)
  expect(mayTake(limit, bucket, costOf(64_000), 400)).toBe(true)
  expect(mayTake(limit, bucket, costOf(450), 1200)).toBe(false)
  expect(mayTake(limit, bucket, costOf(450), 1300)).toBe(true)
})
