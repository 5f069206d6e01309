// A dongle of a load: the real wire with the fewest steps, because it shares the two cores with what it measures; MQTT.js would cost several
// times what the gateway does. It signs in, subscribes, greets and is challenged; from then on a message is a packet that was made before.

import { connect, type Socket } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { connect as connectTls } from 'node:tls'
import { nodeCrypto } from '../gateway/node-crypto.ts'
import { type DongleKeys, deriveKeys } from '../shared/envelope/keys.ts'
import { seal, unseal } from '../shared/envelope/seal.ts'
import type { Pieces } from '../shared/kernel/pieces.ts'
import { connectPassword } from '../shared/session/connect.ts'
import { type OpenedMessage, openMessage, TOKEN_BYTES } from '../shared/session/messages.ts'
import { decodeChallenge } from '../shared/session/messages-down.ts'
import { encodeHello } from '../shared/session/messages-up.ts'
import { downTopic, upTopic } from '../shared/session/topics.ts'
import { identityOf } from '../test/support/scripted-dongle.ts'

/** What the engine on ESP32 (mbedTLS) has of node's: plain elliptic curves. Its hello is a third of one with a hybrid key in it. */
const DONGLE_GROUPS = 'X25519:prime256v1'
const CONNACK = 2
const PUBLISH = 3
const PUBACK = 4
const SUBACK = 9

export interface LoadDongle {
  dongleId: string
  keys: DongleKeys
  socket: Socket
  iv: Uint8Array
  /** Of the session; a broker alone gives none. */
  token: Uint8Array
}

export interface LoadWish {
  port: number
  isTls?: boolean
  /** Which of its connections; 1 unless it is said. */
  session?: number
  /** Key exchanges that it offers, as OpenSSL names them; DONGLE_GROUPS unless it is said. */
  groups?: string
  /** There is nothing behind the broker: no challenge comes. */
  isBrokerOnly?: boolean
  /** A message of ours was taken by the broker. */
  puback?(dongle: LoadDongle): void
  /** Something came after the challenge, sealed. */
  heard?(dongle: LoadDongle, payload: Buffer): void
}

/** Resolves when it may send batches. */
export function openDongle(number: number, wish: LoadWish): Promise<LoadDongle> {
  const { port, session = 1 } = wish
  const { dongleId, deviceKey, epoch } = identityOf(number)
  const keys = deriveKeys(nodeCrypto, deviceKey, epoch)
  // the certificate was made on the spot, and the dongle's engine checks none either: the inner coat does
  const socket = wish.isTls
    ? connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false, ecdhCurve: wish.groups ?? DONGLE_GROUPS })
    : connect(port, '127.0.0.1')
  socket.setNoDelay(true)
  const dongle = { dongleId, keys, socket, iv: Buffer.alloc(16, number & 255), token: Buffer.alloc(TOKEN_BYTES) }
  socket.write(connectPacket(dongleId, connectPassword(nodeCrypto, keys, dongleId, 1, session)))
  return new Promise((resolve, reject) => {
    let isOpen = false
    socket.on('error', reject)
    socket.once('close', () => reject(new Error('cut off')))
    packetsOf(socket, (type, body) => {
      if (type === CONNACK) {
        if (body[1] !== 0) reject(new Error(`CONNACK ${body[1]}`))
        socket.write(packet(0x82, Buffer.concat([Buffer.from([0, 1]), text(downTopic(dongleId)), Buffer.from([0])])))
      } else if (type === PUBACK) {
        wish.puback?.(dongle)
      } else if (type === SUBACK && wish.isBrokerOnly) {
        resolve(dongle)
      } else if (type === SUBACK) {
        socket.write(publishPacket(dongle, 1, encodeHello(1, session, Buffer.alloc(16, 7), 'load')))
      } else if (type === PUBLISH && isOpen) {
        wish.heard?.(dongle, payloadOf(body))
      } else if (type === PUBLISH) {
        const message = opened(dongle, payloadOf(body))
        const challenge = message && decodeChallenge(message.body)
        if (!challenge) return reject(new Error('no challenge came'))
        dongle.token = Buffer.from(challenge.token)
        isOpen = true
        resolve(dongle)
      }
    })
  })
}

const PATIENCE_MS = 15_000
const AGAIN_MS = 250

/** As openDongle, again and again for a while when it is turned away, as a dongle would, with a new session each time. */
export async function openPatiently(number: number, wish: LoadWish): Promise<LoadDongle> {
  const untilMs = performance.now() + PATIENCE_MS
  for (let session = wish.session ?? 1; ; session++) {
    try {
      return await openDongle(number, { ...wish, session })
    } catch (error) {
      if (performance.now() > untilMs) throw error
      await delay(AGAIN_MS)
    }
  }
}

export function connectPacket(dongleId: string, password: string): Buffer {
  const login = [text('MQTT'), Buffer.from([4, 0xc2, 4, 0xb0]), text(dongleId), text(dongleId), text(password)]
  return packet(0x10, Buffer.concat(login))
}

/** What came down, opened; undefined when it is not from its gateway. */
export function opened({ dongleId, keys }: LoadDongle, payload: Buffer): OpenedMessage | undefined {
  const plain = unseal(nodeCrypto, keys, dongleId, 'down', payload)
  return plain.ok ? openMessage(plain.value) : undefined
}

/** A message, sealed and packed. */
export function publishPacket(
  { dongleId, keys, iv }: Pick<LoadDongle, 'dongleId' | 'keys' | 'iv'>,
  id: number,
  plain: Pieces,
): Buffer {
  const payload = seal(nodeCrypto, keys, dongleId, 'up', iv, plain)
  return packet(0x32, Buffer.concat([text(upTopic(dongleId)), Buffer.from([id >> 8, id & 255]), payload]))
}

function payloadOf(body: Buffer): Buffer {
  return body.subarray(2 + body.readUInt16BE(0))
}

export function packet(type: number, body: Buffer): Buffer {
  const head = [type]
  for (let rest = body.length; ; rest >>= 7) {
    head.push(rest > 127 ? (rest & 127) | 128 : rest)
    if (rest <= 127) return Buffer.concat([Buffer.from(head), body])
  }
}

export function text(value: string): Buffer {
  const bytes = Buffer.from(value)
  return Buffer.concat([Buffer.from([bytes.length >> 8, bytes.length & 255]), bytes])
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
