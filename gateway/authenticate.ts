// Who may speak: a CONNECT's password, or (behind an external broker, which held the CONNECT) the first authentic message. It
// asks the directory for keys and moves the high-water mark, so that a recorded CONNECT or hello opens nothing twice.

import type { EnvelopeCrypto } from '../shared/envelope/crypto.ts'
import { type DongleKeys, deriveKeys } from '../shared/envelope/keys.ts'
import { failed, ok, type Result } from '../shared/kernel/result.ts'
import type { DongleDirectory, DongleState, SessionMark } from '../shared/port/dongle-directory.ts'
import { checkConnect } from '../shared/session/connect.ts'
import { openReceiver, type Receiver } from '../shared/session/receiver.ts'
import { peekMessage } from './peek.ts'
import type { Refusal } from './refusal.ts'

export interface Authenticator {
  /** A receiver for the connection, or why it is refused. Rejects when the directory fails. */
  byPassword(dongleId: string, password: string): Promise<Result<Receiver, Refusal>>
  /** The same from a message, where the connection is held elsewhere. The message itself is still to be received. */
  byMessage(dongleId: string, bytes: Uint8Array): Promise<Result<Receiver, string>>
}

// A suspended or moving dongle may connect: it must be told to stop or to wipe. What it sends is the store's to refuse.
const DISABLED: readonly DongleState[] = ['lost', 'retired']

export function createAuthenticator(directory: DongleDirectory, crypto: EnvelopeCrypto): Authenticator {
  async function keysOf(dongleId: string): Promise<Result<DongleKeys, Refusal>> {
    const credentials = await directory.credentials(dongleId)
    if (credentials === undefined) return failed('unknown-dongle')
    if (DISABLED.includes(credentials.state)) return failed('dongle-disabled')
    return ok(deriveKeys(crypto, credentials.deviceKey, credentials.epoch))
  }

  async function isNewest(dongleId: string, mark: SessionMark): Promise<boolean> {
    return (await directory.advance(dongleId, mark)) === 'advanced'
  }

  return {
    async byPassword(dongleId, password) {
      const keys = await keysOf(dongleId)
      if (!keys.ok) return keys
      const mark = checkConnect(crypto, keys.value, dongleId, password)
      if (!mark.ok) return failed('bad-password')
      if (!(await isNewest(dongleId, mark.value))) return failed('replayed-connect')
      return ok(openReceiver({ crypto, dongleId, keys: keys.value, mark: mark.value }))
    },

    async byMessage(dongleId, bytes) {
      const keys = await keysOf(dongleId)
      if (!keys.ok) return keys
      const peek = peekMessage(crypto, keys.value, dongleId, bytes)
      if (!peek.ok) return failed(peek.fault)
      const { mark, isHello } = peek.value
      // A token was given by a gateway that had moved the mark; a hello is what asks for one.
      if (isHello && !(await isNewest(dongleId, mark))) return failed('replayed-connect')
      return ok(openReceiver({ crypto, dongleId, keys: keys.value, mark }))
    },
  }
}
