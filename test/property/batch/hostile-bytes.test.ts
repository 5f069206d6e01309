// Bytes from outside: whatever they are, the decoder answers with a batch or a fault, never an exception, and what it builds
// is bounded by LIMITS. Seeded by real batches, because random bytes alone never get past the outer map.

import { expect, test } from 'vitest'
import { createHousehold } from '../../../firmware/host/household.ts'
import { type Batch, spanOf } from '../../../shared/batch/batch.ts'
import { checkBatch, decodeBatch } from '../../../shared/batch/decode.ts'
import { encodeBatch } from '../../../shared/batch/encode.ts'
import { LIMITS } from '../../../shared/batch/limits.ts'
import { FIELD_NAMES } from '../../../shared/reading/fields.ts'
import fc from '../../support/given-cases.ts'

const START_S = 1_776_268_800

const REAL = [1, 2, 10, 60].map(count => {
  const household = createHousehold({ seed: count, startS: START_S })
  const readings = Array.from({ length: count }, (_, i) => household.next(START_S + 10 * i + (i % 7 === 6 ? 1 : 0)))
  const fields = FIELD_NAMES.flatMap((name, field) => (readings[0]![name] === undefined ? [] : [field]))
  return encodeBatch({
    boot: 3,
    firstSeq: 70_000,
    meter: count === 2 ? 1 : 0,
    timeS: readings.map(reading => reading.timeS),
    fields,
    columns: fields.map(field => readings.map(reading => reading[FIELD_NAMES[field]!] as number)),
    losses: count === 10 ? [{ fromSeq: 70_003, count: 2, reason: 'crc' }] : [],
  })
})

// The outer map around any body: what a hostile dongle with a real key could send.
const wrapped = (body: Uint8Array) =>
  Uint8Array.from([0xa2, 0, 1, 1, 0x59, body.length >> 8, body.length & 255, ...body])

function isWithinLimits(batch: Batch): boolean {
  const values = batch.columns.flatMap(column => [...(column as number[])])
  return (
    batch.timeS.length <= LIMITS.readingsMax &&
    batch.columns.every(column => column.length === batch.timeS.length) &&
    values.every(value => value >= 0 && value <= LIMITS.valueMax && Number.isInteger(value)) &&
    [...(batch.timeS as number[])].every(s => s >= 0 && s <= LIMITS.timeSMax && Number.isInteger(s)) &&
    batch.fields.every((field, i) => field < FIELD_NAMES.length && (i === 0 || field > batch.fields[i - 1]!)) &&
    batch.firstSeq + spanOf(batch) - 1 <= LIMITS.seqMax
  )
}

function answers(bytes: Uint8Array): 'batch' | 'fault' {
  const decoded = decodeBatch(bytes)
  // The check without the columns says the same, whatever the bytes.
  const checked = checkBatch(bytes)
  if (!decoded.ok) expect(checked).toEqual(decoded)
  else {
    const { boot, firstSeq, timeS, losses } = decoded.value
    expect(checked).toEqual({ ok: true, value: { boot, firstSeq, readings: timeS.length, losses } })
  }
  if (!decoded.ok) {
    expect(decoded.fault.code).toMatch(/^batch\.[a-z-]+$/)
    return 'fault'
  }
  expect(isWithinLimits(decoded.value)).toBe(true)
  expect(decodeBatch(encodeBatch(decoded.value))).toEqual(decoded)
  return 'batch'
}

test('any bytes at all are a batch or a fault', () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), bytes => void answers(bytes)))
})

test('any body in a good outer map is a batch within the limits or a fault', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 256, maxLength: 700 }), body => void answers(wrapped(body))),
    {
      numRuns: 2000,
    },
  )
})

test('a body that begins well and goes on with noise is a batch within the limits or a fault', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...REAL),
      fc.integer({ min: 0, max: 60 }),
      fc.uint8Array({ maxLength: 400 }),
      (real, keep, noise) => {
        const body = Uint8Array.from([...real.slice(5, 5 + keep), ...noise, ...new Uint8Array(256)])
        answers(wrapped(body))
      },
    ),
    { numRuns: 1000 },
  )
})

test('a real batch cut anywhere is a fault', () => {
  for (const bytes of REAL)
    for (let end = 0; end < bytes.length; end++) expect(answers(bytes.subarray(0, end))).toBe('fault')
})

test('a real batch with bytes after it is a fault', () => {
  for (const bytes of REAL) expect(answers(Uint8Array.from([...bytes, 0]))).toBe('fault')
})

test('a real batch with one bit turned is a fault or another batch, never the same one', () => {
  for (const bytes of REAL) {
    const same = decodeBatch(bytes)
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const turned = Uint8Array.from(bytes)
      turned[bit >> 3]! ^= 1 << (bit & 7)
      answers(turned)
      expect(decodeBatch(turned)).not.toEqual(same)
    }
  }
})

test('a small message that claims many readings costs no more than the limits', () => {
  // boot 0, firstSeq 0, count 600 (length 10, then 9 bits), all 30 fields, each constant 0: some thirty bytes ask for 18,600 numbers
  const bits = [
    '00000',
    '00000',
    `01010${(600 - 512).toString(2).padStart(9, '0')}`,
    `11110${'1'.repeat(29)}`,
    '100000'.repeat(31),
  ]
  const text = bits.join('')
  const body = new Uint8Array(Math.ceil(text.length / 8))
  for (let i = 0; i < text.length; i++) if (text[i] === '1') body[i >> 3]! |= 128 >> (i & 7)
  const decoded = decodeBatch(Uint8Array.from([0xa2, 0, 1, 1, 0x58, body.length, ...body]))
  expect(decoded.ok && decoded.value.columns.length * decoded.value.timeS.length).toBe(30 * 600)
  expect(answers(wrapped(Uint8Array.from([0x52, 0xff, 0xff])))).toBe('fault')
})
