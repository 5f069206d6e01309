// CRC-16/ARC for node: eight bytes a step from eight tables (slicing by 8). The same numbers as crc16.ts, which the tests
// hold it against; the 4 kB of tables are why the dongle does not have it.

import { crcTable } from './crc16.ts'

const TABLES = new Uint16Array(8 * 256)
TABLES.set(crcTable())
for (let slice = 1; slice < 8; slice++) {
  for (let value = 0; value < 256; value++) {
    const before = TABLES[(slice - 1) * 256 + value] as number
    TABLES[slice * 256 + value] = (before >> 8) ^ (TABLES[before & 255] as number)
  }
}

/** CRC of the bytes from `from` up to (not including) `to`. 0 … 0xFFFF. */
export function crc16Wide(bytes: Uint8Array, from: number, to: number): number {
  const t = TABLES
  let crc = 0
  let at = from
  for (; at + 8 <= to; at += 8) {
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
  for (; at < to; at++) crc = (crc >> 8) ^ t[(crc ^ bytes[at]!) & 255]!
  return crc
}
