// The engine's Storage as it lies in flash, built on the host with one file in it: a header of 32 bytes {size, u32 little-endian
// with flags in the top byte; name of 28 bytes, 0-padded} and the data (Espruino, src/jsflash.c). Known addresses, no
// compaction, no console: what the chip gets is what was read back.

const HEADER_BYTES = 32
const NAME_BYTES = 28

/** Bytes from the start of the region on; behind them the region is blank. Undefined when the file does not fit. */
export function storageImage(name: string, data: Uint8Array, regionBytes: number): Uint8Array | undefined {
  const length = HEADER_BYTES + ((data.length + 3) & ~3)
  if (length > regionBytes || data.length === 0 || data.length > 0xffffff) return undefined
  const image = new Uint8Array(length).fill(0xff)
  new DataView(image.buffer).setUint32(0, data.length, true)
  image.set(Buffer.from(name.padEnd(NAME_BYTES, '\0'), 'latin1'), 4)
  image.set(data, HEADER_BYTES)
  return image
}
