// Who holds which metering point here, and since when: the platform's side of the story, which follows the access register's. Data belong to a
// tenure. An EAN leaves it in answers only, never in a log.

import type { Insertable, Kysely } from 'kysely'
import { failed, ok, type Result } from '../../shared/kernel/result.ts'
import type { RegisterEntry } from '../../shared/schema/access-register.ts'
import type { MeteringPoint } from '../../shared/schema/metering-point.ts'
import type { EndCause } from '../../shared/schema/permission.ts'
import type { Outcome } from '../consent/transact.ts'
import { randomId } from '../random-id.ts'
import type { Store } from '../store/store.ts'
import type { Tables } from '../store/tables.ts'

export interface NewMeteringPoint {
  /** 18 digits. */
  ean: string
  accountId: string
  /** From when on the account holds it, epoch seconds. */
  sinceS: number
  name?: string
  meterSerial?: string
  /** Default BE and its time zone. */
  country?: string
  timeZone?: string
}

export type TenureFault =
  | { code: 'ean.malformed' }
  | { code: 'ean.known' }
  | { code: 'ean.unknown' }
  | { code: 'account.unknown' }
  | { code: 'tenure.too-early' }

/** One account's hold on one metering point, open or closed. */
export interface Holding {
  tenureNo: number
  meteringPointNo: number
  fromS: number
  toS: number | null
  point: MeteringPoint
}

/** What following an entry of the access register came to. */
export interface Followed {
  meteringPointNo: number | undefined
  /** The tenure that is open now; undefined while nobody with an account holds the point. */
  tenureNo: number | undefined
  /** The tenure that ended with it. */
  endedNo: number | undefined
}

/** What ends with a tenure, in the transaction that ends it: so neither holds without the other, whatever crashes. */
export interface TenureEnding {
  ending(trx: Kysely<Tables>, ended: EndedTenure): Promise<Outcome>
}

/** `hasNext`: there is a next tenure from then on. `cause`: where it was not the market. */
interface EndedTenure {
  tenureNo: number
  ean: string
  atS: number
  hasNext: boolean
  cause?: EndCause
}

const NOTHING_ENDS: TenureEnding = {
  ending: async () => ({ committed: () => undefined, failed: () => undefined }),
}

export interface Tenures {
  addMeteringPoint(point: NewMeteringPoint): Promise<Result<{ id: string; tenureNo: number }, TenureFault>>
  /** Ends the open tenure at `fromS` and begins the new holder's: from that second on the data are another person's. */
  changeHolder(
    ean: string,
    accountId: string,
    fromS: number,
  ): Promise<Result<Followed & { tenureNo: number; meteringPointNo: number }, TenureFault>>
  /** Ends an open tenure and begins another of the same holder: what comes is apart from what was. Undefined when it is not open. */
  renew(tenureNo: number, nowS: number): Promise<{ meteringPointNo: number } | undefined>
  /** Does as the access register says: ends the tenure of who no longer holds the point, begins that of who does and has an account. */
  follow(entry: RegisterEntry): Promise<Followed>
  meteringPointNo(ean: string): Promise<number | undefined>
  /** The open tenure; undefined while nobody holds the point. */
  openTenureNo(meteringPointNo: number): Promise<number | undefined>
  /** The current holdings of an account, ordered by begin. */
  holdingsOf(accountNo: number): Promise<Holding[]>
  /** The account's current holding of this point; undefined if there is no such point or it is not theirs: nobody can tell which. */
  holding(accountNo: number, meteringPointId: string): Promise<Holding | undefined>
}

