// The bodies that a dongle sends: hello, batch, status, result. Encoding runs on the dongle (Espruino dialect), decoding in the
// gateway; a decoder gives undefined for anything that is not exactly such a body, and never throws.

import type { BatchId } from '../batch/batch.ts'
import {
  BYTES,
  type CborReader,
  finishReading,
  headOf,
  NEGATIVE,
  readBytes,
  readInt,
  readText,
  readUint,
  TEXT,
  UINT,
  UINT_MAX,
  uintHead,
} from '../batch/cbor.ts'
import type { Pieces } from '../kernel/pieces.ts'
import {
  COMMAND_OUTCOMES,
  type CommandOutcome,
  KIND_HELLO,
  KIND_RESULT,
  KIND_STATUS,
  messageOf,
  NONCE_BYTES,
  readBody,
  type StatusReport,
  UINT32_MAX,
  WIRE_VERSION,
} from './messages.ts'

/** Texts in a message are at most this long; longer ones are cut by the encoder and refused by the decoder. */
const TEXT_CHARACTERS_MAX = 64
/** The longest batch a message carries; shared/batch/limits.ts keeps under it. */
export const BATCH_BYTES_MAX = 16384
/** The longest report of a result: the dongle's last lines. */
export const REPORT_BYTES_MAX = 1024

/** Status on the wire: a name's place is its key, append only. Texts are marked; all others are whole numbers. */
const STATUS_NAMES = [
  'boot', // 0
  'firmware', // 1 text
  'uptimeS', // 2
  'resetReason', // 3 text
  'rssiDbm', // 4
  'meter', // 5
  'meterSerial', // 6 text
  'meterVersion', // 7 text
  'telegramsOk', // 8
  'telegramsBad', // 9
  'ringRecords', // 10
  'ringBytes', // 11
  'ringCapacityBytes', // 12
  'readingsLost', // 13
  'freeVariables', // 14
  'intervalS', // 15
  'p1Trouble', // 16 text
  'linkReasons', // 17 text
] as const
const STATUS_TEXTS = (1 << 1) | (1 << 3) | (1 << 6) | (1 << 7) | (1 << 16) | (1 << 17)

export interface Hello {
  boot: number
  session: number
  nonce: Uint8Array
  firmware: string
  wireVersion: number
}

/**
 * The map of a body: a value's place is its key, one that is undefined is left out; at most 23. The most general encoder costs the
 * dongle less than one for each message.
 */
export function fieldsOf(values: Array<number | string | Uint8Array | undefined>): Pieces {
  const body: Pieces = [0]
  let count = 0
  for (let i = 0; i < values.length; i++) {
    const value = values[i]
    if (value === undefined) continue
    count++
    body.push(i)
    if (typeof value === 'number') {
      const whole = Math.floor(value)
      body.push(whole < 0 ? headOf(NEGATIVE, -1 - whole) : headOf(UINT, whole))
    } else {
      // a body quotes the meter, and a meter may say anything: printable ASCII, cut to length
      const item = typeof value === 'string' ? value.substr(0, TEXT_CHARACTERS_MAX).replace(/[^ -~]/g, '?') : value
      body.push(headOf(typeof value === 'string' ? TEXT : BYTES, item.length), item)
    }
  }
  body[0] = 0xa0 + count
  return body
}

export function encodeHello(boot: number, session: number, nonce: Uint8Array, firmware: string): Pieces {
  return messageOf(KIND_HELLO, undefined, 0, fieldsOf([boot, session, nonce, firmware, WIRE_VERSION]))
}

export function decodeHello(body: CborReader): Hello | undefined {
  const hello: Hello = { boot: 0, session: 0, nonce: new Uint8Array(0), firmware: '', wireVersion: 0 }
  const seen = readBody(body, 5, key => {
    if (key === 0) hello.boot = readUint(body, UINT32_MAX)
    else if (key === 1) hello.session = readUint(body, UINT32_MAX)
    else if (key === 2) hello.nonce = readBytes(body, NONCE_BYTES)
    else if (key === 3) hello.firmware = readText(body, TEXT_CHARACTERS_MAX)
    else hello.wireVersion = readUint(body, 255)
  })
  return finishReading(body) && seen === 31 && hello.nonce.length === NONCE_BYTES ? hello : undefined
}

/** `plain` has so many `bytes`: whoever encrypts it need not join it to know. */
export interface BatchMessage {
  plain: Pieces
  bytes: number
}

