// Orders on the dongle's side of the conversation: only what carries the right MAC and a number above the last one is handed on, once; the
// answer to the last one is given as often as it is asked for. Everything else is counted and changes nothing (I8).

import { describe, expect, test } from 'vitest'
import { nodeCrypto } from '../../../gateway/node-crypto.ts'
import { deriveKeys } from '../../../shared/envelope/keys.ts'
import { seal } from '../../../shared/envelope/seal.ts'
import { BEGUN, COMMAND_NAMES, type Command, DONE, RETURNED } from '../../../shared/session/messages.ts'
import { encodeCommand } from '../../../shared/session/messages-down.ts'
import { orderMac } from '../../../shared/session/order.ts'
import { sealOrder } from '../../../shared/session/receiver.ts'
import type { SenderEffect } from '../../../shared/session/sender.ts'
import { createSender, stepSender } from '../../../shared/session/sender.ts'
import {
  type Conversation,
  converse,
  DEVICE_KEY,
  DONGLE_ID,
  effectsOf,
  freshIv,
  KEYS,
} from '../../support/conversation.ts'
import fc from '../../support/given-cases.ts'

const argument = new Uint8Array([0xa1, 4, 0x18, 60])
const aCommand = (number: number, changes: Partial<Command> = {}): Command => ({
  number,
  name: 'configure',
  argument,
  ...changes,
})

function opened(): Conversation {
  const conversation = converse()
  conversation.keep()
  conversation.connect()
  conversation.greet()
  return conversation
}

function give(conversation: Conversation, bytes: Uint8Array): SenderEffect[] {
  return conversation.tell({ kind: 'message-came', bytes })
}

const order = (conversation: Conversation, command: Command): SenderEffect[] =>
  give(conversation, sealOrder(conversation.receiver, command, freshIv()) as Uint8Array)

const answer = (conversation: Conversation, fields: object): SenderEffect[] =>
  stepSender(conversation.sender, { kind: 'ordered', nowMs: conversation.nowMs, outcome: DONE, ...fields })

const stateOf = ({ sender }: Conversation) => {
  const { messagesRefused: _, setup: __, inFlight, backlogs, ...rest } = sender
  const places = [...inFlight, ...backlogs].map(({ ring: ___, ...place }) => place)
  return structuredClone({ rest, places })
}

function expectRefused(conversation: Conversation, bytes: Uint8Array): void {
  const before = stateOf(conversation)
  const refused = conversation.sender.messagesRefused
  expect(give(conversation, bytes)).toEqual([])
  expect(conversation.sender.messagesRefused).toBe(refused + 1)
  expect(stateOf(conversation)).toEqual(before)
}

/** A command sealed under the session's keys, with any MAC. */
function withMac(conversation: Conversation, command: Command, mac?: Uint8Array): Uint8Array {
  const plain = encodeCommand(conversation.sender.token, command, mac)
  return seal(nodeCrypto, KEYS, DONGLE_ID, 'down', freshIv(), plain)
}

const macOf = (command: Command, keys = KEYS, dongleId = DONGLE_ID) =>
  orderMac(nodeCrypto, keys, dongleId, {
    number: command.number,
    code: COMMAND_NAMES.indexOf(command.name) + 1,
    seconds: command.seconds ?? 0,
    argument: command.argument ?? new Uint8Array(0),
  })

