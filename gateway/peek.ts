// Which life of a dongle an up message speaks for, read before a receiver exists: only where an external broker holds the
// connections and no CONNECT told. The envelope's tag is checked here; the message is then received as any other.

import type { EnvelopeCrypto } from '../shared/envelope/crypto.ts'
import type { DongleKeys } from '../shared/envelope/keys.ts'
import { unseal } from '../shared/envelope/seal.ts'
import { failed, ok, type Result } from '../shared/kernel/result.ts'
import type { SessionMark } from '../shared/port/dongle-directory.ts'
import { KIND_HELLO, openMessage } from '../shared/session/messages.ts'
import { decodeHello } from '../shared/session/messages-up.ts'

export interface Peek {
  isHello: boolean
  mark: SessionMark
}

/** The mark in the token, or in a hello's body. A fault is the code to count. Whether the token is right is for the receiver to say. */
export function peekMessage(
  crypto: EnvelopeCrypto,
  keys: DongleKeys,
  dongleId: string,
  bytes: Uint8Array,
): Result<Peek, string> {
  const plain = unseal(crypto, keys, dongleId, 'up', bytes)
  if (!plain.ok) return failed(plain.fault.code)
  const message = openMessage(plain.value)
  if (message === undefined) return failed('session.malformed')
  if (message.kind === KIND_HELLO) {
    const hello = decodeHello(message.body)
    if (hello === undefined) return failed('session.malformed')
    return ok({ isHello: true, mark: { boot: hello.boot, session: hello.session } })
  }
  if (message.token === undefined) return failed('session.no-token')
  // A token starts boot u32be | session u32be (shared/session/token.ts).
  const words = new DataView(message.token.buffer, message.token.byteOffset)
  return ok({ isHello: false, mark: { boot: words.getUint32(0), session: words.getUint32(4) } })
}