/** A message of four fields: KIND_BATCH, a token of TOKEN_BYTES. By hand, for it is made every ten seconds: the general way takes four times as long. */
const BATCH_START = '\xa4\x00\x03\x01\x58\x18'

export function encodeBatchMessage(token: Uint8Array, n: number, id: BatchId, batch: Uint8Array): BatchMessage {
  const length = batch.length
  const nHead = uintHead(n)
  const bootHead = uintHead(id.boot)
  const seqHead = uintHead(id.firstSeq)
  // nearly always: a call and a length cost the dongle as much as ten comparisons
  const isShort = id.span < 24
  const spanHead = isShort ? id.span : uintHead(id.span)
  const head = length > 255 ? [0x59, length >> 8, length] : length > 23 ? [0x58, length] : [0x40 | length]
  return {
    plain: [BATCH_START, token, 2, nHead, '\x03\xa4\x00', bootHead, 1, seqHead, 2, spanHead, 3, head, batch],
    bytes:
      (length > 255 ? 40 : length > 23 ? 39 : 38) +
      (isShort ? 1 : (spanHead as number[]).length) +
      nHead.length +
      bootHead.length +
      seqHead.length +
      length,
  }
}

/** `bytes` is a view into the message. */
export function decodeBatchMessage(body: CborReader): { id: BatchId; bytes: Uint8Array } | undefined {
  const id: BatchId = { boot: 0, firstSeq: 0, span: 0 }
  let bytes = new Uint8Array(0)
  const seen = readBody(body, 4, key => {
    if (key === 0) id.boot = readUint(body, UINT32_MAX)
    else if (key === 1) id.firstSeq = readUint(body, UINT32_MAX)
    else if (key === 2) id.span = readUint(body, UINT32_MAX)
    else bytes = readBytes(body, BATCH_BYTES_MAX) as Uint8Array<ArrayBuffer>
  })
  return finishReading(body) && seen === 15 ? { id: id, bytes: bytes } : undefined
}

/** The places are those of STATUS_NAMES; not through the names, so that the dongle's bundle can shorten them. */
export function encodeStatus(token: Uint8Array, n: number, s: StatusReport): Pieces {
  const body = [
    s.boot,
    s.firmware,
    s.uptimeS,
    s.resetReason,
    s.rssiDbm,
    s.meter,
    s.meterSerial,
    s.meterVersion,
    s.telegramsOk,
    s.telegramsBad,
    s.ringRecords,
    s.ringBytes,
    s.ringCapacityBytes,
    s.readingsLost,
    s.freeVariables,
    s.intervalS,
    s.p1Trouble,
    s.linkReasons,
  ]
  return messageOf(KIND_STATUS, token, n, fieldsOf(body))
}

export function decodeStatus(body: CborReader): StatusReport | undefined {
  const found: { [name: string]: number | string } = {}
  const seen = readBody(body, STATUS_NAMES.length, key => {
    const name = STATUS_NAMES[key] as string
    if ((STATUS_TEXTS & (1 << key)) !== 0) found[name] = readText(body, TEXT_CHARACTERS_MAX)
    else if (key === 4) found[name] = readInt(body, -255, 255)
    else found[name] = readUint(body, UINT_MAX)
  })
  return finishReading(body) && (seen & 1) === 1 ? (found as unknown as StatusReport) : undefined
}

/** `outcome`: its place in COMMAND_OUTCOMES. `report`, at most REPORT_BYTES_MAX: diagnose: the last lines of the console; rotate: proof of the new key. */
export function encodeResult(
  token: Uint8Array,
  n: number,
  number: number,
  outcome: number,
  report?: Uint8Array,
): Pieces {
  return messageOf(KIND_RESULT, token, n, fieldsOf([number, outcome, report]))
}

export interface CommandResult {
  number: number
  outcome: CommandOutcome
  /** A view into the message; absent when there is none. */
  report?: Uint8Array
}

export function decodeResult(body: CborReader): CommandResult | undefined {
  const result: CommandResult = { number: 0, outcome: 'done' }
  const seen = readBody(body, 3, key => {
    if (key === 0) result.number = readUint(body, UINT_MAX)
    else if (key === 1) result.outcome = COMMAND_OUTCOMES[readUint(body, COMMAND_OUTCOMES.length - 1)] as CommandOutcome
    else result.report = readBytes(body, REPORT_BYTES_MAX)
  })
  return finishReading(body) && (seen & 3) === 3 ? result : undefined
}
