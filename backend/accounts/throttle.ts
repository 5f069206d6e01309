// How many wrong access keys one address may try: a token bucket per address, in bounded memory. Right keys cost nothing, so a
// household behind the same address as a guesser is hindered only once the guesser has emptied the bucket. Time is an argument.

const TRIES_MAX = 20
const REFILL_MS = 3000
const ADDRESSES_MAX = 10_000

export interface Throttle {
  /** False while the address has no tries left. */
  mayTry(address: string, nowMs: number): boolean
  failed(address: string, nowMs: number): void
}

export function createThrottle(): Throttle {
  const buckets = new Map<string, { tries: number; atMs: number }>()

  function triesLeft(address: string, nowMs: number): number {
    const bucket = buckets.get(address)
    return bucket === undefined ? TRIES_MAX : Math.min(TRIES_MAX, bucket.tries + (nowMs - bucket.atMs) / REFILL_MS)
  }

  return {
    mayTry: (address, nowMs) => triesLeft(address, nowMs) >= 1,
    failed(address, nowMs) {
      const tries = Math.max(0, triesLeft(address, nowMs) - 1)
      buckets.delete(address) // to the end of the order of insertion: the first is the one longest quiet
      buckets.set(address, { tries, atMs: nowMs })
      if (buckets.size > ADDRESSES_MAX) buckets.delete(buckets.keys().next().value as string)
    },
  }
}
