// A rollup as bytes for its row: a mask of what is there, then base-128 varints (7 bits a byte, low bits first). Highest and last
// values are written as differences, which keeps a minute of a household near 35 bytes. Only the store reads and writes this.
//
//   | mask: bit i = power i, bit 2+i = register i | count | per power: count sum min max-min | per register: first last-first |

import { assert } from '../../shared/kernel/assert.ts'
import { POWER_FIELDS, type PowerRollup, REGISTER_FIELDS, type RegisterRollup, type Rollup } from './rollup.ts'

// 1 mask, 1 + 2*4 + 6*2 numbers of at most 8 bytes (2^53)
const scratch = new Uint8Array(1 + 21 * 8)

export function encodeRollup(rollup: Rollup): Uint8Array {
  let at = 1
  let mask = 0
  const put = (value: number): void => {
    assert(Number.isSafeInteger(value) && value >= 0, 'a rollup holds whole numbers from 0 to 2^53-1')
    let rest = value
    while (rest > 127) {
      scratch[at++] = (rest % 128) + 128
      rest = Math.floor(rest / 128)
    }
    scratch[at++] = rest
  }
  put(rollup.count)
  rollup.powers.forEach((power, i) => {
    if (power === undefined) return
    mask |= 1 << i
    put(power.count)
    put(power.sum)
    put(power.min)
    put(power.max - power.min)
  })
  rollup.registers.forEach((register, i) => {
    if (register === undefined) return
    mask |= 1 << (POWER_FIELDS.length + i)
    put(register.first)
    put(register.last - register.first)
  })
  scratch[0] = mask
  return scratch.slice(0, at)
}

/** The bytes come out of an authenticated seal, so they are ours: anything odd is an assertion, not a fault. */
export function decodeRollup(bytes: Uint8Array): Rollup {
  const mask = bytes[0] as number
  let at = 1
  const take = (): number => {
    let value = 0
    let scale = 1
    for (;;) {
      const byte = bytes[at++]
      assert(byte !== undefined, 'a sealed rollup is whole')
      if (byte < 128) return value + byte * scale
      value += (byte - 128) * scale
      scale *= 128
    }
  }
  const count = take()
  const powers: (PowerRollup | undefined)[] = []
  for (let i = 0; i < POWER_FIELDS.length; i++) powers.push(mask & (1 << i) ? takePower(take) : undefined)
  const registers: (RegisterRollup | undefined)[] = []
  for (let i = 0; i < REGISTER_FIELDS.length; i++) {
    registers.push(mask & (1 << (POWER_FIELDS.length + i)) ? takeRegister(take) : undefined)
  }
  return { count, powers, registers }
}

function takePower(take: () => number): PowerRollup {
  const count = take()
  const sum = take()
  const min = take()
  return { count, sum, min, max: min + take() }
}

function takeRegister(take: () => number): RegisterRollup {
  const first = take()
  return { first, last: first + take() }
}
