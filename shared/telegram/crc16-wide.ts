// CRC-16/ARC for node, the same numbers as crc16.ts, which the tests hold it against. Four bytes a step without a table: the
// polynomial's 32nd power is x^512 + x^480 + x^64 + 1 (squaring a polynomial over GF(2) squares its terms), so a 32-bit word
// may be dropped once it is added to the words 1, 14 and 16 further on. What is left of it, the last 16 words, goes through
// tables eight bytes a step. Big for a dongle: 4 kB of tables and a copy of the text.

import { crcTable } from './crc16.ts'

/** Words that are kept for the tables, and zero words in front so that the first steps find something to add. */
const KEPT = 16

const TABLES = new Uint16Array(8 * 256)
TABLES.set(crcTable())
for (let slice = 1; slice < 8; slice++) {
  for (let value = 0; value < 256; value++) {
    const before = TABLES[(slice - 1) * 256 + value] as number
    TABLES[slice * 256 + value] = (before >> 8) ^ (TABLES[before & 255] as number)
  }
}

let words = new Int32Array(KEPT + 2048)
let bytesOfWords = new Uint8Array(words.buffer)

/** CRC of the bytes from `from` up to (not including) `to`. 0 … 0xFFFF. */
export function crc16Wide(bytes: Uint8Array, from: number, to: number): number {
  const length = to - from
  // Zeros in front change nothing in a CRC that starts at 0: they fill the first word up.
  const count = Math.max((length + 3) >> 2, KEPT)
  if (words.length < KEPT + count) {
    words = new Int32Array(KEPT + count)
    bytesOfWords = new Uint8Array(words.buffer)
  }
  const start = (KEPT + count) * 4 - length
  bytesOfWords.fill(0, KEPT * 4, start)
  bytesOfWords.set(from === 0 && to === bytes.length ? bytes : bytes.subarray(from, to), start)
  fold(words, KEPT + count)
  return crcOfKept(bytesOfWords, count * 4)
}

/** Adds every word but the last 16 to the later ones it is worth. */
function fold(w: Int32Array, end: number): void {
  const stop = end - KEPT
  let before = 0
  for (let i = KEPT; i < stop; i++) {
    before ^= w[i]! ^ w[i - 14]! ^ w[i - 16]!
    w[i] = before
  }
  w[stop] = w[stop]! ^ before
  for (let i = stop; i < stop + 14; i++) w[i] = w[i]! ^ w[i - 14]!
  for (let i = stop; i < end; i++) w[i] = w[i]! ^ w[i - 16]!
}

function crcOfKept(bytes: Uint8Array, from: number): number {
  const t = TABLES
  let crc = 0
  for (let at = from; at < from + KEPT * 4; at += 8) {
    const first = crc ^ (bytes[at]! | (bytes[at + 1]! << 8))
    crc =
      t[1792 + (first & 255)]! ^
      t[1536 + (first >> 8)]! ^
      t[1280 + bytes[at + 2]!]! ^
      t[1024 + bytes[at + 3]!]! ^
      t[768 + bytes[at + 4]!]! ^
      t[512 + bytes[at + 5]!]! ^
      t[256 + bytes[at + 6]!]! ^
      t[bytes[at + 7]!]!
  }
  return crc
}
