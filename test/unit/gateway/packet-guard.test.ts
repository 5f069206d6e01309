import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createPacketGuard, passChunk } from '../../../gateway/broker/packet-guard.ts'

/** PUBLISH, QoS 0, of `bytes` remaining bytes (under 16384): type, length in one or two bytes, then anything. */
function publish(bytes: number): Uint8Array {
  const length = bytes < 128 ? [bytes] : [(bytes & 0x7f) | 0x80, bytes >> 7]
  return Buffer.concat([Uint8Array.of(0x30, ...length), Buffer.alloc(bytes, 0xe9)])
}

test('lets packets through whatever way the bytes are cut', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 0, max: 900 }), { minLength: 1, maxLength: 6 }),
      fc.array(fc.integer({ min: 1, max: 50 })),
      (sizes, cuts) => {
        const stream = Buffer.concat(sizes.map(publish))
        const guard = createPacketGuard(1000)
        let at = 0
        for (const cut of cuts) {
          expect(passChunk(guard, stream.subarray(at, at + cut))).toBe('ok')
          at = Math.min(stream.length, at + cut)
        }
        expect(passChunk(guard, stream.subarray(at))).toBe('ok')
        expect(guard.state).toBe('type')
      },
    ),
  )
})

test('stops a packet by its announced length, before its body comes', () => {
  const guard = createPacketGuard(1000)
  // 0x30 PUBLISH, remaining length 1001 = 0xe9 0x07
  expect(passChunk(guard, Uint8Array.of(0x30, 0xe9))).toBe('ok')
  expect(passChunk(guard, Uint8Array.of(0x07))).toBe('packet-too-large')
})

test('the largest length that is allowed passes', () => {
  const guard = createPacketGuard(1000)
  expect(passChunk(guard, Uint8Array.of(0x30, 0xe8, 0x07))).toBe('ok')
  expect(passChunk(guard, new Uint8Array(1000))).toBe('ok')
  expect(guard.state).toBe('type')
})

test('a length of more than four bytes is no length', () => {
  const guard = createPacketGuard(2 ** 30)
  expect(passChunk(guard, Uint8Array.of(0x30, 0x80, 0x80, 0x80, 0x80))).toBe('malformed-packet')
})

test('any bytes at all get a verdict', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), bytes => {
      const guard = createPacketGuard(1000)
      expect(['ok', 'packet-too-large', 'malformed-packet']).toContain(passChunk(guard, bytes))
      expect(guard.remaining).toBeLessThanOrEqual(2 ** 28)
    }),
  )
})
