// How much one dongle may send: a token bucket per dongle, pure. It knows dongles as text and time as an argument. Who takes more than there is
// goes into debt and has to wait until it is paid, so that nothing is lost; the bucket outlives a connection, so that coming again is no way
// round it, and is paid for itself. Bounded: of the dongles that came, the one that came longest ago is forgotten first.

import { keepLatest } from '../../shared/kernel/keep-latest.ts'

export interface MessageLimit {
  perSecond: number
  burst: number
  donglesMax: number
  buckets: Map<string, MessageBucket>
}

export interface MessageBucket {
  /** Below zero: in debt. */
  tokens: number
  atMs: number
}

export function createMessageLimit(perSecond: number, burst: number, donglesMax: number): MessageLimit {
  return { perSecond, burst, donglesMax, buckets: new Map() }
}

/** The bucket of a dongle that has come, for as long as it is connected. */
export function bucketOf(limit: MessageLimit, dongleId: string, nowMs: number): MessageBucket {
  const bucket = limit.buckets.get(dongleId) ?? { tokens: limit.burst, atMs: nowMs }
  keepLatest(limit.buckets, dongleId, bucket, limit.donglesMax)
  return bucket
}

/** Of a dongle's message beyond its packet: it is opened and checked, and what is in it is written to the disk that all wait for. */
export const MESSAGE_COST = 4
/** Of a connection that has proven itself: its mark against replays is a write of its own, and no readings are written meanwhile. */
export const CONNECT_COST = 100
/** Of one that comes sooner than it has paid for the last: no line breaks as often as that. */
export const HASTY_CONNECT_COST = 500
/** Of what no dongle does, whatever its line: a minute at the usual rate. */
export const FOUL_COST = 3000
/** In this time anybody's debt is paid who was only faster than his bucket; who owes more may not come in. */
export const DEBT_MS_MAX = 1000

/** A packet costs a token, and one more for each kilobyte of it. */
export function costOf(bytes: number): number {
  return 1 + Math.floor(bytes / 1024)
}

/** A connection of it has proven itself. */
export function payConnect(limit: MessageLimit, bucket: MessageBucket, nowMs: number): void {
  spend(limit, bucket, 0, nowMs)
  const isHasty = bucket.tokens < Math.min(CONNECT_COST, limit.burst)
  spend(limit, bucket, isHasty ? HASTY_CONNECT_COST : CONNECT_COST, nowMs)
}

/** It owes so much that it is not let in. Who is not known owes nothing. */
export function isInDebt(limit: MessageLimit, dongleId: string, nowMs: number): boolean {
  const bucket = limit.buckets.get(dongleId)
  return bucket !== undefined && spend(limit, bucket, 0, nowMs) > DEBT_MS_MAX
}

/** Takes `cost` tokens if there is one at all. */
export function mayTake(limit: MessageLimit, bucket: MessageBucket, cost: number, nowMs: number): boolean {
  if (spend(limit, bucket, 0, nowMs) > 0 || bucket.tokens < 1) return false
  bucket.tokens -= cost
  return true
}

/** Takes `cost` tokens; gives how long nothing more may be taken, in whole milliseconds, 0 while there are tokens. */
export function spend(limit: MessageLimit, bucket: MessageBucket, cost: number, nowMs: number): number {
  const refilled = bucket.tokens + ((nowMs - bucket.atMs) * limit.perSecond) / 1000
  bucket.tokens = Math.min(limit.burst, refilled) - cost
  bucket.atMs = nowMs
  return bucket.tokens >= 0 ? 0 : Math.ceil((-bucket.tokens * 1000) / limit.perSecond)
}
