// When a batch closes, which sequence numbers it covers, and how one that is too long becomes two.

import { describe, expect, test } from 'vitest'
import { type Batch, columnOf, type Loss, spanOf } from '../../../shared/batch/batch.ts'
import { decodeBatch } from '../../../shared/batch/decode.ts'
import { encodeBatch } from '../../../shared/batch/encode.ts'
import { differenceBits } from '../../../shared/kernel/differences.ts'
import { PLAIN_PACKING } from '../../../shared/kernel/plain-packing.ts'
import { FIELD_COUNT, type FieldValues } from '../../../shared/reading/fields.ts'
import type { Slots } from '../../../shared/reading/slots.ts'
import {
  addLoss,
  addReading,
  type Batcher,
  createBatcher,
  flushBatcher,
  recordsOf,
  tickBatcher,
} from '../../../shared/session/batcher.ts'
import fc from '../../support/given-cases.ts'

const START_S = 1_767_225_600
const values = (offtakeW: number) => [1000, 2000, 0, 0, offtakeW, 0, 1]

/** `count` readings, one a second from `fromMs` on. */
function secondBySecond(batcher: Batcher, count: number, fromMs = 0): Batch[] {
  const closed: Batch[] = []
  for (let i = 0; i < count; i++) {
    const nowMs = fromMs + i * 1000
    closed.push(...addReading(batcher, nowMs, 0, START_S + nowMs / 1000, values(i)))
  }
  return closed
}

/** With its columns taken out of the rows. */
function filled(batch: Batch): Batch {
  batch.columns = batch.fields.map((_, i) => columnOf(batch, i))
  delete batch.rows
  return batch
}

describe('a batch closes', () => {
  test('with the tenth reading at an interval of ten seconds', () => {
    const closed = secondBySecond(createBatcher(7, 10_000, 60), 30)
    expect(closed.map(batch => [batch.boot, batch.firstSeq, batch.timeS.length])).toEqual([
      [7, 0, 10],
      [7, 10, 10],
      [7, 20, 10],
    ])
    expect(Array.from(closed[1]!.timeS)).toEqual(Array.from({ length: 10 }, (_, i) => START_S + 10 + i))
    expect(Array.from(filled(closed[1]!).columns[4]!)).toEqual(Array.from({ length: 10 }, (_, i) => 10 + i))
    expect(closed[1]!.fields).toEqual([0, 1, 2, 3, 4, 5, 6])
  })

  test('with the tenth reading also when telegrams come a little early or late', () => {
    const batcher = createBatcher(1, 10_000, 60)
    const closed: Batch[] = []
    for (let i = 0; i < 60; i++)
      closed.push(...addReading(batcher, i * 1000 + ((i * 37) % 120), 0, START_S + i, values(i)))
    expect(closed.map(batch => batch.timeS.length)).toEqual([10, 10, 10, 10, 10, 10])
  })

  test('with every reading in a live window', () => {
    expect(secondBySecond(createBatcher(1, 1000, 60), 5).map(batch => batch.timeS.length)).toEqual([1, 1, 1, 1, 1])
  })

  test('with every reading of a meter that sends every ten seconds, after the first', () => {
    const batcher = createBatcher(1, 10_000, 60)
    const sizes: number[] = []
    for (let i = 0; i < 5; i++) {
      for (const batch of addReading(batcher, i * 10_000, 0, START_S + i * 10, values(i)))
        sizes.push(batch.timeS.length)
    }
    expect(sizes).toEqual([2, 1, 1, 1])
  })

  test('when it is as large as its columns', () => {
    expect(secondBySecond(createBatcher(1, 900_000, 60), 120).map(batch => batch.timeS.length)).toEqual([60, 60])
  })

  test('when the interval is over though no telegram comes', () => {
    const batcher = createBatcher(1, 10_000, 60)
    secondBySecond(batcher, 3)
    expect(tickBatcher(batcher, 9_999)).toEqual([])
    expect(tickBatcher(batcher, 10_000).map(batch => batch.timeS.length)).toEqual([3])
    expect(tickBatcher(batcher, 30_000)).toEqual([])
  })

  test('when the set of fields changes, and the next has the new set', () => {
    const batcher = createBatcher(1, 10_000, 60)
    addReading(batcher, 0, 0, START_S, values(1))
    const withGas = [...values(2), undefined, undefined, undefined, undefined, undefined, 77]
    const closed = addReading(batcher, 1000, 0, START_S + 1, withGas)
    expect(closed.map(batch => batch.fields)).toEqual([[0, 1, 2, 3, 4, 5, 6]])
    expect(flushBatcher(batcher).map(batch => batch.fields)).toEqual([[0, 1, 2, 3, 4, 5, 6, 12]])
    addReading(batcher, 2000, 0, START_S + 2, withGas)
    expect(addReading(batcher, 3000, 0, START_S + 3, values(3))).toHaveLength(1)
  })

  test('when another meter speaks', () => {
    const batcher = createBatcher(1, 10_000, 60)
    addReading(batcher, 0, 0, START_S, values(1))
    expect(addReading(batcher, 1000, 1, START_S + 1, values(1)).map(batch => batch.meter)).toEqual([0])
    expect(flushBatcher(batcher).map(batch => batch.meter)).toEqual([1])
  })

  test("when the meter's clock jumps, in either direction", () => {
    for (const jumpS of [91, -91, -2]) {
      const batcher = createBatcher(1, 10_000, 60)
      addReading(batcher, 0, 0, START_S, values(1))
      expect(addReading(batcher, 1000, 0, START_S + 1 + jumpS, values(1)), `${jumpS} s`).toHaveLength(1)
    }
    const batcher = createBatcher(1, 10_000, 60)
    addReading(batcher, 0, 0, START_S, values(1))
    expect(addReading(batcher, 1000, 0, START_S + 60, values(1))).toEqual([])
  })
})

