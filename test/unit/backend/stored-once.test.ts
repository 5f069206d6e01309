// The pure rules of ingest: stored once, holes with their times, what no meter can have sent.

import { describe, expect, test } from 'vitest'
import { holesOf } from '../../../backend/ingest/holes.ts'
import { judge, overlaps } from '../../../backend/ingest/judge.ts'
import { implausibility, timeRangeOf } from '../../../backend/ingest/plausible.ts'
import { aBatch, NOON_S } from '../../support/batches.ts'
import fc from '../../support/given-cases.ts'

describe('stored once', () => {
  const stored = { firstSeq: 100, span: 60 }

  test.each([
    ['right before', { firstSeq: 40, span: 60 }, 'new'],
    ['right after', { firstSeq: 160, span: 1 }, 'new'],
    ['one number into it', { firstSeq: 41, span: 60 }, 'quarantine'],
    ['within it', { firstSeq: 110, span: 5 }, 'quarantine'],
    ['around it', { firstSeq: 0, span: 1000 }, 'quarantine'],
    ['the same numbers and content', stored, 'duplicate'],
  ] as const)('a batch %s is %s', (_name, arrived, verdict) => {
    expect(judge(arrived, stored, () => true)).toBe(verdict)
  })

  test('the same numbers with other content are a second story, not a repeat', () => {
    expect(judge(stored, stored, () => false)).toBe('quarantine')
  })

  test('a part of a stored batch is never a repeat, even if its bytes were', () => {
    expect(judge({ firstSeq: 100, span: 59 }, stored, () => true)).toBe('quarantine')
  })

  test('overlap is sharing a sequence number', () => {
    const range = fc.record({ firstSeq: fc.nat(30), span: fc.integer({ min: 1, max: 12 }) })
    const numbers = (r: { firstSeq: number; span: number }) => Array.from({ length: r.span }, (_, i) => r.firstSeq + i)
    fc.assert(fc.property(range, range, (a, b) => overlaps(a, b) === numbers(a).some(n => numbers(b).includes(n))))
  })
})

describe('holes inside a batch', () => {
  test('a loss lies between the readings around it', () => {
    const batch = aBatch({ firstSeq: 10, count: 4, losses: [{ fromSeq: 12, count: 3, reason: 'crc' }] })
    expect(holesOf(batch)).toEqual([{ fromSeq: 12, count: 3, reason: 'crc', fromS: NOON_S + 1, toS: NOON_S + 2 }])
  })

  test('losses at the edges are points, neighbours in sequence share a place', () => {
    const losses = [
      { fromSeq: 0, count: 1, reason: 'busy' as const },
      { fromSeq: 3, count: 1, reason: 'crc' as const },
      { fromSeq: 4, count: 2, reason: 'overrun' as const },
    ]
    const batch = aBatch({ firstSeq: 0, count: 2, losses })
    expect(holesOf(batch)).toEqual([
      { ...losses[0], fromS: NOON_S, toS: NOON_S },
      { ...losses[1], fromS: NOON_S + 1, toS: NOON_S + 1 },
      { ...losses[2], fromS: NOON_S + 1, toS: NOON_S + 1 },
    ])
  })

  test('a silent meter leaves a hole without a count', () => {
    const batch = { ...aBatch({ firstSeq: 0, count: 3 }), timeS: [NOON_S, NOON_S + 1, NOON_S + 400] }
    expect(holesOf(batch)).toEqual([{ fromSeq: 2, count: 0, reason: 'silence', fromS: NOON_S + 1, toS: NOON_S + 400 }])
  })

  test('a loss explains the time around it: it is not a silence too', () => {
    const loss = { fromSeq: 1, count: 300, reason: 'busy' as const }
    const batch = { ...aBatch({ count: 2, losses: [loss] }), timeS: [NOON_S, NOON_S + 301] }
    expect(holesOf(batch)).toEqual([{ ...loss, fromS: NOON_S, toS: NOON_S + 301 }])
  })

  test('without readings a loss has no time yet', () => {
    const loss = { fromSeq: 7, count: 4_000_000, reason: 'ring-full' as const }
    expect(holesOf(aBatch({ firstSeq: 7, count: 0, losses: [loss] }))).toEqual([loss])
  })
})

describe('what no meter can have sent', () => {
  const now = (NOON_S + 100) * 1000
  const oddity = (batch: ReturnType<typeof aBatch>) => implausibility(batch, timeRangeOf(batch), now)

  test('an ordinary batch is plausible, and so is one with losses only', () => {
    expect(oddity(aBatch())).toBeUndefined()
    expect(oddity(aBatch({ count: 0, losses: [{ fromSeq: 0, count: 5, reason: 'power' }] }))).toBeUndefined()
  })

  test('a clock that has lost its time, or runs a day ahead, is odd', () => {
    expect(oddity(aBatch({ startS: 946_684_800 }))).toBe('clock')
    expect(oddity(aBatch({ startS: NOON_S + 2 * 86_400 }))).toBe('clock')
    expect(oddity(aBatch({ startS: NOON_S + 3600 }))).toBeUndefined()
  })

  test('losses outside the batch or over each other are odd, whatever their size', () => {
    expect(
      oddity(aBatch({ count: 1, losses: [{ fromSeq: 4_000_000_000, count: 4_000_000_000, reason: 'crc' }] })),
    ).toBe('losses')
    const twice = [
      { fromSeq: 1, count: 3, reason: 'crc' as const },
      { fromSeq: 2, count: 1, reason: 'busy' as const },
    ]
    expect(oddity(aBatch({ count: 4, losses: twice }))).toBe('losses')
  })

  test('a column that is shorter than the times is odd', () => {
    const batch = aBatch({ count: 3 })
    expect(oddity({ ...batch, columns: [[1, 2], ...batch.columns.slice(1)] })).toBe('columns')
    expect(oddity({ ...batch, columns: batch.columns.slice(1) })).toBe('columns')
  })

  test('a batch that covers nothing is odd', () => {
    expect(oddity(aBatch({ count: 0 }))).toBe('empty')
  })

  test('times out of order have their true range', () => {
    expect(timeRangeOf({ ...aBatch({ count: 3 }), timeS: [50, 20, 30] })).toEqual({ fromS: 20, toS: 50 })
  })
})
