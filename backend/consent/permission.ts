// The life of a permission as a pure core: an act comes in, the event that follows from it comes out, or the refusal; events make the state. Nothing
// here knows a clock or a database. Names of Reg. (EU) 2023/1162: the customer revokes, the eligible party (ESP) terminates.
//
//   requested ─► granted ─► revoked | terminated | expired | withdrawn
//       └──────► refused | terminated | expired | withdrawn           what has ended stays ended

import { assert } from '../../shared/kernel/assert.ts'
import { failed, ok, type Result } from '../../shared/kernel/result.ts'
import type { DataNeed } from '../../shared/schema/data-need.ts'
import type { EndCause, PermissionState } from '../../shared/schema/permission.ts'

/** What is asked, by whom, of which metering point; fixed by the request. */
export interface PermissionScope {
  permissionId: string
  espId: string
  serviceId: string
  /** Of the service: another data need is another version, and another permission. */
  version: number
  ean: string
  tenureNo: number
  /** Begin of the tenure: no reading from before it is the customer's to share. */
  tenureFromS: number
  need: DataNeed
}

export interface Permission extends PermissionScope {
  state: PermissionState
  requestedAtMs: number
  /** A request that is not answered by then lapses. */
  answerByMs: number
  /** 0 until it is granted. */
  grantedAtMs: number
  /** Exclusive end of the lifetime; 0 until it is granted. */
  untilMs: number
  /** Readings measured from here on may leave; 0 until it is granted. */
  readingsFromS: number
  /** 0 while it is requested or granted. */
  endedAtMs: number
  endCause: EndCause | undefined
}

export type PermissionEvent =
  | { kind: 'requested'; atMs: number; scope: PermissionScope; answerByMs: number }
  | { kind: 'granted'; atMs: number; untilMs: number; readingsFromS: number }
  | { kind: 'refused'; atMs: number }
  | { kind: EndKind; atMs: number; cause: EndCause }

export type EndKind = 'revoked' | 'terminated' | 'expired' | 'withdrawn'

export type PermissionAct =
  | { act: 'request'; scope: PermissionScope; answerByMs: number }
  /** `lifetimeS`: shorter than the need's, if the customer wants that. */
  | { act: 'grant'; lifetimeS?: number }
  | { act: 'refuse' }
  | { act: 'revoke' | 'terminate' | 'withdraw'; cause: EndCause }
  /** Time has passed; refused while it has not. */
  | { act: 'expire' }

/** permission.wrong-state: what is asked does not fit the state it is in. */
export type PermissionFault =
  | { code: 'permission.unknown' }
  | { code: 'permission.known' }
  | { code: 'permission.wrong-state'; state: PermissionState }
  | { code: 'permission.lapsed' }
  | { code: 'permission.not-over' }

const ENDS = { revoke: 'revoked', terminate: 'terminated', withdraw: 'withdrawn' } as const

/** What follows from an act at `nowMs`. Events of one permission never run backwards in time, whatever the clock does. */
export function decide(
  permission: Permission | undefined,
  act: PermissionAct,
  nowMs: number,
): Result<PermissionEvent, PermissionFault> {
  if (act.act === 'request') {
    if (permission !== undefined) return failed({ code: 'permission.known' })
    return ok({ kind: 'requested', atMs: nowMs, scope: act.scope, answerByMs: act.answerByMs })
  }
  if (permission === undefined) return failed({ code: 'permission.unknown' })
  const { state } = permission
  const atMs = Math.max(nowMs, permission.grantedAtMs, permission.requestedAtMs)
  const wrongState = failed({ code: 'permission.wrong-state' as const, state })
  if (state !== 'requested' && state !== 'granted') return wrongState
  const lapsesAtMs = state === 'requested' ? permission.answerByMs : permission.untilMs
  switch (act.act) {
    case 'grant':
    case 'refuse':
      if (state !== 'requested') return wrongState
      if (atMs >= lapsesAtMs) return failed({ code: 'permission.lapsed' })
      return ok(act.act === 'refuse' ? { kind: 'refused', atMs } : granted(permission, act.lifetimeS, atMs))
    case 'expire':
      if (atMs < lapsesAtMs) return failed({ code: 'permission.not-over' })
      return ok({ kind: 'expired', atMs, cause: state === 'requested' ? 'unanswered' : 'lifetime' })
    case 'revoke':
      if (state === 'requested') return wrongState
      return ok({ kind: 'revoked', atMs, cause: act.cause })
    default:
      return ok({ kind: ENDS[act.act], atMs, cause: act.cause })
  }
}

function granted({ need, tenureFromS }: Permission, lifetimeS: number | undefined, atMs: number): PermissionEvent {
  const lastsS = Math.min(lifetimeS ?? need.lifetimeS, need.lifetimeS)
  const readingsFromS = Math.max(tenureFromS, Math.floor(atMs / 1000) - need.historyS)
  return { kind: 'granted', atMs, untilMs: atMs + lastsS * 1000, readingsFromS }
}

/** The state after an event that decide() gave for the state before. */
export function apply(permission: Permission | undefined, event: PermissionEvent): Permission {
  if (event.kind === 'requested') {
    assert(permission === undefined, 'a permission is requested once')
    const { scope, atMs, answerByMs } = event
    const none = { grantedAtMs: 0, untilMs: 0, readingsFromS: 0, endedAtMs: 0, endCause: undefined }
    return { ...scope, state: 'requested', requestedAtMs: atMs, answerByMs, ...none }
  }
  assert(permission !== undefined, 'the first event of a permission is its request')
  if (event.kind === 'granted') {
    const { atMs, untilMs, readingsFromS } = event
    return { ...permission, state: 'granted', grantedAtMs: atMs, untilMs, readingsFromS }
  }
  const endCause = event.kind === 'refused' ? undefined : event.cause
  return { ...permission, state: event.kind, endedAtMs: event.atMs, endCause }
}

/** The state that a permission's events in their order make; undefined for none. */
export function replay(events: Iterable<PermissionEvent>): Permission | undefined {
  let permission: Permission | undefined
  for (const event of events) permission = apply(permission, event)
  return permission
}

/** It is granted, not ended, and its lifetime runs: from the grant's instant on, and not at the end's any more. */
export function isValidAt({ state, grantedAtMs, untilMs }: Permission, nowMs: number): boolean {
  return state === 'granted' && nowMs >= grantedAtMs && nowMs < untilMs
}
