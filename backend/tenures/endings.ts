// What the end of a tenure brings about in its own transaction: every permission of it ends, and why is written down. What must happen outside (streams, the
// dongle's stop) follows after the commit, where tenureEnded() is called.

import type { Kysely } from 'kysely'
import { endCause } from '../access-register/market-feed.ts'
import { seal } from '../audit/audit.ts'
import type { PermissionRegister } from '../consent/register.ts'
import type { Tables } from '../store/tables.ts'
import type { TenureEnding } from './tenures.ts'

export function createTenureEnding(permissions: PermissionRegister, nowMs: () => number): TenureEnding {
  return {
    async ending(trx, { tenureNo, ean, atS, hasNext, cause: known }) {
      const cause = known ?? (await endCause(trx, ean, atS, hasNext))
      const ends = await permissions.endOfTenure(trx, tenureNo, cause, 'register')
      const detail = JSON.stringify({ cause, permissions: ends.ended })
      await recordTenure(trx, { tenureNo, atMs: nowMs(), actor: 'register', kind: 'ended', detail })
      return ends
    },
  }
}

interface TenureRecord {
  tenureNo: number
  atMs: number
  actor: string
  kind: 'ended' | 'exported'
  detail: string | null
}

/** In the transaction of what it tells about. */
export async function recordTenure(trx: Kysely<Tables>, record: TenureRecord): Promise<void> {
  const row = await trx.insertInto('tenureEvent').values(record).returningAll().executeTakeFirstOrThrow()
  await seal(trx, 'tenureEvent', row)
}
