// What the dongle's engine does natively for a batch's bytes (natives.ts), in plain words, for node and the tests.

import type { Packing } from './natives.ts'
import { joined } from './pieces.ts'

export const PLAIN_PACKING: Packing = {
  toUint8Array: joined,
  packBits: bits => {
    const bytes = new Uint8Array(bits.length >> 3)
    // shifted out of a byte of eight bits: the eight that came last are left
    for (let at = 0; at < bytes.length * 8; at++) {
      bytes[at >> 3] = ((bytes[at >> 3] as number) << 1) | (bits.charCodeAt(at) & 1)
    }
    return bytes
  },
  sum: bytes => bytes.reduce((total, byte) => total + byte, 0),
}
