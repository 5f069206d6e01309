// The bodies of the MQTT 3.1.1 packets that come to a broker and go from it: read and written, pure. What is not as the standard
// writes it comes out as undefined. Clauses: MQTT 3.1.1, OASIS standard of 29 October 2014.

import { isUtf8 } from 'node:buffer'

/** Types of control packets (table 2.1). */
export const CONNECT = 1
export const PUBLISH = 3
export const PUBACK = 4
export const PUBREC = 5
export const PUBREL = 6
export const PUBCOMP = 7
export const SUBSCRIBE = 8
export const UNSUBSCRIBE = 10
export const PINGREQ = 12
export const DISCONNECT = 14

export const PINGRESP = Uint8Array.of(0xd0, 0)

/** SUBACK's code for a filter that is not granted. */
export const NOT_GRANTED = 0x80

export type Qos = 0 | 1 | 2

export interface Connect {
  /** 4 is MQTT 3.1.1; of another nothing more is known. */
  level: number
  clientId: string
  username: string
  /** Latin 1: ours are ASCII. */
  password: string
  /** Clean session: nothing is kept for this client from before or for later. */
  isClean: boolean
  will: Publication | undefined
  keepaliveS: number
}

/** What a PUBLISH or a will says. */
export interface Publication {
  topic: string
  /** Of a PUBLISH in place: who keeps it copies it. */
  payload: Uint8Array
  qos: Qos
  isRetained: boolean
  /** 0 with QoS 0 and of a will. */
  packetId: number
}

/** Where reading goes on; `at` beyond `end` says that something was missing. */
interface Cursor {
  bytes: Uint8Array
  at: number
  end: number
}

const NOTHING = new Uint8Array(0)

// Section 3.1: protocol name, level, flags, keep-alive; then client id, will topic and message, user name, password as flagged.
export function readConnect(bytes: Uint8Array, from: number, end: number): Connect | undefined {
  const cursor = { bytes, at: from, end }
  const name = takeText(cursor)
  const level = takeByte(cursor)
  if (cursor.at > end || (name !== 'MQTT' && name !== 'MQIsdp')) return undefined
  const connect: Connect = {
    level: name === 'MQTT' ? level : 3,
    clientId: '',
    username: '',
    password: '',
    isClean: true,
    will: undefined,
    keepaliveS: 0,
  }
  if (name !== 'MQTT' || level !== 4) return connect
  const flags = takeByte(cursor)
  connect.isClean = (flags & 0x02) !== 0
  connect.keepaliveS = takeUint16(cursor)
  connect.clientId = takeText(cursor)
  const hasWill = (flags & 0x04) !== 0
  if (hasWill) connect.will = takeWill(cursor, flags)
  const hasName = (flags & 0x80) !== 0
  const hasPassword = (flags & 0x40) !== 0
  if (hasName) connect.username = takeText(cursor)
  if (hasPassword) connect.password = Buffer.from(takeBytes(cursor)).toString('latin1')
  // Reserved bit, a password without a name, will bits without a will, will QoS 3 [MQTT-3.1.2-3, -11, -13, -14, -15, -22].
  const willBits = flags & 0x38
  const isOdd = (flags & 1) !== 0 || (hasPassword && !hasName) || (!hasWill && willBits !== 0)
  return isOdd || (willBits & 0x18) === 0x18 || cursor.at !== end ? undefined : connect
}

function takeWill(cursor: Cursor, flags: number): Publication {
  const topic = takeText(cursor)
  const payload = takeBytes(cursor).slice() // outlives its packet
  return { topic, payload, qos: ((flags >> 3) & 3) as Qos, isRetained: (flags & 0x20) !== 0, packetId: 0 }
}

// Section 3.3: topic, packet id if the QoS is not 0, payload.
export function readPublish(head: number, bytes: Uint8Array, from: number, end: number): Publication | undefined {
  const cursor = { bytes, at: from, end }
  const qos = (head >> 1) & 3
  const topic = takeText(cursor)
  const packetId = qos === 0 ? 0 : takeUint16(cursor)
  // No QoS 3, no repeat of what is sent once only, no packet id 0 [MQTT-3.3.1-4, 3.3.1-2, 2.3.1-1].
  if (cursor.at > end || qos === 3 || (qos === 0 && (head & 8) !== 0) || (qos > 0 && packetId === 0)) return undefined
  return { topic, payload: bytes.subarray(cursor.at, end), qos: qos as Qos, isRetained: (head & 1) !== 0, packetId }
}

/** A whole number of two bytes, the high one first (section 1.5.2), read in place. */
export function uint16(bytes: Uint8Array, at: number): number {
  return (bytes[at] as number) * 256 + (bytes[at + 1] as number)
}

/** Of a PUBACK, PUBREC, PUBREL or PUBCOMP; 0 is none. */
export function readPacketId(bytes: Uint8Array, from: number, end: number): number {
  return end - from === 2 ? uint16(bytes, from) : 0
}

