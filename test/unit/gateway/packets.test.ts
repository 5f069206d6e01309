// MQTT bodies against npm mqtt-packet, an independent implementation, and against any bytes at all.

import { generate, type Packet, parser } from 'mqtt-packet'
import { expect, test } from 'vitest'
import {
  connack,
  PUBREL,
  packetsDown,
  publish,
  readConnect,
  readFilters,
  readPublish,
  receipt,
  suback,
  textOnWire,
  unsuback,
} from '../../../gateway/broker/packets.ts'
import fc from '../../support/given-cases.ts'

/** The body behind a fixed header of two bytes (all of these are short) or three. */
function bodyOf(packet: Packet): Uint8Array {
  const bytes = generate(packet, { protocolVersion: 4 })
  return bytes.subarray((bytes[1] as number) < 128 ? 2 : 3)
}

function parsed(bytes: Uint8Array): Packet[] {
  const packets: Packet[] = []
  const reader = parser({ protocolVersion: 4 })
  reader.on('packet', packet => packets.push(packet))
  reader.parse(Buffer.from(bytes))
  return packets
}

const connectOf = (body: Uint8Array) => readConnect(body, 0, body.length)
const standard = { cmd: 'connect', protocolId: 'MQTT', protocolVersion: 4, clean: true, keepalive: 60 } as const
const ascii = fc.string({ minLength: 1, maxLength: 40, unit: 'grapheme-ascii' })

test('a CONNECT is read as the other implementation wrote it', () => {
  fc.assert(
    fc.property(
      ascii,
      ascii,
      ascii,
      fc.boolean(),
      fc.integer({ min: 1, max: 65535 }),
      (clientId, username, password, hasWill, keepalive) => {
        const payload = Buffer.from('y')
        const will = hasWill ? { topic: 'x', payload, qos: 1 as const, retain: true } : undefined
        const body = bodyOf({ ...standard, clientId, username, password: Buffer.from(password), will, keepalive })
        expect(connectOf(body)).toEqual({
          level: 4,
          clientId,
          username,
          password,
          isClean: true,
          will: hasWill ? { topic: 'x', payload, qos: 1, isRetained: true, packetId: 0 } : undefined,
          keepaliveS: keepalive,
        })
      },
    ),
  )
})

test('of another version only the version is said', () => {
  expect(connectOf(bodyOf({ ...standard, protocolId: 'MQIsdp', protocolVersion: 3, clientId: 'x' }))?.level).toBe(3)
  expect(connectOf(generate({ ...standard, protocolVersion: 5, clientId: 'x' }).subarray(2))?.level).toBe(5)
})

test('a CONNECT that is cut, goes on too long, or has wrong flags is none', () => {
  const body = bodyOf({ ...standard, clientId: 'abc', username: 'u', password: Buffer.from('p') })
  for (let length = 0; length < body.length; length++) expect(connectOf(body.subarray(0, length))).toBeUndefined()
  expect(connectOf(Buffer.concat([body, Uint8Array.of(0)]))).toBeUndefined()
  const withFlags = (flags: number) => connectOf(Uint8Array.from(body, (byte, i) => (i === 7 ? flags : byte)))
  expect(withFlags(0xc2)).toBeDefined()
  for (const flags of [0xc3, 0x42, 0xca, 0xe2]) expect(withFlags(flags)).toBeUndefined()
})

test('filters of SUBSCRIBE and UNSUBSCRIBE are read, and what is cut or empty is none', () => {
  const subscriptions = ['a/b', '#'].map(topic => ({ topic, qos: 1 as const }))
  const subscribe = bodyOf({ cmd: 'subscribe', messageId: 7, subscriptions })
  const unsubscribe = bodyOf({ cmd: 'unsubscribe', messageId: 8, unsubscriptions: ['a/b', '#'] })
  expect(readFilters(subscribe, 0, subscribe.length, true)).toEqual({ packetId: 7, filters: ['a/b', '#'], qos: [1, 1] })
  expect(readFilters(unsubscribe, 0, unsubscribe.length, false)).toEqual({
    packetId: 8,
    filters: ['a/b', '#'],
    qos: [0, 0],
  })
  expect(readFilters(subscribe, 0, subscribe.length - 1, true)).toBeUndefined()
  expect(readFilters(subscribe, 0, 2, true)).toBeUndefined()
  expect(readFilters(Uint8Array.of(0, 1, 0, 1, 65, 3), 0, 6, true)).toBeUndefined() // QoS 3
  expect(readFilters(Uint8Array.of(0, 0, 0, 1, 65, 0), 0, 6, true)).toBeUndefined() // packet id 0
})

