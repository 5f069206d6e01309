// The gateway's half: what it takes, and everything it must refuse without being changed by it.

import { describe, expect, test } from 'vitest'
import { nodeCrypto } from '../../../gateway/node-crypto.ts'
import { deriveKeys } from '../../../shared/envelope/keys.ts'
import { seal } from '../../../shared/envelope/seal.ts'
import { dongleIdFrom } from '../../../shared/kernel/ids.ts'
import type { Pieces } from '../../../shared/kernel/pieces.ts'
import { COMMAND_OUTCOMES } from '../../../shared/session/messages.ts'
import { ACK_IDS_MAX } from '../../../shared/session/messages-down.ts'
import { encodeBatchMessage, encodeHello, encodeStatus } from '../../../shared/session/messages-up.ts'
import {
  openReceiver,
  type Receiver,
  receive,
  sealAck,
  sealChallenge,
  sealCommand,
} from '../../../shared/session/receiver.ts'
import { issueToken } from '../../../shared/session/token.ts'
import { DEVICE_KEY, DONGLE_ID, freshIv, KEYS, NOW_S } from '../../support/conversation.ts'
import fc from '../../support/given-cases.ts'

const mark = { boot: 4, session: 2 }
const nonce = new Uint8Array(16).fill(3)
const random = new Uint8Array([9, 8, 7, 6])
const batch = new Uint8Array([0xa1, 0, 1])
const id = { boot: 4, firstSeq: 100, span: 10 }

const fresh = (): Receiver => openReceiver({ crypto: nodeCrypto, dongleId: DONGLE_ID, keys: KEYS, mark })
const up = (plain: Uint8Array | Pieces, keys = KEYS, dongleId = DONGLE_ID) =>
  seal(nodeCrypto, keys, dongleId, 'up', freshIv(), plain)
const tokenOf = (of = mark, atS = NOW_S, keys = KEYS) => issueToken(nodeCrypto, keys, DONGLE_ID, of, atS, random)
const batchMessage = (n: number, token = tokenOf()) => up(encodeBatchMessage(token, n, id, batch).plain)

/** Refused with `code`, and the receiver is as it was. */
function expectRefused(receiver: Receiver, bytes: Uint8Array, code: string, nowS = NOW_S): void {
  const before = structuredClone({ token: receiver.token, lastN: receiver.lastN, mark: receiver.mark })
  const result = receive(receiver, bytes, nowS)
  expect(result.ok ? 'taken' : result.fault.code).toBe(code)
  expect({ token: receiver.token, lastN: receiver.lastN, mark: receiver.mark }).toEqual(before)
}

describe('a receiver', () => {
  test('greets, then takes batch, status and result of the session', () => {
    const receiver = fresh()
    expect(sealAck(receiver, { final: [id], refused: [] }, freshIv())).toBeUndefined()
    const hello = receive(receiver, up(encodeHello(4, 2, nonce, '0.1.0')), NOW_S)
    expect(hello).toEqual({
      ok: true,
      value: { kind: 'hello', boot: 4, session: 2, nonce, firmware: '0.1.0', wireVersion: 1 },
    })
    sealChallenge(receiver, { nonce }, { timeS: NOW_S, intervalS: 10, random, iv: freshIv() })
    expect(receiver.token).toEqual(tokenOf())
    expect(receive(receiver, batchMessage(1), NOW_S)).toEqual({ ok: true, value: { kind: 'batch', id, bytes: batch } })
    const status = up(encodeStatus(tokenOf(), 2, { boot: 4, rssiDbm: -40 }))
    expect(receive(receiver, status, NOW_S)).toEqual({
      ok: true,
      value: { kind: 'status', status: { boot: 4, rssiDbm: -40 } },
    })
  })

  test('of another gateway goes on in the middle of a session, and can answer', () => {
    const receiver = fresh()
    expect(receive(receiver, batchMessage(17), NOW_S).ok).toBe(true)
    expect(sealAck(receiver, { final: [id], refused: [] }, freshIv())).toBeDefined()
    expect(sealCommand(receiver, { number: 1, name: 'reboot' }, freshIv())).toBeDefined()
  })

  test('fills a whole ack', () => {
    const receiver = fresh()
    receive(receiver, batchMessage(1), NOW_S)
    const ids = Array.from({ length: ACK_IDS_MAX }, (_, i) => ({
      boot: 4294967295,
      firstSeq: 4294967295 - i,
      span: 4294967295,
    }))
    const refused = ids.map(one => ({ id: one, reason: 'malformed' as const }))
    expect(sealAck(receiver, { final: ids, refused }, freshIv())).toBeDefined()
  })
})