describe('a reading without a usable time', () => {
  test('goes on from the last one', () => {
    const batcher = createBatcher(1, 10_000, 60)
    addReading(batcher, 5000, 0, START_S, values(1))
    addReading(batcher, 7100, 0, undefined, values(1))
    expect(flushBatcher(batcher).map(batch => Array.from(batch.timeS))).toEqual([[START_S, START_S + 2]])
  })

  test('is the seconds since start before any time was known, and never shares a batch with real times', () => {
    const batcher = createBatcher(1, 10_000, 60)
    addReading(batcher, 5000, 0, undefined, values(1))
    addReading(batcher, 6000, 0, undefined, values(1))
    expect(addReading(batcher, 7000, 0, START_S, values(1)).map(batch => Array.from(batch.timeS))).toEqual([[5, 6]])
  })
})

test('any mix of readings and losses gives batches without a hole between their numbers', () => {
  const event = fc.record({
    waitMs: fc.nat({ max: 30_000 }),
    kind: fc.constantFrom('reading', 'reading', 'reading', 'loss', 'tick', 'flush'),
    count: fc.integer({ min: 1, max: 5 }),
    meter: fc.nat({ max: 1 }),
    timeS: fc.option(fc.integer({ min: START_S, max: START_S + 300 }), { nil: undefined }),
    hasGas: fc.boolean(),
    reason: fc.constantFrom('crc', 'busy'),
  })
  fc.assert(
    fc.property(fc.array(event, { maxLength: 80 }), events => {
      const batcher = createBatcher(3, 10_000, 8)
      const batches: Batch[] = []
      let nowMs = 0
      let noticed = 0
      let readings = 0
      for (const one of events) {
        nowMs += one.waitMs
        if (one.kind === 'reading') {
          const all = one.hasGas
            ? [...values(readings), undefined, undefined, undefined, undefined, undefined, 5]
            : values(readings)
          batches.push(...addReading(batcher, nowMs, one.meter, one.timeS, all))
          noticed++
          readings++
        } else if (one.kind === 'loss') {
          batches.push(...addLoss(batcher, nowMs, one.count, one.reason as 'crc'))
          noticed += one.count
        } else batches.push(...(one.kind === 'tick' ? tickBatcher(batcher, nowMs) : flushBatcher(batcher)))
      }
      batches.push(...flushBatcher(batcher))
      let nextSeq = 0
      const powers: number[] = []
      for (const batch of batches) {
        expect(batch.firstSeq).toBe(nextSeq)
        expect(batch.timeS.length).toBeLessThanOrEqual(8)
        nextSeq += spanOf(batch)
        powers.push(...Array.from(filled(batch).columns[batch.fields.indexOf(4)] ?? []))
        for (const loss of batch.losses) expect(loss.fromSeq).toBeLessThan(nextSeq)
      }
      expect(nextSeq).toBe(noticed)
      expect(powers).toEqual(Array.from({ length: readings }, (_, i) => i))
    }),
  )
})

