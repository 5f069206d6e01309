// The engine's random numbers (src/jsutils.c): Marsaglia's multiply-with-carry from a fixed seed, the same on every chip at
// every boot. That is why nothing secret and no jitter may come from them; the virtual dongle repeats them to show it.

export interface EngineRandom {
  /** 0 ... 2^31-1. */
  next(): number
  seed(value: number): void
}

export function openRandom(): EngineRandom {
  let w = 0xdeadbeef
  let z = 0xcafebabe
  return {
    next: () => {
      z = (36969 * (z & 0xffff) + (z >>> 16)) >>> 0
      w = (18000 * (w & 0xffff) + (w >>> 16)) >>> 0
      return (((z << 16) >>> 0) + w) & 0x7fffffff
    },
    seed: value => {
      w = ((value & 0xffff) | (value << 16)) >>> 0
      z = ((value & 0xffff0000) | (value >>> 16)) >>> 0
    },
  }
}
