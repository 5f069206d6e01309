// The permission register as other rooms see it: what holds now (Validity, from memory), the acts that change it, and the two logs. Types only; the
// one over the store is open-register.ts.

import type { Result } from '../../shared/kernel/result.ts'
import type { PermissionState } from '../../shared/schema/permission.ts'
import type { Permission, PermissionFault } from './permission.ts'
import type { Validity } from './validity.ts'

/** Who acts, for the audit: role and account, as the request's guard has it. */
export type Actor = string

/** What an ESP took out, for the customer's data access log: one row per delivery, or per answered request. */
export interface DataAccess {
  permissionId: string
  /** Epoch ms. */
  atMs: number
  channel: 'rest' | 'mqtt' | 'webhook'
  /** Readings that left, and the times that they span (epoch seconds, inclusive); 0 readings: asked, and there were none. */
  readings: number
  fromS: number
  toS: number
}

export interface PermissionRegister extends Validity {
  /** Customer's end of it. permission.unknown also for somebody else's: nobody can tell which. */
  revoke(accountNo: number, permissionId: string, actor: Actor): Promise<Result<Permission, PermissionFault>>
  /** ESP's end of it. */
  terminate(espId: string, permissionId: string, actor: Actor): Promise<Result<Permission, PermissionFault>>
  /** The permission as it stands, ended ones too; undefined for one that there is not. */
  find(permissionId: string): Promise<Permission | undefined>
  /** Whoever delivers writes down what left. Durable when it resolves; many at once are one transaction. */
  logAccess(accesses: readonly DataAccess[]): Promise<void>
  /** Ends whatever lifetime is over. Resolves when the events are written. */
  expire(): Promise<void>
}

export type { PermissionState }
