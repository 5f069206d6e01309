// The crypto that the envelope asks for, on the engine's native SHA-256 and AES-CBC. HMAC is two hashes (RFC 2104): the
// engine has none by that name (its PBKDF2 is one only for messages that end in 00000001). It refuses to make random
// bytes: the engine's are the same on every chip.

import type { EnvelopeCrypto } from '../shared/envelope/crypto.ts'
import type { EngineBytes, EngineCrypto, EnginePieces, EngineRepeat } from './engine.ts'

const BLOCK_BYTES = 64
const IV_BYTES = 16
/** The two blocks that HMAC hashes before a message, outer and inner, of a key of at most 64 bytes: all of ours have 32. */
function padsOf(key: Uint8Array): [Uint8Array, Uint8Array] {
  const words = new Uint32Array(32)
  const outer = new Uint8Array(words.buffer, 0, BLOCK_BYTES)
  const inner = new Uint8Array(words.buffer, BLOCK_BYTES)
  outer.set(key)
  inner.set(key)
  for (let i = 0; i < 32; i++) words[i] = (words[i] as number) ^ (i < 16 ? 0x5c5c5c5c : 0x36363636)
  return [outer, inner]
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
  // The engine hashes pieces as one message: nothing is joined in JavaScript.
  function hmac(pads: [Uint8Array, Uint8Array], message: EnginePieces): Uint8Array {
    return new Uint8Array(native.SHA256([pads[0], native.SHA256([pads[1], message])]))
  }
  return {
    join: bytes.toUint8Array,
    // of hashes nobody can choose where they differ: the time that the comparison takes says nothing
    isSame: (a, b) => bytes.toString(native.SHA256(a)) === bytes.toString(native.SHA256(b)),
    sha256: message => new Uint8Array(native.SHA256(message)),
    hmacKey: padsOf as unknown as (key: Uint8Array) => Uint8Array,
    hmacSha256: (key, message) => hmac(padsOf(key), message),
    hmacPrepared: hmac as unknown as EnvelopeCrypto['hmacPrepared'],
    encryptCbc: (key, iv, plain, count) => {
      // the engine joins before it encrypts: who does not know how many there are has it done once more
      const whole = count ? plain : bytes.toUint8Array(plain)
      const fill = 16 - ((count || whole.length) & 15)
      return new Uint8Array(
        native.AES.encrypt([whole, { data: fill, count: fill } satisfies EngineRepeat], key, { iv: iv, mode: 'CBC' }),
      )
    },
    decryptCbc: (key, iv, cipher) => {
      if (cipher.length === 0 || (cipher.length & 15) !== 0 || iv.length !== IV_BYTES) return undefined
      return unpadded(new Uint8Array(native.AES.decrypt(cipher, key, { iv: iv, mode: 'CBC' })))
    },
  }
}
