// Any batch within the limits comes back as it was, and its bytes are the only ones the encoder makes of it. The generator
// favours what the codings are made for (standing, stepping, rising, trembling, jumping columns) and the extremes between.

import { decode as cborXDecode } from 'cbor-x'
import { decode as cborgDecode } from 'cborg'
import { expect, test } from 'vitest'
import { type Batch, LOSS_REASONS, type Loss } from '../../../shared/batch/batch.ts'
import { decodeBatch } from '../../../shared/batch/decode.ts'
import { encodeBatch } from '../../../shared/batch/encode.ts'
import { LIMITS } from '../../../shared/batch/limits.ts'
import { FIELD_NAMES } from '../../../shared/reading/fields.ts'
import fc from '../../support/given-cases.ts'

const { valueMax, timeSMax } = LIMITS

/** Columns of `count` values from 0 to `max`, of the kinds that meters make and of no kind at all. */
function aColumn(count: number, max: number): fc.Arbitrary<number[]> {
  const anyValue = fc.oneof(
    fc.integer({ min: 0, max: Math.min(max, 5000) }),
    fc.maxSafeNat().map(n => n % (max + 1)),
  )
  const walk = (step: fc.Arbitrary<number>) =>
    fc.tuple(anyValue, fc.array(step, { minLength: count, maxLength: count })).map(([start, steps]) => {
      let value = start
      return steps.map(by => {
        value = Math.max(0, Math.min(max, value + by))
        return value
      })
    })
  const rarely = (often: number, odd: fc.Arbitrary<number>) =>
    fc.oneof({ weight: 15, arbitrary: fc.constant(often) }, { weight: 1, arbitrary: odd })
  const jump = fc.oneof(fc.constantFrom(-max, max, 2 ** 23, -(2 ** 23), 2 ** 24, 4095, -49_152), fc.integer())
  return fc.oneof(
    anyValue.map(value => new Array<number>(count).fill(value)),
    fc.constantFrom(1, 10, 900, -1).chain(step => walk(fc.constant(step))),
    walk(rarely(1, fc.constantFrom(2, 41, -3600, 0))),
    walk(rarely(0, fc.constantFrom(1, 130, max))),
    walk(fc.constantFrom(0, 0, 0, 1, 2)),
    walk(fc.integer({ min: -6, max: 6 })),
    walk(fc.oneof({ weight: 20, arbitrary: fc.integer({ min: -9, max: 9 }) }, { weight: 1, arbitrary: jump })),
    walk(fc.integer({ min: -100_000, max: 100_000 })),
    fc.array(anyValue, { minLength: count, maxLength: count }),
    fc.array(fc.constantFrom(0, 1, max - 1, max), { minLength: count, maxLength: count }),
  )
}

function losses(count: number, firstSeq: number): fc.Arbitrary<Loss[]> {
  const loss = fc.record({
    gap: fc.integer({ min: 0, max: 3 }),
    count: fc.oneof(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 1_000_000 })),
    reason: fc.constantFrom(...LOSS_REASONS),
  })
  return fc.array(loss, { minLength: count === 0 ? 1 : 0, maxLength: 6 }).map(found => {
    const made: Loss[] = []
    let nextSeq = firstSeq
    let readingsLeft = count
    for (const { gap, count: lost, reason } of found) {
      const between = Math.min(gap, readingsLeft)
      readingsLeft -= between
      const before = made.at(-1)
      if (before !== undefined && between === 0 && before.reason === reason) continue
      made.push({ fromSeq: nextSeq + between, count: lost, reason })
      nextSeq += between + lost
    }
    return made
  })
}

const aBatch: fc.Arbitrary<Batch> = fc
  .record({
    boot: fc.oneof(fc.integer({ min: 0, max: 300 }), fc.constant(LIMITS.bootMax)),
    firstSeq: fc.oneof(fc.nat(), fc.constantFrom(0, LIMITS.seqMax - 10_000_000)),
    meter: fc.constantFrom(0, 0, 1, 255),
    count: fc.oneof(fc.integer({ min: 0, max: 20 }), fc.constantFrom(1, 2, 16, 17, 60)),
    fields: fc.subarray(FIELD_NAMES.map((_, field) => field)),
  })
  .chain(({ count, fields, ...names }) =>
    fc.record({
      ...Object.fromEntries(Object.entries(names).map(([key, value]) => [key, fc.constant(value)])),
      timeS: count === 0 ? fc.constant([]) : aColumn(count, timeSMax),
      fields: fc.constant(count === 0 ? [] : fields),
      columns: count === 0 ? fc.constant([]) : fc.tuple(...fields.map(() => aColumn(count, valueMax))),
      losses: losses(count, names.firstSeq),
    }),
  ) as unknown as fc.Arbitrary<Batch>

