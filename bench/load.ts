// A fleet of dongles on the real wire, as a process of its own: `node bench/load.ts MQTT_PORT FIRST COUNT BATCH RATE MODE`. With
// RATE 0 each dongle has four batches in flight, as the firmware has with a backlog, and sends the next for each acknowledged one; otherwise
// RATE is batches per second of the whole fleet. MODE platform: acknowledged by the sealed ack; broker: there is nothing behind the broker, so
// PUBACK is all that comes, and messages are sent again from the start. Everything is sealed and packed before the clock starts: while it
// runs, a dongle costs a write and a read, because the generator shares the two cores with what it measures. Sends 'ready' over IPC, starts at
// the first message, and answers any later one with the number of messages that were confirmed.

import { connect, type Socket } from 'node:net'
import { createHousehold } from '../firmware/host/household.ts'
import { nodeCrypto } from '../gateway/node-crypto.ts'
import type { BatchId } from '../shared/batch/batch.ts'
import { encodeBatch } from '../shared/batch/encode.ts'
import { deriveKeys } from '../shared/envelope/keys.ts'
import { seal, unseal } from '../shared/envelope/seal.ts'
import type { Pieces } from '../shared/kernel/pieces.ts'
import { FIELD_NAMES, type FieldName } from '../shared/reading/fields.ts'
import { connectPassword } from '../shared/session/connect.ts'
import { KIND_ACK, openMessage, TOKEN_BYTES } from '../shared/session/messages.ts'
import { decodeAckIds, decodeChallenge } from '../shared/session/messages-down.ts'
import { encodeBatchMessage, encodeHello } from '../shared/session/messages-up.ts'
import { downTopic, upTopic } from '../shared/session/topics.ts'
import { identityOf } from '../test/support/scripted-dongle.ts'

const [port, first, count, size, rate] = process.argv.slice(2).map(Number) as [number, number, number, number, number]
const isBrokerOnly = process.argv[7] === 'broker'
/** In flight: two live and two of the backlog (shared/session/sender-window.ts). A broker alone may wait for nothing. */
const WINDOW = isBrokerOnly ? 16 : 4
/** Messages of one dongle; at the fastest rate seen here they last 10 s. */
const MESSAGES = isBrokerOnly ? 100 : 1500
const START_S = Math.floor(Date.now() / 1000) - 2 * 86_400

interface Encoded {
  id: BatchId
  bytes: Uint8Array
}

/** A simulated day in batches of `size`; every dongle sends the same one, which the store cannot know. */
function encodeDay(): Encoded[] {
  const household = createHousehold({ seed: 7, startS: START_S })
  const fields = FIELD_NAMES.map((_, field) => field).filter(field => field <= 6 || (field >= 18 && field <= 23))
  return Array.from({ length: MESSAGES }, (_, message) => {
    const firstSeq = message * size
    const readings = Array.from({ length: size }, (_, i) => household.next(START_S + firstSeq + i))
    const column = (field: number) => readings.map(reading => reading[FIELD_NAMES[field] as FieldName] ?? 0)
    const timeS = readings.map(reading => reading.timeS)
    const batch = { boot: 1, firstSeq, meter: 0, timeS, fields, columns: fields.map(column), losses: [] }
    return { id: { boot: 1, firstSeq, span: size }, bytes: encodeBatch(batch) }
  })
}

// MQTT 3.1.1, the few packets a load needs; MQTT.js would cost several times what the gateway does.

function packet(type: number, body: Buffer): Buffer {
  const head = [type]
  for (let rest = body.length; ; rest >>= 7) {
    head.push(rest > 127 ? (rest & 127) | 128 : rest)
    if (rest <= 127) return Buffer.concat([Buffer.from(head), body])
  }
}

function text(value: string): Buffer {
  const bytes = Buffer.from(value)
  return Buffer.concat([Buffer.from([bytes.length >> 8, bytes.length & 255]), bytes])
}

function publishPacket(topic: string, id: number, payload: Uint8Array): Buffer {
  return packet(0x32, Buffer.concat([text(topic), Buffer.from([id >> 8, id & 255]), payload]))
}

/** Whole packets out of a socket's bytes: type and body. */
function packetsOf(socket: Socket, take: (type: number, body: Buffer) => void): void {
  let waiting: Buffer = Buffer.alloc(0)
  socket.on('data', chunk => {
    let bytes = waiting.length > 0 ? Buffer.concat([waiting, chunk as Buffer]) : (chunk as Buffer)
    for (;;) {
      let length = 0
      let at = 1
      for (let shift = 0; at < bytes.length; shift += 7) {
        const byte = bytes[at++] as number
        length |= (byte & 127) << shift
        if (byte < 128) break
      }
      if (at < 2 || bytes.length < 2 || (bytes[at - 1] as number) > 127 || bytes.length < at + length) break
      take((bytes[0] as number) >> 4, bytes.subarray(at, at + length))
      bytes = bytes.subarray(at + length)
    }
    waiting = bytes
  })
}

