// Who calls, once the gate knows: a person (signed in, or with an access key), an ESP's machine, the server's own keys, a dongle, or nobody in
// particular. Rooms read it from the request; none of them looks at a header or a cookie.

import type { FastifyRequest } from 'fastify'
import { type Profile, type Right, type Role, rowOf } from '../../shared/schema/access.ts'
import { Problem } from '../problem.ts'

/** For whom a mandated person acts. */
export interface ActingFor {
  mandateId: string
  mandateNo: number
  accountNo: number
  accountId: string
  scope: 'act' | 'look'
}

export interface PersonCaller {
  kind: 'person'
  accountNo: number
  accountId: string
  /** What the account was given; what counts here is `profilesOf`. */
  roles: readonly Role[]
  /** Of an esp-manager: which ESPs. */
  espIds: readonly string[]
  /** Seconds since the person signed in; null: an access key, which says nothing about who holds it now. */
  freshS: number | null
  /** Set when the person asks in somebody else's name. */
  actingFor?: ActingFor
}

export type Caller =
  | PersonCaller
  | { kind: 'machine'; espId: string }
  | { kind: 'server'; key: 'operator-key' | 'register-reader' }
  | { kind: 'dongle'; dongleNo: number }
  | { kind: 'anyone' }

export const ANYONE: Caller = { kind: 'anyone' }

declare module 'fastify' {
  interface FastifyRequest {
    caller: Caller
    /** Whose data are asked for: the caller's account, or the one they act for; 0 where no person calls. */
    accountNo: number
    /** '' where no person calls. */
    accountId: string
    /** For the audit: as what, and who. */
    actor: string
  }
  interface FastifyContextConfig {
    /** The right (shared/schema/access.ts) that is needed to call this. A route without one is not served. */
    access?: Right
  }
}

/** In somebody else's name a person has that mandate and nothing else: no own role comes with it. */
export function profilesOf(caller: Caller): readonly Profile[] {
  switch (caller.kind) {
    case 'person':
      if (caller.actingFor === undefined) return caller.roles
      return [caller.actingFor.scope === 'act' ? 'mandated' : 'mandated-look']
    case 'machine':
      return ['esp-machine']
    case 'server':
      return [caller.key]
    case 'dongle':
      return ['dongle']
    case 'anyone':
      return []
  }
}

export function mayCaller(caller: Caller, right: Right): boolean {
  const { may } = rowOf(right)
  return may.includes('anyone') || profilesOf(caller).some(profile => may.includes(profile))
}

export function actorOf(caller: Caller): string {
  switch (caller.kind) {
    case 'person': {
      const { accountId, actingFor, roles } = caller
      return actingFor === undefined
        ? `${roles[0] ?? 'person'} ${accountId}`
        : `mandated ${accountId} for ${actingFor.accountId}`
    }
    case 'machine':
      return `esp ${caller.espId}`
    case 'server':
      return caller.key === 'operator-key' ? 'operator key' : 'register reader'
    case 'dongle':
      return 'dongle'
    case 'anyone':
      return 'anyone'
  }
}

/** A sign-in counts as fresh for so long. */
export const FRESH_MAX_S = 300

/**
 * For what weighs beyond its right: only somebody who has just signed in may go on. Throws Problem sign-in.stale. Rights with `isFresh` have this
 * done by the gate.
 */
export function requireFresh({ caller }: Pick<FastifyRequest, 'caller'>, maxS = FRESH_MAX_S): void {
  if (caller.kind !== 'person' || caller.freshS === null || caller.freshS > maxS) throw new Problem('sign-in.stale')
}

/** The machine that calls. Throws Problem role.missing for everybody else. */
export function machineOf({ caller }: Pick<FastifyRequest, 'caller'>): { espId: string } {
  if (caller.kind !== 'machine') throw new Problem('role.missing', 'This address is for ESPs’ machines.')
  return caller
}

/** The person that calls. Throws Problem role.missing for everybody else. */
export function personOf({ caller }: Pick<FastifyRequest, 'caller'>): PersonCaller {
  if (caller.kind !== 'person') throw new Problem('role.missing', 'This address is for people.')
  return caller
}
