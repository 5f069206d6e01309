// What is known of the addresses that connections come from: somebody has proven himself there, nobody has come from there yet, or those who came proved
// nothing. Pure: it knows addresses as text and time as an argument. Bounded: the address that was heard of longest ago is forgotten first.

import { keepLatest } from '../../shared/kernel/keep-latest.ts'

/** `failed`: lately, and more often than a bad line explains. */
export type Standing = 'proven' | 'new' | 'failed'

export interface Callers {
  /** Of each kind: however many fail, those that have proven themselves are not forgotten for it. */
  addressesMax: number
  proven: Map<string, Caller>
  strange: Map<string, Caller>
}

interface Caller {
  /** Since the last proof, less what was forgiven since. */
  failures: number
  atMs: number
}

/** A dongle's line may break in the middle of a handshake; of several behind one address all may. */
export const FAILURES_MAX = 3
export const FAILURES_OF_PROVEN_MAX = 20
/** One failure is forgiven in so long. */
export const FORGIVEN_MS = 120_000

export function createCallers(addressesMax: number): Callers {
  return { addressesMax, proven: new Map(), strange: new Map() }
}

export function standingOf(callers: Callers, address: string, nowMs: number): Standing {
  const failures = failuresOf(callers, address, nowMs)
  if (callers.proven.has(address)) return failures < FAILURES_OF_PROVEN_MAX ? 'proven' : 'failed'
  return failures < FAILURES_MAX ? 'new' : 'failed'
}

/** How many failed there since the last proof, less what was forgiven. */
export function failuresOf({ proven, strange }: Callers, address: string, nowMs: number): number {
  const caller = proven.get(address) ?? strange.get(address)
  return caller === undefined ? 0 : failuresAt(caller, nowMs)
}

/** A dongle, or a client of an ESP, has come in from there. */
export function noteProof({ proven, strange, addressesMax }: Callers, address: string, nowMs: number): void {
  strange.delete(address)
  keepLatest(proven, address, { failures: 0, atMs: nowMs }, addressesMax)
}

/** Somebody from there was let as far as to prove himself, and did not. */
export function noteFailure({ proven, strange, addressesMax }: Callers, address: string, nowMs: number): void {
  const its = proven.has(address) ? proven : strange
  const before = its.get(address) ?? { failures: 0, atMs: nowMs }
  // No more than are forgiven in the minutes after a flood.
  const failures = Math.min(failuresAt(before, nowMs) + 1, FAILURES_OF_PROVEN_MAX)
  keepLatest(its, address, { failures, atMs: nowMs }, addressesMax)
}

/** One of them was none. */
export function takeBack({ proven, strange }: Callers, address: string): void {
  const caller = proven.get(address) ?? strange.get(address)
  if (caller !== undefined) caller.failures = Math.max(0, caller.failures - 1)
}

function failuresAt({ failures, atMs }: Caller, nowMs: number): number {
  return Math.max(0, failures - Math.floor((nowMs - atMs) / FORGIVEN_MS))
}
