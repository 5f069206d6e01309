// The CONNECT password and the topics: one right form each, everything else refused.

import { describe, expect, test } from 'vitest'
import { nodeCrypto } from '../../../gateway/node-crypto.ts'
import { deriveKeys } from '../../../shared/envelope/keys.ts'
import { dongleIdFrom } from '../../../shared/kernel/ids.ts'
import { checkConnect, connectPassword } from '../../../shared/session/connect.ts'
import { downTopic, parseTopic, upTopic } from '../../../shared/session/topics.ts'
import { DONGLE_ID, KEYS } from '../../support/conversation.ts'
import fc from '../../support/given-cases.ts'

const outcome = (password: string, keys = KEYS, dongleId = DONGLE_ID) => {
  const result = checkConnect(nodeCrypto, keys, dongleId, password)
  return result.ok ? result.value : result.fault.code
}

describe('a password', () => {
  const password = connectPassword(nodeCrypto, KEYS, DONGLE_ID, 7, 3)

  test('proves the mark it names', () => {
    expect(password).toMatch(/^7\.3\.[0-9a-f]{32}$/)
    expect(outcome(password)).toEqual({ boot: 7, session: 3 })
    expect(outcome(connectPassword(nodeCrypto, KEYS, DONGLE_ID, 4294967295, 1))).toEqual({
      boot: 4294967295,
      session: 1,
    })
  })

  test('is forged when boot, session, key or dongle is another', () => {
    const mac = password.split('.')[2]
    expect(outcome(`8.3.${mac}`)).toBe('connect.forged')
    expect(outcome(`7.4.${mac}`)).toBe('connect.forged')
    expect(outcome(password, deriveKeys(nodeCrypto, new Uint8Array(32), 1))).toBe('connect.forged')
    expect(outcome(password, KEYS, dongleIdFrom([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]))).toBe('connect.forged')
  })

  test('has one form only', () => {
    const mac = password.split('.')[2]
    for (const odd of [
      '',
      '..',
      `7.3`,
      `07.3.${mac}`,
      `7.0.${mac}`,
      `7.+3.${mac}`,
      `7.3.${mac}.`,
      `7.3.${mac}0`,
      `4294967296.3.${mac}`,
      `7.3e0.${mac}`,
    ]) {
      expect(outcome(odd), odd).toBe('connect.malformed')
    }
    expect(outcome(`7.3.${mac!.toUpperCase()}`)).toBe('connect.forged')
  })

  test('made of any text is refused without throwing', () => {
    fc.assert(
      fc.property(fc.string(), text => {
        expect(typeof outcome(text)).toBe('string')
      }),
    )
  })
})

describe('topics', () => {
  test('are built and parsed back', () => {
    expect(parseTopic(upTopic(DONGLE_ID))).toEqual({ dongleId: DONGLE_ID, direction: 'up' })
    expect(parseTopic(downTopic(DONGLE_ID))).toEqual({ dongleId: DONGLE_ID, direction: 'down' })
  })

  test("of any other form are nobody's", () => {
    const odd = [
      '',
      'nrt/1/+/up',
      `nrt/2/${DONGLE_ID}/up`,
      `nrt/1/${DONGLE_ID}/up/x`,
      `nrt/1/${DONGLE_ID}/#`,
      `/nrt/1/${DONGLE_ID}/up`,
      `nrt/1/${DONGLE_ID.toLowerCase()}/up`,
    ]
    for (const topic of odd) expect(parseTopic(topic), topic).toBeUndefined()
  })
})
