// The server's own signing key (ES256, RFC 7518): made once, kept wrapped in the store, so that all processes on one store sign and believe the same.
// It signs ESPs' tokens, and what this server says to an identity service that knows it by its key. Another one signs the audit's heads.

import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto'
import type { Store } from '../store/store.ts'

const PLACE = 'signing-key'

export interface SigningKey {
  kid: string
  privateKey: KeyObject
  publicKey: KeyObject
  /** For whoever checks: the public half (RFC 7517). */
  jwk: { kty: 'EC'; crv: 'P-256'; x: string; y: string; kid: string; alg: 'ES256'; use: 'sig' }
}

/** What the heads of the audit are signed with. */
export const AUDIT_KEY = 'audit-key'

/** The store's key of this name; made by whoever asks first. Throws an Error when another key-encryption key has wrapped it. */
export async function signingKeyOf(
  { registers, keys }: Pick<Store, 'registers' | 'keys'>,
  place = PLACE,
): Promise<SigningKey> {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const wrapped = keys.wrap(privateKey.export({ format: 'der', type: 'pkcs8' }), place)
  const kept = () => registers.selectFrom('meta').select('value').where('name', '=', place).executeTakeFirst()
  let row = await kept()
  if (row === undefined) {
    await registers
      .insertInto('meta')
      .values({ name: place, value: wrapped })
      .onConflict(conflict => conflict.doNothing())
      .execute()
    row = await kept()
  }
  const der = row && keys.unwrap(row.value, place)
  if (der === undefined) throw new Error('the signing key in the store cannot be opened with this key-encryption key')
  return keyOf(createPrivateKey({ key: Buffer.from(der), format: 'der', type: 'pkcs8' }))
}

function keyOf(privateKey: KeyObject): SigningKey {
  const publicKey = createPublicKey(privateKey)
  const { x = '', y = '' } = publicKey.export({ format: 'jwk' })
  const kid = thumbprintOf({ x, y })
  return { kid, privateKey, publicKey, jwk: { kty: 'EC', crv: 'P-256', x, y, kid, alg: 'ES256', use: 'sig' } }
}

/** RFC 7638 of a P-256 key. */
export function thumbprintOf({ x, y }: { x: string; y: string }): string {
  return createHash('sha256')
    .update(JSON.stringify({ crv: 'P-256', kty: 'EC', x, y }))
    .digest('base64url')
}
