// A key pair for an ESP's machines, made in the browser (WebCrypto, P-256). The public half goes to the platform; the private half into a file on the reader's
// own device, as the example client reads it, and nowhere else.

import type { PublicJwk } from '../api/types.ts'

/** `d` is the private half. */
type PrivateJwk = PublicJwk & { d: string }

interface KeyPair {
  publicKey: PublicJwk
  privateKey: PrivateJwk
}

/** False where the page came over plain http from elsewhere: there browsers make no keys. */
export function canMakeKeys(): boolean {
  return globalThis.crypto?.subtle !== undefined
}

export async function makeKeyPair(): Promise<KeyPair> {
  const pair = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, ['sign', 'verify'])
  const { d = '', x = '', y = '' } = await crypto.subtle.exportKey('jwk', pair.privateKey)
  const publicKey = { kty: 'EC', crv: 'P-256', x, y } as const
  return { publicKey, privateKey: { ...publicKey, d } }
}

/** What examples/esp-client reads. */
export function keyFileOf(espId: string, kid: string, privateKey: PrivateJwk): string {
  return `${JSON.stringify({ espId, kid, jwk: privateKey }, null, 2)}\n`
}

/** What somebody pasted: a public key, or why it is none. A private one stays where it is. */
export function publicKeyIn(pasted: string): PublicJwk | 'private' | 'none' {
  let jwk: { [member: string]: unknown }
  try {
    jwk = Object(JSON.parse(pasted))
  } catch {
    return 'none' // no JSON
  }
  const { kty, crv, x, y, kid } = jwk
  if (Object.hasOwn(jwk, 'd')) return 'private'
  if (kty !== 'EC' || crv !== 'P-256' || !isNumber(x) || !isNumber(y)) return 'none'
  return { kty, crv, x, y, ...(typeof kid === 'string' && { kid }) }
}

/** 32 bytes in base64url. */
function isNumber(member: unknown): member is string {
  return typeof member === 'string' && /^[\w-]{43}$/.test(member)
}
