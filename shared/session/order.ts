// What makes a command an order: a MAC under the key for commands, so that what lasts can be asked only by who holds that key, and
// the arithmetic of a key rotation. It knows bytes and keys, not who obeys (docs/protocol-session.md).

import { asciiBytes, type EnvelopeCrypto } from '../envelope/crypto.ts'
import type { DongleKeys } from '../envelope/keys.ts'
import { ORDER_MAC_BYTES } from './messages-down.ts'

type Hmac = Pick<EnvelopeCrypto, 'hmacSha256'>

/** What a rotation is made from: the epoch to come (one byte), then 32 random bytes of the server. */
export const ROTATION_BYTES = 33

/** One character a byte. */
export function binaryText(bytes: Uint8Array): string {
  let text = ''
  for (let i = 0; i < bytes.length; i++) text += String.fromCharCode(bytes[i] as number)
  return text
}

function shortMac(crypto: Hmac, key: Uint8Array, text: string): Uint8Array {
  return crypto.hmacSha256(key, asciiBytes(text)).slice(0, ORDER_MAC_BYTES)
}

/** First 16 bytes of HMAC(K_cmd, "order|<dongleId>|<number>|<code>|<seconds>|" and the argument). */
export function orderMac(
  crypto: Hmac,
  keys: DongleKeys,
  dongleId: string,
  order: { number: number; code: number; seconds: number; argument: Uint8Array },
): Uint8Array {
  const head = 'order|' + dongleId + '|' + order.number + '|' + order.code + '|' + order.seconds + '|'
  return shortMac(crypto, keys.cmd, head + binaryText(order.argument))
}

/** The device key of the next epoch: HMAC(deviceKey, "nrt/rotate|" and the ROTATION_BYTES). 32 bytes. */
export function rotatedKey(crypto: Hmac, deviceKey: Uint8Array, rotation: Uint8Array): Uint8Array {
  return crypto.hmacSha256(deviceKey, asciiBytes('nrt/rotate|' + binaryText(rotation)))
}

/** Shows that the dongle has the new key in its flash: first 16 bytes of HMAC(K_auth of the new epoch, "rotated|<dongleId>"). */
export function rotationProof(crypto: Hmac, keys: { auth: Uint8Array }, dongleId: string): Uint8Array {
  return shortMac(crypto, keys.auth, 'rotated|' + dongleId)
}
