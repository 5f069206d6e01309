// Changes to an input, by chance that is handed in: what has found bugs in parsers before. Pure.

import { type Random, randomBelow } from '../../shared/kernel/random.ts'

/** Numbers at which lengths and counters turn. */
const EDGES = [
  0, 1, 0x17, 0x18, 0x1f, 0x20, 0x3f, 0x40, 0x58, 0x59, 0x5a, 0x7f, 0x80, 0x9f, 0xbf, 0xf6, 0xf9, 0xfb, 0xff,
]
const CHANGES_MAX = 6

/** A new input of at most `bytesMax` bytes, out of `base` and perhaps a piece of `other`. */
export function mutate(
  base: Uint8Array,
  other: Uint8Array,
  tokens: Uint8Array[],
  random: Random,
  bytesMax: number,
): Uint8Array {
  let bytes = base
  for (let changes = 1 + randomBelow(random, CHANGES_MAX); changes > 0; changes--)
    bytes = change(bytes, other, tokens, random)
  return bytes.length > bytesMax ? bytes.subarray(0, bytesMax) : bytes
}

function change(bytes: Uint8Array, other: Uint8Array, tokens: Uint8Array[], random: Random): Uint8Array {
  const below = (limit: number) => randomBelow(random, limit)
  const at = below(bytes.length + 1)
  const length = 1 + below(1 << below(6))
  switch (below(10)) {
    case 0: // a bit
      return withByte(bytes, at, byte => byte ^ (1 << below(8)))
    case 1: // any byte
      return withByte(bytes, at, () => below(256))
    case 2: // a little more or less
      return withByte(bytes, at, byte => byte + below(33) - 16)
    case 3: // a byte at which something turns
      return withByte(bytes, at, () => EDGES[below(EDGES.length)] as number)
    case 4: // lost
      return joined(bytes.subarray(0, at), bytes.subarray(at + length))
    case 5: // repeated
      return joined(bytes.subarray(0, at), bytes.subarray(Math.max(0, at - length)))
    case 6: {
      // moved, or copied from elsewhere
      const from = below(bytes.length + 1)
      return joined(bytes.subarray(0, at), bytes.subarray(from, from + length), bytes.subarray(at))
    }
    case 7: {
      // a piece of another
      const from = below(other.length + 1)
      return joined(
        bytes.subarray(0, at),
        other.subarray(from, from + 4 * length),
        bytes.subarray(at + below(2) * length),
      )
    }
    case 8: {
      // a known word, put in or over what is there
      const token = tokens[below(tokens.length)] ?? Uint8Array.of(below(256))
      return joined(bytes.subarray(0, at), token, bytes.subarray(at + below(2) * token.length))
    }
    default: // cut
      return below(4) === 0 ? bytes.subarray(0, at) : joined(bytes, Uint8Array.of(below(256)))
  }
}

function withByte(bytes: Uint8Array, at: number, next: (byte: number) => number): Uint8Array {
  if (at >= bytes.length) return joined(bytes, Uint8Array.of(next(0)))
  const changed = bytes.slice()
  changed[at] = next(changed[at] as number)
  return changed
}

function joined(...parts: Uint8Array[]): Uint8Array {
  let length = 0
  for (const part of parts) length += part.length
  const whole = new Uint8Array(length)
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}