describe('a batch that is too long for a record', () => {
  test('is halved until each part fits, without losing a number', () => {
    const count = 60
    const losses: Loss[] = [
      { fromSeq: 100, count: 2, reason: 'crc' },
      { fromSeq: 120, count: 3, reason: 'busy' },
      { fromSeq: 165, count: 1, reason: 'crc' },
    ]
    const batch: Batch = {
      boot: 9,
      firstSeq: 100,
      meter: 0,
      timeS: Array.from({ length: count }, (_, i) => START_S + i),
      fields: [0, 4],
      columns: [
        Array.from({ length: count }, (_, i) => (i * 7_919_000_003) % 1_000_000_007),
        Array.from({ length: count }, (_, i) => i),
      ],
      losses,
    }
    const whole = encodeBatch(batch)
    expect(recordsOf(batch, whole.length, PLAIN_PACKING)).toEqual([
      { id: { boot: 9, firstSeq: 100, span: 66 }, bytes: whole },
    ])
    const records = recordsOf(batch, 120, PLAIN_PACKING)
    expect(records.length).toBeGreaterThan(2)
    let nextSeq = 100
    const powers: number[] = []
    const told: Loss[] = []
    for (const { id, bytes } of records) {
      const part = decodeBatch(bytes)
      if (!part.ok) throw new Error(part.fault.code)
      expect([part.value.firstSeq, spanOf(part.value)]).toEqual([id.firstSeq, id.span])
      powers.push(...Array.from(part.value.columns[1]!))
      told.push(...part.value.losses)
      expect(bytes.length).toBeLessThanOrEqual(120)
      expect([id.boot, id.firstSeq]).toEqual([9, nextSeq])
      nextSeq += id.span
    }
    expect(nextSeq).toBe(166)
    expect(powers).toEqual(Array.from({ length: count }, (_, i) => i))
    expect(told).toEqual(losses)
  })
})

test('values beyond four bytes are kept exactly, also when they begin in the middle of a batch', () => {
  const batcher = createBatcher(7, 10_000, 60)
  const register = [5, 4_294_967_295, 4_294_967_296, 1_099_511_627_775]
  const closed = register.flatMap((value, i) => addReading(batcher, i * 1000, 0, START_S + i, [value]))
  closed.push(...flushBatcher(batcher))
  expect(closed.flatMap(batch => Array.from(filled(batch).columns[0]!))).toEqual(register)
})