test('answers are read by the other implementation', () => {
  expect(parsed(connack(5))).toMatchObject([{ cmd: 'connack', returnCode: 5 }])
  expect(parsed(connack(0, true))).toMatchObject([{ cmd: 'connack', returnCode: 0, sessionPresent: true }])
  const granted = Array.from({ length: 200 }, (_, i) => (i % 4 === 3 ? 0x80 : i % 4))
  expect(parsed(suback(258, granted))).toMatchObject([{ cmd: 'suback', messageId: 258, granted }])
  expect(parsed(receipt(PUBREL, 258))).toMatchObject([{ cmd: 'pubrel', messageId: 258 }])
  expect(parsed(unsuback(258))).toMatchObject([{ cmd: 'unsuback', messageId: 258 }])
})

test('a PUBLISH is read as the other implementation wrote it, and written as it reads', () => {
  const anyMessage = fc.record({
    topic: fc.string({ minLength: 1, maxLength: 40, unit: 'grapheme' }).filter(topic => !topic.includes('\0')),
    qos: fc.constantFrom(0, 1, 2),
    retain: fc.boolean(),
    dup: fc.boolean(),
    messageId: fc.integer({ min: 1, max: 65535 }),
    payload: fc.uint8Array({ maxLength: 300 }),
  })
  fc.assert(
    fc.property(anyMessage, ({ topic, qos, retain, dup, messageId, payload }) => {
      const isRepeat = dup && qos > 0
      const flags = { qos, isRetained: retain, isRepeat }
      const written = publish(textOnWire(topic), payload, flags, messageId)
      const [packet] = parsed(written)
      expect(packet).toMatchObject({ cmd: 'publish', topic, qos, retain, dup: isRepeat })
      const theirs = generate(packet as Packet, { protocolVersion: 4 })
      expect(Buffer.compare(theirs, written)).toBe(0)
      const bodyAt = theirs.findIndex((byte, i) => i > 0 && byte < 128) + 1
      const read = readPublish(theirs[0] as number, theirs, bodyAt, theirs.length)
      expect(read).toMatchObject({ topic, qos, isRetained: retain, packetId: qos === 0 ? 0 : messageId })
      expect(Buffer.compare(read?.payload ?? Buffer.of(1, 2, 3), payload)).toBe(0)
    }),
  )
})

test('a text that is not UTF-8, or has a zero in it, makes no packet', () => {
  for (const bytes of [[0xc0, 0x80], [0xed, 0xa0, 0x80], [0x41, 0], [0xff]]) {
    const body = Uint8Array.of(0, 1, 0, bytes.length, ...bytes, 0)
    expect(readFilters(body, 0, body.length, true)).toBeUndefined()
    const publishBody = Uint8Array.of(0, bytes.length, ...bytes)
    expect(readPublish(0x30, publishBody, 0, publishBody.length)).toBeUndefined()
  }
})

test('PUBACKs and a message in one write are read as what they are, for messages of any length', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 1, max: 65535 }), { maxLength: 5 }),
      fc.option(fc.integer({ min: 0, max: 40_000 }), { nil: undefined }),
      (packetIds, length) => {
        const payload = length === undefined ? undefined : Buffer.alloc(length, 7)
        const [last, ...confirmed] = parsed(packetsDown(packetIds, textOnWire('down/x'), payload)).reverse()
        const acks = payload === undefined && last !== undefined ? [last, ...confirmed] : confirmed
        expect(acks.reverse()).toMatchObject(packetIds.map(messageId => ({ cmd: 'puback', messageId })))
        if (payload !== undefined) expect(last).toMatchObject({ cmd: 'publish', topic: 'down/x', qos: 0, payload })
      },
    ),
  )
})

test('any bytes at all are read or refused, never thrown at', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), bytes => {
      connectOf(bytes)
      for (let head = 0x30; head < 0x40; head++) readPublish(head, bytes, 0, bytes.length)
      readFilters(bytes, 0, bytes.length, true)
      readFilters(bytes, 0, bytes.length, false)
    }),
  )
})
