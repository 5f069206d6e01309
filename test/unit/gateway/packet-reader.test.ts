import { expect, test } from 'vitest'
import { createPacketReader, type PacketReader, takePackets } from '../../../gateway/broker/packet-reader.ts'
import fc from '../../support/given-cases.ts'

/** PUBLISH, QoS 0, of `body.length` remaining bytes (under 16384). */
function publish(body: Uint8Array): Uint8Array {
  const length = body.length < 128 ? [body.length] : [(body.length & 0x7f) | 0x80, body.length >> 7]
  return Buffer.concat([Uint8Array.of(0x30, ...length), body])
}

/** What the reader hands out of `chunks`, as copies; stops taking after `most` a chunk. */
function taken(reader: PacketReader, chunks: Uint8Array[], most = Number.POSITIVE_INFINITY): Buffer[] {
  const bodies: Buffer[] = []
  for (const chunk of chunks) {
    let count = 0
    const fault = takePackets(reader, chunk, (head, bytes, from, end) => {
      expect(head).toBe(0x30)
      bodies.push(Buffer.from(bytes.slice(from, end)))
      return ++count < most
    })
    expect(fault).toBeUndefined()
  }
  return bodies
}

const someBodies = fc.array(fc.uint8Array({ maxLength: 900 }), { minLength: 1, maxLength: 6 })

test('hands out the same packets whatever way the bytes are cut, and keeps nothing when all are whole', () => {
  fc.assert(
    fc.property(someBodies, fc.array(fc.integer({ min: 1, max: 50 })), (bodies, cuts) => {
      const stream = Buffer.concat(bodies.map(publish))
      const chunks: Uint8Array[] = []
      let at = 0
      for (const cut of cuts) {
        chunks.push(stream.subarray(at, at + cut))
        at = Math.min(stream.length, at + cut)
      }
      const reader = createPacketReader(1000)
      expect(taken(reader, [...chunks, stream.subarray(at)])).toEqual(bodies.map(body => Buffer.from(body)))
      expect([reader.heldBytes, reader.held.length]).toEqual([0, 0])
    }),
  )
})

test('one that is told to wait hands out the rest later, in order', () => {
  fc.assert(
    fc.property(someBodies, bodies => {
      const stream = Buffer.concat(bodies.map(publish))
      const nothing = new Uint8Array(0)
      expect(taken(createPacketReader(1000), [stream, ...bodies.map(() => nothing)], 1)).toEqual(
        bodies.map(body => Buffer.from(body)),
      )
    }),
  )
})

const faultOf = (reader: PacketReader, ...bytes: number[]) => takePackets(reader, Uint8Array.of(...bytes), () => true)

test('stops a packet by its announced length, before its body comes', () => {
  const reader = createPacketReader(1000)
  // 0x30 PUBLISH, remaining length 1001 = 0xe9 0x07
  expect(faultOf(reader, 0x30, 0xe9)).toBeUndefined()
  expect(faultOf(reader, 0x07)).toBe('packet-too-large')
})

test('the largest length that is allowed passes', () => {
  const reader = createPacketReader(1000)
  const body = new Uint8Array(1000).fill(7)
  expect(taken(reader, [Uint8Array.of(0x30, 0xe8, 0x07), body])).toEqual([Buffer.from(body)])
})

test('a length of more than four bytes is no length', () => {
  expect(faultOf(createPacketReader(2 ** 30), 0x30, 0x80, 0x80, 0x80, 0x80)).toBe('malformed-packet')
})

test('a first byte that no packet has is refused alone', () => {
  for (const head of [0x00, 0xf0, 0x11, 0x47, 0x80, 0xa0, 0xc1]) {
    expect(faultOf(createPacketReader(1000), head)).toBe('malformed-packet')
  }
})

test('any bytes at all end in packets, a fault, or waiting with no more in memory than came', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 5 }), chunks => {
      const reader = createPacketReader(1000)
      let came = 0
      for (const chunk of chunks) {
        came += chunk.length
        const fault = takePackets(reader, chunk, (_head, bytes, from, end) => {
          expect(from).toBeLessThanOrEqual(end)
          expect(end).toBeLessThanOrEqual(bytes.length)
          return true
        })
        if (fault !== undefined) return
        expect(reader.held.length).toBeLessThanOrEqual(2 * came)
      }
    }),
  )
})
