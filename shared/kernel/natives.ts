// What the dongle's engine does with whole arrays and texts in one call, and only what the rooms here need of it: there one call costs
// less than five interpreted words. Named as the engine names them (its E); on node the tests have the same in plain words.

import type { Pieces } from './pieces.ts'

/** What makes a batch's bytes. */
export interface Packing {
  /** A byte for each character. */
  toUint8Array(pieces: Pieces): Uint8Array
  /** Zeros and ones as bytes, the first the highest bit of the first byte: eight at least, 32,760 at most; what fills no whole byte is left out. */
  packBits(bits: string): Uint8Array
  sum(bytes: Uint8Array): number
}

export interface Natives {
  /** A byte for each character. */
  toUint8Array(pieces: Pieces): Uint8Array
  /** A character for each byte. */
  toString(pieces: Pieces | Uint8Array): string
  /** to[i] = map[from[i]], as far as both reach. */
  mapInPlace(from: Uint16Array, to: Uint8Array, map: Uint8Array): void
}

/** Each of `image` over that of `bytes`, which are no fewer, but for what is 255. */
export type DrawOver = (bytes: Uint8Array, image: Uint8Array) => void
