// The four messages of an update, additions to version 1 of the session: the order and the chunks go down, the asking for them and the
// reports go up. Each names the order by its number, so that any gateway can answer any of them.

import { type CborReader, finishReading, readBytes, readText, readUint, UINT_MAX } from '../batch/cbor.ts'
import { joined } from '../kernel/pieces.ts'
import { messageOf, readBody, UINT32_MAX } from '../session/messages.ts'
import { fieldsOf } from '../session/messages-up.ts'
import { UPDATE_CODES, UPDATE_STATES, type UpdateCode, type UpdateState } from './states.ts'
import { SOAK_S_MAX, type UpdateOrder } from './update-order.ts'

export const KIND_UPDATE = 8
export const KIND_CHUNK_WANTED = 9
export const KIND_CHUNK = 10
export const KIND_UPDATE_REPORT = 11

/** A dongle asks for so many at a time, the last of a program for fewer. A gateway gives at most CHUNK_BYTES_MAX. */
export const CHUNK_BYTES = 512
export const CHUNK_BYTES_MAX = 2048
const TEXT_CHARACTERS_MAX = 32
const AT_MAX = 98304

export interface MacedOrder extends UpdateOrder {
  mac: Uint8Array
}

export interface ChunkWanted {
  /** Of the order. */
  number: number
  /** Offset in the program, a multiple of 4. */
  at: number
  bytes: number
}

export interface Chunk {
  number: number
  at: number
  /** Empty: the order is withdrawn. */
  bytes: Uint8Array
}

export interface UpdateReport {
  /** Of the last order that this dongle took or refused; 0: none. */
  number: number
  state: UpdateState
  code: UpdateCode
  /** Of the program that runs, from its manifest; 0: the rescue program. */
  running: number
  /** Bytes of the new program that are in flash. */
  loaded: number
  /** Below this version nothing is taken. */
  floor: number
}

/** {0: number, 1: manifest, 2: soakS, 3: isBackward, 4: mac} */
export function encodeUpdate(token: Uint8Array, order: MacedOrder): Uint8Array {
  const body = fieldsOf([order.number, order.manifest, order.soakS, order.isBackward, order.mac])
  return joined(messageOf(KIND_UPDATE, token, 0, body))
}

/**
 * The values of a body with the keys 0 … count-1, all of them there; undefined otherwise. `texts` and `bytes` say by a bit each which are no
 * whole numbers. One reader for all costs the dongle less than one each; ranges are the callers' to check.
 */
export function readValues(
  body: CborReader,
  count: number,
  texts: number,
  bytes: number,
): (number | string | Uint8Array)[] | undefined {
  const values: (number | string | Uint8Array)[] = []
  const seen = readBody(body, count, key => {
    if (((texts >> key) & 1) === 1) values.push(readText(body, TEXT_CHARACTERS_MAX))
    else if (((bytes >> key) & 1) === 1) values.push(readBytes(body, CHUNK_BYTES_MAX))
    else values.push(readUint(body, UINT_MAX))
  })
  return finishReading(body) && seen === (1 << count) - 1 ? values : undefined
}

/** `manifest` and `mac` are views into the message. */
export function decodeUpdate(body: CborReader): MacedOrder | undefined {
  const values = readValues(body, 5, 0, 18)
  if (!values) return undefined
  const order: MacedOrder = {
    number: values[0] as number,
    manifest: values[1] as Uint8Array,
    soakS: values[2] as number,
    isBackward: values[3] as number,
    mac: values[4] as Uint8Array,
  }
  return order.number > 0 && order.soakS > 0 && order.soakS <= SOAK_S_MAX ? order : undefined
}

/**
 * {0: number, 1: at, 2: bytes}. Our dongle has one encoder for both of its messages (sender.ts); this is for others and for tests.
 * @public
 */
export function encodeChunkWanted(token: Uint8Array, n: number, number: number, at: number, bytes: number): Uint8Array {
  return joined(messageOf(KIND_CHUNK_WANTED, token, n, fieldsOf([number, at, bytes])))
}

export function decodeChunkWanted(body: CborReader): ChunkWanted | undefined {
  const wanted: ChunkWanted = { number: 0, at: 0, bytes: 0 }
  const seen = readBody(body, 3, key => {
    if (key === 0) wanted.number = readUint(body, UINT_MAX)
    else if (key === 1) wanted.at = readUint(body, AT_MAX)
    else wanted.bytes = readUint(body, CHUNK_BYTES_MAX)
  })
  return finishReading(body) && seen === 7 && wanted.bytes > 0 ? wanted : undefined
}

/** {0: number, 1: at, 2: bytes} */
export function encodeChunk(token: Uint8Array, chunk: Chunk): Uint8Array {
  return joined(messageOf(KIND_CHUNK, token, 0, fieldsOf([chunk.number, chunk.at, chunk.bytes])))
}

/** `bytes` is a view into the message. */
export function decodeChunk(body: CborReader): Chunk | undefined {
  const values = readValues(body, 3, 0, 4)
  return values && { number: values[0] as number, at: values[1] as number, bytes: values[2] as Uint8Array }
}

/**
 * {0: number, 1: state, 2: code, 3: running, 4: loaded, 5: floor}; state and code by their places in the tables of states.ts. As above.
 * @public
 */
export function encodeUpdateReport(token: Uint8Array, n: number, values: number[]): Uint8Array {
  return joined(messageOf(KIND_UPDATE_REPORT, token, n, fieldsOf(values)))
}

export function decodeUpdateReport(body: CborReader): UpdateReport | undefined {
  const values: number[] = []
  const seen = readBody(body, 6, key => {
    const most =
      key === 0 ? UINT_MAX : key === 1 ? UPDATE_STATES.length - 1 : key === 2 ? UPDATE_CODES.length - 1 : UINT32_MAX
    values.push(readUint(body, most))
  })
  if (!finishReading(body) || seen !== 63) return undefined
  return {
    number: values[0] as number,
    state: UPDATE_STATES[values[1] as number] as UpdateState,
    code: UPDATE_CODES[values[2] as number] as UpdateCode,
    running: values[3] as number,
    loaded: values[4] as number,
    floor: values[5] as number,
  }
}
