import { createCipheriv, createDecipheriv, createHash, createHmac } from 'node:crypto'
import { expect, test } from 'vitest'
import { nodeCrypto } from '../../../gateway/node-crypto.ts'
import fc from '../../support/given-cases.ts'

// The plain way, one object per message, to compare with.
function encryptPlainly(key: Uint8Array, iv: Uint8Array, plain: Uint8Array): Buffer {
  const cipher = createCipheriv('aes-256-cbc', key, iv)
  return Buffer.concat([cipher.update(plain), cipher.final()])
}

function decryptPlainly(key: Uint8Array, iv: Uint8Array, cipher: Uint8Array): Buffer | undefined {
  const decipher = createDecipheriv('aes-256-cbc', key, iv)
  try {
    return Buffer.concat([decipher.update(cipher), decipher.final()])
  } catch {
    return undefined
  }
}

const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length })
const KEYS = [1, 2, 3].map(fill => new Uint8Array(32).fill(fill))
const someKey = fc.constantFrom(...KEYS)
const message = fc.uint8Array({ maxLength: 200 })

test('hashes and tags are the plain ones, for keys and messages of any length', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 150 }), message, (key, text) => {
      expect(Buffer.compare(nodeCrypto.sha256(text), createHash('sha256').update(text).digest())).toBe(0)
      const tag = createHmac('sha256', key).update(text).digest()
      expect(Buffer.compare(nodeCrypto.hmacSha256(key, text), tag)).toBe(0)
      // Once more: the second time the key's parts are remembered.
      expect(Buffer.compare(nodeCrypto.hmacSha256(key, text), tag)).toBe(0)
    }),
  )
})

test('messages under reused keys, in any order, encrypt and decrypt as if each were the first', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(someKey, bytes(16), message, fc.boolean())), steps => {
      for (const [key, iv, plain, isUp] of steps) {
        const cipher = encryptPlainly(key, iv, plain)
        if (isUp) expect(Buffer.compare(nodeCrypto.encryptCbc(key, iv, plain), cipher)).toBe(0)
        else expect(Buffer.compare(nodeCrypto.decryptCbc(key, iv, cipher) as Uint8Array, plain)).toBe(0)
      }
    }),
  )
})

test('any bytes in place of a message give what the plain way gives, and the next message is right again', () => {
  const iv = new Uint8Array(16).fill(9)
  const next = Buffer.from('the next message')
  fc.assert(
    fc.property(someKey, bytes(16), fc.uint8Array({ maxLength: 100 }), (key, noiseIv, noise) => {
      const expected = noise.length % 16 === 0 && noise.length > 0 ? decryptPlainly(key, noiseIv, noise) : undefined
      const actual = nodeCrypto.decryptCbc(key, noiseIv, noise)
      if (expected === undefined || actual === undefined) expect(actual).toBe(expected)
      else expect(Buffer.compare(actual, expected)).toBe(0)
      expect(Buffer.compare(nodeCrypto.decryptCbc(key, iv, encryptPlainly(key, iv, next)) as Uint8Array, next)).toBe(0)
    }),
  )
})

test('every padding is told right from wrong', () => {
  const key = KEYS[0] as Uint8Array
  const iv = new Uint8Array(16)
  for (let last = 0; last < 256; last++) {
    for (const before of [last, 7]) {
      const block = new Uint8Array(32).fill(before)
      block[31] = last
      const cipher = createCipheriv('aes-256-cbc', key, iv).setAutoPadding(false)
      const sealed = cipher.update(block)
      const expected = decryptPlainly(key, iv, sealed)
      const actual = nodeCrypto.decryptCbc(key, iv, sealed)
      expect(actual === undefined ? undefined : Buffer.from(actual).toString('hex')).toBe(expected?.toString('hex'))
    }
  }
})
