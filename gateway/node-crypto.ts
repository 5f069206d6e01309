// The envelope's operations on node:crypto, for many short messages under few keys. It knows no keys and no messages.
// node's Hmac and Decipheriv objects cost several times what they compute at this length, so: HMAC is built from the
// one-shot hash (RFC 2104, section 2), and a key's AES objects are kept and reused. test/unit/gateway holds all of it to the
// plain way.

import { type Cipheriv, createCipheriv, createDecipheriv, type Decipheriv, hash } from 'node:crypto'
import { constantTimeEqual, type EnvelopeCrypto } from '../shared/envelope/crypto.ts'
import { joined, lengthOf, type Pieces, putPieces } from '../shared/kernel/pieces.ts'

const HASH_BLOCK_BYTES = 64
const HASH_BYTES = 32
const AES_BLOCK_BYTES = 16

/** What belongs to a key, kept as long as somebody holds the key itself. A key's bytes never change. */
const pads = new WeakMap<Uint8Array, { inner: Uint8Array; outer: Uint8Array }>()
const ciphers = new WeakMap<Uint8Array, { cipher: Cipheriv; last: Uint8Array }>()
const deciphers = new WeakMap<Uint8Array, Decipheriv>()

/** The two inputs of an HMAC, the same memory for every one: nothing of it is read after the call. */
let innerInput = Buffer.allocUnsafeSlow(2048)
const outerInput = Buffer.allocUnsafeSlow(HASH_BLOCK_BYTES + HASH_BYTES)

function hmac(key: Uint8Array, message: Uint8Array | Pieces): Uint8Array {
  const { inner, outer } = padsOf(key)
  const end = HASH_BLOCK_BYTES + lengthOf(message)
  if (end > innerInput.length) innerInput = Buffer.allocUnsafeSlow(2 * end)
  innerInput.set(inner)
  putPieces(innerInput, HASH_BLOCK_BYTES, message)
  outerInput.set(outer)
  outerInput.write(hash('sha256', innerInput.subarray(0, end), 'binary'), HASH_BLOCK_BYTES, 'latin1')
  return plainBytes(hash('sha256', outerInput, 'buffer'))
}

export const nodeCrypto: EnvelopeCrypto = {
  join: joined,

  isSame: (a, b) => constantTimeEqual(joined(a), b),

  sha256: message => plainBytes(hash('sha256', joined(message), 'buffer')),

  // its pads are kept beside every key
  hmacKey: key => key,
  hmacSha256: hmac,
  hmacPrepared: hmac,

  encryptCbc(key, iv, plain) {
    const kept = cipherOf(key)
    const padded = paddedOf(joined(plain))
    // CBC mixes the last block that came out into the next one going in. Mixing it in beforehand takes it out again, and the
    // iv comes in its place.
    for (let i = 0; i < AES_BLOCK_BYTES; i++) padded[i] = byteOf(padded, i) ^ byteOf(iv, i) ^ byteOf(kept.last, i)
    const cipher = kept.cipher.update(padded)
    kept.last = cipher.slice(cipher.length - AES_BLOCK_BYTES)
    return plainBytes(cipher)
  },

  decryptCbc(key, iv, cipher) {
    if (cipher.length === 0 || cipher.length % AES_BLOCK_BYTES !== 0) return undefined
    // CBC finds itself again after one block: with the iv fed as a block before the message, the first block out is noise
    // and every other is right, whatever this decipher did before.
    const fed = Buffer.allocUnsafe(AES_BLOCK_BYTES + cipher.length)
    fed.set(iv)
    fed.set(cipher, AES_BLOCK_BYTES)
    const padded = decipherOf(key).update(fed).subarray(AES_BLOCK_BYTES)
    const length = unpaddedLength(padded)
    return length === undefined ? undefined : plainBytes(padded.subarray(0, length))
  },
}

// A Buffer's slice() is a view, a Uint8Array's a copy, and shared code relies on the copy.
function plainBytes(buffer: Buffer): Uint8Array {
  return new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.length)
}

function padsOf(key: Uint8Array): { inner: Uint8Array; outer: Uint8Array } {
  const known = pads.get(key)
  if (known !== undefined) return known
  const block = new Uint8Array(HASH_BLOCK_BYTES)
  block.set(key.length > HASH_BLOCK_BYTES ? hash('sha256', key, 'buffer') : key)
  const made = { inner: block.map(byte => byte ^ 0x36), outer: block.map(byte => byte ^ 0x5c) }
  pads.set(key, made)
  return made
}

function cipherOf(key: Uint8Array): { cipher: Cipheriv; last: Uint8Array } {
  const known = ciphers.get(key)
  if (known !== undefined) return known
  const zero = new Uint8Array(AES_BLOCK_BYTES)
  const made = { cipher: createCipheriv('aes-256-cbc', key, zero).setAutoPadding(false), last: zero }
  ciphers.set(key, made)
  return made
}

function decipherOf(key: Uint8Array): Decipheriv {
  const known = deciphers.get(key)
  if (known !== undefined) return known
  const made = createDecipheriv('aes-256-cbc', key, new Uint8Array(AES_BLOCK_BYTES)).setAutoPadding(false)
  deciphers.set(key, made)
  return made
}

/** PKCS#7 (RFC 5652, section 6.3): 1 … 16 bytes more, each saying how many. */
function paddedOf(plain: Uint8Array): Uint8Array {
  const count = AES_BLOCK_BYTES - (plain.length % AES_BLOCK_BYTES)
  const padded = Buffer.allocUnsafe(plain.length + count)
  padded.set(plain)
  padded.fill(count, plain.length)
  return padded
}

/** Undefined when the padding is not one. The tag was right before, so timing tells nobody anything. */
function unpaddedLength(padded: Uint8Array): number | undefined {
  const count = byteOf(padded, padded.length - 1)
  if (count === 0 || count > AES_BLOCK_BYTES) return undefined
  for (let i = padded.length - count; i < padded.length; i++) if (padded[i] !== count) return undefined
  return padded.length - count
}

function byteOf(bytes: Uint8Array, at: number): number {
  return bytes[at] as number
}
