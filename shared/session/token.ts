// The session token: any gateway that has the dongle's key can tell, without memory, that some gateway greeted this
// connection and when. 24 bytes: boot | session | issued (epoch seconds) | random, u32 big-endian each, then 8 bytes of MAC.

import { asciiBytes, constantTimeEqual, type EnvelopeCrypto } from '../envelope/crypto.ts'
import type { DongleKeys } from '../envelope/keys.ts'
import type { SessionMark } from '../port/dongle-directory.ts'
import { TOKEN_BYTES } from './messages.ts'

const TOKEN_AGE_MAX_S = 86400
/** Gateways' clocks may differ a little; a token from further ahead is refused like an old one. */
const CLOCK_SKEW_MAX_S = 300
const SIGNED_BYTES = 16

/** `random` is 4 bytes from a CSPRNG. */
export function issueToken(
  crypto: EnvelopeCrypto,
  keys: DongleKeys,
  dongleId: string,
  mark: SessionMark,
  issuedS: number,
  random: Uint8Array,
): Uint8Array {
  const token = new Uint8Array(TOKEN_BYTES)
  const view = new DataView(token.buffer)
  view.setUint32(0, mark.boot)
  view.setUint32(4, mark.session)
  view.setUint32(8, issuedS)
  token.set(random.subarray(0, 4), 12)
  token.set(tokenMac(crypto, keys, dongleId, token), SIGNED_BYTES)
  return token
}

/** '' when right; otherwise what is wrong with it. */
export function checkToken(
  crypto: EnvelopeCrypto,
  keys: DongleKeys,
  dongleId: string,
  mark: SessionMark,
  token: Uint8Array,
  nowS: number,
): '' | 'token-forged' | 'token-expired' | 'other-session' {
  if (token.length !== TOKEN_BYTES) return 'token-forged'
  if (!constantTimeEqual(token.subarray(SIGNED_BYTES), tokenMac(crypto, keys, dongleId, token))) return 'token-forged'
  const view = new DataView(token.buffer, token.byteOffset, TOKEN_BYTES)
  if (view.getUint32(0) !== mark.boot || view.getUint32(4) !== mark.session) return 'other-session'
  return isTokenExpired(token, nowS) ? 'token-expired' : ''
}

/** For a token that was found right before: all that can change is its age. */
export function isTokenExpired(token: Uint8Array, nowS: number): boolean {
  const ageS = nowS - new DataView(token.buffer, token.byteOffset, TOKEN_BYTES).getUint32(8)
  return ageS > TOKEN_AGE_MAX_S || ageS < -CLOCK_SKEW_MAX_S
}

// First 8 bytes of HMAC(K_auth, "session|<dongleId>|" and the token's first 16 bytes).
function tokenMac(crypto: EnvelopeCrypto, keys: DongleKeys, dongleId: string, token: Uint8Array): Uint8Array {
  const prefix = asciiBytes('session|' + dongleId + '|')
  const signed = new Uint8Array(prefix.length + SIGNED_BYTES)
  signed.set(prefix)
  signed.set(token.subarray(0, SIGNED_BYTES), prefix.length)
  return crypto.hmacSha256(keys.auth, signed).slice(0, TOKEN_BYTES - SIGNED_BYTES)
}
