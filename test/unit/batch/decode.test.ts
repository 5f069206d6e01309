import { encode as cborgEncode } from 'cborg'
import { describe, expect, test } from 'vitest'
import type { Batch } from '../../../shared/batch/batch.ts'
import { decodeBatch } from '../../../shared/batch/decode.ts'
import { encodeBatch } from '../../../shared/batch/encode.ts'
import { LIMITS } from '../../../shared/batch/limits.ts'

const hex = (text: string) => Uint8Array.from(Buffer.from(text.replace(/\s/g, ''), 'hex'))

/** Bits in groups as docs/protocol.md draws them, filled up with zeros to whole bytes, in an outer map of version 1. */
function bodyOf(bits: string): Uint8Array {
  const text = bits.replace(/[^01]/g, '')
  const bytes = Array.from({ length: Math.ceil(text.length / 8) }, (_, i) =>
    text.slice(8 * i, 8 * i + 8).padEnd(8, '0'),
  )
  return mapOf([[1, Uint8Array.from(bytes, byte => Number.parseInt(byte, 2))]])
}

function mapOf(pairs: [number, unknown][]): Uint8Array {
  return cborgEncode(new Map<number, unknown>([[0, 1], ...pairs]))
}

// boot 1, firstSeq 2, and then what a test is about
const NAMES = '00001 00010.0'
const ONE = '00001'
const TWO = '00010.0'
const THREE = '00010.1'
// a mask with offtakeW (bit 4) alone, and a time column 0, 1, 2 …
const OFFTAKE = '00101.0000'
const STEP_1 = '0 000 00010 00000'
const TIMES = `${THREE} ${OFFTAKE} ${STEP_1}`

const codeOf = (bytes: Uint8Array) => {
  const decoded = decodeBatch(bytes)
  return decoded.ok ? 'ok' : decoded.fault.code
}
const reasonOf = (bytes: Uint8Array) => {
  const decoded = decodeBatch(bytes)
  return !decoded.ok && 'reason' in decoded.fault ? decoded.fault.reason : codeOf(bytes)
}
const offtakeOf = (bits: string) => {
  const decoded = decodeBatch(bodyOf(`${NAMES} ${TIMES} ${bits}`))
  return decoded.ok ? decoded.value.columns[0] : decoded.fault
}

const LOSS_ONLY: Batch = {
  boot: 1,
  firstSeq: 2,
  meter: 0,
  timeS: [],
  fields: [],
  columns: [],
  losses: [{ fromSeq: 2, count: 100_000, reason: 'ring-full' }],
}

describe('the codings, read from hand-made bits', () => {
  test('constant', () => expect(offtakeOf('1 00011.01')).toEqual([5, 5, 5]))
  test('step', () => expect(offtakeOf('0 000 00011 00011.01')).toEqual([5, 3, 1]))
  test('step with a long step', () => expect(offtakeOf('0 000 11111 00000 00010.1')).toEqual([0, 17, 34]))
  test('changes', () => expect(offtakeOf(`0 001 00000 00011.01 ${ONE} ${ONE} 00010.1`)).toEqual([5, 5, 3]))
  test('offsets', () => expect(offtakeOf('0 010 00010 00011.01 01 00 11')).toEqual([6, 5, 8]))
  test('rises', () => expect(offtakeOf('0 011 00001 00011.01 0.1 10.0')).toEqual([5, 6, 8]))
  test('deltas', () => expect(offtakeOf('0 100 00001 00011.01 0.1 10.0')).toEqual([5, 4, 5]))
  test('a rare jump in a Rice code', () =>
    expect(offtakeOf('0 011 00000 00011.01 111111111111 000000000000001111101000 0')).toEqual([5, 1005, 1005]))
  test('a number of 2^30 and more', () =>
    expect(offtakeOf(`1 11111 1001.${'1'.repeat(39)}`)).toEqual(new Array(3).fill(LIMITS.valueMax)))
})

