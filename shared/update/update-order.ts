// A release as one dongle is told to take it: the manifest under a MAC of that dongle's own key for updates. The engine has no
// signatures, so the backend checks the publishers' and vouches to each dongle (docs/protocol-update.md).

import { asciiBytes, type EnvelopeCrypto } from '../envelope/crypto.ts'
import { ORDER_MAC_BYTES } from '../session/messages-down.ts'
import { binaryText } from '../session/order.ts'

/** Longest trial that can be asked for. */
export const SOAK_S_MAX = 86400

export interface UpdateOrder {
  /** Rises from order to order of a dongle (the time in ms will do), 1 … 2^53-1: an older one is refused. The same one again goes on where it was. */
  number: number
  /** As signed: encodeManifest's bytes. */
  manifest: Uint8Array
  /** So long the new program must have lived, in one piece, before it may call itself good: 1 … SOAK_S_MAX. 600 unless there is a reason. */
  soakS: number
  /** 1: a lower version than the running one is wanted. Never below the floor. 0 otherwise. */
  isBackward: number
}

/** First 16 bytes of HMAC(K_ota, "update|<dongleId>|<number>|<soakS>|<isBackward>|" and the manifest). */
export function updateMac(
  crypto: Pick<EnvelopeCrypto, 'hmacSha256'>,
  keys: { ota: Uint8Array },
  dongleId: string,
  order: UpdateOrder,
): Uint8Array {
  const head = 'update|' + dongleId + '|' + order.number + '|' + order.soakS + '|' + order.isBackward + '|'
  return crypto.hmacSha256(keys.ota, asciiBytes(head + binaryText(order.manifest))).slice(0, ORDER_MAC_BYTES)
}
