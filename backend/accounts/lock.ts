// A lock on an account, put on and taken off by an operator: while it is on, nobody gets in as that account, by session, key, sign-in or mandate. It is kept
// beside the account's roles, which are read for every request, and both acts are events of the audit. What the account has and gave stays as it is.

import type { Kysely } from 'kysely'
import type { Clock } from '../../shared/kernel/clock.ts'
import type { Store } from '../store/store.ts'
import type { Tables } from '../store/tables.ts'
import { recordAccountEvent } from './account-events.ts'
import { endSessions } from './sessions.ts'

/** In the place of a role. */
export const LOCK = 'locked'

export interface LockWish {
  accountNo: number
  isLocked: boolean
  /** Kept in the audit. */
  reason: string
}

export interface Locks {
  /** A lock ends every session of the account. False: it was so already. */
  set(wish: LockWish, actor: string): Promise<boolean>
}

/** `ended` is called after the commit of a lock: what is open as this account must be closed. */
export function openLocks({ registers }: Store, clock: Clock, ended: (accountNo: number) => Promise<void>): Locks {
  return { set }

  async function set({ accountNo, isLocked: wanted, reason }: LockWish, actor: string): Promise<boolean> {
    const isDone = await registers.transaction().execute(async trx => {
      if ((await isLocked(trx, accountNo)) === wanted) return false
      const atS = clock.wallS()
      if (wanted) {
        await trx
          .insertInto('accountRole')
          .values({ accountNo, role: LOCK, espId: null, fromS: atS, toS: null })
          .execute()
        await endSessions(trx, accountNo)
      } else {
        const open = trx.updateTable('accountRole').where('accountNo', '=', accountNo).where('role', '=', LOCK)
        await open.where('toS', 'is', null).set({ toS: atS }).execute()
      }
      await recordAccountEvent(trx, { atS, actor, accountNo, event: wanted ? 'locked' : 'unlocked', detail: reason })
      return true
    })
    if (isDone && wanted) await ended(accountNo)
    return isDone
  }
}

export async function isLocked(from: Kysely<Tables>, accountNo: number): Promise<boolean> {
  const found = from
    .selectFrom('accountRole')
    .select('no')
    .where('accountNo', '=', accountNo)
    .where('role', '=', LOCK)
    .where('toS', 'is', null)
  return (await found.executeTakeFirst()) !== undefined
}
