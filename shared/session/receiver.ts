// The gateway's half of the conversation for one connection: greets, opens what comes up, seals what goes down. Pure; time and
// chance are arguments. It stores nothing and keeps nothing that another gateway would miss: a message carries its own proof.

import type { BatchId } from '../batch/batch.ts'
import type { EnvelopeCrypto } from '../envelope/crypto.ts'
import type { DongleKeys } from '../envelope/keys.ts'
import type { EnvelopeFault } from '../envelope/seal.ts'
import { assert } from '../kernel/assert.ts'
import type { Result } from '../kernel/result.ts'
import type { SessionMark } from '../port/dongle-directory.ts'
import type { Ack, Command, CommandOutcome, StatusReport } from './messages.ts'

/** Bytes of an up message that are looked at; a longer one is refused unread. */
export const UP_MESSAGE_BYTES_MAX = 20480

/** Opaque. */
export interface Receiver {
  dongleId: string
  mark: SessionMark
}

export type UpMessage =
  | { kind: 'hello'; boot: number; session: number; nonce: Uint8Array; firmware: string; wireVersion: number }
  /** `id` stands outside the batch's bytes, so that bytes which cannot be decoded can still be refused by name. */
  | { kind: 'batch'; id: BatchId; bytes: Uint8Array }
  | { kind: 'status'; status: StatusReport }
  | { kind: 'result'; number: number; outcome: CommandOutcome }

/**
 * too-large, malformed, unknown-kind: not a message of version 1. no-token, token-forged, token-expired: the dongle must greet
 * again (the gateway disconnects). other-session: authentic, but of another (boot, session) than this connection. replayed: its
 * number was seen (also an MQTT repeat: ignore it).
 */
export type SessionFault =
  | EnvelopeFault
  | { code: 'session.too-large' }
  | { code: 'session.malformed' }
  | { code: 'session.unknown-kind'; kind: number }
  | { code: 'session.no-token' }
  | { code: 'session.token-forged' }
  | { code: 'session.token-expired' }
  | { code: 'session.other-session' }
  | { code: 'session.replayed' }

/** One connection of a dongle, after checkConnect proved `mark` and the directory advanced it. */
export function openReceiver(setup: {
  crypto: EnvelopeCrypto
  dongleId: string
  keys: DongleKeys
  mark: SessionMark
}): Receiver {
  assert(false, 'soon')
}

/** Opens one up message. On a fault nothing has changed. Never throws, whatever the bytes. */
export function receive(receiver: Receiver, bytes: Uint8Array, nowS: number): Result<UpMessage, SessionFault> {
  assert(false, 'soon')
}

/** The answer to a hello: proof of the key over the dongle's nonce, and the token of the session. `random` 4 bytes and `iv` 16 bytes from a CSPRNG. */
export function sealChallenge(
  receiver: Receiver,
  hello: { nonce: Uint8Array },
  answer: { timeS: number; intervalS: number; random: Uint8Array; iv: Uint8Array },
): Uint8Array {
  assert(false, 'soon')
}

/** At most 64 ids per message (ACK_IDS_MAX); undefined while the session has no token yet (no hello and no message so far). */
export function sealAck(receiver: Receiver, ack: Ack, iv: Uint8Array): Uint8Array | undefined {
  assert(false, 'soon')
}

/** Undefined while the session has no token yet. */
export function sealCommand(receiver: Receiver, command: Command, iv: Uint8Array): Uint8Array | undefined {
  assert(false, 'soon')
}
