// The permission register as other rooms see it: what holds now (Validity, from memory), the acts that change it, and who is told. Types only; over the
// store it is opened by open-register.ts.

import type { Result } from '../../shared/kernel/result.ts'
import type { Language } from '../../shared/schema/data-need.ts'
import type { EndCause, EspPermission, OwnPermission, Statement } from '../../shared/schema/permission.ts'
import type { Once } from '../api/once.ts'
import type { DataAccess } from './access-log.ts'
import type { NoticeOutbox } from './notices.ts'
import type { Permission, PermissionFault } from './permission.ts'
import type { Trx } from './rows.ts'
import type { Outcome } from './transact.ts'
import type { Validity } from './validity.ts'

/** Who asks, as the gate has it. `once`: under an idempotency key. */
export interface Asker {
  accountNo: number
  accountId: string
  actor: string
  /** Seconds since the person signed in; null where nobody has. */
  freshS: number | null
  once?: Once | undefined
}

/** One of `meteringPointId` and `ean`. */
export interface SubscriptionWish {
  meteringPointId?: string
  ean?: string
  serviceId: string
  language: Language
  lifetimeS?: number
}

/** `statement`: the digest of what was read. */
export interface Yes {
  statement: string
  language: Language
  lifetimeS?: number
}

/** metering-point.unknown: also for one that is somebody else's. service.unknown: also for one that is not published. statement.other: what was read is not what would be agreed. */
export type SubscribeFault =
  | PermissionFault
  | { code: 'metering-point.unknown' }
  | { code: 'service.unknown' }
  | { code: 'terms.not-accepted' }
  | { code: 'statement.other' }
  | { code: 'permission.exists' }

export interface Requested {
  permission: OwnPermission
  statement: Statement
}

export interface Granted {
  permission: OwnPermission
  /** The consent receipt, a compact JWS. */
  receipt: string
}

export interface PermissionRegister extends Validity {
  notices: NoticeOutbox
  /** The beginning of a subscription: what would be shared, in words. The same wish again gives the same open request. */
  request(asker: Asker, wish: SubscriptionWish): Promise<Result<Requested, SubscribeFault>>
  /** The customer's yes. A granted older version of the same service ends with it. */
  grant(asker: Asker, permissionId: string, yes: Yes): Promise<Result<Granted, SubscribeFault>>
  refuse(asker: Asker, permissionId: string, reason: string): Promise<Result<OwnPermission, PermissionFault>>
  /** The customer's end of it. permission.unknown also for somebody else's: nobody can tell which. */
  revoke(asker: Asker, permissionId: string): Promise<Result<OwnPermission, PermissionFault>>
  /** The ESP's end of it. */
  terminate(espId: string, permissionId: string, actor: string): Promise<Result<EspPermission, PermissionFault>>
  /** Ends all of these in a transaction of somebody else's, who says afterwards what became of it. Returns how many. */
  endOfTenure(trx: Trx, tenureNo: number, cause: EndCause, actor: string): Promise<{ ended: number } & Outcome>
  endOfService(trx: Trx, serviceNo: number, actor: string): Promise<Outcome>
  endOfEsp(trx: Trx, espNo: number, actor: string): Promise<Outcome>
  /** Takes the acceptance of the terms of use back, and with it all that rests on it. False: there was none. */
  endTerms(accountNo: number, actor: string): Promise<boolean>
  /** The permission as it stands, ended ones too; undefined for one that there is not. */
  find(permissionId: string): Promise<Permission | undefined>
  /** Whoever delivers writes down what left, for the customer to see. Durable when it resolves; many at once are one transaction. */
  logAccess(accesses: readonly DataAccess[]): Promise<void>
  /** Ends whatever time has ended: lifetimes, unanswered requests, acceptances. Resolves when the events are written. */
  expire(): Promise<void>
  /** Ends lifetimes at their instant from now on; the returned ends that. */
  watch(failed: (error: unknown) => void): () => Promise<void>
}
