// How many wrong access keys or claim codes one address (or account) may try: a token bucket each, in bounded memory. Right ones cost
// nothing, so a household behind the same address as a guesser is hindered only once the guesser has emptied the bucket. Time is an argument.

/** Wrong access keys of one address. */
export const TRIES_MAX = 20
export const REFILL_MS = 3000
const ADDRESSES_MAX = 10_000

export interface Throttle {
  /** False while the address has no tries left. */
  mayTry(address: string, nowMs: number): boolean
  /** Whole seconds until it may try again; 0: now. */
  waitS(address: string, nowMs: number): number
  failed(address: string, nowMs: number): void
  /** What was counted as failed before its outcome was known did not fail. */
  forgiven(address: string, nowMs: number): void
}

export function createThrottle(triesMax = TRIES_MAX, refillMs = REFILL_MS): Throttle {
  const buckets = new Map<string, { tries: number; atMs: number }>()

  function triesLeft(address: string, nowMs: number): number {
    const bucket = buckets.get(address)
    return bucket === undefined ? triesMax : Math.min(triesMax, bucket.tries + (nowMs - bucket.atMs) / refillMs)
  }

  function set(address: string, tries: number, nowMs: number): void {
    buckets.delete(address) // to the end of the order of insertion: the first is the one longest quiet
    buckets.set(address, { tries, atMs: nowMs })
    if (buckets.size > ADDRESSES_MAX) buckets.delete(buckets.keys().next().value as string)
  }

  return {
    mayTry: (address, nowMs) => triesLeft(address, nowMs) >= 1,
    waitS: (address, nowMs) => Math.ceil(Math.round(Math.max(0, 1 - triesLeft(address, nowMs)) * refillMs) / 1000),
    failed: (address, nowMs) => set(address, Math.max(0, triesLeft(address, nowMs) - 1), nowMs),
    forgiven: (address, nowMs) => set(address, Math.min(triesMax, triesLeft(address, nowMs) + 1), nowMs),
  }
}