describe('a receiver refuses, unchanged,', () => {
  test('a repeated or older number', () => {
    const receiver = fresh()
    receive(receiver, batchMessage(5), NOW_S)
    expectRefused(receiver, batchMessage(5), 'session.replayed')
    expectRefused(receiver, batchMessage(4), 'session.replayed')
    expect(receive(receiver, batchMessage(6), NOW_S).ok).toBe(true)
  })

  test('a recorded hello once the session talks', () => {
    const receiver = fresh()
    const hello = up(encodeHello(4, 2, nonce, '0.1.0'))
    expect(receive(receiver, hello, NOW_S).ok).toBe(true)
    receive(receiver, batchMessage(1), NOW_S)
    expectRefused(receiver, hello, 'session.replayed')
  })

  test('everything of an older boot or session, also when authentic', () => {
    const receiver = fresh()
    for (const old of [
      { boot: 3, session: 2 },
      { boot: 4, session: 1 },
      { boot: 4, session: 3 },
    ]) {
      expectRefused(receiver, up(encodeHello(old.boot, old.session, nonce, '')), 'session.other-session')
      expectRefused(receiver, batchMessage(1, tokenOf(old)), 'session.other-session')
    }
  })

  test('a token that is missing, forged, too old or from the future', () => {
    const receiver = fresh()
    const bare = new Uint8Array([0xa3, 0, 3, 2, 1, 3, 0xa0])
    expectRefused(receiver, up(bare), 'session.no-token')
    expectRefused(receiver, batchMessage(1, new Uint8Array(24)), 'session.token-forged')
    const otherKeys = deriveKeys(nodeCrypto, new Uint8Array(32), 1)
    expectRefused(receiver, batchMessage(1, tokenOf(mark, NOW_S, otherKeys)), 'session.token-forged')
    expectRefused(receiver, batchMessage(1), 'session.token-expired', NOW_S + 86_401)
    expectRefused(receiver, batchMessage(1), 'session.token-expired', NOW_S - 301)
    expect(receive(receiver, batchMessage(1), NOW_S + 86_400).ok).toBe(true)
  })

  test('a message of another dongle, another key, another epoch, or going the other way', () => {
    const receiver = fresh()
    const plain = encodeBatchMessage(tokenOf(), 1, id, batch).plain
    const otherId = dongleIdFrom([1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1])
    expectRefused(receiver, up(plain, KEYS, otherId), 'envelope.wrong-dongle')
    expectRefused(receiver, up(plain, deriveKeys(nodeCrypto, DEVICE_KEY, 2)), 'envelope.wrong-epoch')
    expectRefused(receiver, up(plain, deriveKeys(nodeCrypto, new Uint8Array(32), 1)), 'envelope.forged')
    expectRefused(receiver, seal(nodeCrypto, KEYS, DONGLE_ID, 'down', freshIv(), plain), 'envelope.forged')
  })

  test('an authentic message that says nothing of version 1', () => {
    const receiver = fresh()
    const token = [...tokenOf()]
    const head = (kind: number) => [0xa4, 0, kind, 1, 0x58, 24, ...token, 2, 1, 3]
    expectRefused(receiver, up(new Uint8Array([...head(12), 0xa0])), 'session.unknown-kind')
    expectRefused(receiver, up(new Uint8Array([...head(3), 0xa0])), 'session.malformed')
    expectRefused(receiver, up(new Uint8Array([...head(4), 0xa1, 4, 0x20])), 'session.malformed')
    expectRefused(
      receiver,
      up(new Uint8Array([...head(7), 0xa2, 0, 1, 1, COMMAND_OUTCOMES.length])),
      'session.malformed',
    )
    expectRefused(receiver, up(new Uint8Array([0x80])), 'session.malformed')
    const padded = [encodeBatchMessage(tokenOf(), 1, id, batch).plain, 0]
    expectRefused(receiver, up(padded), 'session.malformed')
  })

  test('reads over what a later version adds to a body', () => {
    const receiver = fresh()
    const later = [0xa4, 0, 7, 1, 0x58, 24, ...tokenOf(), 2, 1, 3, 0xa3, 0, 5, 1, 0, 0x18, 40, 0x82, 1, 0x61, 0x78]
    expect(receive(receiver, up(new Uint8Array(later)), NOW_S)).toEqual({
      ok: true,
      value: { kind: 'result', number: 5, outcome: 'done' },
    })
  })

  test('any truncation and any single flipped bit', () => {
    const receiver = fresh()
    const whole = batchMessage(1)
    for (let length = 0; length < whole.length; length++) {
      expect(receive(receiver, whole.slice(0, length), NOW_S).ok).toBe(false)
    }
    for (let bit = 0; bit < whole.length * 8; bit++) {
      const changed = whole.slice()
      changed[bit >> 3]! ^= 1 << (bit & 7)
      expect(receive(receiver, changed, NOW_S).ok).toBe(false)
    }
    expect([receiver.lastN, receiver.token]).toEqual([0, undefined])
    expect(receive(receiver, whole, NOW_S).ok).toBe(true)
  })

  test('any other bytes, random or a message mixed up', () => {
    const whole = batchMessage(1)
    const mixed = fc
      .tuple(fc.nat({ max: whole.length }), fc.nat({ max: 40 }), fc.uint8Array({ maxLength: 40 }))
      .map(([at, skip, inserted]) => new Uint8Array([...whole.slice(0, at), ...inserted, ...whole.slice(at + skip)]))
    const receiver = fresh()
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 300 }), mixed), bytes => {
        fc.pre(!Buffer.from(bytes).equals(whole))
        expect(receive(receiver, bytes, NOW_S).ok).toBe(false)
        expect([receiver.lastN, receiver.token]).toEqual([0, undefined])
      }),
      { numRuns: 1500 },
    )
  })

  test('any authentic plain bytes without throwing', () => {
    const receiver = fresh()
    const token = [...tokenOf()]
    const body = fc
      .tuple(fc.nat({ max: 8 }), fc.uint8Array({ maxLength: 60 }))
      .map(([kind, rest]) => new Uint8Array([0xa4, 0, kind, 1, 0x58, 24, ...token, 2, 1, 3, ...rest]))
    fc.assert(
      fc.property(fc.oneof(body, fc.uint8Array({ maxLength: 60 })), plain => {
        receive(receiver, up(plain), NOW_S)
      }),
      { numRuns: 1500 },
    )
  })
})
