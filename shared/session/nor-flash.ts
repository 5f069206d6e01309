// Flash as a port: NOR memory, where a write only turns 1 into 0 and an erase sets a whole sector back to 1. Ring, pages
// and boot counter see a region of whole sectors that starts at 0; which region of which chip it is, the shell decides.

import type { Packing } from '../kernel/natives.ts'

export interface NorFlash {
  /** 4096 on every chip we know. */
  sectorBytes: number
  sectorCount: number
  /** A copy of `length` bytes from `at`; `at` and `length` are multiples of 4. */
  read(at: number, length: number): Uint8Array
  /** Each byte becomes old AND new. `at` and the length are multiples of 4 (Espruino's Flash.write asks that); never crosses a sector. */
  write(at: number, bytes: Uint8Array): void
  /** All bytes of sector `sector` (0 … sectorCount-1) become 0xFF. Slow (45 ms and more on the dongle): only right after a telegram. */
  erase(sector: number): void
  /** Not of the memory but of the engine beside it, as the next: batches are written here. */
  packing: Packing
  /** CRC-32 (IEEE 802.3, as zlib and Espruino's E.CRC32), 0 … 2^32-1. */
  crc32(bytes: Uint8Array): number
}

/** Whether all bytes are 0xFF, as after an erase: a native sum, of 220 instructions a byte; fill() takes 1,300 for one, and a CRC 320. */
export function isErased(flash: NorFlash, bytes: Uint8Array): boolean {
  return flash.packing.sum(bytes) === bytes.length * 255
}
