// Chance enters as an argument. The seeded generator (sfc32: 128 bits of state, four words) gives the same sequence on
// every engine, which is what makes a simulation replay exactly. Not for keys: those come from the host's CSPRNG.

export interface Random {
  /** A whole number, 0 … 2^32-1. */
  uint32(): number
}

/** The same seed gives the same sequence for ever; seeds are whole numbers (the low 32 bits count). */
export function seededRandom(seed: number): Random {
  let a = 0x9e3779b9 | 0
  let b = 0x243f6a88 | 0
  let c = seed | 0
  let counter = 1
  function uint32(): number {
    const t = (((a + b) | 0) + counter) | 0
    counter = (counter + 1) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = ((c << 21) | (c >>> 11)) + t
    c = c | 0
    return t >>> 0
  }
  for (let i = 0; i < 12; i++) uint32()
  return { uint32: uint32 }
}

/** A whole number, 0 … below-1. The bias is under below/2^32: fine for simulation, not for keys. */
export function randomBelow(random: Random, below: number): number {
  return Math.floor((random.uint32() / 4294967296) * below)
}