describe('readings as rows of numbers', () => {
  /** Fields 0 (stands still), 1, 4 and 11 (beyond four bytes), the last three by places 2, 3 and 1. */
  const TERMS = [0, 0, 1, 2 ** 33, 1, 7_000_000, 100, -100]
  const slotsOf = (): Slots => ({
    values: Array.from({ length: 12 }, (_, field) => ({ 0: 1000, 1: 1, 4: 2, 11: 3 })[field]) as FieldValues,
    placeOf: Uint8Array.from([0, 2, 0, 0, 3, 0, 0, 0, 0, 0, 0, 1]),
    terms: Float64Array.from(TERMS),
    fields: [0, 1, 4, 11],
    mask: 0,
    codes: [],
    texts: ['', '', '', ''],
    wild: 0,
    first: new Int32Array(4),
    still: new Float64Array(FIELD_COUNT),
  })
  const meaningOf = (place: number, number: number) => number * TERMS[place * 2]! + TERMS[place * 2 + 1]!

  test('decode to what the numbers mean, whatever they do, in batches of any length', () => {
    const walk = fc.record({
      first: fc.nat(90_000),
      steps: fc.array(
        fc.oneof(fc.constant(0), fc.integer({ min: -30, max: 30 }), fc.integer({ min: -9999, max: 9999 })),
        {
          minLength: 60,
          maxLength: 60,
        },
      ),
    })
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 60 }), fc.tuple(walk, walk, walk), (count, walks) => {
        const batcher = createBatcher(7, 100_000, count)
        const slots = slotsOf()
        const now = [0, ...walks.map(one => 100_000 + one.first)]
        const wanted: number[][] = []
        const closed: Batch[] = []
        for (let i = 0; i < count; i++) {
          wanted.push([1000, meaningOf(2, now[2]!), meaningOf(3, now[3]!), meaningOf(1, now[1]!)])
          closed.push(...addReading(batcher, i * 1000, 0, START_S + i, slots.values, [...now], slots))
          for (const [n, { steps }] of walks.entries()) {
            const next = Math.min(199_999, Math.max(100_000, now[n + 1]! + steps[i]!))
            slots.texts[n + 1] += differenceBits((next - now[n + 1]!) * TERMS[n * 2 + 2]!)
            now[n + 1] = next
          }
        }
        closed.push(...flushBatcher(batcher))
        expect(closed).toHaveLength(1)
        const decoded = decodeBatch(encodeBatch(closed[0]!))
        if (!decoded.ok) throw new Error(decoded.fault.code)
        expect(decoded.value.fields).toEqual([0, 1, 4, 11])
        expect(decoded.value.columns.map(column => Array.from(column))).toEqual(
          [0, 1, 2, 3].map(column => wanted.map(row => row[column])),
        )
      }),
      { numRuns: 200 },
    )
  })

  test('are a batch of a minute however many numbers move', () => {
    const width = 24
    const slots: Slots = { ...slotsOf(), terms: new Int32Array(2 * width), texts: Array(width).fill('') }
    const batcher = createBatcher(7, 60_000, 60)
    const numbers = Array(width).fill(1)
    const counts = Array.from({ length: 120 }, (_, i) =>
      addReading(batcher, i * 1000, 0, START_S + i, slots.values, numbers, slots).map(batch => batch.timeS.length),
    )
    expect(counts.flat()).toEqual([60, 60])
  })

  test('begin a new batch when what they mean is another', () => {
    const batcher = createBatcher(7, 10_000, 60)
    const [first, second] = [slotsOf(), slotsOf()]
    addReading(batcher, 0, 0, START_S, first.values, [0, 1, 2, 3], first)
    expect(addReading(batcher, 1000, 0, START_S + 1, second.values, [0, 1, 2, 3], second)).toHaveLength(1)
    expect(addReading(batcher, 2000, 0, START_S + 2, [1, 2])).toHaveLength(1)
  })
})

describe('fields that are not wanted', () => {
  const WANTED = (1 << 0) | (1 << 4)

  test('are not in the batch, also where the meter gives them in the same array each second', () => {
    const batcher = createBatcher(7, 10_000, 60)
    batcher.fields = WANTED
    const row = values(300)
    const closed: Batch[] = []
    for (let i = 0; i < 10; i++) {
      row[4] = 300 + i
      closed.push(...addReading(batcher, i * 1000, 0, START_S + i, row))
    }
    const decoded = decodeBatch(encodeBatch(filled(closed[0]!)))
    if (!decoded.ok) throw new Error(decoded.fault.code)
    expect(decoded.value.fields).toEqual([0, 4])
    expect(Array.from(decoded.value.columns[0]!)).toEqual(Array(10).fill(1000))
    expect(Array.from(decoded.value.columns[1]!)).toEqual(Array.from({ length: 10 }, (_, i) => 300 + i))
  })

  test('a change of them begins a new batch at the next reading', () => {
    const batcher = createBatcher(7, 10_000, 60)
    expect(secondBySecond(batcher, 3)).toEqual([])
    batcher.fields = WANTED
    const [closed] = secondBySecond(batcher, 1, 3000)
    expect([closed?.timeS.length, closed?.fields]).toEqual([3, [0, 1, 2, 3, 4, 5, 6]])
    expect(flushBatcher(batcher)[0]?.fields).toEqual([0, 4])
  })

  test('a row longer than the one before, by fields that nobody wants, has room', () => {
    const batcher = createBatcher(7, 2000, 2)
    batcher.fields = WANTED
    addReading(batcher, 0, 0, START_S, values(1))
    const long = [...values(2), ...Array(23).fill(9)]
    const [closed] = addReading(batcher, 1000, 0, START_S + 1, long)
    expect(Array.from(filled(closed!).columns[1]!)).toEqual([1, 2])
  })
})
