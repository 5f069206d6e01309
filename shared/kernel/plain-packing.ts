// What the dongle's engine does natively for a batch's bytes (natives.ts), in plain words, for node and the tests.

import type { Packing } from './natives.ts'
import { joined } from './pieces.ts'

export const PLAIN_PACKING: Packing = {
  toUint8Array: joined,
  packBits: bits => Uint8Array.from({ length: bits.length >> 3 }, (_, i) => parseInt(bits.substr(i * 8, 8), 2)),
}
