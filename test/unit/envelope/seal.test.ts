// Sealing and unsealing: any content comes back, nothing else is believed, and sizes are what the document says.

import { describe, expect, test } from 'vitest'
import { nodeCrypto } from '../../../gateway/node-crypto.ts'
import { asciiBytes, constantTimeEqual } from '../../../shared/envelope/crypto.ts'
import { deriveKeys } from '../../../shared/envelope/keys.ts'
import { open, seal, unseal } from '../../../shared/envelope/seal.ts'
import { DONGLE_ID, KEYS } from '../../support/conversation.ts'
import fc from '../../support/given-cases.ts'

const iv = new Uint8Array(16).fill(5)
const outcome = (bytes: Uint8Array, keys = KEYS) => {
  const opened = unseal(nodeCrypto, keys, DONGLE_ID, 'up', bytes)
  return opened.ok ? opened.value : opened.fault.code
}

describe('an envelope', () => {
  test('gives back any content, under the direction and iv it was sealed with', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 700 }),
        fc.uint8Array({ minLength: 16, maxLength: 16 }),
        fc.constantFrom('up', 'down'),
        fc.integer({ min: 1, max: 255 }),
        (plain, anyIv, direction, epoch) => {
          const keys = deriveKeys(nodeCrypto, asciiBytes('k'.repeat(32)), epoch)
          const sealed = seal(nodeCrypto, keys, DONGLE_ID, direction as 'up', anyIv, plain)
          expect(unseal(nodeCrypto, keys, DONGLE_ID, direction as 'up', sealed)).toEqual({ ok: true, value: plain })
          expect(open({ crypto: nodeCrypto, keys, dongleId: DONGLE_ID }, direction as 'up', sealed)).toEqual(plain)
        },
      ),
    )
  })

  test('adds 86 to 104 bytes', () => {
    for (let length = 0; length < 600; length++) {
      const added = seal(nodeCrypto, KEYS, DONGLE_ID, 'up', iv, new Uint8Array(length)).length - length
      expect(added).toBeGreaterThanOrEqual(86)
      expect(added).toBeLessThanOrEqual(104)
    }
  })

  test('is not looked into beyond its longest', () => {
    expect(outcome(new Uint8Array(20_481))).toBe('envelope.malformed')
    expect(open({ crypto: nodeCrypto, keys: KEYS, dongleId: DONGLE_ID }, 'up', new Uint8Array(20_481))).toBeUndefined()
  })

  test('with the right tag around wrong padding or a wrong inside is still refused', () => {
    const bare = { ...nodeCrypto, encryptCbc: () => new Uint8Array(32) }
    expect(outcome(seal(bare, KEYS, DONGLE_ID, 'up', iv, new Uint8Array(3)))).toBe('envelope.padding')
    const odd = { ...nodeCrypto, encryptCbc: () => new Uint8Array(31) }
    expect(outcome(seal(odd, KEYS, DONGLE_ID, 'up', iv, new Uint8Array(3)))).toBe('envelope.malformed')
    const none = { ...nodeCrypto, encryptCbc: () => new Uint8Array(0) }
    expect(outcome(seal(none, KEYS, DONGLE_ID, 'up', iv, new Uint8Array(3)))).toBe('envelope.malformed')
  })

  test('decrypts nothing before the tag is right', () => {
    const sealed = seal(nodeCrypto, KEYS, DONGLE_ID, 'up', iv, new Uint8Array(40))
    const watched = {
      ...nodeCrypto,
      decryptCbc: () => {
        throw new Error('decrypted an unproven message')
      },
    }
    for (let at = 0; at < sealed.length; at++) {
      const changed = sealed.slice()
      changed[at]! ^= 0x80
      expect(unseal(watched, KEYS, DONGLE_ID, 'up', changed).ok).toBe(false)
      expect(open({ crypto: watched, keys: KEYS, dongleId: DONGLE_ID }, 'up', changed)).toBeUndefined()
    }
  })

  test('of any bytes never throws', () => {
    const sealed = seal(nodeCrypto, KEYS, DONGLE_ID, 'up', iv, new Uint8Array(20))
    const spliced = fc
      .tuple(fc.nat({ max: sealed.length }), fc.uint8Array({ maxLength: 12 }), fc.nat({ max: 12 }))
      .map(([at, inserted, skip]) => new Uint8Array([...sealed.slice(0, at), ...inserted, ...sealed.slice(at + skip)]))
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 200 }), spliced), bytes => {
        fc.pre(!Buffer.from(bytes).equals(sealed))
        expect(typeof outcome(bytes)).toBe('string')
        expect(open({ crypto: nodeCrypto, keys: KEYS, dongleId: DONGLE_ID }, 'up', bytes)).toBeUndefined()
      }),
      { numRuns: 2000 },
    )
  })
})

test('the dongle opens what the gateway opens and nothing else: lengths of every form, one wrong bit each', () => {
  for (const length of [0, 15, 16, 31, 32, 199, 200, 223, 224, 239, 240, 255, 256, 600, 2100]) {
    const plain = new Uint8Array(length).fill(7)
    const sealed = seal(nodeCrypto, KEYS, DONGLE_ID, 'down', iv, plain)
    expect(open({ crypto: nodeCrypto, keys: KEYS, dongleId: DONGLE_ID }, 'down', sealed)).toEqual(plain)
    expect(open({ crypto: nodeCrypto, keys: KEYS, dongleId: DONGLE_ID }, 'up', sealed)).toBeUndefined()
    const changed = sealed.slice()
    changed[(length * 7) % sealed.length]! ^= 1 << (length & 7)
    expect(open({ crypto: nodeCrypto, keys: KEYS, dongleId: DONGLE_ID }, 'down', changed)).toBeUndefined()
  }
})

test('the five keys differ from each other and from epoch to epoch', () => {
  const one = deriveKeys(nodeCrypto, new Uint8Array(32), 1)
  const two = deriveKeys(nodeCrypto, new Uint8Array(32), 2)
  const all = [one, two].flatMap(keys => [keys.auth, keys.enc, keys.mac, keys.ota, keys.cmd])
  expect(new Set(all.map(key => Buffer.from(key).toString('hex'))).size).toBe(10)
})

test('constant-time comparison says equal only for equal bytes', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), fc.uint8Array({ maxLength: 40 }), (a, b) => {
      expect(constantTimeEqual(a, b)).toBe(Buffer.from(a).equals(b))
      expect(constantTimeEqual(a, a.slice())).toBe(true)
    }),
  )
})
