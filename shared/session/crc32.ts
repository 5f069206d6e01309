// CRC-32 (IEEE 802.3: polynomial 0xEDB88320 reflected, start and final 0xFFFFFFFF) in plain code, for the rooms that have
// no native one: tests, simulation, the installer. The dongle passes Espruino's E.CRC32 instead.

const TABLE = new Uint32Array(256)
for (let i = 0; i < 256; i++) {
  let value = i
  for (let bit = 0; bit < 8; bit++) value = (value & 1) === 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1
  TABLE[i] = value
}

export function crc32(bytes: Uint8Array): number {
  let crc = -1
  for (let i = 0; i < bytes.length; i++) crc = (crc >>> 8) ^ (TABLE[(crc ^ (bytes[i] as number)) & 255] as number)
  return (crc ^ -1) >>> 0
}
