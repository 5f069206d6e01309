// A small MQTT 3.1.1 client: clean session, QoS 1 up, QoS 0 down, one subscription. It knows packets and time-outs; it
// refuses to know sockets (bytes come in as binary strings, bytes go out through `send`), what the payload means, and
// when to try again. It never repeats a PUBLISH within a connection: PUBACK proves nothing about a disk, so the sender
// repeats by its own acknowledgement (docs/protocol.md). Clauses: MQTT 3.1.1, OASIS standard of 29 October 2014.

import type { Pieces } from '../shared/kernel/pieces.ts'
import { LINK_DOWN, LINK_UP, MESSAGE, type Told } from './network.ts'
import * as reason from './reasons.ts'

/** The larger side is what the gateway sends: a challenge, an ack or a command in an envelope. */
export const PACKET_BYTES_MAX = 4096
/** What may be on its way without PUBACK: it lies in the engine's memory until the socket has taken it. */
export const UNCONFIRMED_BYTES_MAX = 16384

/** Packets within a second beyond what answers ours. A broker that floods us would take memory and time from the meter: it is left. */
const SURPLUS_MAX = 64
/** What a message of ours may bring down: PUBACK, an acknowledgement, and what a gateway likes to say with it. */
const ANSWERS_MAX = 4

const CONNACK_TIMEOUT_MS = 15000
const PUBACK_TIMEOUT_MS = 30000
const PINGRESP_TIMEOUT_MS = 15000

const CONNACK_HEAD = 0x20

const DOWN = -1
const CONNECTING = 0
const SUBSCRIBING = 1
const UP = 2

/** What the conversation has to say: LINK_UP when publish may begin, MESSAGE from our own topic, LINK_DOWN when it is over (once; the caller closes the socket). */
export type MqttTold = Extract<Told, { kind: typeof LINK_UP | typeof MESSAGE | typeof LINK_DOWN }>

export interface MqttOptions {
  clientId: string
  username: string
  password: string
  /** Topic to read, QoS 0. */
  subscribe: string
  keepAliveS: number
}

export interface Mqtt {
  tell(what: MqttTold): void
  /** Bytes for the socket: whole packets. */
  send(bytes: string | Pieces): void
  options: MqttOptions
  /** DOWN, CONNECTING, SUBSCRIBING or UP. */
  state: number
  /** Bytes of a packet that is not complete yet. */
  partial: string
  /** Length of the whole packet at the start of `partial`; 0 when not known yet. */
  expectedBytes: number
  /** Packets since the last tick beyond what answers ours. */
  surplus: number
  packetId: number
  /** Packet ids without PUBACK, oldest first, with their sizes and times. */
  unconfirmed: Array<{ id: number; bytes: number; sentMs: number }>
  unconfirmedBytes: number
  sentMs: number
  receivedMs: number
  /** When the oldest answer that we wait for was asked (CONNACK, SUBACK or PINGRESP); 0 = none. */
  askedMs: number
}

function uint16(value: number): string {
  return String.fromCharCode((value >> 8) & 255, value & 255)
}

function field(text: string): string {
  return uint16(text.length) + text
}

/** [MQTT-2.2.3] a packet of less than 16 kB: its head, the length of the rest (seven bits a byte, least significant first), and the rest. */
function packet(head: number, rest: string): string {
  const left = rest.length
  if (left < 128) return String.fromCharCode(head, left) + rest
  return String.fromCharCode(head, (left & 127) | 128, left >> 7) + rest
}

function send(mqtt: Mqtt, bytes: string | Pieces, nowMs: number): void {
  mqtt.sentMs = nowMs
  mqtt.send(bytes)
}

function fail(mqtt: Mqtt, code: number): void {
  if (mqtt.state === DOWN) return
  mqtt.state = DOWN
  mqtt.partial = ''
  mqtt.unconfirmed = []
  mqtt.unconfirmedBytes = 0
  mqtt.tell({ kind: LINK_DOWN, code: code })
}