describe('an order', () => {
  test('is handed on once, and its outcome is the result', () => {
    const conversation = opened()
    const [effect] = effectsOf(order(conversation, aCommand(11)), 'order')
    expect(effect?.order).toMatchObject({ number: 11, code: 7, seconds: 0 })
    expect([...(effect?.order.argument ?? [])]).toEqual([...argument])
    const report = new Uint8Array([1, 2, 3])
    expect(conversation.opened(answer(conversation, { outcome: BEGUN, report }))).toEqual([
      { kind: 'result', number: 11, outcome: 'begun', report },
    ])
  })

  test('that comes again is answered again and not done again; before it is done it gets no answer', () => {
    const conversation = opened()
    order(conversation, aCommand(11))
    expect(order(conversation, aCommand(11))).toEqual([])
    answer(conversation, {})
    const effects = order(conversation, aCommand(11))
    expect(effects.map(effect => effect.kind)).toEqual(['publish'])
    expect(conversation.opened(effects)).toEqual([{ kind: 'result', number: 11, outcome: 'done' }])
  })

  test('may change interval and uploading at once', () => {
    const conversation = opened()
    order(conversation, aCommand(11))
    const effects = answer(conversation, { isStopped: true, intervalS: 60 })
    expect(effectsOf(effects, 'interval')).toEqual([{ kind: 'interval', intervalS: 60, isLasting: true }])
    expect(conversation.sender.isStopped).toBe(true)
    conversation.keep()
    expect(effectsOf(conversation.tell({ kind: 'look' }), 'publish')).toEqual([])
  })

  test('has a number of its own: an unsigned command with a higher one does not get in its way', () => {
    const conversation = opened()
    give(conversation, withMac(conversation, { number: 500, name: 'live', seconds: 5 }))
    expect(effectsOf(order(conversation, aCommand(11)), 'order')).toHaveLength(1)
  })

  test('number that was kept holds in the next session and after a restart; the answer comes by itself', () => {
    const conversation = opened()
    order(conversation, aCommand(11))
    answer(conversation, {})
    conversation.reconnect()
    expect(conversation.opened(conversation.greet())).toContainEqual({ kind: 'result', number: 11, outcome: 'done' })
    expectRefused(conversation, withMac(conversation, aCommand(9), macOf(aCommand(9))))

    const again = opened()
    again.sender = createSender({ ...again.sender.setup, isStopped: true, order: 11, outcome: RETURNED })
    again.connect()
    const messages = again.opened(again.greet())
    expect(messages).toEqual([{ kind: 'result', number: 11, outcome: 'returned' }])
    expectRefused(again, withMac(again, aCommand(10), macOf(aCommand(10))))
    expect(effectsOf(order(again, aCommand(12)), 'order')).toHaveLength(1)
  })
})

describe('refused, counted, without any change', () => {
  test('commands that only orders may give, without a MAC', () => {
    const conversation = opened()
    const effects = give(conversation, withMac(conversation, { number: 3, name: 'wipe' }))
    expect(effectsOf(effects, 'order')).toEqual([])
    expect(conversation.opened(effects)).toEqual([{ kind: 'result', number: 3, outcome: 'refused' }])
  })

  test('a MAC of another key, another dongle, another number, another argument, or cut short', () => {
    const conversation = opened()
    const command = aCommand(11)
    const wrong = [
      macOf(command, deriveKeys(nodeCrypto, new Uint8Array(32), 1)),
      macOf(command, deriveKeys(nodeCrypto, DEVICE_KEY, 2)),
      macOf(command, KEYS, '0123456789AB9'),
      macOf(aCommand(12)),
      macOf(aCommand(11, { seconds: 1 })),
      macOf(aCommand(11, { name: 'wipe' })),
      macOf(aCommand(11, { argument: new Uint8Array([0xa1, 4, 0x18, 61]) })),
      macOf(command).subarray(0, 15),
    ]
    for (const mac of wrong) expectRefused(conversation, withMac(conversation, command, mac))
    expect(effectsOf(give(conversation, withMac(conversation, command, macOf(command))), 'order')).toHaveLength(1)
  })

  test('an order recorded in another session', () => {
    const conversation = opened()
    const recorded = sealOrder(conversation.receiver, aCommand(11), freshIv()) as Uint8Array
    conversation.reconnect()
    conversation.greet()
    expectRefused(conversation, recorded)
  })

  test('any mutation of an order', () => {
    const conversation = opened()
    const right = sealOrder(conversation.receiver, aCommand(11), freshIv()) as Uint8Array
    const before = stateOf(conversation)
    fc.assert(
      fc.property(fc.nat({ max: right.length - 1 }), fc.integer({ min: 1, max: 255 }), (at, by) => {
        const changed = right.slice()
        changed[at]! ^= by
        expect(give(conversation, changed)).toEqual([])
      }),
      { numRuns: 500 },
    )
    expect(stateOf(conversation)).toEqual(before)
  })
})
