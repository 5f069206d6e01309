// The audit of dongles: every step with who made it and whom it concerned. Rows are added and never changed (the database refuses it);
// a person sees what concerned them, in which part somebody else acted, and never who.

import type { Insertable, Kysely } from 'kysely'
import type { OwnEvent } from '../../shared/schema/custody.ts'
import type { Newest } from '../api/pages.ts'
import { seal } from '../audit/audit.ts'
import type { Tables } from '../store/tables.ts'

type NewEvent = Omit<Insertable<Tables['dongleEvent']>, 'accountNo' | 'reason'> &
  Partial<Pick<Insertable<Tables['dongleEvent']>, 'accountNo' | 'reason'>>

/**
 * In the transaction of what it tells about. `meteringPointNo`: where the dongle was bound; of one that nobody has claimed an event concerns
 * whoever holds that point.
 */
export async function recordEvent(
  trx: Kysely<Tables>,
  event: NewEvent,
  meteringPointNo: number | null = null,
): Promise<void> {
  const accountNo = event.accountNo ?? (await holderOf(trx, meteringPointNo))
  const row = { reason: null, ...event, accountNo }
  await seal(
    trx,
    'dongleEvent',
    await trx.insertInto('dongleEvent').values(row).returningAll().executeTakeFirstOrThrow(),
  )
}

async function holderOf(trx: Kysely<Tables>, meteringPointNo: number | null): Promise<number | null> {
  if (meteringPointNo === null) return null
  const tenure = await trx
    .selectFrom('tenure')
    .select('accountNo')
    .where('meteringPointNo', '=', meteringPointNo)
    .where('toS', 'is', null)
    .executeTakeFirst()
  return tenure?.accountNo ?? null
}

/** What happened to a dongle, newest first, for operators. */
export function eventsOf(registers: Kysely<Tables>, dongleNo: number, { before, limit }: Newest) {
  return registers
    .selectFrom('dongleEvent')
    .select(['no', 'atS', 'event', 'fromState', 'toState', 'reason', 'actor'])
    .where('dongleNo', '=', dongleNo)
    .where('no', '<', before)
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
