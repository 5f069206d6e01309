// The operations that the envelope needs, as a port: node brings them from node:crypto (gateway/node-crypto.ts),
// the dongle from Espruino's native SHA-256 and AES. The envelope itself knows no library and draws no chance.

import type { Pieces } from '../kernel/pieces.ts'

type Bytes = Uint8Array | Pieces

export interface EnvelopeCrypto {
  join(pieces: Pieces): Uint8Array
  /** Whether they are equal, in a time that tells nobody where they differ: a tag must not be found byte by byte. */
  isSame(a: Bytes, b: Uint8Array): boolean
  /** 32 bytes (FIPS 180-4). */
  sha256(bytes: Bytes): Uint8Array
  /** HMAC-SHA-256 (RFC 2104), 32 bytes. `key` is 32 bytes. */
  hmacSha256(key: Uint8Array, bytes: Bytes): Uint8Array
  /** What stands for `key` in hmacPrepared, and nowhere else: on the dongle it is no array of bytes. */
  hmacKey(key: Uint8Array): Uint8Array
  /** As hmacSha256, for what is wanted all the time. */
  hmacPrepared(key: Uint8Array, bytes: Bytes): Uint8Array
  /** AES-256-CBC with PKCS#7 padding (RFC 9459 section 5): key 32 bytes, iv 16 bytes. `count`: how many `plain` has, from whoever knows. */
  encryptCbc(key: Uint8Array, iv: Uint8Array, plain: Bytes, count?: number): Uint8Array
  /** The plain bytes, or undefined when length or padding is wrong. Called only after the tag was found right. */
  decryptCbc(key: Uint8Array, iv: Uint8Array, cipher: Uint8Array): Uint8Array | undefined
}

/** Compares secrets in a time that depends on the length only: a tag must not be found byte by byte. */
export function constantTimeEqual(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false
  let difference = 0
  for (let i = 0; i < a.length; i++) difference |= (a[i] as number) ^ (b[i] as number)
  return difference === 0
}

/** The bytes of an ASCII text. */
export function asciiBytes(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length)
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i)
  return bytes
}
