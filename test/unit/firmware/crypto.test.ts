// The dongle's crypto on a stand-in for the engine's three native functions, against node:crypto and published vectors.
// (test/device runs the same on the engine itself.)

import { createCipheriv, createDecipheriv, createHash, createHmac } from 'node:crypto'
import { crc32 } from 'node:zlib'
import { expect, test } from 'vitest'
import { openCrypto } from '../../../firmware/crypto.ts'
import type { EngineBytes, EngineCrypto } from '../../../firmware/engine.ts'
import { toBinary, toBytes } from '../../../firmware/host/bytes.ts'
import fc from '../../support/given-cases.ts'

/** As the engine: results are ArrayBuffers, messages may come in pieces, AES knows no padding. */
const native: EngineCrypto = {
  SHA256: message => bufferOf(createHash('sha256').update(toBytes(message))),
  AES: {
    encrypt: (message, key, { iv }) => {
      const cipher = createCipheriv('aes-256-cbc', key, iv).setAutoPadding(false)
      return arrayBuffer(Buffer.concat([cipher.update(toBytes(message)), cipher.final()]))
    },
    decrypt: (message, key, { iv }) => {
      const cipher = createDecipheriv('aes-256-cbc', key, iv).setAutoPadding(false)
      return arrayBuffer(Buffer.concat([cipher.update(message), cipher.final()]))
    },
  },
}
function arrayBuffer(bytes: Uint8Array): ArrayBuffer {
  return new Uint8Array(bytes).buffer
}
function bufferOf(hash: { digest(): Uint8Array }): ArrayBuffer {
  return arrayBuffer(hash.digest())
}
const bytes = (hex: string) => new Uint8Array(Buffer.from(hex, 'hex'))
const engineBytes: EngineBytes = {
  toUint8Array: (...pieces) => new Uint8Array(toBytes(pieces)),
  CRC32: some => crc32(toBytes(some)),
  toString: some => toBinary(toBytes(some)),
}
const crypto = openCrypto(native, engineBytes)

test('HMAC-SHA-256 of RFC 4231, test cases 1 and 2', () => {
  const one = crypto.hmacSha256(new Uint8Array(20).fill(0x0b), new Uint8Array(Buffer.from('Hi There')))
  expect(one).toEqual(bytes('b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7'))
  const two = crypto.hmacSha256(
    new Uint8Array(Buffer.from('Jefe')),
    new Uint8Array(Buffer.from('what do ya want for nothing?')),
  )
  expect(two).toEqual(bytes('5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843'))
})

test('AES-256-CBC of NIST SP 800-38A F.2.5, first block, and PKCS#7 behind it', () => {
  const key = bytes('603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4')
  const iv = bytes('000102030405060708090a0b0c0d0e0f')
  const cipher = crypto.encryptCbc(key, iv, bytes('6bc1bee22e409f96e93d7e117393172a'))
  expect(cipher.slice(0, 16)).toEqual(bytes('f58c4c04d6e5f1ba779eabfb5f7bfbd6'))
  expect(cipher).toHaveLength(32)
})

test('agrees with node:crypto for any key, iv and message', () => {
  const array = (length: number) => fc.uint8Array({ minLength: length, maxLength: length })
  fc.assert(
    fc.property(array(32), array(16), fc.uint8Array({ maxLength: 200 }), (key, iv, message) => {
      const cipher = createCipheriv('aes-256-cbc', key, iv)
      const expected = new Uint8Array(Buffer.concat([cipher.update(message), cipher.final()]))
      expect(crypto.encryptCbc(key, iv, message)).toEqual(expected)
      expect(crypto.decryptCbc(key, iv, expected)).toEqual(message)
      expect(crypto.hmacSha256(key, message)).toEqual(
        new Uint8Array(createHmac('sha256', key).update(message).digest()),
      )
      expect(crypto.sha256(message)).toEqual(new Uint8Array(createHash('sha256').update(message).digest()))
    }),
  )
})

test('wrong lengths and wrong padding give undefined, never an engine error', () => {
  const key = new Uint8Array(32)
  const iv = new Uint8Array(16)
  expect(crypto.decryptCbc(key, iv, new Uint8Array(0))).toBeUndefined()
  expect(crypto.decryptCbc(key, iv, new Uint8Array(15))).toBeUndefined()
  expect(crypto.decryptCbc(key, new Uint8Array(12), new Uint8Array(16))).toBeUndefined()
  const raw = (plain: Uint8Array) => new Uint8Array(native.AES.encrypt(plain, key, { iv, mode: 'CBC' }))
  for (const last of [0, 17, 255])
    expect(crypto.decryptCbc(key, iv, raw(new Uint8Array(16).fill(last)))).toBeUndefined()
  expect(crypto.decryptCbc(key, iv, raw(Uint8Array.of(...new Array(14).fill(9), 1, 2)))).toBeUndefined()
})
