// Files like those of an engine's build, made after Espressif's formats: program images with segments, checksum and hash, and a partition
// table. The bytes in them are noise that does not compress, the same every time.

import { createHash } from 'node:crypto'

export interface ImageWish {
  bytes: number
  seed: number
  /** 0 is the ESP32. */
  chipId?: number
  /** Stands in it. */
  text?: string
}

/** Some `bytes` long: two segments, checksum, hash. */
export function anImage({ bytes, seed, chipId = 0, text = '' }: ImageWish): Uint8Array {
  const head = Buffer.alloc(24)
  head.set([0xe9, 2, 2, 0x20])
  head.writeUInt16LE(chipId, 12)
  head[23] = 1
  const content = noise(bytes - 24 - 16 - 48, seed)
  Buffer.from(text, 'latin1').copy(content, 100)
  const cut = Math.floor(content.length / 3)
  const segments = [content.subarray(0, cut), content.subarray(cut)].flatMap(data => [segmentHead(data), data])
  const checksum = content.reduce((sum, byte) => sum ^ byte, 0xef)
  const body = Buffer.concat([head, ...segments])
  const whole = Buffer.concat([body, Buffer.alloc(16 - (body.length % 16))])
  whole[whole.length - 1] = checksum
  return Buffer.concat([whole, createHash('sha256').update(whole).digest()])
}

function segmentHead(data: Uint8Array): Buffer {
  const head = Buffer.alloc(8)
  head.writeUInt32LE(0x3f400020, 0)
  head.writeUInt32LE(data.length, 4)
  return head
}

export type PartitionRow = [name: string, type: number, subtype: number, at: number, kB: number]

/** Of a module with 4 MB: the engine in the first program's place, Storage at the end. */
export const PARTITIONS: PartitionRow[] = [
  ['nvs', 1, 2, 0x9000, 12],
  ['otadata', 1, 0, 0xc000, 8],
  ['free', 1, 0x40, 0xe000, 8],
  ['factory', 0, 0, 0x10000, 1536],
  ['ota_0', 0, 0x10, 0x190000, 1536],
  ['flash', 1, 0x40, 0x310000, 64],
  ['storage', 1, 0x41, 0x320000, 896],
]

/** 3 kB, with its MD5. */
export function aPartitionTable(rows: PartitionRow[] = PARTITIONS): Uint8Array {
  const table = Buffer.alloc(3072, 0xff)
  for (const [i, [name, type, subtype, at, kB]] of rows.entries()) {
    const row = table.subarray(i * 32, i * 32 + 32).fill(0)
    row.set([0xaa, 0x50, type, subtype])
    row.writeUInt32LE(at, 4)
    row.writeUInt32LE(kB * 1024, 8)
    row.write(name, 12, 'latin1')
  }
  const end = rows.length * 32
  table.set([0xeb, 0xeb], end)
  createHash('md5')
    .update(table.subarray(0, end))
    .digest()
    .copy(table, end + 16)
  return table
}

function noise(length: number, seed: number): Buffer {
  const bytes = Buffer.alloc(length)
  let state = seed
  for (let i = 0; i < length; i++) {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0
    bytes[i] = state >>> 16
  }
  return bytes
}