describe('what the decoder refuses', () => {
  test('a version it does not know, before anything else of it', () => {
    expect(decodeBatch(hex('a2 00 02 01 60'))).toEqual({
      ok: false,
      fault: { code: 'batch.unknown-version', version: 2 },
    })
  })
  test('a map without version or body', () => {
    expect(reasonOf(hex('a0'))).toBe('missing-key')
    expect(reasonOf(hex('a1 00 01'))).toBe('missing-key')
    expect(reasonOf(hex('a1 01 41 00'))).toBe('missing-key')
  })
  test('keys twice or out of order', () => {
    expect(reasonOf(hex('a3 00 01 01 41 00 01 41 00'))).toBe('keys-not-ascending')
    expect(reasonOf(hex('a2 01 41 00 00 01'))).toBe('keys-not-ascending')
  })
  test('more keys than any version will have', () => expect(reasonOf(hex('b1'))).toBe('out-of-range'))
  test('what is no map', () => expect(reasonOf(hex('82 00 01'))).toBe('wrong-type'))
  test('more bytes than the limit', () =>
    expect(decodeBatch(new Uint8Array(LIMITS.bytesMax + 1))).toEqual({
      ok: false,
      fault: { code: 'batch.too-long', bytes: LIMITS.bytesMax + 1 },
    }))
  test('a field that this version has no name for', () =>
    expect(decodeBatch(bodyOf(`${NAMES} ${ONE} 11111 0000.${'0'.repeat(30)} 100000`))).toEqual({
      ok: false,
      fault: { code: 'batch.unknown-field', mask: 2 ** 30 },
    }))
  test('nothing at all inside', () => expect(codeOf(bodyOf(`${NAMES} 00000`))).toBe('batch.empty'))
  test('meter 0, which is said by leaving it out', () =>
    expect(reasonOf(Uint8Array.from([...hex('a3 00 01 01 43 0a 42 80'), 3, 0]))).toBe('not-shortest'))
  test('more readings than the limit', () =>
    expect(
      reasonOf(bodyOf(`${NAMES} 01010.${(601 - 512).toString(2).padStart(9, '0')} ${OFFTAKE} 100000 100000`)),
    ).toBe('out-of-range'))
  test('bits set after the last column', () => expect(reasonOf(bodyOf(`${NAMES} ${TIMES} 1 00000 1`))).toBe('padding'))
  test('a byte after the last column', () =>
    expect(reasonOf(bodyOf(`${NAMES} ${TIMES} 1 00000 ${'0'.repeat(16)}`))).toBe('padding'))
  test('values below 0', () => {
    expect(offtakeOf('0 000 00011 00010.0')).toMatchObject({ reason: 'out-of-range' })
    expect(offtakeOf('0 100 00001 00001 0.1 10.1')).toMatchObject({ reason: 'out-of-range' })
  })
  test('values past the limit', () => {
    const top = `11111 1001.${'1'.repeat(39)}`
    expect(offtakeOf(`0 000 00010 ${top}`)).toMatchObject({ reason: 'out-of-range' })
    expect(offtakeOf(`0 010 00001 ${top} 0 1 0`)).toMatchObject({ reason: 'out-of-range' })
    expect(offtakeOf(`0 011 00000 ${top} 10 0`)).toMatchObject({ reason: 'out-of-range' })
    expect(offtakeOf(`1 11111 1010.${'0'.repeat(40)}`)).toMatchObject({ reason: 'out-of-range' })
  })
  test('codings that say nothing, or that no version has', () => {
    for (const bits of [
      '0 000 00000 00001', // a step of 0
      '0 001 00000 00001 00000', // no changes
      `0 001 00000 00001 ${ONE} 00000 00000`, // a change of 0
      `0 001 00000 00001 ${TWO} 00010.0 ${ONE} 00000 00001`, // a change after the last reading
      '0 010 00000 00001', // offsets of no bits
      '0 010 01001 00001 000000000 000000000 000000000', // offsets of nine bits
      '0 011 01101 00001', // k of 13
      '0 101 00000 00001 0 0',
      '0 111 00000 00001 0 0',
    ]) {
      expect(offtakeOf(bits), bits).toMatchObject({ reason: 'bad-coding' })
    }
  })
  test('a plain number where the Rice code would have been shorter', () =>
    expect(offtakeOf('0 011 00000 00011.01 111111111111 000000000000000000001011 0')).toMatchObject({
      reason: 'not-shortest',
    }))
  test('a column of one reading that is not written as constant', () =>
    expect(reasonOf(bodyOf(`${NAMES} ${ONE} ${OFFTAKE} 0 000 00010 00000 100000`))).toBe('bad-coding'))
  test('sequence numbers past 32 bits', () => {
    const last = {
      ...LOSS_ONLY,
      firstSeq: LIMITS.seqMax,
      losses: [{ fromSeq: LIMITS.seqMax, count: 1, reason: 'crc' as const }],
    }
    expect(decodeBatch(encodeBatch(last))).toEqual({ ok: true, value: last })
    const past = { ...last, losses: [{ fromSeq: LIMITS.seqMax, count: 2, reason: 'crc' as const }] }
    expect(reasonOf(encodeBatch(past))).toBe('out-of-range')
  })
})

