// The audit of dongles: every step with who made it and whom it concerned. Rows are added and never changed (the database refuses it);
// a person sees what concerned them, in which part somebody else acted, and never who.

import type { Insertable, Kysely } from 'kysely'
import type { OwnEvent } from '../../shared/schema/custody.ts'
import type { Tables } from '../store/tables.ts'

type NewEvent = Omit<Insertable<Tables['dongleEvent']>, 'accountNo' | 'reason'> &
  Partial<Pick<Insertable<Tables['dongleEvent']>, 'accountNo' | 'reason'>>

export function recordEvent(trx: Kysely<Tables>, event: NewEvent): Promise<unknown> {
  return trx
    .insertInto('dongleEvent')
    .values({ accountNo: null, reason: null, ...event })
    .execute()
}

/** What happened to a dongle, newest first, for operators. */
export function eventsOf(registers: Kysely<Tables>, dongleNo: number, limit: number) {
  return registers
    .selectFrom('dongleEvent')
    .select(['atS', 'event', 'fromState', 'toState', 'reason', 'actor'])
    .where('dongleNo', '=', dongleNo)
    .orderBy('no', 'desc')
    .limit(limit)
    .execute()
}

/** What concerned an account, newest first, also about dongles that it no longer has. */
export async function eventsFor(
  registers: Kysely<Tables>,
  account: { no: number; id: string },
  limit: number,
): Promise<OwnEvent[]> {
  const rows = await registers
    .selectFrom('dongleEvent')
    .innerJoin('dongle', 'dongle.no', 'dongleEvent.dongleNo')
    .select(['dongle.id as dongleId', 'atS', 'event', 'toState as state', 'dongleEvent.reason', 'actor'])
    .where('dongleEvent.accountNo', '=', account.no)
    .orderBy('dongleEvent.no', 'desc')
    .limit(limit)
    .execute()
  return rows.map(({ actor, ...event }) => ({ ...event, by: partOf(actor, account.id) }))
}

/** Actors are written as "role" or "role account". */
function partOf(actor: string, accountId: string): OwnEvent['by'] {
  const [role, id] = actor.split(/[ ,]+/)
  if (role === 'grid-user') return id === accountId ? 'you' : 'somebody else'
  if (role === 'installer' || role === 'operator' || role === 'register') return role
  return 'system'
}
