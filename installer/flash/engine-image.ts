// Whether the engine's files are what they are said to be: program images for this chip, whole, of the version that is asked for, and a
// partition table in which our regions have their places. Pure. Formats: Espressif, "Firmware Image Format" (esptool) and "Partition Tables".

import { createHash } from 'node:crypto'
import { type Facts, type Phrase, phrase } from '../text/say.ts'
import type { Region } from './regions.ts'
import type { TroubleCode } from './trouble-codes.ts'

const IMAGE_MAGIC = 0xe9
const HEADER_BYTES = 24
const SEGMENTS_MAX = 16
const CHECKSUM_SEED = 0xef
const HASH_BYTES = 32
/** By the image's chip id; 0 is also what tools wrote that knew one chip only. */
const CHIPS: { [id: number]: string } = {
  0: 'ESP32',
  2: 'ESP32-S2',
  5: 'ESP32-C3',
  9: 'ESP32-S3',
  12: 'ESP32-C2',
  13: 'ESP32-C6',
  16: 'ESP32-H2',
}

const ENTRY_BYTES = 32
const ENTRY_MAGIC = 0x50aa
/** Twice before the table's own MD5. */
const MD5_MARK = 0xeb

export interface Partition {
  type: number
  subtype: number
  at: number
  bytes: number
}
const APP = 0
const DATA = 1
const NVS = 2
/** The engine looks for its Storage under this number. */
const STORAGE = 0x41

/** What is wrong with a file, in the words of trouble.ts. */
export interface EngineFault {
  code: Extract<TroubleCode, `engine.${string}`>
  facts: Facts
}
const malformed = (why: Phrase): EngineFault => ({ code: 'engine.malformed', facts: { why } })
const unsuitable = (why: Phrase): EngineFault => ({ code: 'engine.layout', facts: { why } })

/** Of a boot loader or engine: its header, every segment, checksum and (where it has one) hash. */
export function imageFault(data: Uint8Array, wantedChip: string): EngineFault | undefined {
  if (data[0] !== IMAGE_MAGIC) return malformed(phrase('why.no-image'))
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength)
  const segments = data[1] as number
  if (data.length < HEADER_BYTES || segments === 0 || segments > SEGMENTS_MAX) return malformed(phrase('why.head'))
  const chip = CHIPS[view.getUint16(12, true)] ?? phrase('engine.other-chip')
  if (chip !== wantedChip) return { code: 'engine.other-chip', facts: { chip, wanted: wantedChip } }
  let at = HEADER_BYTES
  let checksum = CHECKSUM_SEED
  for (let i = 0; i < segments; i++) {
    const bytes = at + 8 <= data.length ? view.getUint32(at + 4, true) : Number.POSITIVE_INFINITY
    if (at + 8 + bytes > data.length) return malformed(phrase('why.cut-short'))
    for (const byte of data.subarray(at + 8, at + 8 + bytes)) checksum ^= byte
    at += 8 + bytes
  }
  const end = (at + 16) & ~15 // the checksum is the last byte of a line of 16
  const hasHash = data[23] === 1
  if (data.length < end + (hasHash ? HASH_BYTES : 0)) return malformed(phrase('why.cut-short'))
  if (data[end - 1] !== checksum) return malformed(phrase('why.checksum'))
  const hash = createHash('sha256').update(data.subarray(0, end)).digest()
  const isHashRight = !hasHash || Buffer.compare(hash, data.subarray(end, end + HASH_BYTES)) === 0
  return isHashRight ? undefined : malformed(phrase('why.own-hash'))
}

/** The engine's name and version stand in its image. */
export function versionFault(data: Uint8Array, wanted: string): EngineFault | undefined {
  const text = Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('latin1')
  const found = /Espruino (\dv\d+(?:\.\d+)?)/.exec(text)?.[1]
  return found === wanted
    ? undefined
    : { code: 'engine.version', facts: { found: found ?? phrase('engine.no-version'), wanted } }
}

/** The partitions, in the order of the table; none where it is none. */
export function partitionsOf(data: Uint8Array): Partition[] {
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength)
  const partitions: Partition[] = []
  for (let at = 0; at + ENTRY_BYTES <= data.length && view.getUint16(at, true) === ENTRY_MAGIC; at += ENTRY_BYTES) {
    const [type, subtype] = [data[at + 2] as number, data[at + 3] as number]
    partitions.push({ type, subtype, at: view.getUint32(at + 4, true), bytes: view.getUint32(at + 8, true) })
  }
  return partitions
}

/** Where the engine keeps its settings: three sectors at least. */
export function nvsOf(partitions: readonly Partition[]): Partition | undefined {
  return partitions.find(one => one.type === DATA && one.subtype === NVS && one.bytes >= 3 * 4096)
}

/** Our regions must lie in partitions that the engine does not run from, and Storage where it looks for it; its settings need a place. */
export function tableFault(
  data: Uint8Array,
  regions: readonly Region[],
  engine: { at: number; bytes: number },
): EngineFault | undefined {
  const partitions = partitionsOf(data)
  const end = partitions.length * ENTRY_BYTES
  if (end === 0) return malformed(phrase('why.no-table'))
  if (data[end] === MD5_MARK && data[end + 1] === MD5_MARK) {
    const md5 = createHash('md5').update(data.subarray(0, end)).digest('hex')
    const own = Buffer.from(data.subarray(end + 16, end + ENTRY_BYTES)).toString('hex')
    if (md5 !== own) return malformed(phrase('why.checksum'))
  }
  const nvs = nvsOf(partitions)
  if (nvs === undefined) return unsuitable(phrase('why.no-settings'))
  const home = partitions.find(one => one.type === APP && one.at === engine.at)
  if (home === undefined || home.bytes < engine.bytes) return unsuitable(phrase('why.no-room'))
  const homeless = regions.find(({ at, bytes }) => {
    const around = partitions.find(one => one.at <= at && at + bytes <= one.at + one.bytes)
    return around === undefined || around === home || around === nvs
  })
  if (homeless !== undefined) return unsuitable(phrase('why.no-region', { name: homeless.name }))
  const storage = partitions.find(one => one.type === DATA && one.subtype === STORAGE)
  const isStorageThere = storage?.at === regions.find(({ name }) => name === 'storage')?.at
  return isStorageThere ? undefined : unsuitable(phrase('why.storage'))
}
