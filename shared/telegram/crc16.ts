// CRC-16/ARC, as P1 uses it over '/' … '!' inclusive (DSMR 5.0.2 section 6.2): polynomial x16+x15+x2+1 reflected (0xA001),
// start 0, no final xor; check value of "123456789" is 0xBB3D. Espruino dialect: tables are made where they are needed,
// so that an importer pays only for what it calls. The wide version for node is crc16-wide.ts.

/**
 * Fills `count` (a power of two) entries from `from` on with what the numbers 0 … count-1 do to a CRC, given what the highest
 * bit alone does: each lower bit has one more zero bit behind it, and sums are exclusive or.
 */
export function spread(table: Uint16Array, from: number, count: number, highest: number): void {
  let crc = highest
  for (let bit = count >> 1; bit > 0; bit >>= 1) {
    table[from + bit] = crc
    crc = crc & 1 ? (crc >> 1) ^ 0xa001 : crc >> 1
  }
  for (let n = 3; n < count; n++) {
    table[from + n] = (table[from + (n & -n)] as number) ^ (table[from + (n & (n - 1))] as number)
  }
}

/** One step of eight zero bits for each value of the low byte. */
export function crcTable(): Uint16Array {
  const table = new Uint16Array(256)
  spread(table, 0, 256, 0xa001)
  return table
}

/** The same by halves, for whoever keeps no large table: of the low four bits, then of the high four, each as 0 … 15. */
export function crcHalves(): Uint16Array {
  const table = new Uint16Array(32)
  spread(table, 0, 16, 0xc601)
  spread(table, 16, 16, 0xa001)
  return table
}

let sharedTable: Uint16Array | undefined

/** CRC of `bytes`, or of those from `from` up to (not including) `to`. 0 … 0xFFFF. @public */
export function crc16(bytes: Uint8Array, from?: number, to?: number): number {
  if (sharedTable === undefined) sharedTable = crcTable()
  const table = sharedTable
  const part = from === undefined && to === undefined ? bytes : bytes.subarray(from === undefined ? 0 : from, to)
  let crc = 0
  for (const byte of part) crc = (crc >> 8) ^ (table[(crc ^ byte) & 255] as number)
  return crc
}
