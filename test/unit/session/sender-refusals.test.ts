// What the dongle must not believe: servers without its key, messages of other sessions, reflections, and any changed byte. Each is
// counted and changes nothing else (I8).

import { describe, expect, test } from 'vitest'
import { nodeCrypto } from '../../../gateway/node-crypto.ts'
import { deriveKeys } from '../../../shared/envelope/keys.ts'
import { seal } from '../../../shared/envelope/seal.ts'
import { joined } from '../../../shared/kernel/pieces.ts'
import { encodeAck, encodeChallenge, encodeCommand } from '../../../shared/session/messages-down.ts'
import { openReceiver, receive, sealAck, sealChallenge } from '../../../shared/session/receiver.ts'
import { ringStats } from '../../../shared/session/ring.ts'
import { sealed } from '../../../shared/session/sender.ts'
import { issueToken } from '../../../shared/session/token.ts'
import { type Conversation, converse, DONGLE_ID, effectsOf, freshIv, KEYS, NOW_S } from '../../support/conversation.ts'
import fc from '../../support/given-cases.ts'

const random = new Uint8Array(4)
const down = (plain: Uint8Array, keys = KEYS) => seal(nodeCrypto, keys, DONGLE_ID, 'down', freshIv(), plain)
const answer = { timeS: NOW_S, intervalS: 10, random, iv: freshIv() }

/** All that a message could change, except the counter of refused ones. */
const stateOf = ({ sender, ring }: Conversation) => {
  const { messagesRefused: _, setup: __, inFlight, backlogs, ...rest } = sender
  const places = [...inFlight, ...backlogs].map(({ ring: ___, ...place }) => place)
  return structuredClone({ rest, places, stats: ringStats(ring) })
}

function expectRefused(conversation: Conversation, bytes: Uint8Array): void {
  const before = stateOf(conversation)
  const refused = conversation.sender.messagesRefused
  expect(conversation.tell({ kind: 'message-came', bytes })).toEqual([])
  expect(conversation.sender.messagesRefused).toBe(refused + 1)
  expect(stateOf(conversation)).toEqual(before)
}

/** After link-up: the dongle has said hello and waits. */
function greeting(): { conversation: Conversation; hello: Uint8Array; nonce: Uint8Array } {
  const conversation = converse()
  conversation.keep()
  conversation.connect()
  const [published] = effectsOf(conversation.tell({ kind: 'link-up' }), 'publish')
  const bytes = joined(sealed(conversation.sender.setup, published!.name, published!.plain, published!.bytes).pieces)
  const hello = receive(conversation.receiver, bytes, NOW_S)
  if (!hello.ok || hello.value.kind !== 'hello') throw new Error('no hello')
  return { conversation, hello: bytes, nonce: hello.value.nonce }
}

describe('while it waits for the challenge the dongle refuses', () => {
  test('a server that does not have its key', () => {
    const { conversation, nonce } = greeting()
    const keys = deriveKeys(nodeCrypto, new Uint8Array(32), 1)
    const stranger = openReceiver({ crypto: nodeCrypto, dongleId: DONGLE_ID, keys, mark: conversation.receiver.mark })
    expectRefused(conversation, sealChallenge(stranger, { nonce }, answer))
  })

  test('its own hello sent back, and a challenge for another nonce', () => {
    const { conversation, hello, nonce } = greeting()
    expectRefused(conversation, hello)
    expectRefused(conversation, sealChallenge(conversation.receiver, { nonce: nonce.map(byte => byte ^ 1) }, answer))
  })

  test('acks and commands', () => {
    const { conversation } = greeting()
    const token = issueToken(nodeCrypto, KEYS, DONGLE_ID, conversation.receiver.mark, NOW_S, random)
    expectRefused(conversation, down(encodeAck(token, { final: [{ boot: 1, firstSeq: 0, span: 1 }], refused: [] })))
    expectRefused(conversation, down(encodeCommand(token, { number: 1, name: 'reboot' })))
    expectRefused(conversation, down(encodeAck(new Uint8Array(24), { final: [], refused: [] })))
  })
})

describe('in a session the dongle refuses', () => {
  function open(): Conversation {
    const conversation = converse()
    conversation.keep()
    conversation.connect()
    conversation.greet()
    return conversation
  }

  test('messages under the token of another session', () => {
    const conversation = open()
    const other = issueToken(nodeCrypto, KEYS, DONGLE_ID, { boot: 1, session: 99 }, NOW_S, random)
    expectRefused(conversation, down(encodeAck(other, { final: [{ boot: 1, firstSeq: 0, span: 1 }], refused: [] })))
    expectRefused(conversation, down(encodeCommand(other, { number: 1, name: 'stop' })))
  })

  test('acks recorded in an earlier session', () => {
    const conversation = open()
    const ack = sealAck(conversation.receiver, { final: [{ boot: 1, firstSeq: 0, span: 1 }], refused: [] }, freshIv())!
    conversation.reconnect()
    conversation.greet()
    expectRefused(conversation, ack)
  })

  test('a second challenge', () => {
    const conversation = open()
    const nonce = conversation.sender.nonce
    expectRefused(conversation, down(encodeChallenge({ nonce, token: new Uint8Array(24), timeS: 1, intervalS: 1 })))
  })

  test('an authentic message of an unknown kind, or one that is malformed', () => {
    const conversation = open()
    const token = [...conversation.sender.token]
    const head = (kind: number) => [0xa4, 0, kind, 1, 0x58, 24, ...token, 2, 0, 3]
    expectRefused(conversation, down(new Uint8Array([...head(12), 0xa0])))
    expectRefused(conversation, down(new Uint8Array([...head(5), 0xa1, 0, 0x81, 0x83, 1, 0, 1])))
    expectRefused(conversation, down(new Uint8Array([...head(5), 0xa2, 0, 0x98, 0xff])))
    expectRefused(conversation, down(new Uint8Array([...head(6), 0xa1, 0, 1])))
    expectRefused(conversation, down(new Uint8Array([0x01])))
  })

  test('any mutation of an ack, and any bytes at all', () => {
    const conversation = open()
    const ack = sealAck(conversation.receiver, { final: [{ boot: 1, firstSeq: 0, span: 1 }], refused: [] }, freshIv())!
    const before = stateOf(conversation)
    const flipped = fc.tuple(fc.nat({ max: ack.length - 1 }), fc.integer({ min: 1, max: 255 })).map(([at, by]) => {
      const changed = ack.slice()
      changed[at]! ^= by
      return changed
    })
    const cut = fc.nat({ max: ack.length - 1 }).map(length => ack.slice(0, length))
    fc.assert(
      fc.property(fc.oneof(flipped, cut, fc.uint8Array({ maxLength: 300 })), bytes => {
        expect(conversation.tell({ kind: 'message-came', bytes })).toEqual([])
      }),
      { numRuns: 1500 },
    )
    expect(stateOf(conversation)).toEqual(before)
    conversation.tell({ kind: 'message-came', bytes: ack })
    expect(ringStats(conversation.ring).records).toBe(0)
  })
})
