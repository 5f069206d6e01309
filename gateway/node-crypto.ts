// The envelope's four operations on node:crypto. It knows no keys and no messages.

import { createCipheriv, createDecipheriv, createHash, createHmac } from 'node:crypto'
import type { EnvelopeCrypto } from '../shared/envelope/crypto.ts'

export const nodeCrypto: EnvelopeCrypto = {
  sha256: bytes => createHash('sha256').update(bytes).digest(),
  hmacSha256: (key, bytes) => createHmac('sha256', key).update(bytes).digest(),
  encryptCbc(key, iv, plain) {
    const cipher = createCipheriv('aes-256-cbc', key, iv)
    return Buffer.concat([cipher.update(plain), cipher.final()])
  },
  decryptCbc(key, iv, cipher) {
    if (cipher.length === 0 || cipher.length % 16 !== 0) return undefined
    const decipher = createDecipheriv('aes-256-cbc', key, iv)
    try {
      return Buffer.concat([decipher.update(cipher), decipher.final()])
    } catch {
      return undefined // final() throws on wrong padding and on nothing else once length, key and iv are right
    }
  },
}