describe('losses', () => {
  const withLosses = (numbers: unknown) =>
    mapOf([
      [1, hex('08 80')],
      [2, numbers],
    ])

  test('a range dropped from the ring travels as a batch without readings', () => {
    expect(decodeBatch(encodeBatch(LOSS_ONLY))).toEqual({ ok: true, value: LOSS_ONLY })
  })
  test('touching losses for the same reason become one record', () => {
    const losses = [
      { fromSeq: 2, count: 3, reason: 'crc' as const },
      { fromSeq: 5, count: 4, reason: 'crc' as const },
      { fromSeq: 9, count: 1, reason: 'busy' as const },
    ]
    const decoded = decodeBatch(encodeBatch({ ...LOSS_ONLY, losses }))
    expect(decoded.ok && decoded.value.losses).toEqual([{ fromSeq: 2, count: 7, reason: 'crc' }, losses[2]])
  })
  test('the same content has one form: what the encoder would not write is refused', () => {
    const bad: unknown[] = [
      [], // an empty list is left out
      [0, 1], // not triples
      [0, 0, 0], // nothing lost
      [0, 1, 7], // no such reason
      [0, 1, 0, 0, 1, 0], // two that touch, for one reason
      [1, 1, 0], // more readings before it than the batch has
    ]
    const empty = '00001 00010.0 00000'
    expect(codeOf(bodyOf(empty))).toBe('batch.empty')
    for (const numbers of bad) {
      const bytes = mapOf([
        [1, hex('08 80')],
        [2, numbers],
      ])
      expect(codeOf(bytes), JSON.stringify(numbers)).toBe('batch.bad-losses')
    }
    expect(codeOf(withLosses('text'))).toBe('batch.malformed')
  })
})

describe('what later versions may add', () => {
  test('keys it does not know are passed over', () => {
    const batch = { ...LOSS_ONLY, meter: 2 }
    const bytes = encodeBatch(batch)
    // two pairs more: 9 => an array with text and a float, 23 => a nested map
    const extended = Uint8Array.from([
      bytes[0]! + 2,
      ...bytes.slice(1),
      ...hex('09 82 61 78 fb3ff8000000000000 17 a1 01 a1 02 f6'),
    ])
    expect(decodeBatch(extended)).toEqual({ ok: true, value: batch })
  })
  test('a broken value under such a key is still a fault', () => {
    const bytes = encodeBatch(LOSS_ONLY)
    expect(reasonOf(Uint8Array.from([bytes[0]! + 1, ...bytes.slice(1), ...hex('09 9b 0000 ffff ffff ffff')]))).toBe(
      'truncated',
    )
  })
})
