// The MQTT CONNECT password: proves that the dongle has its key and names which life of it speaks, so that a recorded
// CONNECT is worth nothing once (boot, session) has passed. `<boot>.<session>.<mac>` in ASCII; docs/protocol-session.md.

import { asciiBytes, constantTimeEqual, type EnvelopeCrypto } from '../envelope/crypto.ts'
import type { DongleKeys } from '../envelope/keys.ts'
import { failed, ok, type Result } from '../kernel/result.ts'
import type { SessionMark } from '../port/dongle-directory.ts'

export type ConnectFault = { code: 'connect.malformed' } | { code: 'connect.forged' }

/** The password of connection attempt `session` of boot `boot`. */
export function connectPassword(
  crypto: EnvelopeCrypto,
  keys: DongleKeys,
  dongleId: string,
  boot: number,
  session: number,
): string {
  return boot + '.' + session + '.' + connectMac(crypto, keys, dongleId, boot, session)
}

/** The mark that a right password proves. Whether it is above the last one is the directory's to say (DongleDirectory.advance). */
export function checkConnect(
  crypto: EnvelopeCrypto,
  keys: DongleKeys,
  dongleId: string,
  password: string,
): Result<SessionMark, ConnectFault> {
  const parts = password.split('.')
  if (parts.length !== 3) return failed({ code: 'connect.malformed' })
  const boot = counterOf(parts[0] as string)
  const session = counterOf(parts[1] as string)
  const mac = parts[2] as string
  if (boot < 0 || session < 0 || mac.length !== 32) return failed({ code: 'connect.malformed' })
  const expected = connectMac(crypto, keys, dongleId, boot, session)
  if (!constantTimeEqual(asciiBytes(mac), asciiBytes(expected))) return failed({ code: 'connect.forged' })
  return ok({ boot: boot, session: session })
}

// First 16 bytes, as 32 lower-case hex digits, of HMAC(K_auth, "connect|<dongleId>|<boot>|<session>").
function connectMac(crypto: EnvelopeCrypto, keys: DongleKeys, dongleId: string, boot: number, session: number): string {
  const mac = crypto.hmacSha256(keys.auth, ['connect|' + dongleId + '|' + boot + '|' + session])
  let hex = ''
  for (let i = 0; i < 16; i++) hex += ((mac[i] as number) + 256).toString(16).substr(1)
  return hex
}

// A counter in the one form it has: 1 … 2^32-1, no sign, no leading zero. -1 for anything else.
function counterOf(text: string): number {
  if (text.length < 1 || text.length > 10 || text.charAt(0) === '0') return -1
  for (let i = 0; i < text.length; i++) if ('0123456789'.indexOf(text.charAt(i)) < 0) return -1
  const value = parseInt(text, 10)
  return value <= 4294967295 ? value : -1
}
