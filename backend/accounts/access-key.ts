// Access keys: made once, shown once, kept as a hash. `nrt_<id>_<secret>`: the id finds the row, the secret (256 random bits) proves it.
// SHA-256 is enough for a secret that cannot be guessed; a slow hash protects passwords that people choose. Pure but for the chance.

import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'

export interface NewAccessKey {
  id: string
  /** What the holder gets, and nobody keeps. */
  text: string
  hash: Uint8Array
}

export function newAccessKey(): NewAccessKey {
  const id = randomBytes(6).toString('hex')
  const secret = randomBytes(32).toString('base64url')
  return { id, text: `nrt_${id}_${secret}`, hash: hashOf(secret) }
}

/** The parts of a key; undefined for any text that is not formed like one. */
export function parseAccessKey(text: string): { id: string; secret: string } | undefined {
  const match = /^nrt_([0-9a-f]{12})_([A-Za-z0-9_-]{43})$/.exec(text)
  return match === null ? undefined : { id: match[1] as string, secret: match[2] as string }
}

const NOBODYS_HASH = randomBytes(32)

/** Takes the same time for a wrong secret, an unknown id and a right one. */
export function fits(secret: string, hash: Uint8Array | undefined): boolean {
  const isEqual = timingSafeEqual(hashOf(secret), hash ?? NOBODYS_HASH)
  return isEqual && hash !== undefined
}

function hashOf(secret: string): Uint8Array {
  return createHash('sha256').update(secret, 'latin1').digest()
}
