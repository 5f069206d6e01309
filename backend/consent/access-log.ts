// The data access log: who took which readings, when and under which permission, one row per delivery, for the customer to see. Rows of one call are one
// transaction and hang on the audit chain.

import { sealAll } from '../audit/audit.ts'
import type { Store } from '../store/store.ts'

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

/** More would be more variables than a statement may have. */
const ROWS_MAX = 500

export async function logAccess({ registers }: Store, accesses: readonly DataAccess[]): Promise<void> {
  for (let at = 0; at < accesses.length; at += ROWS_MAX) {
    const some = accesses.slice(at, at + ROWS_MAX)
    await registers.transaction().execute(async trx => {
      const ids = [...new Set(some.map(({ permissionId }) => permissionId))]
      const known = await trx.selectFrom('permission').select(['no', 'id']).where('id', 'in', ids).execute()
      const noOf = new Map(known.map(({ no, id }) => [id, no]))
      const rows = some.flatMap(({ permissionId, ...rest }) => {
        const permissionNo = noOf.get(permissionId)
        return permissionNo === undefined ? [] : [{ permissionNo, ...rest }]
      })
      if (rows.length === 0) return
      const written = await trx.insertInto('dataAccess').values(rows).returningAll().execute()
      written.sort((a, b) => a.no - b.no)
      await sealAll(trx, 'dataAccess', written)
    })
  }
}
