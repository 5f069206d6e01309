import { expect, test } from 'vitest'
import { nodeCrypto } from '../../../gateway/node-crypto.ts'
import { unsealMessage } from '../../../gateway/unseal.ts'
import { encodeBatch } from '../../../shared/batch/encode.ts'
import { deriveKeys } from '../../../shared/envelope/keys.ts'
import { seal } from '../../../shared/envelope/seal.ts'
import type { Pieces } from '../../../shared/kernel/pieces.ts'
import type { StatusReport } from '../../../shared/session/messages.ts'
import { encodeBatchMessage, encodeHello, encodeStatus } from '../../../shared/session/messages-up.ts'
import { openReceiver, type Receiver, sealChallenge } from '../../../shared/session/receiver.ts'
import fc from '../../support/given-cases.ts'
import { batchOf, identityOf } from '../../support/scripted-dongle.ts'

const NOW_S = 1_790_000_000
const { dongleId, deviceKey, epoch } = identityOf(1)
const keys = deriveKeys(nodeCrypto, deviceKey, epoch)
const iv = new Uint8Array(16)
const sealed = (plain: Uint8Array | Pieces): Uint8Array => seal(nodeCrypto, keys, dongleId, 'up', iv, plain)

function greeted(): Receiver & { token: Uint8Array } {
  const receiver = openReceiver({ crypto: nodeCrypto, dongleId, keys, mark: { boot: 1, session: 1 } })
  const answer = { timeS: NOW_S, intervalS: 10, random: new Uint8Array(4), iv }
  sealChallenge(receiver, { nonce: new Uint8Array(16) }, answer)
  return receiver as Receiver & { token: Uint8Array }
}

test('a batch comes out decoded, with its bytes as they came', () => {
  const receiver = greeted()
  const batch = batchOf(1, 41, 60)
  const bytes = encodeBatch(batch)
  const id = { boot: 1, firstSeq: 41, span: 60 }
  const message = unsealMessage(receiver, sealed(encodeBatchMessage(receiver.token, 1, id, bytes).plain), NOW_S)
  expect(message.ok && message.value.kind).toBe('batch')
  if (!message.ok || message.value.kind !== 'batch') return
  const verified = message.value.batch
  expect(verified.id).toEqual(id)
  expect(Buffer.compare(verified.bytes, bytes)).toBe(0)
  expect([verified.dongleId, verified.readings, verified.losses]).toEqual([dongleId, 60, []])
  expect(Array.from(verified.batch.timeS)).toEqual(batch.timeS)
  expect(verified.batch.columns.map(column => Array.from(column))).toEqual(batch.columns)
})

test('decoding a second batch does not change the first: both may wait for one commit', () => {
  const receiver = greeted()
  const open = (n: number, firstSeq: number) => {
    const id = { boot: 1, firstSeq, span: 30 }
    const bytes = encodeBatch(batchOf(1, firstSeq, 30))
    const message = unsealMessage(receiver, sealed(encodeBatchMessage(receiver.token, n, id, bytes).plain), NOW_S)
    if (!message.ok || message.value.kind !== 'batch') throw new Error('no batch')
    return message.value.batch
  }
  const first = open(1, 0)
  const copy = structuredClone(first.batch)
  open(2, 30)
  expect(first.batch).toEqual(copy)
})

test('authentic bytes that are no batch are poison with a name, whatever they are', () => {
  const receiver = greeted()
  let n = 0
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), bytes => {
      const id = { boot: 1, firstSeq: 5, span: 10 }
      const message = unsealMessage(receiver, sealed(encodeBatchMessage(receiver.token, ++n, id, bytes).plain), NOW_S)
      if (!message.ok || message.value.kind !== 'poison') throw new Error('must be poison')
      expect(message.value.id).toEqual(id)
      expect(message.value.code).toMatch(/^batch\./)
      expect(Buffer.compare(message.value.bytes, bytes)).toBe(0)
    }),
  )
})

test('a batch of another name than its message is poison: it must not release the record of that other one', () => {
  const receiver = greeted()
  const bytes = encodeBatch(batchOf(1, 100, 10))
  for (const [n, id] of [
    { boot: 1, firstSeq: 101, span: 10 },
    { boot: 2, firstSeq: 100, span: 10 },
    { boot: 1, firstSeq: 100, span: 11 },
  ].entries()) {
    const message = unsealMessage(receiver, sealed(encodeBatchMessage(receiver.token, n + 1, id, bytes).plain), NOW_S)
    expect(message).toMatchObject({ ok: true, value: { kind: 'poison', id, code: 'batch.other-name' } })
  }
})

test('every flipped bit is refused and leaves the receiver as it was', () => {
  const receiver = greeted()
  const good = sealed(
    encodeBatchMessage(receiver.token, 1, { boot: 1, firstSeq: 0, span: 10 }, encodeBatch(batchOf(1, 0))).plain,
  )
  for (let bit = 0; bit < good.length * 8; bit++) {
    const bad = Uint8Array.from(good)
    bad[bit >> 3] = (bad[bit >> 3] as number) ^ (1 << (bit & 7))
    const message = unsealMessage(receiver, bad, NOW_S)
    expect(message.ok).toBe(false)
  }
  expect(receiver.lastN).toBe(0)
  expect(unsealMessage(receiver, good, NOW_S).ok).toBe(true)
})

test('any plain text under the right keys gets a verdict, never an exception', () => {
  const receiver = greeted()
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 120 }), plain => {
      expect(typeof unsealMessage(receiver, sealed(plain), NOW_S).ok).toBe('boolean')
    }),
  )
})

test('a status with numbers beyond their range is a bad message', () => {
  const receiver = greeted()
  const wild = encodeStatus(receiver.token, 1, { boot: 1, uptimeS: 2 ** 40 })
  expect(unsealMessage(receiver, sealed(wild), NOW_S)).toEqual({ ok: false, fault: 'bad-message' })
  const fine = encodeStatus(receiver.token, 2, { boot: 1, uptimeS: 2 ** 20, rssiDbm: -60 })
  expect(unsealMessage(receiver, sealed(fine), NOW_S)).toMatchObject({ ok: true, value: { kind: 'status' } })
})

test('a status brings everything that a dongle says of itself, the line’s trouble and the reasons of the link too', () => {
  const said = {
    boot: 1,
    firmware: '1.2.3',
    uptimeS: 2,
    resetReason: 'power x3',
    rssiDbm: -60,
    meter: 1,
    meterSerial: 'serial',
    meterVersion: '50217',
    telegramsOk: 3,
    telegramsBad: 4,
    ringRecords: 5,
    ringBytes: 6,
    ringCapacityBytes: 7,
    readingsLost: 8,
    freeVariables: 9,
    intervalS: 10,
    p1Trouble: 'inverted',
    linkReasons: '29 1:3 29:2',
  } satisfies Required<StatusReport>
  const plain = encodeStatus(greeted().token, 1, said)
  expect(unsealMessage(greeted(), sealed(plain), NOW_S)).toMatchObject({ ok: true, value: { status: said } })
})

test('a hello of this connection is let through', () => {
  const receiver = openReceiver({ crypto: nodeCrypto, dongleId, keys, mark: { boot: 7, session: 2 } })
  const hello = sealed(encodeHello(7, 2, new Uint8Array(16), '1.0.0'))
  expect(unsealMessage(receiver, hello, NOW_S)).toMatchObject({ ok: true, value: { kind: 'hello', firmware: '1.0.0' } })
})
