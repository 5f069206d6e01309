// The embedded access register: for a pilot, for a demo, and for whoever is their own market. It is fed by import, says what it has, and
// keeps each change for the feed.

import type { Kysely } from 'kysely'
import type { Clock } from '../../shared/kernel/clock.ts'
import { failed, ok, type Result } from '../../shared/kernel/result.ts'
import type { Imported, RegisterEntry } from '../../shared/schema/access-register.ts'
import { seal } from '../audit/audit.ts'
import type { Store } from '../store/store.ts'
import type { Tables } from '../store/tables.ts'
import type { AccessRegister } from './access-register.ts'
import { checkEntries, type EntriesFault, isSameEntry } from './entries.ts'

export type ImportFault = EntriesFault | { code: 'entries.in-the-future'; lines: number[] }

export interface EmbeddedRegister extends AccessRegister {
  /** Takes all or none; what is the same already changes nothing, so an import may be repeated. Others stay as they are. */
  put(entries: readonly unknown[], actor: string): Promise<Result<Imported, ImportFault>>
  /** The same in a transaction of somebody else's, for entries that are in order and in effect. */
  putIn(trx: Kysely<Tables>, entries: RegisterEntry[], actor: string): Promise<Imported>
  entryOf(trx: Kysely<Tables>, ean: string): Promise<RegisterEntry | undefined>
  /** Ordered by EAN. */
  all(): Promise<RegisterEntry[]>
}

export function openEmbeddedRegister({ registers }: Store, clock: Clock): EmbeddedRegister {
  return { pointsOf, changes, put, putIn: writeAll, entryOf, all }

  async function pointsOf(holderId: string) {
    return ok(await points().where('holderId', '=', holderId).execute())
  }

  async function changes(after: string, limit: number) {
    const afterNo = /^[0-9]{1,15}$/.test(after) ? Number(after) : 0
    const rows = await registers
      .selectFrom('registerChange')
      .select(['no', 'ean', 'holderId', 'sinceS', 'meterSerial', 'country', 'timeZone'])
      .where('no', '>', afterNo)
      .orderBy('no')
      .limit(limit)
      .execute()
    return ok({ items: rows.map(({ no: _no, ...entry }) => entry), next: String(rows.at(-1)?.no ?? afterNo) })
  }

  async function put(candidates: readonly unknown[], actor: string) {
    const checked = checkEntries(candidates)
    if (!checked.ok) return checked
    const entries = checked.value
    const nowS = clock.wallS()
    // The feed has what is in effect; a move that is planned is told on its day.
    const early = entries.flatMap(({ sinceS }, at) => (sinceS > nowS ? [at + 1] : []))
    if (early.length > 0) return failed({ code: 'entries.in-the-future' as const, lines: early.slice(0, 20) })
    return ok(await registers.transaction().execute(trx => writeAll(trx, entries, actor)))
  }

  async function writeAll(trx: typeof registers, entries: RegisterEntry[], actor: string): Promise<Imported> {
    const imported: Imported = { added: 0, changed: 0, unchanged: 0 }
    for (const entry of entries) {
      const known = await points(trx).where('ean', '=', entry.ean).executeTakeFirst()
      if (known !== undefined && isSameEntry(known, entry)) {
        imported.unchanged++
        continue
      }
      imported[known === undefined ? 'added' : 'changed']++
      await trx
        .insertInto('registerPoint')
        .values(entry)
        .onConflict(conflict => conflict.column('ean').doUpdateSet(entry))
        .execute()
      const change = { ...entry, atS: clock.wallS(), actor }
      const row = await trx.insertInto('registerChange').values(change).returningAll().executeTakeFirstOrThrow()
      await seal(trx, 'registerChange', row)
    }
    return imported
  }

  function entryOf(trx: typeof registers, ean: string) {
    return points(trx).where('ean', '=', ean).executeTakeFirst()
  }

  function all() {
    return points().execute()
  }

  function points(from = registers) {
    return from
      .selectFrom('registerPoint')
      .select(['ean', 'holderId', 'sinceS', 'meterSerial', 'country', 'timeZone'])
      .orderBy('ean')
  }
}