function onConnack(mqtt: Mqtt, body: string, nowMs: number): void {
  // [MQTT-3.2.2.3] 4: user name or password, 5: not authorised
  const code = body.charCodeAt(1)
  if (body.length !== 2) fail(mqtt, reason.BAD_PACKET)
  else if (code !== 0) fail(mqtt, code === 4 || code === 5 ? reason.REFUSED_CREDENTIALS : reason.REFUSED)
  else {
    mqtt.state = SUBSCRIBING
    mqtt.askedMs = nowMs
    mqtt.packetId = 1
    send(mqtt, packet(0x82, uint16(1) + field(mqtt.options.subscribe) + '\x00'), nowMs)
  }
}

function onSuback(mqtt: Mqtt, body: string): void {
  if (body.length !== 3 || body.charCodeAt(1) !== 1 || body.charCodeAt(2) > 2) fail(mqtt, reason.SUBSCRIPTION_REFUSED)
  else {
    mqtt.state = UP
    mqtt.askedMs = 0
    mqtt.tell({ kind: LINK_UP })
  }
}

function onPublish(mqtt: Mqtt, head: number, body: string, nowMs: number): void {
  const topicLength = (body.charCodeAt(0) << 8) | body.charCodeAt(1)
  const qos = (head >> 1) & 3
  const payloadAt = 2 + topicLength + (qos > 0 ? 2 : 0)
  if (body.length < payloadAt || qos > 1) fail(mqtt, reason.BAD_PACKET)
  else {
    if (qos === 1) send(mqtt, packet(0x40, body.substr(2 + topicLength, 2)), nowMs)
    if (body.substr(2, topicLength) === mqtt.options.subscribe)
      mqtt.tell({ kind: MESSAGE, text: body.substr(payloadAt) })
  }
}

function onPuback(mqtt: Mqtt, body: string): void {
  const id = (body.charCodeAt(0) << 8) | body.charCodeAt(1)
  for (let i = 0; i < mqtt.unconfirmed.length; i++) {
    const entry = mqtt.unconfirmed[i] as { id: number; bytes: number }
    if (entry.id === id) {
      mqtt.unconfirmedBytes -= entry.bytes
      mqtt.unconfirmed.splice(i, 1)
      return
    }
  }
}

function onPacket(mqtt: Mqtt, head: number, body: string, nowMs: number): void {
  const type = head >> 4
  if (mqtt.state === CONNECTING) onConnack(mqtt, body, nowMs)
  else if (type === 3) onPublish(mqtt, head, body, nowMs)
  else if (type === 4) onPuback(mqtt, body)
  else if (type === 9 && mqtt.state === SUBSCRIBING) onSuback(mqtt, body)
  else if (type === 13 && mqtt.state === UP) mqtt.askedMs = 0
  else fail(mqtt, reason.BAD_PACKET)
}

/** Whole length of the packet at the start of `data`; 0 while it cannot be known, -1 when it is nonsense or too large. */
function packetLength(data: string): number {
  let length = 0
  for (let i = 1; i < 3; i++) {
    if (i >= data.length) return 0
    const digit = data.charCodeAt(i)
    length += (digit & 127) << (7 * (i - 1))
    if (digit < 128) return length + i + 1 > PACKET_BYTES_MAX ? -1 : length + i + 1
  }
  return -1 // a third byte of length means 16 kB and more
}

/** Begins a conversation: sends CONNECT. LINK_UP or LINK_DOWN follows. */
export function openMqtt(
  tell: (what: MqttTold) => void,
  toSocket: (bytes: string | Pieces) => void,
  options: MqttOptions,
  nowMs: number,
): Mqtt {
  const mqtt: Mqtt = {
    tell: tell,
    send: toSocket,
    options: options,
    state: CONNECTING,
    partial: '',
    expectedBytes: 0,
    surplus: 0,
    packetId: 0,
    unconfirmed: [],
    unconfirmedBytes: 0,
    sentMs: nowMs,
    receivedMs: nowMs,
    askedMs: nowMs,
  }
  // protocol level 4; flags: user name, password, clean session [MQTT-3.1.2]
  const head = field('MQTT') + '\x04\xc2' + uint16(options.keepAliveS)
  const login = field(options.clientId) + field(options.username) + field(options.password)
  send(mqtt, packet(0x10, head + login), nowMs)
  return mqtt
}

