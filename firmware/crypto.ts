// The crypto that the envelope asks for, on the engine's native SHA-256 and AES-CBC. HMAC is two hashes (RFC 2104): the
// engine has none by that name (its PBKDF2 is one only for messages that end in 00000001). It refuses to make random
// bytes: the engine's are the same on every chip.

import type { EnvelopeCrypto } from '../shared/envelope/crypto.ts'
import type { EngineBytes, EngineCrypto } from './engine.ts'

const BLOCK_BYTES = 64
const IV_BYTES = 16
interface Pads {
  /** Of the key, 40 bits: the engine compares two arrays by writing both out as text, which takes it 0.3 M instructions. */
  mark: number
  inner: Uint8Array
  outer: Uint8Array
}

/** Keys of at most 64 bytes: all of ours have 32. */
function padsOf(key: Uint8Array, mark: number): Pads {
  const inner = new Uint8Array(BLOCK_BYTES)
  const outer = new Uint8Array(BLOCK_BYTES)
  inner.set(key)
  outer.set(key)
  for (let i = 0; i < BLOCK_BYTES; i++) {
    inner[i] = (inner[i] as number) ^ 0x36
    outer[i] = (outer[i] as number) ^ 0x5c
  }
  return { mark: mark, inner: inner, outer: outer }
}

/** PKCS#7: undefined when the padding is not one that `padded` makes. */
function unpadded(bytes: Uint8Array): Uint8Array | undefined {
  const fill = bytes[bytes.length - 1] as number
  if (fill < 1 || fill > 16) return undefined
  for (let i = bytes.length - fill; i < bytes.length; i++) if (bytes[i] !== fill) return undefined
  return new Uint8Array(bytes.buffer, 0, bytes.length - fill)
}

/** `bytes` is the engine's E. */
export function openCrypto(native: EngineCrypto, bytes: EngineBytes): EnvelopeCrypto {
  /** The pads used last, and those before: most messages come under the same two keys. To make them takes 200 interpreted steps. */
  let last: Pads | undefined
  let before: Pads | undefined

  return {
    join: pieces => bytes.toUint8Array(pieces),
    // of hashes nobody can choose where they differ: the time that the comparison takes says nothing
    isSame: (a, b) => bytes.toString(native.SHA256(a)) === bytes.toString(native.SHA256(b)),
    sha256: message => new Uint8Array(native.SHA256(message)),
    // The engine hashes pieces as one message: nothing is joined in JavaScript.
    hmacSha256: (key, message) => {
      const mark = bytes.CRC32(key) * 256 + (key[0] as number)
      if (!last || last.mark !== mark) {
        const other = before && before.mark === mark ? before : padsOf(key, mark)
        before = last
        last = other
      }
      return new Uint8Array(native.SHA256([last.outer, native.SHA256([last.inner, message])]))
    },
    encryptCbc: (key, iv, plain) => {
      // joined once, with a block to spare
      const whole = bytes.toUint8Array(plain, { data: 0, count: 16 })
      const fill = 16 - (whole.length & 15)
      const length = whole.length - 16
      whole.subarray(length).fill(fill)
      return new Uint8Array(native.AES.encrypt(whole.subarray(0, length + fill), key, { iv: iv, mode: 'CBC' }))
    },
    decryptCbc: (key, iv, cipher) => {
      if (cipher.length === 0 || (cipher.length & 15) !== 0 || iv.length !== IV_BYTES) return undefined
      return unpadded(new Uint8Array(native.AES.decrypt(cipher, key, { iv: iv, mode: 'CBC' })))
    },
  }
}
