// How many new connections one address may open: a token bucket per address, pure. It knows addresses as text and time as
// an argument; it refuses to know sockets. Bounded: the address that was quiet longest is forgotten first.

import { keepLatest } from '../../shared/kernel/keep-latest.ts'

export interface ConnectLimit {
  perSecond: number
  burst: number
  addressesMax: number
  buckets: Map<string, { tokens: number; atMs: number }>
}

export function createConnectLimit(perSecond: number, burst: number, addressesMax = 10_000): ConnectLimit {
  return { perSecond, burst, addressesMax, buckets: new Map() }
}

/** True when `address` may open one more connection at `nowMs` (monotonic). */
export function takeConnect(limit: ConnectLimit, address: string, nowMs: number): boolean {
  const key = addressKey(address)
  const bucket = limit.buckets.get(key) ?? { tokens: limit.burst, atMs: nowMs }
  bucket.tokens = Math.min(limit.burst, bucket.tokens + ((nowMs - bucket.atMs) * limit.perSecond) / 1000)
  bucket.atMs = nowMs
  const isTaken = bucket.tokens >= 1
  if (isTaken) bucket.tokens -= 1
  keepLatest(limit.buckets, key, bucket, limit.addressesMax)
  return isTaken
}

/** Whom to count together: an IPv4 address alone, an IPv6 network of 64 bits as one (a subscriber usually has a whole one). */
export function addressKey(address: string): string {
  if (address.startsWith('::ffff:') && address.includes('.')) return address.slice(7)
  if (!address.includes(':')) return address
  const [head = '', tail] = (address.split('%')[0] ?? '').split('::')
  const groups = head === '' ? [] : head.split(':')
  if (tail !== undefined) {
    const tailGroups = tail === '' ? [] : tail.split(':')
    while (groups.length + tailGroups.length < 8) groups.push('0')
    groups.push(...tailGroups)
  }
  const network = groups.slice(0, 4).map(group => group.replace(/^0+(?=.)/, ''))
  return network.join(':') + '::/64'
}