interface LoadDongle {
  socket: Socket
  messages: Buffer[]
  sent: number
}

const CONNACK = 2
const PUBLISH = 3
const PUBACK = 4
const SUBACK = 9

/** Connects, greets, and packs all messages of the session. */
function prepare(number: number, batches: Encoded[]): Promise<LoadDongle> {
  const { dongleId, deviceKey, epoch } = identityOf(number)
  const keys = deriveKeys(nodeCrypto, deviceKey, epoch)
  const iv = Buffer.alloc(16, number & 255)
  const sealUp = (plain: Pieces) => seal(nodeCrypto, keys, dongleId, 'up', iv, plain)
  const socket = connect(port, '127.0.0.1').setNoDelay(true)
  const login = [text('MQTT'), Buffer.from([4, 0xc2, 2, 88]), text(dongleId), text(dongleId)]
  socket.write(packet(0x10, Buffer.concat([...login, text(connectPassword(nodeCrypto, keys, dongleId, 1, 1))])))
  return new Promise((resolve, reject) => {
    const dongle: LoadDongle = { socket, messages: [], sent: 0 }
    socket.once('error', reject)
    packetsOf(socket, (type, body) => {
      if (type === CONNACK) {
        if (body[1] !== 0) reject(new Error(`CONNACK ${body[1]}`))
        socket.write(packet(0x82, Buffer.concat([Buffer.from([0, 1]), text(downTopic(dongleId)), Buffer.from([0])])))
      } else if (type === PUBACK) {
        if (isBrokerOnly) acknowledged(dongle, 1)
      } else if (type === SUBACK && isBrokerOnly) {
        pack(Buffer.alloc(TOKEN_BYTES))
      } else if (type === SUBACK) {
        socket.write(publishPacket(upTopic(dongleId), 1, sealUp(encodeHello(1, 1, Buffer.alloc(16, 7), 'load'))))
      } else if (type === PUBLISH && rate !== 0 && dongle.messages.length > 0) {
        // the next message waits for no answer: opening it would only take time from the platform
        confirmed++
      } else if (type === PUBLISH) {
        const plain = unseal(nodeCrypto, keys, dongleId, 'down', body.subarray(2 + body.readUInt16BE(0)))
        const message = plain.ok ? openMessage(plain.value) : undefined
        if (message?.kind === KIND_ACK) return acknowledged(dongle, decodeAckIds(message.body)?.length ?? 0)
        const challenge = message && decodeChallenge(message.body)
        if (!challenge) return reject(new Error('no challenge came'))
        pack(challenge.token)
      }
    })
    function pack(token: Uint8Array): void {
      dongle.messages = batches.map(({ id, bytes }, i) =>
        publishPacket(upTopic(dongleId), 2 + i, sealUp(encodeBatchMessage(token, i + 1, id, bytes))),
      )
      resolve(dongle)
    }
  })
}

function send(dongle: LoadDongle): void {
  if (isBrokerOnly && dongle.sent === MESSAGES) dongle.sent = 0
  const message = dongle.messages[dongle.sent]
  if (message === undefined) return
  dongle.sent++
  dongle.socket.write(message)
}

let confirmed = 0

/** As many again, in one write. */
function acknowledged(dongle: LoadDongle, count: number): void {
  confirmed += count
  if (rate !== 0) return
  dongle.socket.cork()
  for (let i = 0; i < count; i++) send(dongle)
  dongle.socket.uncork()
}

/**
 * One dongle after the other, each message at its own time from the start on. An interval for each dongle would not do: it counts from when it
 * last ran, so that those that were late together stay together, and after some seconds the fleet comes as one burst.
 */
function sendEvenly(): void {
  const startedMs = performance.now()
  let sent = 0
  setInterval(() => {
    const due = Math.floor(((performance.now() - startedMs) * rate) / 1000)
    for (; sent < due; sent++) send(dongles[sent % dongles.length] as LoadDongle)
  }, 1)
}

const batches = encodeDay()
const dongles: LoadDongle[] = []
for (let i = 0; i < count; i += 20) {
  const group = Array.from({ length: Math.min(20, count - i) }, (_, k) => prepare(first + i + k, batches))
  dongles.push(...(await Promise.all(group)))
}
process.on('disconnect', () => process.exit(0))
process.once('message', () => {
  process.on('message', () => process.send?.(confirmed))
  if (rate !== 0) return sendEvenly()
  for (const dongle of dongles) for (let k = 0; k < WINDOW; k++) send(dongle)
})
process.send?.('ready')
