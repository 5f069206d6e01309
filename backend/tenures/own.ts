// What a person ever held here, and the right to take their own readings out: for as long as they hold the point, and afterwards for as long as the terms of use
// say. The end of the tenure is the fence: nothing of the next holder's is within it.

import type { OwnTenure } from '../../shared/schema/tenure.ts'
import type { Terms } from '../consent/terms.ts'
import type { Store } from '../store/store.ts'
import type { Holding } from './tenures.ts'

const DAY_S = 86_400

export interface OwnTenures {
  list(accountNo: number): Promise<OwnTenure[]>
  /** The holding that began at `fromS`, if it can still be exported. Unknown, somebody else's, erased and lapsed: undefined. */
  exportable(accountNo: number, meteringPointId: string, fromS: number): Promise<Holding | undefined>
  /** Whether there is one, running or over, however long ago, whose readings are not erased yet. */
  erasable(
    accountNo: number,
    meteringPointId: string,
    fromS: number,
  ): Promise<{ tenureNo: number; isOpen: boolean } | undefined>
}

export function openOwnTenures({ registers }: Store, terms: Terms, nowMs: () => number): OwnTenures {
  return {
    async list(accountNo) {
      const exportDays = await daysToExport()
      const rows = await held(accountNo).execute()
      return rows.map(({ id, fromS, toS }) => {
        return { meteringPointId: id, fromS, toS, exportUntilS: toS === null ? null : toS + exportDays * DAY_S }
      })
    },
    async erasable(accountNo, meteringPointId, fromS) {
      const row = await one(accountNo, meteringPointId, fromS)
      return row && { tenureNo: row.tenureNo, isOpen: row.toS === null }
    },
    async exportable(accountNo, meteringPointId, fromS) {
      const row = await one(accountNo, meteringPointId, fromS)
      if (row === undefined) return undefined
      const { tenureNo, meteringPointNo, toS, id, ean, country, timeZone } = row
      const isOver = toS !== null && nowMs() / 1000 >= toS + (await daysToExport()) * DAY_S
      if (isOver) return undefined
      return { tenureNo, meteringPointNo, fromS, toS, point: { id, ean, country, timeZone, sinceS: fromS } }
    },
  }

  function one(accountNo: number, meteringPointId: string, fromS: number) {
    return held(accountNo)
      .where('meteringPoint.id', '=', meteringPointId)
      .where('tenure.fromS', '=', fromS)
      .executeTakeFirst()
  }

  async function daysToExport(): Promise<number> {
    return (await terms.newest())?.text.exportDays ?? 0
  }

  function held(accountNo: number) {
    return registers
      .selectFrom('tenure')
      .innerJoin('meteringPoint', 'meteringPoint.no', 'tenure.meteringPointNo')
      .select(['tenure.no as tenureNo', 'meteringPoint.no as meteringPointNo', 'tenure.fromS', 'tenure.toS'])
      .select(['meteringPoint.id', 'ean', 'country', 'timeZone'])
      .where('tenure.accountNo', '=', accountNo)
      .where('tenure.wrappedKey', 'is not', null)
      .orderBy('tenure.fromS', 'desc')
  }
}