/** Of a SUBSCRIBE (section 3.8) the filters with the QoS wanted for each, of an UNSUBSCRIBE (3.10) the filters; at least one. */
export function readFilters(
  bytes: Uint8Array,
  from: number,
  end: number,
  hasQos: boolean,
): { packetId: number; filters: string[]; qos: Qos[] } | undefined {
  const cursor = { bytes, at: from, end }
  const packetId = takeUint16(cursor)
  const filters: string[] = []
  const qos: Qos[] = []
  while (cursor.at < end) {
    filters.push(takeText(cursor))
    const wanted = hasQos ? takeByte(cursor) : 0
    if (wanted > 2) return undefined
    qos.push(wanted as Qos)
  }
  return cursor.at !== end || packetId === 0 || filters.length === 0 ? undefined : { packetId, filters, qos }
}

export function connack(returnCode: number, isSessionPresent = false): Uint8Array {
  return Uint8Array.of(0x20, 2, isSessionPresent ? 1 : 0, returnCode)
}

/** One code per filter: the QoS granted, or NOT_GRANTED. */
export function suback(packetId: number, codes: number[]): Uint8Array {
  const length = 2 + codes.length
  return Uint8Array.of(0x90, ...lengthOnWire(length), packetId >> 8, packetId & 255, ...codes)
}

export function unsuback(packetId: number): Uint8Array {
  return Uint8Array.of(0xb0, 2, packetId >> 8, packetId & 255)
}

/** PUBACK, PUBREC, PUBREL or PUBCOMP for a packet. */
export function receipt(type: number, packetId: number): Uint8Array {
  return Uint8Array.of((type << 4) | (type === PUBREL ? 2 : 0), 2, packetId >> 8, packetId & 255)
}

/** A PUBLISH on `topic` (with its length before it); `packetId` counts where the QoS is not 0. */
export function publish(
  topic: Uint8Array,
  payload: Uint8Array,
  flags: { qos: Qos; isRetained: boolean; isRepeat: boolean },
  packetId: number,
): Uint8Array {
  const { qos, isRetained, isRepeat } = flags
  const id = qos === 0 ? [] : [packetId >> 8, packetId & 255]
  const head = (PUBLISH << 4) | (isRepeat ? 8 : 0) | (qos << 1) | (isRetained ? 1 : 0)
  const length = lengthOnWire(topic.length + id.length + payload.length)
  return Buffer.concat([Uint8Array.of(head, ...length), topic, Uint8Array.from(id), payload])
}

/** PUBACKs for `packetIds`, then, if there is one, a PUBLISH of QoS 0 on `topic` (with its length before it): one write. */
export function packetsDown(packetIds: number[], topic: Uint8Array, payload: Uint8Array | undefined): Uint8Array {
  const length = payload === undefined ? 0 : topic.length + payload.length
  const lengthBytes = length < 128 ? 1 : length < 16_384 ? 2 : 3
  const out = Buffer.allocUnsafe(4 * packetIds.length + (payload === undefined ? 0 : 1 + lengthBytes + length))
  let at = 0
  for (const packetId of packetIds) {
    out[at++] = PUBACK << 4
    out[at++] = 2
    out[at++] = packetId >> 8
    out[at++] = packetId & 255
  }
  if (payload === undefined) return out
  out[at++] = PUBLISH << 4
  for (let i = 1, rest = length; i <= lengthBytes; i++, rest >>= 7)
    out[at++] = (rest & 127) | (i < lengthBytes ? 128 : 0)
  out.set(topic, at)
  out.set(payload, at + topic.length)
  return out
}

/** Remaining length (section 2.2.3): 7 bits a byte, low first, top bit = more. */
function lengthOnWire(length: number): number[] {
  const bytes: number[] = []
  for (let rest = length; bytes.length === 0 || rest > 0; rest >>= 7) bytes.push((rest & 127) | (rest > 127 ? 128 : 0))
  return bytes
}

/** A text as it stands on the wire: its length in two bytes before it. */
export function textOnWire(text: string): Uint8Array {
  const bytes = Buffer.from(text)
  return Buffer.concat([Uint8Array.of(bytes.length >> 8, bytes.length & 255), bytes])
}

function takeByte(cursor: Cursor): number {
  const at = cursor.at++
  return at < cursor.end ? (cursor.bytes[at] as number) : 0
}

function takeUint16(cursor: Cursor): number {
  return takeByte(cursor) * 256 + takeByte(cursor)
}

function takeBytes(cursor: Cursor): Uint8Array {
  const length = takeUint16(cursor)
  const from = cursor.at
  cursor.at += length
  return cursor.at > cursor.end ? NOTHING : cursor.bytes.subarray(from, cursor.at)
}

/** UTF-8 without U+0000, or something was missing [MQTT-1.5.3-1, -2]. */
function takeText(cursor: Cursor): string {
  const bytes = takeBytes(cursor)
  if (!isUtf8(bytes) || bytes.includes(0)) cursor.at = Number.POSITIVE_INFINITY
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString()
}
