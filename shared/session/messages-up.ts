// The bodies that a dongle sends: hello, batch, status, result. Encoding runs on the dongle (Espruino dialect), decoding in the
// gateway; a decoder gives undefined for anything that is not exactly such a body, and never throws.

import type { BatchId } from '../batch/batch.ts'
import {
  type CborReader,
  finishReading,
  readBytes,
  readInt,
  readText,
  readUint,
  UINT_MAX,
  writeBytes,
  writeInt,
  writeMapHead,
  writeText,
  writeUint,
  writtenBytes,
} from '../batch/cbor.ts'
import {
  COMMAND_OUTCOMES,
  type CommandOutcome,
  KIND_BATCH,
  KIND_HELLO,
  KIND_RESULT,
  KIND_STATUS,
  NONCE_BYTES,
  readBody,
  type StatusReport,
  startMessage,
  UINT32_MAX,
  WIRE_VERSION,
} from './messages.ts'

/** Texts in a message are at most this long; longer ones are cut by the encoder and refused by the decoder. */
const TEXT_CHARACTERS_MAX = 64
/** The longest batch a message carries; shared/batch/limits.ts keeps under it. */
export const BATCH_BYTES_MAX = 16384

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
  'linkReasons', // 16 text
] as const
const STATUS_TEXTS = (1 << 1) | (1 << 3) | (1 << 6) | (1 << 7) | (1 << 16)

export interface Hello {
  boot: number
  session: number
  nonce: Uint8Array
  firmware: string
  wireVersion: number
}

export function encodeHello(boot: number, session: number, nonce: Uint8Array, firmware: string): Uint8Array {
  const writer = startMessage(KIND_HELLO, undefined, 0, 192)
  writeMapHead(writer, 5)
  writeUint(writer, 0)
  writeUint(writer, boot)
  writeUint(writer, 1)
  writeUint(writer, session)
  writeUint(writer, 2)
  writeBytes(writer, nonce)
  writeUint(writer, 3)
  writeText(writer, plainText(firmware))
  writeUint(writer, 4)
  writeUint(writer, WIRE_VERSION)
  return writtenBytes(writer)
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

export function encodeBatchMessage(token: Uint8Array, n: number, id: BatchId, batch: Uint8Array): Uint8Array {
  const writer = startMessage(KIND_BATCH, token, n, batch.length + 96)
  writeMapHead(writer, 4)
  writeUint(writer, 0)
  writeUint(writer, id.boot)
  writeUint(writer, 1)
  writeUint(writer, id.firstSeq)
  writeUint(writer, 2)
  writeUint(writer, id.span)
  writeUint(writer, 3)
  writeBytes(writer, batch)
  return writtenBytes(writer)
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

export function encodeStatus(token: Uint8Array, n: number, status: StatusReport): Uint8Array {
  let count = 0
  for (let i = 0; i < STATUS_NAMES.length; i++) if (status[STATUS_NAMES[i] as 'boot'] !== undefined) count++
  const writer = startMessage(KIND_STATUS, token, n, 640)
  writeMapHead(writer, count)
  for (let i = 0; i < STATUS_NAMES.length; i++) {
    const value: number | string | undefined = status[STATUS_NAMES[i] as keyof StatusReport]
    if (value === undefined) continue
    writeUint(writer, i)
    if (typeof value === 'string') writeText(writer, plainText(value))
    else writeInt(writer, Math.floor(value))
  }
  return writtenBytes(writer)
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

export function encodeResult(token: Uint8Array, n: number, number: number, outcome: CommandOutcome): Uint8Array {
  const writer = startMessage(KIND_RESULT, token, n, 96)
  writeMapHead(writer, 2)
  writeUint(writer, 0)
  writeUint(writer, number)
  writeUint(writer, 1)
  writeUint(writer, COMMAND_OUTCOMES.indexOf(outcome))
  return writtenBytes(writer)
}

export function decodeResult(body: CborReader): { number: number; outcome: CommandOutcome } | undefined {
  let number = 0
  let outcome = 0
  const seen = readBody(body, 2, key => {
    if (key === 0) number = readUint(body, UINT_MAX)
    else outcome = readUint(body, COMMAND_OUTCOMES.length - 1)
  })
  if (!finishReading(body) || seen !== 3) return undefined
  return { number: number, outcome: COMMAND_OUTCOMES[outcome] as CommandOutcome }
}

// A status quotes the meter, and a meter may say anything: printable ASCII, cut to length.
function plainText(text: string): string {
  let plain = ''
  for (let i = 0; i < text.length && i < TEXT_CHARACTERS_MAX; i++) {
    const code = text.charCodeAt(i)
    plain += code > 31 && code < 127 ? text.charAt(i) : '?'
  }
  return plain
}
