// What a sealed envelope holds: {0: kind, 1: token, 2: n, 3: body}, CBOR maps with small whole numbers as keys, ascending;
// keys that a reader does not know are passed over. Both halves agree here on the outer map and on words; the bodies are
// in messages-up.ts and messages-down.ts, and who may say what and when is the sender's and the receiver's.

import type { BatchId } from '../batch/batch.ts'
import {
  type CborReader,
  type CborWriter,
  createReader,
  createWriter,
  failReader,
  headOf,
  readBytes,
  readMapHead,
  readUint,
  skipItem,
  UINT,
  UINT_MAX,
  writeBytes,
  writeMapHead,
  writeUint,
} from '../batch/cbor.ts'
import type { Pieces } from '../kernel/pieces.ts'
import type { DongleStatus } from '../port/ingest-port.ts'

export const KIND_HELLO = 1
export const KIND_CHALLENGE = 2
export const KIND_BATCH = 3
export const KIND_STATUS = 4
export const KIND_ACK = 5
export const KIND_COMMAND = 6
export const KIND_RESULT = 7

export const WIRE_VERSION = 1
export const NONCE_BYTES = 16
export const TOKEN_BYTES = 24
export const UINT32_MAX = 4294967295
const KEYS_MAX = 32

/** What a dongle says of itself; absent is unknown. */
export type StatusReport = Omit<DongleStatus, 'dongleId' | 'receivedAtMs'>

/** On the wire a command is its place in this table plus 1: append only. The dongle knows the numbers only. */
export const COMMAND_NAMES = [
  'live', // 1
  'interval', // 2
  'reboot', // 3
  'send-status', // 4
  'stop', // 5
  'resume', // 6
  // From here on orders only: they carry a MAC under K_cmd.
  'configure', // 7
  'diagnose', // 8
  'rotate', // 9
  'wipe', // 10
  'console', // 11
] as const
export type CommandName = (typeof COMMAND_NAMES)[number]
export const LIVE = 1
export const INTERVAL = 2
export const REBOOT = 3
export const SEND_STATUS = 4
export const STOP = 5
export const RESUME = 6
export const CONFIGURE = 7
export const DIAGNOSE = 8
export const ROTATE = 9
export const WIPE = 10
export const CONSOLE = 11

/**
 * `number` rises from command to command of a dongle (a gateway may use the time in ms): an older one is not obeyed. `seconds`:
 * live: how long to deliver every second (1 … 900); interval: seconds between batches (1 … 900); console: how long it stays open.
 * `argument`: configure: a map as in the config page with what is to change; rotate: epoch and 32 random bytes. Otherwise absent.
 */
export interface Command {
  number: number
  name: CommandName
  seconds?: number
  argument?: Uint8Array
}

/**
 * On the wire the place in this table: append only. begun: on trial, another result follows, done or returned (the trial failed, all is
 * as before). flash: the memory did not take it.
 */
export const COMMAND_OUTCOMES = ['done', 'refused', 'unknown', 'begun', 'returned', 'flash'] as const
export type CommandOutcome = (typeof COMMAND_OUTCOMES)[number]
export const DONE = 0
export const REFUSED = 1
export const UNKNOWN = 2
export const BEGUN = 3
export const RETURNED = 4
export const NOT_TAKEN = 5

/** Why a batch never will be stored; on the wire the place in this table: append only. */
export const REFUSAL_REASONS = ['malformed', 'out-of-range', 'too-large', 'unknown-version', 'not-allowed'] as const
export type RefusalReason = (typeof REFUSAL_REASONS)[number]

/** final: stored, duplicate or quarantined; refused: never will be. Both release the batch. */
export interface Ack {
  final: BatchId[]
  refused: { id: BatchId; reason: RefusalReason }[]
}

/** The outer map, read; `body` stands at the body, which is not read yet. `token` is a view into the message. */
export interface OpenedMessage {
  kind: number
  token: Uint8Array | undefined
  n: number
  body: CborReader
}

/** Starts a message: the outer map up to where the body belongs. `token` is absent in hello and challenge. */
export function startMessage(kind: number, token: Uint8Array | undefined, n: number, bytesMax: number): CborWriter {
  const writer = createWriter(bytesMax)
  writeMapHead(writer, token === undefined ? 3 : 4)
  writeUint(writer, 0)
  writeUint(writer, kind)
  if (token !== undefined) {
    writeUint(writer, 1)
    writeBytes(writer, token)
  }
  writeUint(writer, 2)
  writeUint(writer, n)
  writeUint(writer, 3)
  return writer
}

/** A whole message; `body` is its body. */
export function messageOf(kind: number, token: Uint8Array | undefined, n: number, body: Pieces): Pieces {
  const head: Pieces = token === undefined ? [0xa3, 0, kind] : [0xa4, 0, kind, 1, 0x58, TOKEN_BYTES, token]
  head.push(2, headOf(UINT, n), 3, body)
  return head
}

/** Reads the outer map; undefined when it is not one of version 1. The body comes last and is the caller's to read and finish. */
export function openMessage(bytes: Uint8Array): OpenedMessage | undefined {
  const reader = createReader(bytes)
  const count = readMapHead(reader, 4)
  readKey(reader, 0)
  const kind = readUint(reader, 255)
  let token: Uint8Array | undefined
  if (count === 4) {
    readKey(reader, 1)
    token = readBytes(reader, TOKEN_BYTES)
    if (token.length !== TOKEN_BYTES) failReader(reader, 'wrong-type')
  }
  readKey(reader, 2)
  const n = readUint(reader, UINT_MAX)
  readKey(reader, 3)
  if (count < 3 || reader.fault !== '') return undefined
  return { kind: kind, token: token, n: n, body: reader }
}

function readKey(reader: CborReader, key: number): void {
  if (readUint(reader, KEYS_MAX) !== key) failReader(reader, 'wrong-type')
}

/**
 * Reads a body map: calls `readValue(key)` for keys 0 … knownKeys-1, which must read the item, and passes over later ones. Gives a
 * bit mask of the keys that came; the keys must rise. A fault stays in the reader.
 */
export function readBody(reader: CborReader, knownKeys: number, readValue: (key: number) => void): number {
  const count = readMapHead(reader, KEYS_MAX)
  let seen = 0
  let last = -1
  for (let i = 0; i < count && reader.fault === ''; i++) {
    const key = readUint(reader, UINT_MAX)
    if (key <= last) failReader(reader, 'wrong-type')
    last = key
    if (key >= knownKeys) skipItem(reader)
    else {
      readValue(key)
      seen |= 1 << key
    }
  }
  return seen
}

export function writeBatchId(writer: CborWriter, id: BatchId): void {
  writeUint(writer, id.boot)
  writeUint(writer, id.firstSeq)
  writeUint(writer, id.span)
}

export function readBatchId(reader: CborReader): BatchId {
  const boot = readUint(reader, UINT32_MAX)
  const firstSeq = readUint(reader, UINT32_MAX)
  return { boot: boot, firstSeq: firstSeq, span: readUint(reader, UINT32_MAX) }
}
