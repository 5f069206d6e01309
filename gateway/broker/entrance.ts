// Who is let as far as a handshake, and in what order it is asked: the address' own bucket, room, then, for who has not proven himself, the pace of strangers.
// Pure: it knows addresses as text and time as an argument, and counts who is inside. It refuses to know sockets.

import type { Refusal } from '../refusal.ts'
import {
  type Callers,
  createCallers,
  failuresOf,
  noteFailure,
  noteProof,
  type Standing,
  standingOf,
  takeBack,
} from './callers.ts'
import { addressKey, type ConnectLimit, createConnectLimit, takeConnect } from './connect-limit.ts'
import { createStrangerPace, earn, type StrangerPace, takeStranger } from './stranger-pace.ts'

export interface EntranceLimits {
  connectionsMax: number
  strangersMax: number
  connectsPerSecond: number
  connectsBurst: number
  strangerConnectsPerSecond: number
  strangerConnectsBurst: number
}

export interface Entrance {
  limits: EntranceLimits
  perAddress: ConnectLimit
  callers: Callers
  pace: StrangerPace
  /** Inside, proven or not. */
  open: number
  /** Of those, not proven; and of those, from where others have failed. */
  strangers: number
  failed: number
}

/** One connection that was let in. */
export interface Visit {
  readonly key: string
  /** Of its address, when it came. */
  readonly standing: Standing
  isStranger: boolean
  /** Its address has failed once more, until it proves itself: of strangers from the start, so that many at once are not all the first. */
  isHeldAgainst: boolean
  isExcused: boolean
}

/** Of the strangers that may be inside: whoever opens many and closes all at once makes the gateway close as many in one turn. */
const FAILED_PART = 20
const FAILED_LEAST = 10

export function createEntrance(limits: EntranceLimits): Entrance {
  return {
    limits,
    perAddress: createConnectLimit(limits.connectsPerSecond, limits.connectsBurst),
    callers: createCallers(limits.connectionsMax),
    pace: createStrangerPace(limits.strangerConnectsPerSecond, limits.strangerConnectsBurst),
    open: 0,
    strangers: 0,
    failed: 0,
  }
}

/** `isLate`: those who are inside wait too long to be proven. */
export function knock(entrance: Entrance, address: string, isLate: boolean, nowMs: number): Visit | Refusal {
  const { limits, perAddress, callers, pace } = entrance
  if (!takeConnect(perAddress, address, nowMs)) return 'connect-rate'
  if (entrance.open >= limits.connectionsMax) return 'too-many-connections'
  if (entrance.strangers >= limits.strangersMax) return 'too-many-strangers'
  if (isLate) return 'directory-late'
  const key = addressKey(address)
  const standing = standingOf(callers, key, nowMs)
  if (standing === 'failed' && entrance.failed >= failedMax(limits)) return 'failed-before'
  const isHeldAgainst = standing !== 'proven'
  if (isHeldAgainst) {
    const failures = failuresOf(callers, key, nowMs)
    if (!takeStranger(pace, failures, nowMs)) return failures > 0 ? 'failed-before' : 'stranger-rate'
  }
  entrance.open++
  entrance.strangers++
  if (standing === 'failed') entrance.failed++
  if (isHeldAgainst) noteFailure(callers, key, nowMs)
  return { key, standing, isStranger: true, isHeldAgainst, isExcused: false }
}

/** It has proven who it is. */
export function prove(entrance: Entrance, visit: Visit, nowMs: number): void {
  if (!visit.isStranger) return
  endAsStranger(entrance, visit)
  noteProof(entrance.callers, visit.key, nowMs)
  if (visit.standing !== 'proven') earn(entrance.pace)
}

/** It has said who it is, and whether that is true is not known yet: if it leaves meanwhile, that says nothing. */
export function excuse(entrance: Entrance, visit: Visit): void {
  if (visit.isHeldAgainst) takeBack(entrance.callers, visit.key)
  visit.isHeldAgainst = false
  visit.isExcused = true
}

/** What it said proves nothing, whether or not it is still there. */
export function disprove(entrance: Entrance, visit: Visit, nowMs: number): void {
  if (!visit.isHeldAgainst) noteFailure(entrance.callers, visit.key, nowMs)
  visit.isHeldAgainst = true
}

export function leave(entrance: Entrance, visit: Visit, nowMs: number): void {
  entrance.open--
  if (!visit.isStranger) return
  endAsStranger(entrance, visit)
  if (!visit.isHeldAgainst && !visit.isExcused) noteFailure(entrance.callers, visit.key, nowMs)
}

export function failedMax({ strangersMax }: Pick<EntranceLimits, 'strangersMax'>): number {
  return Math.min(strangersMax, Math.max(FAILED_LEAST, Math.floor(strangersMax / FAILED_PART)))
}

function endAsStranger(entrance: Entrance, visit: Visit): void {
  visit.isStranger = false
  entrance.strangers--
  if (visit.standing === 'failed') entrance.failed--
}
