// The bodies that a gateway sends: challenge, ack, command. Encoding runs in the gateway, decoding on the dongle (Espruino
// dialect); a decoder gives undefined for anything that is not exactly such a body, and never throws.

import type { BatchId } from '../batch/batch.ts'
import {
  type CborReader,
  failReader,
  finishReading,
  readArrayHead,
  readBytes,
  readUint,
  UINT_MAX,
  writeArrayHead,
  writeBytes,
  writeMapHead,
  writeUint,
  writtenBytes,
} from '../batch/cbor.ts'
import { assert } from '../kernel/assert.ts'
import {
  type Ack,
  COMMAND_NAMES,
  type Command,
  KIND_ACK,
  KIND_CHALLENGE,
  KIND_COMMAND,
  NONCE_BYTES,
  REFUSAL_REASONS,
  readBatchId,
  readBody,
  startMessage,
  TOKEN_BYTES,
  UINT32_MAX,
  writeBatchId,
} from './messages.ts'

/** Ids in one ack, final and refused each: the dongle has a few batches in flight, so this is ample, and it bounds the dongle's RAM. */
export const ACK_IDS_MAX = 32
/** Longest argument of a command: four networks and an address. */
export const ARGUMENT_BYTES_MAX = 512
export const ORDER_MAC_BYTES = 16

export interface Challenge {
  nonce: Uint8Array
  token: Uint8Array
  timeS: number
  intervalS: number
}

export function encodeChallenge(challenge: Challenge): Uint8Array {
  const writer = startMessage(KIND_CHALLENGE, undefined, 0, 96)
  writeMapHead(writer, 4)
  writeUint(writer, 0)
  writeBytes(writer, challenge.nonce)
  writeUint(writer, 1)
  writeBytes(writer, challenge.token)
  writeUint(writer, 2)
  writeUint(writer, challenge.timeS)
  writeUint(writer, 3)
  writeUint(writer, challenge.intervalS)
  return writtenBytes(writer)
}

/** `nonce` and `token` are views into the message. */
export function decodeChallenge(body: CborReader): Challenge | undefined {
  const none = new Uint8Array(0)
  const challenge: Challenge = { nonce: none, token: none, timeS: 0, intervalS: 0 }
  const seen = readBody(body, 4, key => {
    if (key === 0) challenge.nonce = readBytes(body, NONCE_BYTES)
    else if (key === 1) challenge.token = readBytes(body, TOKEN_BYTES)
    else if (key === 2) challenge.timeS = readUint(body, UINT_MAX)
    else challenge.intervalS = readUint(body, UINT32_MAX)
  })
  const isWhole = challenge.nonce.length === NONCE_BYTES && challenge.token.length === TOKEN_BYTES
  return finishReading(body) && seen === 15 && isWhole ? challenge : undefined
}

export function encodeAck(token: Uint8Array, ack: Ack): Uint8Array {
  assert(
    ack.final.length <= ACK_IDS_MAX && ack.refused.length <= ACK_IDS_MAX,
    'an ack names at most ACK_IDS_MAX batches',
  )
  const final = ack.final.filter(id => !id.periodS)
  const refused = ack.refused.filter(({ id }) => !id.periodS)
  // A thinned batch may cover what a loss covers too, so its name has the period; stored or refused, the dongle may let it go.
  const thinned = [...ack.final, ...ack.refused.map(({ id }) => id)].filter(id => id.periodS)
  const writer = startMessage(KIND_ACK, token, 0, 64 + (ack.final.length + ack.refused.length) * 24)
  writeMapHead(writer, thinned.length > 0 ? 3 : 2)
  writeUint(writer, 0)
  writeArrayHead(writer, final.length)
  for (const id of final) {
    writeArrayHead(writer, 3)
    writeBatchId(writer, id)
  }
  writeUint(writer, 1)
  writeArrayHead(writer, refused.length)
  for (const refusal of refused) {
    writeArrayHead(writer, 4)
    writeBatchId(writer, refusal.id)
    writeUint(writer, REFUSAL_REASONS.indexOf(refusal.reason))
  }
  if (thinned.length > 0) {
    writeUint(writer, 2)
    writeArrayHead(writer, thinned.length)
    for (const id of thinned) {
      writeArrayHead(writer, 4)
      writeBatchId(writer, id)
      writeUint(writer, id.periodS as number)
    }
  }
  return writtenBytes(writer)
}

/** All ids of an ack, stored and refused alike: for the dongle both mean that the batch may go. */
export function decodeAckIds(body: CborReader): BatchId[] | undefined {
  const ids: BatchId[] = []
  const seen = readBody(body, 3, key => {
    const count = readArrayHead(body, 2 * ACK_IDS_MAX)
    for (let i = 0; i < count && body.fault === ''; i++) {
      if (readArrayHead(body, 4) !== (key === 0 ? 3 : 4)) failReader(body, 'wrong-type')
      const id = readBatchId(body)
      if (key > 0) {
        const last = readUint(body, UINT32_MAX)
        if (key === 2) id.periodS = last
      }
      ids.push(id)
    }
  })
  return finishReading(body) && (seen & 3) === 3 ? ids : undefined
}

/** `mac` (order.ts) makes it an order; without one it is a command of the first six kinds. */
export function encodeCommand(token: Uint8Array, command: Command, mac?: Uint8Array): Uint8Array {
  const { argument, seconds } = command
  const writer = startMessage(KIND_COMMAND, token, 0, 128 + (argument?.length ?? 0))
  const parts: [key: number, value: number | Uint8Array | undefined][] = [
    [0, command.number],
    [1, COMMAND_NAMES.indexOf(command.name) + 1],
    [2, seconds],
    [3, argument],
    [4, mac],
  ]
  const given = parts.filter(([, value]) => value !== undefined)
  writeMapHead(writer, given.length)
  for (const [key, value] of given) {
    writeUint(writer, key)
    if (typeof value === 'number') writeUint(writer, value)
    else writeBytes(writer, value as Uint8Array)
  }
  return writtenBytes(writer)
}

/** `code` is the command's number on the wire, known or not (an unknown one is answered as such); `seconds` 0, the bytes empty when absent. */
export interface ReadCommand {
  number: number
  code: number
  seconds: number
  argument: Uint8Array
  mac: Uint8Array
}

/** `argument` and `mac` are views into the message. */
export function decodeCommand(body: CborReader): ReadCommand | undefined {
  const none = new Uint8Array(0)
  const command: ReadCommand = { number: 0, code: 0, seconds: 0, argument: none, mac: none }
  const seen = readBody(body, 5, key => {
    if (key === 0) command.number = readUint(body, UINT_MAX)
    else if (key === 1) command.code = readUint(body, UINT32_MAX)
    else if (key === 2) command.seconds = readUint(body, UINT32_MAX)
    else if (key === 3) command.argument = readBytes(body, ARGUMENT_BYTES_MAX)
    else command.mac = readBytes(body, ORDER_MAC_BYTES)
  })
  return finishReading(body) && (seen & 3) === 3 ? command : undefined
}
