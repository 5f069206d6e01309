import { decode, encode } from 'cborg'
import { describe, expect, test } from 'vitest'
import {
  type CborReader,
  createReader,
  createWriter,
  finishReading,
  headOf,
  NEGATIVE,
  readArrayHead,
  readBytes,
  readInt,
  readMapHead,
  readText,
  readUint,
  skipItem,
  UINT,
  UINT_MAX,
  writeArrayHead,
  writeBytes,
  writeMapHead,
  writeRaw,
  writeText,
  writeUint,
  writtenBytes,
} from '../../../shared/batch/cbor.ts'
import { joined } from '../../../shared/kernel/pieces.ts'
import fc from '../../support/given-cases.ts'

const hex = (text: string) => Uint8Array.from(Buffer.from(text.replace(/\s/g, ''), 'hex'))
const faultOf = (text: string, read: (reader: CborReader) => unknown) => {
  const reader = createReader(hex(text))
  read(reader)
  finishReading(reader)
  return reader.fault
}
const intOf = (value: number) => joined(value < 0 ? headOf(NEGATIVE, -1 - value) : headOf(UINT, value))
const anyInt = fc.oneof(fc.maxSafeInteger(), fc.integer({ min: -300, max: 70_000 }))

describe('the CBOR writer', () => {
  test('writes every whole number as an independent decoder reads it', () => {
    fc.assert(
      fc.property(anyInt, value => {
        expect(decode(intOf(value))).toBe(value)
        if (value < 0) return
        const writer = createWriter(9)
        writeUint(writer, value)
        expect(writtenBytes(writer)).toEqual(intOf(value))
      }),
    )
  })

  test('writes the shortest heads of RFC 8949 appendix A', () => {
    const examples: [number, string][] = [
      [0, '00'],
      [23, '17'],
      [24, '1818'],
      [100, '1864'],
      [1000, '1903e8'],
      [1_000_000, '1a000f4240'],
      [1_000_000_000_000, '1b000000e8d4a51000'],
      [-1, '20'],
      [-100, '3863'],
      [-1000, '3903e7'],
      [UINT_MAX, '1b001fffffffffffff'],
    ]
    for (const [value, bytes] of examples) {
      expect(Buffer.from(intOf(value)).toString('hex')).toBe(bytes)
    }
  })

  test('writes a nested message that an independent decoder opens', () => {
    const writer = createWriter(1000)
    writeMapHead(writer, 2)
    writeUint(writer, 1)
    writeArrayHead(writer, 2)
    writeText(writer, 'nrt/1/up')
    writeBytes(writer, new Uint8Array(300).fill(7))
    writeUint(writer, 2)
    writeRaw(writer, intOf(-65529))
    const value = decode(writtenBytes(writer), { useMaps: true })
    expect(value).toEqual(
      new Map<number, unknown>([
        [1, ['nrt/1/up', new Uint8Array(300).fill(7)]],
        [2, -65529],
      ]),
    )
  })

  test('fills a message to its bound exactly and asserts at one byte more', () => {
    const writer = createWriter(3)
    writeText(writer, 'ab')
    expect(writtenBytes(writer)).toEqual(hex('626162'))
    expect(() => writeUint(writer, 0)).toThrow('under the bound')
  })

  test('asserts on what is not a whole number in range', () => {
    for (const value of [0.5, Number.NaN, UINT_MAX + 1, Number.POSITIVE_INFINITY, -1]) {
      expect(() => writeUint(createWriter(9), value)).toThrow()
    }
    expect(() => writeText(createWriter(9), 'é')).toThrow('ASCII')
  })
})

describe('the CBOR reader', () => {
  test('reads what an independent encoder writes', () => {
    fc.assert(
      fc.property(fc.array(anyInt, { maxLength: 30 }), fc.uint8Array({ maxLength: 300 }), (numbers, bytes) => {
        const reader = createReader(encode([numbers, bytes, 'text']))
        expect(readArrayHead(reader, 3)).toBe(3)
        const count = readArrayHead(reader, 30)
        const read: number[] = []
        for (let i = 0; i < count; i++) read.push(readInt(reader, -UINT_MAX, UINT_MAX))
        expect(read).toEqual(numbers)
        expect([...readBytes(reader, 300)]).toEqual([...bytes])
        expect(readText(reader, 4)).toBe('text')
        expect(finishReading(reader)).toBe(true)
      }),
    )
  })

  test('names what is wrong', () => {
    expect(faultOf('', r => readUint(r, 9))).toBe('truncated')
    expect(faultOf('19 03', r => readUint(r, 2000))).toBe('truncated')
    expect(faultOf('1817', r => readUint(r, 99))).toBe('not-shortest')
    expect(faultOf('1900ff', r => readUint(r, 999))).toBe('not-shortest')
    expect(faultOf('1a0000ffff', r => readUint(r, 99999))).toBe('not-shortest')
    expect(faultOf('1b00000000ffffffff', r => readUint(r, UINT_MAX))).toBe('not-shortest')
    expect(faultOf('1b0020000000000000', r => readUint(r, UINT_MAX))).toBe('out-of-range')
    expect(faultOf('1bffffffffffffffff', r => readUint(r, UINT_MAX))).toBe('out-of-range')
    expect(faultOf('1903e8', r => readUint(r, 999))).toBe('out-of-range')
    expect(faultOf('20', r => readUint(r, 9))).toBe('wrong-type')
    expect(faultOf('29', r => readInt(r, -9, 9))).toBe('out-of-range')
    expect(faultOf('5f4100ff', r => readBytes(r, 9))).toBe('unsupported')
    expect(faultOf('4a00', r => readBytes(r, 99))).toBe('truncated')
    expect(faultOf('4a00', r => readBytes(r, 9))).toBe('out-of-range')
    expect(faultOf('62c3a9', r => readText(r, 9))).toBe('unsupported')
    expect(faultOf('bf', r => readMapHead(r, 9))).toBe('unsupported')
    expect(faultOf('0000', r => readUint(r, 9))).toBe('trailing')
  })

  test('keeps the first fault and the place where it was', () => {
    const reader = createReader(hex('05 41 00'))
    readUint(reader, 9)
    readUint(reader, 9)
    readBytes(reader, 9)
    expect([reader.fault, reader.faultAt, reader.at]).toEqual(['wrong-type', 1, 1])
  })

  test('skips exactly one item of any kind', () => {
    const value = [1, { a: [true, null, 1.5, new Uint8Array(3)] }, 'x', -70_000, { b: {} }]
    const bytes = new Uint8Array([...encode(value), ...hex('d1 82 01 02'), ...hex('f8ff 182a')])
    const reader = createReader(bytes)
    skipItem(reader)
    skipItem(reader)
    skipItem(reader)
    expect(readUint(reader, 99)).toBe(42)
    expect(finishReading(reader)).toBe(true)
  })

  test('skips a claim of a huge array and a deep nest without memory or recursion', () => {
    expect(faultOf('9b001fffffffffffff00', skipItem)).toBe('truncated')
    expect(faultOf('bb000fffffffffffff00', skipItem)).toBe('truncated')
    const deep = new Uint8Array(100_000).fill(0x81)
    const reader = createReader(deep)
    skipItem(reader)
    expect(reader.fault).toBe('truncated')
  })

  test('never throws, whatever the bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), bytes => {
        const reader = createReader(bytes)
        skipItem(reader)
        const again = createReader(bytes)
        readMapHead(again, 9)
        readInt(again, -9, UINT_MAX)
        readText(again, 9)
        readBytes(again, 9)
        expect(reader.at <= bytes.length && again.at <= bytes.length).toBe(true)
      }),
    )
  })
})
