// The gateway's half of the conversation for one connection: greets, opens what comes up, seals what goes down. Pure; time and
// chance are arguments. It stores nothing and keeps nothing that another gateway would miss: a message carries its own proof.

import type { BatchId } from '../batch/batch.ts'
import { constantTimeEqual, type EnvelopeCrypto } from '../envelope/crypto.ts'
import type { DongleKeys } from '../envelope/keys.ts'
import { type EnvelopeFault, seal, unseal } from '../envelope/seal.ts'
import { assert } from '../kernel/assert.ts'
import { failed, ok, type Result } from '../kernel/result.ts'
import type { SessionMark } from '../port/dongle-directory.ts'
import {
  type Chunk,
  type ChunkWanted,
  decodeChunkWanted,
  decodeUpdateReport,
  encodeChunk,
  encodeUpdate,
  KIND_CHUNK_WANTED,
  KIND_UPDATE_REPORT,
  type MacedOrder,
  type UpdateReport,
} from '../update/messages.ts'
import {
  type Ack,
  COMMAND_NAMES,
  type Command,
  KIND_BATCH,
  KIND_HELLO,
  KIND_RESULT,
  KIND_STATUS,
  type OpenedMessage,
  openMessage,
  type StatusReport,
} from './messages.ts'
import { encodeAck, encodeChallenge, encodeCommand } from './messages-down.ts'
import {
  type CommandResult,
  decodeBatchMessage,
  decodeHello,
  decodeResult,
  decodeStatus,
  type Hello,
} from './messages-up.ts'
import { orderMac } from './order.ts'
import { checkToken, issueToken, isTokenExpired } from './token.ts'

/** One connection. `token` and `lastN` are all that a session leaves here; another gateway finds both in the next message. */
export interface Receiver {
  crypto: EnvelopeCrypto
  dongleId: string
  keys: DongleKeys
  mark: SessionMark
  token: Uint8Array | undefined
  lastN: number
}

/** `id` stands outside the batch's bytes, so that bytes which cannot be decoded can still be refused by name. */
export type UpMessage =
  | ({ kind: 'hello' } & Hello)
  | { kind: 'batch'; id: BatchId; bytes: Uint8Array }
  | { kind: 'status'; status: StatusReport }
  | ({ kind: 'result' } & CommandResult)
  | ({ kind: 'chunk-wanted' } & ChunkWanted)
  | { kind: 'update-report'; report: UpdateReport }

/**
 * malformed, unknown-kind: authentic, but not a message of version 1. no-token, token-forged, token-expired: the dongle must
 * greet again (the gateway disconnects). other-session: authentic, but of another (boot, session) than this connection. replayed:
 * its number was seen before (also an MQTT repeat: ignore it).
 */
export type SessionFault =
  | EnvelopeFault
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
  return { ...setup, token: undefined, lastN: 0 }
}

/** Opens one up message. On a fault nothing has changed. Never throws, whatever the bytes. */
export function receive(receiver: Receiver, bytes: Uint8Array, nowS: number): Result<UpMessage, SessionFault> {
  const opened = unseal(receiver.crypto, receiver.keys, receiver.dongleId, 'up', bytes)
  if (!opened.ok) return opened
  const message = openMessage(opened.value)
  if (message === undefined) return failed({ code: 'session.malformed' })
  return message.kind === KIND_HELLO ? receiveHello(receiver, message) : receiveInSession(receiver, message, nowS)
}

/** The answer to a hello: proof of the key over the dongle's nonce, and the token of the session. `random` 4 and `iv` 16 bytes, both from a CSPRNG. */
export function sealChallenge(
  receiver: Receiver,
  hello: { nonce: Uint8Array },
  answer: { timeS: number; intervalS: number; random: Uint8Array; iv: Uint8Array },
): Uint8Array {
  assert(answer.random.length === 4, 'a token takes 4 bytes of chance')
  receiver.token = issueToken(
    receiver.crypto,
    receiver.keys,
    receiver.dongleId,
    receiver.mark,
    answer.timeS,
    answer.random,
  )
  const plain = encodeChallenge({
    nonce: hello.nonce,
    token: receiver.token,
    timeS: answer.timeS,
    intervalS: answer.intervalS,
  })
  return sealDown(receiver, plain, answer.iv)
}

/** At most ACK_IDS_MAX ids each; undefined while the session has no token (neither greeted nor heard from here). */
export function sealAck(receiver: Receiver, ack: Ack, iv: Uint8Array): Uint8Array | undefined {
  return receiver.token === undefined ? undefined : sealDown(receiver, encodeAck(receiver.token, ack), iv)
}

