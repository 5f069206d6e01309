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

/** `intervalS`: what was asked of this dongle; undefined: the gateway's own. */
export interface Admission {
  receiver: Receiver
  intervalS: number | undefined
}

export interface Authenticator {
  /** A receiver for the connection, or why it is refused. Rejects when the directory fails. */
  byPassword(dongleId: string, password: string): Promise<Result<Admission, Refusal>>
  /** Why a CONNECT with this password is to be refused, undefined: it is not. The mark stays where it is. Rejects when the directory fails. */
  checkPassword(dongleId: string, password: string): Promise<Refusal | undefined>
  /** The same from a message, where the connection is held elsewhere. The message itself is still to be received. */
  byMessage(dongleId: string, bytes: Uint8Array): Promise<Result<Admission, string>>
}

// A suspended or moving dongle may connect: it must be told to stop or to wipe. What it sends is the store's to refuse.
const DISABLED: readonly DongleState[] = ['lost', 'retired']

export function createAuthenticator(directory: DongleDirectory, crypto: EnvelopeCrypto): Authenticator {
  /** All keys it may use: while one is replaced by the next there are two, the usual one first. */
  async function keysOf(dongleId: string): Promise<Result<Known, Refusal>> {
    const credentials = await directory.credentials(dongleId)
    if (credentials === undefined) return failed('unknown-dongle')
    if (DISABLED.includes(credentials.state)) return failed('dongle-disabled')
    const all = [credentials, ...(credentials.others ?? [])]
    return ok({
      mark: credentials.mark ?? { boot: 0, session: 0 },
      keys: all.map(({ deviceKey, epoch }) => deriveKeys(crypto, deviceKey, epoch)),
      intervalS: credentials.intervalS,
    })
  }

  async function isNewest(dongleId: string, mark: SessionMark): Promise<boolean> {
    if ((await directory.advance(dongleId, mark)) === 'advanced') return true
    await directory.suspect?.(dongleId, 'old-session')
    return false
  }

  return {
    async byPassword(dongleId, password) {
      const known = await keysOf(dongleId)
      if (!known.ok) return known
      const { intervalS } = known.value
      for (const keys of known.value.keys) {
        const mark = checkConnect(crypto, keys, dongleId, password)
        if (!mark.ok) continue
        if (!(await isNewest(dongleId, mark.value))) return failed('replayed-connect')
        return ok({ receiver: openReceiver({ crypto, dongleId, keys, mark: mark.value }), intervalS })
      }
      return failed('bad-password')
    },

    async checkPassword(dongleId, password) {
      const known = await keysOf(dongleId)
      if (!known.ok) return known.fault
      for (const keys of known.value.keys) {
        const mark = checkConnect(crypto, keys, dongleId, password)
        if (mark.ok) return isNewer(mark.value, known.value.mark) ? undefined : 'replayed-connect'
      }
      return 'bad-password'
    },

    async byMessage(dongleId, bytes) {
      const known = await keysOf(dongleId)
      if (!known.ok) return known
      const { intervalS } = known.value
      let fault = 'envelope.forged'
      for (const keys of known.value.keys) {
        const peek = peekMessage(crypto, keys, dongleId, bytes)
        if (!peek.ok) {
          fault = peek.fault
          continue
        }
        const { mark, isHello } = peek.value
        // A token was given by a gateway that had moved the mark; a hello is what asks for one.
        if (isHello && !(await isNewest(dongleId, mark))) return failed('replayed-connect')
        return ok({ receiver: openReceiver({ crypto, dongleId, keys, mark }), intervalS })
      }
      return failed(fault)
    },
  }
}

/** A later life of the dongle: marks only ever rise. */
export function isNewer(mark: SessionMark, than: SessionMark): boolean {
  return mark.boot > than.boot || (mark.boot === than.boot && mark.session > than.session)
}

interface Known {
  mark: SessionMark
  keys: DongleKeys[]
  intervalS: number | undefined
}
