// In place of node:zlib when the tool is built for a browser: CRC-32 (IEEE 802.3), bit by bit; it sees some hundred bytes a dongle.

/** `before`: the CRC of what stands before the bytes. */
export function crc32(bytes: Uint8Array, before = 0): number {
  let crc = before ^ 0xffffffff
  for (const byte of bytes) {
    crc ^= byte
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (0xedb88320 & -(crc & 1))
  }
  return (crc ^ 0xffffffff) >>> 0
}
