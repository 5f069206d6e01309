// The bodies of the few MQTT 3.1.1 packets that a dongle and its gateway exchange: read and written, pure. What is not as the standard
// writes it comes out as undefined. Clauses: MQTT 3.1.1, OASIS standard of 29 October 2014.

/** Types of control packets (table 2.1). */
export const CONNECT = 1
export const PUBLISH = 3
export const PUBACK = 4
export const SUBSCRIBE = 8
export const UNSUBSCRIBE = 10
export const PINGREQ = 12
export const DISCONNECT = 14

export const PINGRESP = Uint8Array.of(0xd0, 0)

export interface Connect {
  /** 4 is MQTT 3.1.1; of another nothing more is known. */
  level: number
  clientId: string
  username: string
  /** Latin 1: ours are ASCII. */
  password: string
  hasWill: boolean
  keepaliveS: number
}

/** Where reading goes on; `at` beyond `end` says that something was missing. */
interface Cursor {
  bytes: Uint8Array
  at: number
  end: number
}

// Section 3.1: protocol name, level, flags, keep-alive; then client id, will topic and message, user name, password as flagged.
export function readConnect(bytes: Uint8Array, from: number, end: number): Connect | undefined {
  const cursor = { bytes, at: from, end }
  const name = takeText(cursor)
  const level = takeByte(cursor)
  if (cursor.at > end || (name !== 'MQTT' && name !== 'MQIsdp')) return undefined
  const connect = { level, clientId: '', username: '', password: '', hasWill: false, keepaliveS: 0 }
  if (name !== 'MQTT' || level !== 4) return { ...connect, level: name === 'MQTT' ? level : 3 }
  const flags = takeByte(cursor)
  connect.keepaliveS = takeUint16(cursor)
  connect.clientId = takeText(cursor)
  connect.hasWill = (flags & 0x04) !== 0
  if (connect.hasWill) {
    takeText(cursor)
    takeText(cursor)
  }
  const hasName = (flags & 0x80) !== 0
  const hasPassword = (flags & 0x40) !== 0
  if (hasName) connect.username = takeText(cursor)
  if (hasPassword) connect.password = takeText(cursor)
  // Reserved bit, a password without a name, will bits without a will, will QoS 3 [MQTT-3.1.2-3, -11, -13, -14, -15, -22].
  const willBits = flags & 0x38
  const isOdd = (flags & 1) !== 0 || (hasPassword && !hasName) || (!connect.hasWill && willBits !== 0)
  return isOdd || (willBits & 0x18) === 0x18 || cursor.at !== end ? undefined : connect
}

/** Of a SUBSCRIBE (section 3.8) the filters, of an UNSUBSCRIBE (3.10) too; at least one. */
export function readFilters(
  bytes: Uint8Array,
  from: number,
  end: number,
  hasQos: boolean,
): { packetId: number; filters: string[] } | undefined {
  const cursor = { bytes, at: from, end }
  const packetId = takeUint16(cursor)
  const filters: string[] = []
  let isQosKnown = true
  while (cursor.at < end) {
    filters.push(takeText(cursor))
    if (hasQos && takeByte(cursor) > 2) isQosKnown = false
  }
  return cursor.at !== end || packetId === 0 || filters.length === 0 || !isQosKnown ? undefined : { packetId, filters }
}

export function connack(returnCode: number): Uint8Array {
  return Uint8Array.of(0x20, 2, 0, returnCode)
}

/** QoS 0 granted for each. */
export function suback(packetId: number, count: number): Uint8Array {
  const packet = new Uint8Array(4 + count)
  packet.set([0x90, 2 + count, packetId >> 8, packetId & 255])
  return packet
}

export function unsuback(packetId: number): Uint8Array {
  return Uint8Array.of(0xb0, 2, packetId >> 8, packetId & 255)
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

/** A text as it stands on the wire: its length in two bytes before it. */
export function textOnWire(text: string): Uint8Array {
  return Buffer.concat([Uint8Array.of(text.length >> 8, text.length & 255), Buffer.from(text, 'latin1')])
}

function takeByte(cursor: Cursor): number {
  const at = cursor.at++
  return at < cursor.end ? (cursor.bytes[at] as number) : 0
}

function takeUint16(cursor: Cursor): number {
  return takeByte(cursor) * 256 + takeByte(cursor)
}

function takeText(cursor: Cursor): string {
  const length = takeUint16(cursor)
  const from = cursor.at
  cursor.at += length
  if (cursor.at > cursor.end) return ''
  return Buffer.from(cursor.bytes.buffer, cursor.bytes.byteOffset + from, length).toString('latin1')
}