test('any batch within the limits comes back as it was, and encodes to the same bytes again', () => {
  fc.assert(
    fc.property(aBatch, batch => {
      const bytes = encodeBatch(batch)
      expect(bytes.length).toBeLessThanOrEqual(LIMITS.bytesMax)
      const decoded = decodeBatch(bytes)
      expect(decoded).toEqual({ ok: true, value: batch })
      if (decoded.ok) expect(encodeBatch(decoded.value)).toEqual(bytes)
    }),
    { numRuns: 500 },
  )
})

test('a chart that stops early gets the same columns as far as it goes', () => {
  fc.assert(
    fc.property(aBatch, fc.integer({ min: -1, max: 31 }), (batch, fieldsUpTo) => {
      const wanted = batch.fields.filter(field => field <= fieldsUpTo)
      expect(decodeBatch(encodeBatch(batch), { fieldsUpTo })).toEqual({
        ok: true,
        value: { ...batch, fields: wanted, columns: batch.columns.slice(0, wanted.length) },
      })
    }),
  )
})

test('plain and typed arrays of the same numbers give the same bytes', () => {
  fc.assert(
    fc.property(aBatch, batch => {
      const typed = {
        ...batch,
        timeS: Float64Array.from(batch.timeS),
        columns: batch.columns.map(column => Float64Array.from(column)),
      }
      expect(encodeBatch(typed)).toEqual(encodeBatch(batch))
    }),
  )
})

test('two independent CBOR decoders open the outer map', () => {
  fc.assert(
    fc.property(aBatch, batch => {
      const bytes = encodeBatch(batch)
      for (const map of [cborgDecode(bytes, { useMaps: true }), new Map(Object.entries(cborXDecode(bytes)))]) {
        const at = (key: number) =>
          (map as Map<unknown, unknown>).get(key) ?? (map as Map<unknown, unknown>).get(`${key}`)
        expect(at(0)).toBe(1)
        expect(at(1)).toBeInstanceOf(Uint8Array)
        expect(at(2) === undefined).toBe(batch.losses.length === 0)
        expect(at(3) ?? 0).toBe(batch.meter)
      }
    }),
  )
})

test('600 readings of the longest kind come back', () => {
  const timeS = Array.from({ length: LIMITS.readingsMax }, (_, i) => 1_800_000_000 + i)
  const columns = [timeS.map(s => (s * 2_654_435_761) % 65_536)]
  const batch = { boot: 1, firstSeq: 0, meter: 0, timeS, fields: [4], columns, losses: [] }
  expect(decodeBatch(encodeBatch(batch))).toEqual({ ok: true, value: batch })
})

test('60 readings of any values in every field stay under the limit', () => {
  const timeS = Array.from({ length: 60 }, (_, i) => (i % 2 === 0 ? 0 : timeSMax))
  const columns = FIELD_NAMES.map((_, field) => timeS.map((_, i) => ((i + field) % 2 === 0 ? 0 : valueMax)))
  const batch = {
    boot: LIMITS.bootMax,
    firstSeq: 0,
    meter: 255,
    timeS,
    fields: FIELD_NAMES.map((_, i) => i),
    columns,
    losses: [],
  }
  expect(encodeBatch(batch).length).toBeLessThanOrEqual(LIMITS.bytesMax)
  expect(decodeBatch(encodeBatch(batch))).toEqual({ ok: true, value: batch })
})

test('numbers beside every power of two come back', () => {
  for (let bits = 1; bits < 40; bits++) {
    for (const value of [2 ** bits - 1, 2 ** bits, 2 ** bits + 1]) {
      const columns = [[value], [valueMax - value]]
      const batch = { boot: 0, firstSeq: value % 2 ** 32, meter: 0, timeS: [5], fields: [0, 1], columns, losses: [] }
      expect(decodeBatch(encodeBatch(batch))).toEqual({ ok: true, value: batch })
    }
  }
})
