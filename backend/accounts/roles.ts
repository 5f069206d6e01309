// What else an account may be: given by an operator, taken by one, each an event of the audit. Who looks after an ESP has that ESP's id beside the
// role. The first role, an account's own, is in its row and stays.

import type { Kysely } from 'kysely'
import type { Clock } from '../../shared/kernel/clock.ts'
import type { Role } from '../../shared/schema/access.ts'
import type { Store } from '../store/store.ts'
import type { Tables } from '../store/tables.ts'
import { recordAccountEvent } from './account-events.ts'
import { LOCK } from './lock.ts'
import { shortenSessions } from './sessions.ts'

export interface RolesOf {
  roles: readonly Role[]
  espIds: readonly string[]
  /** Nobody gets in as this account, whatever its roles. */
  isLocked: boolean
}

export interface RoleWish {
  accountNo: number
  role: Role
  /** Of an esp-manager, and of nobody else. */
  espId: string | null
}

export interface Roles {
  of(accountNo: number, first: Role): Promise<RolesOf>
  /** False: it has that already. With `trx`, in the transaction of what brings it. */
  give(wish: RoleWish, actor: string, trx?: Kysely<Tables>): Promise<boolean>
  /** False: it has no such role. The account's own role cannot be taken. */
  take(wish: RoleWish, actor: string): Promise<boolean>
}

export function openRoles({ registers }: Store, clock: Clock): Roles {
  return { of, give, take }

  async function of(accountNo: number, first: Role): Promise<RolesOf> {
    const rows = await registers
      .selectFrom('accountRole')
      .select(['role', 'espId'])
      .where('accountNo', '=', accountNo)
      .where('toS', 'is', null)
      .orderBy('no')
      .execute()
    const espIds = rows.flatMap(({ espId }) => (espId === null ? [] : [espId]))
    const given = rows.flatMap(({ role }) => (role === LOCK ? [] : [role]))
    return { roles: [...new Set([first, ...given])], espIds, isLocked: given.length < rows.length }
  }

  function give(wish: RoleWish, actor: string, trx?: Kysely<Tables>): Promise<boolean> {
    return trx === undefined
      ? registers.transaction().execute(own => giveIn(own, wish, actor))
      : giveIn(trx, wish, actor)
  }

  async function giveIn(trx: Kysely<Tables>, wish: RoleWish, actor: string): Promise<boolean> {
    if ((await openRow(trx, wish)) !== undefined) return false
    const fromS = clock.wallS()
    await trx
      .insertInto('accountRole')
      .values({ ...wish, fromS, toS: null })
      .execute()
    if (wish.role !== 'grid-user') await shortenSessions(trx, wish.accountNo, fromS)
    await record(trx, wish, actor, 'role-given')
    return true
  }

  function take(wish: RoleWish, actor: string): Promise<boolean> {
    return registers.transaction().execute(async trx => {
      const no = await openRow(trx, wish)
      if (no === undefined) return false
      await trx.updateTable('accountRole').set({ toS: clock.wallS() }).where('no', '=', no).execute()
      await record(trx, wish, actor, 'role-taken')
      return true
    })
  }

  async function openRow(trx: Kysely<Tables>, { accountNo, role, espId }: RoleWish): Promise<number | undefined> {
    const found = trx
      .selectFrom('accountRole')
      .select('no')
      .where('accountNo', '=', accountNo)
      .where('role', '=', role)
      .where('espId', espId === null ? 'is' : '=', espId)
      .where('toS', 'is', null)
    return (await found.executeTakeFirst())?.no
  }

  function record(
    trx: Kysely<Tables>,
    { accountNo, role, espId }: RoleWish,
    actor: string,
    event: 'role-given' | 'role-taken',
  ): Promise<void> {
    const detail = espId === null ? role : `${role} ${espId}`
    return recordAccountEvent(trx, { atS: clock.wallS(), actor, accountNo, event, detail })
  }
}
