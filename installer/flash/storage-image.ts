// The engine's Storage as it lies in flash, built on the host with our files in it: each a header of 32 bytes {size, u32 little-endian
// with flags in the top byte; name of 28 bytes, 0-padded} and the data (Espruino, src/jsflash.c). Known addresses, no
// compaction, no console: what the chip gets is what was read back.

const HEADER_BYTES = 32
const NAME_BYTES = 28

/** One file in the engine's Storage. */
export interface StorageFile {
  name: string
  data: Uint8Array
}

/** Bytes from the start of the region on, the files in their order; behind them the region is blank. Undefined when they do not fit. */
export function storageImage(files: StorageFile[], regionBytes: number): Uint8Array | undefined {
  const places = files.map(({ data }) => HEADER_BYTES + ((data.length + 3) & ~3))
  const length = places.reduce((sum, bytes) => sum + bytes, 0)
  const isRight = files.every(({ data }) => data.length > 0 && data.length <= 0xffffff)
  if (length > regionBytes || !isRight) return undefined
  const image = new Uint8Array(length).fill(0xff)
  let at = 0
  for (const [i, { name, data }] of files.entries()) {
    new DataView(image.buffer).setUint32(at, data.length, true)
    image.set(Buffer.from(name.padEnd(NAME_BYTES, '\0'), 'latin1'), at + 4)
    image.set(data, at + HEADER_BYTES)
    at += places[i] as number
  }
  return image
}
