// The engine's natives on arrays and texts (shared/kernel/natives.ts) in plain words, for the virtual dongle and for tests on node.

import type { Natives } from '../../shared/kernel/natives.ts'
import { toBinary, toBytes } from './bytes.ts'

export const PLAIN_NATIVES: Natives = {
  toUint8Array: pieces => new Uint8Array(toBytes([pieces])),
  toString: pieces => toBinary(toBytes([pieces])),
  mapInPlace: (from, to, map) => {
    const count = Math.min(from.length, to.length)
    for (let i = 0; i < count; i++) to[i] = map[from[i]!]!
  },
}
