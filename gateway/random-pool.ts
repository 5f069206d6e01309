// Random bytes for ivs and tokens. The system's generator is asked for a pool at a time: asking for sixteen bytes costs
// almost as much as asking for four thousand.

import { randomFillSync } from 'node:crypto'

const POOL_BYTES = 4096

/** A function that gives `count` (at most 64) bytes from the CSPRNG, each byte once. */
export function createRandomPool(): (count: number) => Uint8Array {
  const pool = new Uint8Array(POOL_BYTES)
  let at = POOL_BYTES
  return count => {
    if (at + count > POOL_BYTES) {
      randomFillSync(pool)
      at = 0
    }
    at += count
    // A copy: what is handed out must not change when the pool is filled again.
    return pool.slice(at - count, at)
  }
}