export function openTenures(store: Store, { ending }: TenureEnding = NOTHING_ENDS): Tenures {
  const { registers, keys } = store
  return { addMeteringPoint, changeHolder, renew, follow, meteringPointNo, openTenureNo, holdingsOf, holding }

  async function addMeteringPoint(point: NewMeteringPoint) {
    if (!/^[0-9]{18}$/.test(point.ean)) return failed({ code: 'ean.malformed' as const })
    if ((await meteringPointNo(point.ean)) !== undefined) return failed({ code: 'ean.known' as const })
    const accountNo = await accountNoOf(point.accountId)
    if (accountNo === undefined) return failed({ code: 'account.unknown' as const })
    const id = randomId('mp')
    const { ean, name = null, meterSerial = null, country = 'BE', timeZone = 'Europe/Brussels' } = point
    const tenureNo = await registers.transaction().execute(async trx => {
      const no = await insertPoint(trx, { id, ean, name, country, timeZone, meterSerial })
      return insertTenure(trx, no, accountNo, point.sinceS)
    })
    store.forget()
    return ok({ id, tenureNo })
  }

  async function changeHolder(ean: string, accountId: string, fromS: number) {
    const pointNo = await meteringPointNo(ean)
    if (pointNo === undefined) return failed({ code: 'ean.unknown' as const })
    const accountNo = await accountNoOf(accountId)
    if (accountNo === undefined) return failed({ code: 'account.unknown' as const })
    const open = await openTenure(registers, pointNo)
    if (open !== undefined && fromS <= open.fromS) return failed({ code: 'tenure.too-early' as const })
    const tenureNo = await withEnds(async (trx, ends) => {
      if (open !== undefined) await end(trx, ends, { tenureNo: open.no, ean, atS: fromS, hasNext: true })
      return insertTenure(trx, pointNo, accountNo, fromS)
    })
    store.forget()
    return ok({ tenureNo, meteringPointNo: pointNo, endedNo: open?.no })
  }

  async function renew(tenureNo: number, nowS: number) {
    const renewed = await withEnds(async (trx, ends) => {
      const open = await trx
        .selectFrom('tenure')
        .innerJoin('meteringPoint', 'meteringPoint.no', 'tenure.meteringPointNo')
        .select(['tenure.accountNo', 'tenure.fromS', 'meteringPoint.no as meteringPointNo', 'ean'])
        .where('tenure.no', '=', tenureNo)
        .where('toS', 'is', null)
        .executeTakeFirst()
      if (open === undefined || open.accountNo === null) return undefined
      const { accountNo, fromS, meteringPointNo, ean } = open
      const atS = Math.max(nowS, fromS + 1)
      await end(trx, ends, { tenureNo, ean, atS, hasNext: true, cause: 'erased' })
      const next = await insertTenure(trx, meteringPointNo, accountNo, atS)
      // Meters that are bound stay so: it is the same holder's.
      await trx
        .updateTable('dongleMeter')
        .set({ tenureNo: next })
        .where('tenureNo', '=', tenureNo)
        .where('untilS', 'is', null)
        .execute()
      return { meteringPointNo }
    })
    if (renewed !== undefined) store.forget()
    return renewed
  }

  /** A transaction in which tenures may end: what ends with them follows its commit. */
  async function withEnds<T>(work: (trx: typeof registers, ends: Outcome[]) => Promise<T>): Promise<T> {
    const ends: Outcome[] = []
    let done: T
    try {
      done = await registers.transaction().execute(trx => work(trx, ends))
    } catch (error) {
      for (const one of ends) one.failed()
      throw error
    }
    for (const one of ends) one.committed()
    return done
  }

  async function end(trx: typeof registers, ends: Outcome[], ended: EndedTenure): Promise<void> {
    await trx.updateTable('tenure').set({ toS: ended.atS }).where('no', '=', ended.tenureNo).execute()
    ends.push(await ending(trx, ended))
  }

  async function follow(entry: RegisterEntry): Promise<Followed> {
    const followed = await withEnds((trx, ends) => followIn(trx, ends, entry))
    if (followed.hasChanged) store.forget()
    return followed
  }

  async function followIn(
    trx: typeof registers,
    ends: Outcome[],
    entry: RegisterEntry,
  ): Promise<Followed & { hasChanged: boolean }> {
    const { ean, holderId, country, timeZone, meterSerial } = entry
    const account =
      holderId === null
        ? undefined
        : await trx.selectFrom('account').select('no').where('holderId', '=', holderId).executeTakeFirst()
    const point = await trx.selectFrom('meteringPoint').select('no').where('ean', '=', ean).executeTakeFirst()
    // Of people who have no account here nothing is kept.
    if (point === undefined && account === undefined) {
      return { meteringPointNo: undefined, tenureNo: undefined, endedNo: undefined, hasChanged: false }
    }
    const facts = { country, timeZone, meterSerial }
    const meteringPointNo = point?.no ?? (await insertPoint(trx, { id: randomId('mp'), ean, name: null, ...facts }))
    if (point !== undefined) await trx.updateTable('meteringPoint').set(facts).where('no', '=', point.no).execute()
    const open = await openTenure(trx, meteringPointNo)
    if (open !== undefined && open.accountNo === account?.no) {
      return { meteringPointNo, tenureNo: open.no, endedNo: undefined, hasChanged: false }
    }
    const fromS = Math.max(entry.sinceS, (open?.fromS ?? -1) + 1)
    if (open !== undefined) {
      await end(trx, ends, { tenureNo: open.no, ean, atS: fromS, hasNext: holderId !== null })
    }
    const tenureNo = account && (await insertTenure(trx, meteringPointNo, account.no, fromS))
    return { meteringPointNo, tenureNo, endedNo: open?.no, hasChanged: true }
  }

  function openTenure(from: typeof registers, pointNo: number) {
    return from
      .selectFrom('tenure')
      .select(['no', 'fromS', 'accountNo'])
      .where('meteringPointNo', '=', pointNo)
      .where('toS', 'is', null)
      .executeTakeFirst()
  }

  async function openTenureNo(pointNo: number): Promise<number | undefined> {
    return (await openTenure(registers, pointNo))?.no
  }

  async function insertPoint(trx: typeof registers, row: Insertable<Tables['meteringPoint']>): Promise<number> {
    return (await trx.insertInto('meteringPoint').values(row).returning('no').executeTakeFirstOrThrow()).no
  }

  // The number is taken first because the data key is bound to it.
  async function insertTenure(
    trx: typeof registers,
    pointNo: number,
    accountNo: number,
    fromS: number,
  ): Promise<number> {
    const { last } = await trx
      .selectFrom('tenure')
      .select(({ fn }) => fn.max('no').as('last'))
      .executeTakeFirstOrThrow()
    const no = keys.freeTenureNo(Number(last ?? 0) + 1)
    const wrappedKey = keys.newTenureKey(no)
    await trx
      .insertInto('tenure')
      .values({
        no,
        meteringPointNo: pointNo,
        accountNo,
        dongleNo: null,
        fromS,
        toS: null,
        wrappedKey,
        erasedAtS: null,
      })
      .execute()
    return no
  }

  async function accountNoOf(accountId: string): Promise<number | undefined> {
    return (await registers.selectFrom('account').select('no').where('id', '=', accountId).executeTakeFirst())?.no
  }

  async function meteringPointNo(ean: string): Promise<number | undefined> {
    return (await registers.selectFrom('meteringPoint').select('no').where('ean', '=', ean).executeTakeFirst())?.no
  }

  async function holdingsOf(accountNo: number): Promise<Holding[]> {
    return (await holdings(accountNo).execute()).map(holdingOf)
  }

  async function holding(accountNo: number, meteringPointId: string): Promise<Holding | undefined> {
    const row = await holdings(accountNo).where('meteringPoint.id', '=', meteringPointId).executeTakeFirst()
    return row && holdingOf(row)
  }

  function holdings(accountNo: number) {
    return registers
      .selectFrom('tenure')
      .innerJoin('meteringPoint', 'meteringPoint.no', 'tenure.meteringPointNo')
      .select(['tenure.no as tenureNo', 'meteringPoint.no as meteringPointNo', 'tenure.fromS', 'tenure.toS'])
      .select(['meteringPoint.id', 'ean', 'name', 'country', 'timeZone'])
      .where('tenure.accountNo', '=', accountNo)
      .where('tenure.toS', 'is', null)
      .orderBy('tenure.fromS')
  }
}

interface HoldingRow {
  tenureNo: number
  meteringPointNo: number
  fromS: number
  toS: number | null
  id: string
  ean: string
  name: string | null
  country: string
  timeZone: string
}

function holdingOf({ tenureNo, meteringPointNo, fromS, toS, name, ...rest }: HoldingRow): Holding {
  const point = { ...rest, sinceS: fromS, ...(name === null ? {} : { name }) }
  return { tenureNo, meteringPointNo, fromS, toS, point }
}
