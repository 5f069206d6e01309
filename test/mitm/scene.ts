// What somebody on the way has: every message of two sessions of one dongle, both ways, and a dongle of his own with its key. And what he
// is up against: that dongle's sender and its gateway's receiver, in the middle of a session or of its greeting.

import { nodeCrypto } from '../../gateway/node-crypto.ts'
import { deriveKeys } from '../../shared/envelope/keys.ts'
import { type Direction, seal } from '../../shared/envelope/seal.ts'
import { dongleIdFrom } from '../../shared/kernel/ids.ts'
import type { Pieces } from '../../shared/kernel/pieces.ts'
import { DONE } from '../../shared/session/messages.ts'
import {
  type Receiver,
  receive,
  sealAck,
  sealChallenge,
  sealCommand,
  sealOrder,
} from '../../shared/session/receiver.ts'
import { ringStats } from '../../shared/session/ring.ts'
import { stepSender } from '../../shared/session/sender.ts'
import { type Conversation, converse, freshIv, NOW_S } from '../support/conversation.ts'

export const THIEF_ID = dongleIdFrom([30, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0, 11])
export const THIEF_KEYS = deriveKeys(nodeCrypto, new Uint8Array(32).fill(77), 1)

/** Sealed with the thief's key, under his name. */
export function asThief(plain: Uint8Array | Pieces, direction: Direction): Uint8Array {
  return seal(nodeCrypto, THIEF_KEYS, THIEF_ID, direction, freshIv(), plain)
}

export interface Recorded {
  hello: Uint8Array
  nonce: Uint8Array
  challenge: Uint8Array
  batches: Uint8Array[]
  status: Uint8Array
  ack: Uint8Array
  command: Uint8Array
  order: Uint8Array
  token: Uint8Array
}

export interface Scene {
  dongle: Conversation
  gateway: Receiver
  /** The session before. */
  earlier: Recorded
  /** This one, as far as it has come. */
  now: Recorded
  /** The next genuine message to each side: what it accepts. */
  genuineUp: Uint8Array
  genuineDown: Uint8Array
}

const argument = Uint8Array.of(0xa1, 4, 0x18, 60)

/** A session has been, and the dongle comes again. */
function reconnected(): { dongle: Conversation; earlier: Recorded } {
  const dongle = converse()
  for (let i = 0; i < 3; i++) dongle.keep()
  dongle.connect()
  const earlier = talk(dongle, 11)
  dongle.reconnect()
  return { dongle, earlier }
}

/** The dongle has said hello in its second session and waits for the challenge. */
export function sceneAtGreeting(): Scene {
  const { dongle, earlier } = reconnected()
  const now = greeting(dongle)
  return { dongle, gateway: dongle.receiver, earlier, now, genuineUp: now.hello, genuineDown: now.challenge }
}

/** In the second session; a batch, a command and an order have gone through. */
export function sceneInSession(): Scene {
  const { dongle, earlier } = reconnected()
  const now = talk(dongle, 12)
  const genuineUp = dongle.published(dongle.tell({ kind: 'status', status: { boot: 1 } }))[0] as Uint8Array
  const genuineDown = sealOrder(dongle.receiver, { number: 13, name: 'configure', argument }, freshIv()) as Uint8Array
  return { dongle, gateway: dongle.receiver, earlier, now, genuineUp, genuineDown }
}

function greeting(dongle: Conversation): Recorded {
  const hello = dongle.published(dongle.tell({ kind: 'link-up' }))[0] as Uint8Array
  const heard = receive(dongle.receiver, hello, NOW_S)
  if (!heard.ok || heard.value.kind !== 'hello') throw new Error('no hello')
  const answer = { timeS: NOW_S, intervalS: 10, random: Uint8Array.of(1, 2, 3, 4), iv: freshIv() }
  const challenge = sealChallenge(dongle.receiver, heard.value, answer)
  const none = new Uint8Array(0)
  const token = dongle.receiver.token as Uint8Array
  const nonce = heard.value.nonce.slice()
  return { hello, nonce, challenge, batches: [], status: none, ack: none, command: none, order: none, token }
}

/** One session: greeted, its batches sent, one acknowledged, one command and one order obeyed. */
function talk(dongle: Conversation, orderNumber: number): Recorded {
  const recorded = greeting(dongle)
  const tellBytes = (bytes: Uint8Array) => dongle.tell({ kind: 'message-came', bytes })
  const up = (bytes: Uint8Array): Uint8Array => {
    const heard = receive(dongle.receiver, bytes, NOW_S)
    if (!heard.ok) throw new Error(heard.fault.code)
    return bytes
  }
  const published = (effects: ReturnType<typeof tellBytes>) => dongle.published(effects).map(up)
  recorded.batches = published(tellBytes(recorded.challenge))
  recorded.status = published(dongle.tell({ kind: 'status', status: { boot: 1 } }))[0] as Uint8Array
  const { receiver } = dongle
  recorded.ack = sealAck(receiver, { final: [{ boot: 1, firstSeq: 0, span: 1 }], refused: [] }, freshIv()) as Uint8Array
  recorded.command = sealCommand(receiver, { number: 5, name: 'live', seconds: 5 }, freshIv()) as Uint8Array
  published(tellBytes(recorded.command))
  recorded.order = sealOrder(receiver, { number: orderNumber, name: 'configure', argument }, freshIv()) as Uint8Array
  tellBytes(recorded.order)
  published(stepSender(dongle.sender, { kind: 'ordered', nowMs: dongle.nowMs, outcome: DONE }))
  return recorded
}

/** All that a message could change at the dongle, except the counter of refused ones. */
export function dongleState({ dongle: { sender, ring } }: Scene): unknown {
  const { messagesRefused: _, setup: __, inFlight, backlogs, ...rest } = sender
  const places = [...inFlight, ...backlogs].map(({ ring: ___, ...place }) => place)
  return structuredClone({ rest, places, stats: ringStats(ring) })
}

export function gatewayState({ gateway: { token, lastN, mark } }: Scene): unknown {
  return structuredClone({ token, lastN, mark })
}
