// Sealing what is at rest: AES-256-GCM (NIST SP 800-38D), the nonce in front and the tag behind. It knows bytes and keys; whose
// data they are is the key ring's business. `place` is authenticated beside the bytes, so a sealed row cannot be moved.
//
//   | nonce 12 B (random) | ciphertext | tag 16 B |

import { createCipheriv, createDecipheriv, type KeyObject, randomFillSync } from 'node:crypto'

const NONCE_BYTES = 12
const TAG_BYTES = 16
const SEAL_OVERHEAD_BYTES = NONCE_BYTES + TAG_BYTES

// One draw from the system's generator serves many nonces: a system call for every row would cost more than the cipher.
const pool = Buffer.alloc(NONCE_BYTES * 256)
let poolAt = pool.length

function nextNonce(into: Uint8Array): void {
  if (poolAt === pool.length) {
    randomFillSync(pool)
    poolAt = 0
  }
  into.set(pool.subarray(poolAt, poolAt + NONCE_BYTES))
  poolAt += NONCE_BYTES
}

/** Seals `plain`; `place` must be given again to open. Nonces are random: 2^32 seals per key stay safe, far above what a tenure writes. */
export function seal(key: KeyObject, plain: Uint8Array, place: string): Uint8Array {
  const sealed = Buffer.allocUnsafe(plain.length + SEAL_OVERHEAD_BYTES)
  nextNonce(sealed)
  const cipher = createCipheriv('aes-256-gcm', key, sealed.subarray(0, NONCE_BYTES))
  cipher.setAAD(Buffer.from(place, 'latin1'))
  sealed.set(cipher.update(plain), NONCE_BYTES)
  cipher.final()
  sealed.set(cipher.getAuthTag(), NONCE_BYTES + plain.length)
  return sealed
}

/** The bytes that were sealed under this key for this place; undefined for any other key, place or byte. */
export function unseal(key: KeyObject, sealed: Uint8Array, place: string): Uint8Array | undefined {
  if (sealed.length < SEAL_OVERHEAD_BYTES) return undefined
  const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, NONCE_BYTES), { authTagLength: TAG_BYTES })
  decipher.setAAD(Buffer.from(place, 'latin1'))
  decipher.setAuthTag(sealed.subarray(sealed.length - TAG_BYTES))
  const plain = decipher.update(sealed.subarray(NONCE_BYTES, sealed.length - TAG_BYTES))
  try {
    decipher.final()
  } catch {
    return undefined // the one thing final() tells: the tag does not fit
  }
  return plain
}
