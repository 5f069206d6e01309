// Accounts as they are shown: one's own, and to operators who is here and as what. Never with a reading; of metering points only how many.

import { type ExpressionBuilder, sql } from 'kysely'
import type { Numbered, Oldest } from '../api/pages.ts'
import type { Store } from '../store/store.ts'
import type { Tables } from '../store/tables.ts'
import type { Roles } from './roles.ts'

const EVENTS_MAX = 100

export interface PersonView {
  accountId: string
  name: string
  createdAtS: number
  roles: Awaited<ReturnType<Roles['of']>>['roles'][number][]
  espIds: string[]
  isLinked: boolean
  points: number
  isLocked: boolean
}

export interface OwnAccount {
  accountId: string
  name: string
  createdAtS: number
  events: { atS: number; actor: string; event: string; detail: string | null }[]
}

export interface People {
  own(accountNo: number): Promise<OwnAccount>
  one(accountNo: number): Promise<PersonView>
  /** Oldest first. `q`: a part of the name, or the whole id. */
  list(page: Oldest, q?: string): Promise<Numbered<PersonView>[]>
}

export function openPeople({ registers }: Store, roles: Roles): People {
  return { own, one, list }

  async function own(accountNo: number): Promise<OwnAccount> {
    const account = await registers
      .selectFrom('account')
      .select(['id as accountId', 'name', 'createdAtS'])
      .where('no', '=', accountNo)
      .executeTakeFirstOrThrow()
    const events = await registers
      .selectFrom('accountEvent')
      .select(['atS', 'actor', 'event', 'detail'])
      .where('accountNo', '=', accountNo)
      .orderBy('no', 'desc')
      .limit(EVENTS_MAX)
      .execute()
    return { ...account, events }
  }

  async function one(accountNo: number): Promise<PersonView> {
    const row = await rows().where('account.no', '=', accountNo).executeTakeFirstOrThrow()
    return viewOf(row)
  }

  async function list({ after, limit }: Oldest, q = '') {
    const all = rows().where('account.no', '>', after).orderBy('account.no').limit(limit)
    const found = await (q === '' ? all : all.where(named(q))).execute()
    return Promise.all(found.map(async row => ({ no: row.no, item: await viewOf(row) })))
  }

  function rows() {
    return registers
      .selectFrom('account')
      .select(['account.no', 'account.id as accountId', 'name', 'createdAtS', 'role', 'holderId'])
      .select(eb =>
        eb
          .selectFrom('tenure')
          .select(({ fn }) => fn.countAll().as('count'))
          .whereRef('tenure.accountNo', '=', 'account.no')
          .where('toS', 'is', null)
          .as('points'),
      )
  }

  type Row = Awaited<ReturnType<ReturnType<typeof rows>['executeTakeFirstOrThrow']>>
  async function viewOf({ no, accountId, name, createdAtS, role, holderId, points }: Row): Promise<PersonView> {
    const given = await roles.of(no, role)
    const also = { isLinked: holderId !== null, points: Number(points ?? 0), isLocked: given.isLocked }
    return { accountId, name, createdAtS, roles: [...given.roles], espIds: [...given.espIds], ...also }
  }
}

/** In both databases the same, whatever the case of the letters; what stands for any letter there stands for itself here. */
function named(q: string) {
  const part = `%${q.toLowerCase().replace(/[\\%_]/g, '\\$&')}%`
  return ({ eb, or }: ExpressionBuilder<Tables, 'account'>) =>
    or([eb('account.id', '=', q), sql<boolean>`lower(account.name) LIKE ${part} ESCAPE '\\'`])
}