/** Bytes from the socket, in whatever pieces they come. */
export function mqttReceive(mqtt: Mqtt, chunk: string, nowMs: number): void {
  if (mqtt.state === DOWN) return
  mqtt.receivedMs = nowMs
  mqtt.partial += chunk
  // whatever answers a CONNECT with something else is no broker: a captive portal says HTTP
  if (mqtt.state === CONNECTING && mqtt.partial.charCodeAt(0) !== CONNACK_HEAD) fail(mqtt, reason.NOT_MQTT)
  while (mqtt.partial.length > 1 && mqtt.state !== DOWN) {
    if (mqtt.expectedBytes === 0) mqtt.expectedBytes = packetLength(mqtt.partial)
    const length = mqtt.expectedBytes
    if (length < 0) fail(mqtt, reason.PACKET_TOO_LARGE)
    if (length <= 0 || mqtt.partial.length < length) return
    const head = mqtt.partial.charCodeAt(0)
    const bodyAt = mqtt.partial.charCodeAt(1) < 128 ? 2 : 3
    const body = mqtt.partial.substr(bodyAt, length - bodyAt)
    mqtt.partial = mqtt.partial.substr(length)
    mqtt.expectedBytes = 0
    if (++mqtt.surplus > SURPLUS_MAX) fail(mqtt, reason.BAD_PACKET)
    else onPacket(mqtt, head, body, nowMs)
  }
}

/** QoS 1, `bytes` of `payload`: less than 16,000, as all that we send. False when nothing was sent: not up, or too much on its way without an answer. */
export function mqttPublish(
  mqtt: Mqtt,
  topic: string,
  payload: string | Pieces,
  bytes: number,
  nowMs: number,
): boolean {
  if (mqtt.state !== UP || mqtt.unconfirmedBytes + bytes > UNCONFIRMED_BYTES_MAX) return false
  const id = (mqtt.packetId & 65535) === 65535 ? 1 : mqtt.packetId + 1
  mqtt.packetId = id
  mqtt.surplus -= ANSWERS_MAX
  mqtt.unconfirmed.push({ id: id, bytes: bytes, sentMs: nowMs })
  mqtt.unconfirmedBytes += bytes
  mqtt.sentMs = nowMs
  // joined once, by who has the socket, who takes the low eight bits of a number; as `packet`, without its calls
  const topicBytes = topic.length
  const left = 4 + topicBytes + bytes
  mqtt.send([0x32, left < 128 ? left : [left | 128, left >> 7], 0, topicBytes, topic, id >> 8, id, payload])
  return true
}

/** Once a second: keeps the line alive and notices a dead one. */
export function mqttTick(mqtt: Mqtt, nowMs: number): void {
  mqtt.surplus = 0
  if (mqtt.state === DOWN) return
  const oldest = mqtt.unconfirmed[0]
  if (mqtt.state !== UP) {
    if (nowMs - mqtt.askedMs > CONNACK_TIMEOUT_MS) fail(mqtt, reason.NO_CONNACK)
  } else if (mqtt.askedMs > 0 && nowMs - mqtt.askedMs > PINGRESP_TIMEOUT_MS) {
    fail(mqtt, reason.NO_PINGRESP)
  } else if (oldest && nowMs - oldest.sentMs > PUBACK_TIMEOUT_MS) {
    fail(mqtt, reason.NO_PUBACK)
  } else if (mqtt.askedMs === 0) {
    // Both directions: our own silence would make the broker hang up, its silence may mean that the line is dead.
    const quietMs = nowMs - (mqtt.sentMs < mqtt.receivedMs ? mqtt.sentMs : mqtt.receivedMs)
    if (quietMs > mqtt.options.keepAliveS * 500) {
      mqtt.askedMs = nowMs
      mqtt.sentMs = nowMs
      mqtt.send('\xc0\x00')
    }
  }
}

/** Says goodbye [MQTT-3.14]; the caller closes the socket. LINK_DOWN is not told. */
export function mqttClose(mqtt: Mqtt, nowMs: number): void {
  if (mqtt.state === DOWN) return
  send(mqtt, '\xe0\x00', nowMs)
  mqtt.state = DOWN
}
