// The audit of accounts: who was given one, with which keys, whom the access register knows behind it, and whose data were erased.

import type { Insertable, Kysely } from 'kysely'
import type { AccountEvent } from '../../shared/schema/audit.ts'
import type { Newest } from '../api/pages.ts'
import { seal } from '../audit/audit.ts'
import type { Tables } from '../store/tables.ts'

/** In the transaction of what it tells about. */
export async function recordAccountEvent(
  trx: Kysely<Tables>,
  event: Omit<Insertable<Tables['accountEvent']>, 'no'>,
): Promise<void> {
  const row = await trx.insertInto('accountEvent').values(event).returningAll().executeTakeFirstOrThrow()
  await seal(trx, 'accountEvent', row)
}

/** Newest first. */
export function accountEvents(
  registers: Kysely<Tables>,
  { before, limit }: Newest,
): Promise<(AccountEvent & { no: number })[]> {
  return registers
    .selectFrom('accountEvent')
    .innerJoin('account', 'account.no', 'accountEvent.accountNo')
    .select(['accountEvent.no', 'atS', 'actor', 'account.id as accountId', 'event', 'detail'])
    .where('accountEvent.no', '<', before)
    .orderBy('accountEvent.no', 'desc')
    .limit(limit)
    .execute()
}