/** Undefined while the session has no token (neither greeted nor heard from here). */
export function sealCommand(receiver: Receiver, command: Command, iv: Uint8Array): Uint8Array | undefined {
  return receiver.token === undefined ? undefined : sealDown(receiver, encodeCommand(receiver.token, command), iv)
}

/** A command as an order: with a MAC under K_cmd, done once and for good. Undefined as for sealCommand. */
export function sealOrder(receiver: Receiver, command: Command, iv: Uint8Array): Uint8Array | undefined {
  if (receiver.token === undefined) return undefined
  const code = COMMAND_NAMES.indexOf(command.name) + 1
  const order = {
    number: command.number,
    code,
    seconds: command.seconds ?? 0,
    argument: command.argument ?? new Uint8Array(0),
  }
  const mac = orderMac(receiver.crypto, receiver.keys, receiver.dongleId, order)
  return sealDown(receiver, encodeCommand(receiver.token, command, mac), iv)
}

/** A release for this dongle. Undefined as for sealCommand. */
export function sealUpdate(receiver: Receiver, order: MacedOrder, iv: Uint8Array): Uint8Array | undefined {
  return receiver.token === undefined ? undefined : sealDown(receiver, encodeUpdate(receiver.token, order), iv)
}

/** A piece of a program. Undefined as for sealCommand. */
export function sealChunk(receiver: Receiver, chunk: Chunk, iv: Uint8Array): Uint8Array | undefined {
  return receiver.token === undefined ? undefined : sealDown(receiver, encodeChunk(receiver.token, chunk), iv)
}

// A hello needs no token and no number: its boot and session must be the connection's, which lives once only.
function receiveHello(receiver: Receiver, message: OpenedMessage): Result<UpMessage, SessionFault> {
  const hello = decodeHello(message.body)
  if (hello === undefined || message.token !== undefined) return failed({ code: 'session.malformed' })
  if (hello.boot !== receiver.mark.boot || hello.session !== receiver.mark.session) {
    return failed({ code: 'session.other-session' })
  }
  // Once the session talks, a hello can only be a recorded one: answering it would change the token under the dongle's feet.
  if (receiver.lastN > 0) return failed({ code: 'session.replayed' })
  return ok({ kind: 'hello', ...hello })
}

function receiveInSession(receiver: Receiver, message: OpenedMessage, nowS: number): Result<UpMessage, SessionFault> {
  const token = message.token
  if (token === undefined) return failed({ code: 'session.no-token' })
  const wrong = faultOfToken(receiver, token, nowS)
  if (wrong !== '') return failed({ code: `session.${wrong}` })
  if (message.n <= receiver.lastN) return failed({ code: 'session.replayed' })
  const result = readUp(message)
  if (!result.ok) return result
  receiver.lastN = message.n
  if (!isOwnToken(receiver, token)) receiver.token = token.slice()
  return result
}

/** The token that this receiver gave out, or found right before, is not computed again for every message. */
function faultOfToken(receiver: Receiver, token: Uint8Array, nowS: number): ReturnType<typeof checkToken> {
  if (isOwnToken(receiver, token)) return isTokenExpired(token, nowS) ? 'token-expired' : ''
  return checkToken(receiver.crypto, receiver.keys, receiver.dongleId, receiver.mark, token, nowS)
}

function isOwnToken(receiver: Receiver, token: Uint8Array): boolean {
  return receiver.token !== undefined && constantTimeEqual(receiver.token, token)
}

function readUp(message: OpenedMessage): Result<UpMessage, SessionFault> {
  if (message.kind === KIND_BATCH) {
    const batch = decodeBatchMessage(message.body)
    if (batch !== undefined) return ok({ kind: 'batch', id: batch.id, bytes: batch.bytes })
  } else if (message.kind === KIND_STATUS) {
    const status = decodeStatus(message.body)
    if (status !== undefined) return ok({ kind: 'status', status })
  } else if (message.kind === KIND_RESULT) {
    const result = decodeResult(message.body)
    if (result !== undefined) return ok({ kind: 'result', ...result })
  } else if (message.kind === KIND_CHUNK_WANTED) {
    const wanted = decodeChunkWanted(message.body)
    if (wanted !== undefined) return ok({ kind: 'chunk-wanted', ...wanted })
  } else if (message.kind === KIND_UPDATE_REPORT) {
    const report = decodeUpdateReport(message.body)
    if (report !== undefined) return ok({ kind: 'update-report', report })
  } else return failed({ code: 'session.unknown-kind', kind: message.kind })
  return failed({ code: 'session.malformed' })
}

function sealDown(receiver: Receiver, plain: Uint8Array, iv: Uint8Array): Uint8Array {
  return seal(receiver.crypto, receiver.keys, receiver.dongleId, 'down', iv, plain)
}
