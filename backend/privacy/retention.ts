// What is over its time is deleted, once a day: rows by the rules of classes.ts, readings of former tenures by their keys, when the days in which their holder
// may export them are over.

import { sql } from 'kysely'
import { type ErasingRooms, eraseWhole } from '../tenures/erasing.ts'
import { DAY_S, DELETIONS } from './classes.ts'

export interface Retained {
  /** Rows by table, where there were any. */
  deleted: { [table: string]: number }
  erasedTenures: number
}

/** `exportDays` of the terms that hold; undefined: there are none, and nothing is erased. */
export async function retain(rooms: ErasingRooms, exportDays: number | undefined, nowS: number): Promise<Retained> {
  const { registers } = rooms.store
  const deleted: Retained['deleted'] = {}
  for (const { table, column, per, days } of DELETIONS) {
    const before = (nowS - days * DAY_S) * per
    const gone = sql`DELETE FROM ${sql.table(table)} WHERE ${sql.ref(column)} < ${before} RETURNING 1 AS one`
    const { rows } = await gone.execute(registers)
    if (rows.length > 0) deleted[table] = rows.length
  }
  const over = exportDays === undefined ? [] : await formerTenures(rooms, nowS - exportDays * DAY_S)
  for (const { no } of over) await eraseWhole(rooms, { tenureNo: no, isOpen: false }, nowS, 'retention')
  return { deleted, erasedTenures: over.length }
}

function formerTenures({ store }: ErasingRooms, endedBeforeS: number): Promise<{ no: number }[]> {
  return store.registers
    .selectFrom('tenure')
    .select('no')
    .where('toS', '<', endedBeforeS)
    .where('wrappedKey', 'is not', null)
    .where('accountNo', 'is not', null)
    .execute()
}
