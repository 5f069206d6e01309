// Mandates (R23): a grid user lets another person act for them, or only look. Offered with a code that is used once, taken by who has it, ended by
// either side at once; both see it, and when it was last used. A mandate opens what its giver has, and never the giver's own mandates or account.

import { createHash, randomBytes } from 'node:crypto'
import type { Kysely } from 'kysely'
import type { Clock } from '../../shared/kernel/clock.ts'
import { failed, ok, type Result } from '../../shared/kernel/result.ts'
import type { Mandate } from '../../shared/schema/people.ts'
import type { ActingFor } from '../access/caller.ts'
import { randomId } from '../random-id.ts'
import type { Store } from '../store/store.ts'
import type { Tables } from '../store/tables.ts'
import { recordAccountEvent } from './account-events.ts'
import { isLocked } from './lock.ts'

const DAY_S = 86_400
/** How long an offer waits for who takes it. */
const OFFER_S = 7 * DAY_S
const USED_EVERY_S = 60
const OFFERS_MAX = 20

export interface Who {
  accountNo: number
  accountId: string
}

export interface MandateWish {
  scope: 'act' | 'look'
  days: number
}

export interface Mandates {
  /** The code is given once and kept as a hash. */
  offer(
    giver: Who,
    wish: MandateWish,
    actor: string,
  ): Promise<Result<{ mandateId: string; code: string }, { code: 'mandate.too-many' }>>
  /** unknown: no offer that waits has this code. own: it is the taker's own offer. */
  take(holder: Who, code: string, actor: string): Promise<Result<Mandate, { code: 'mandate.unknown' | 'mandate.own' }>>
  /** By either side; again: the same answer. */
  end(who: Who, mandateId: string, actor: string): Promise<Result<'ended', { code: 'mandate.unknown' }>>
  given(accountNo: number): Promise<Mandate[]>
  held(accountNo: number): Promise<Mandate[]>
  /** For whom this account acts under the mandate now; undefined: it does not. Notes the use, and the first of a day (UTC) in the audit. */
  actingFor(who: Who, mandateId: string): Promise<ActingFor | undefined>
}

/** `ended` is called after the commit with who gave it: what is open under it must be closed. */
export function openMandates({ registers }: Store, clock: Clock, ended: (giverNo: number) => Promise<void>): Mandates {
  return { offer, take, end, given, held, actingFor }

  async function offer(giver: Who, { scope, days }: MandateWish, actor: string) {
    const code = randomBytes(10).toString('hex').toUpperCase()
    const nowS = clock.wallS()
    return registers.transaction().execute(async trx => {
      const open = await openOf(trx, giver.accountNo, nowS)
      if (open >= OFFERS_MAX) return failed({ code: 'mandate.too-many' as const })
      const mandateId = randomId('man')
      const times = { createdAtS: nowS, offeredUntilS: nowS + OFFER_S, endsAtS: nowS + days * DAY_S }
      const nothingYet = { holderNo: null, takenAtS: null, endedAtS: null, usedAtS: null }
      await trx
        .insertInto('mandate')
        .values({ id: mandateId, giverNo: giver.accountNo, scope, codeHash: hashOf(code), ...times, ...nothingYet })
        .execute()
      await record(trx, giver.accountNo, 'mandate-offered', actor, `${mandateId} ${scope}`)
      return ok({ mandateId, code })
    })
  }

  async function openOf(trx: Kysely<Tables>, giverNo: number, nowS: number): Promise<number> {
    const { count } = await trx
      .selectFrom('mandate')
      .select(({ fn }) => fn.countAll().as('count'))
      .where('giverNo', '=', giverNo)
      .where('endedAtS', 'is', null)
      .where('endsAtS', '>', nowS)
      .executeTakeFirstOrThrow()
    return Number(count)
  }

  async function take(holder: Who, code: string, actor: string) {
    const nowS = clock.wallS()
    return registers.transaction().execute(async trx => {
      const offered = await trx
        .selectFrom('mandate')
        .select(['no', 'id', 'giverNo', 'holderNo'])
        .where('codeHash', '=', hashOf(code.trim().toUpperCase()))
        .where('endedAtS', 'is', null)
        .where('offeredUntilS', '>', nowS)
        .where('endsAtS', '>', nowS)
        .executeTakeFirst()
      if (offered === undefined) return failed({ code: 'mandate.unknown' as const })
      if (offered.giverNo === holder.accountNo) return failed({ code: 'mandate.own' as const })
      // a second click of the same person is answered as the first was; everybody else comes too late
      if (offered.holderNo !== null && offered.holderNo !== holder.accountNo) {
        return failed({ code: 'mandate.unknown' as const })
      }
      if (offered.holderNo === null) {
        const taken = { holderNo: holder.accountNo, takenAtS: nowS }
        await trx.updateTable('mandate').set(taken).where('no', '=', offered.no).execute()
        await record(trx, offered.giverNo, 'mandate-taken', actor, `${offered.id} ${holder.accountId}`)
      }
      return ok(
        (await views(trx, 'holder', holder.accountNo)).find(({ mandateId }) => mandateId === offered.id) as Mandate,
      )
    })
  }

  async function end(who: Who, mandateId: string, actor: string) {
    const done = await registers.transaction().execute(async trx => {
      const row = await trx
        .selectFrom('mandate')
        .select(['no', 'giverNo', 'holderNo', 'endedAtS'])
        .where('id', '=', mandateId)
        .executeTakeFirst()
      if (row === undefined || (row.giverNo !== who.accountNo && row.holderNo !== who.accountNo)) return undefined
      if (row.endedAtS === null) {
        await trx.updateTable('mandate').set({ endedAtS: clock.wallS() }).where('no', '=', row.no).execute()
        await record(trx, row.giverNo, 'mandate-ended', actor, `${mandateId} ${who.accountId}`)
      }
      return row.giverNo
    })
    if (done === undefined) return failed({ code: 'mandate.unknown' as const })
    await ended(done)
    return ok('ended' as const)
  }

  function given(accountNo: number): Promise<Mandate[]> {
    return views(registers, 'giver', accountNo)
  }

  function held(accountNo: number): Promise<Mandate[]> {
    return views(registers, 'holder', accountNo)
  }

  async function views(from: Kysely<Tables>, side: 'giver' | 'holder', accountNo: number): Promise<Mandate[]> {
    const rows = await from
      .selectFrom('mandate')
      .innerJoin('account as giver', 'giver.no', 'mandate.giverNo')
      .leftJoin('account as holder', 'holder.no', 'mandate.holderNo')
      .select(['mandate.id as mandateId', 'scope', 'mandate.createdAtS', 'offeredUntilS', 'endsAtS', 'takenAtS'])
      .select(['endedAtS', 'usedAtS', 'giver.name as giverName', 'holder.name as holderName'])
      .where(side === 'giver' ? 'giverNo' : 'holderNo', '=', accountNo)
      .orderBy('mandate.no', 'desc')
      .limit(100)
      .execute()
    const nowS = clock.wallS()
    return rows.map(row => ({ ...row, state: stateOf(row, nowS) }))
  }

  async function actingFor({ accountNo, accountId: holderId }: Who, mandateId: string): Promise<ActingFor | undefined> {
    const row = await registers
      .selectFrom('mandate')
      .innerJoin('account', 'account.no', 'mandate.giverNo')
      .select(['mandate.no', 'mandate.id', 'scope', 'endsAtS', 'endedAtS', 'usedAtS', 'takenAtS', 'offeredUntilS'])
      .select(['account.no as giverNo', 'account.id as giverId'])
      .where('mandate.id', '=', mandateId)
      .where('holderNo', '=', accountNo)
      .executeTakeFirst()
    const nowS = clock.wallS()
    if (row === undefined || stateOf(row, nowS) !== 'open') return undefined
    // who has a mandate of a locked account is not told of the lock, and what is refused is no use of it
    if (await isLocked(registers, row.giverNo)) return undefined
    if (nowS - (row.usedAtS ?? 0) >= USED_EVERY_S) {
      await noteUse(row, nowS, `mandated ${holderId} for ${row.giverId}`)
    }
    return { mandateId, mandateNo: row.no, accountNo: row.giverNo, accountId: row.giverId, scope: row.scope }
  }

  /** Of several requests at once the one that changes the row tells the audit. */
  async function noteUse(
    { no, id, giverNo, usedAtS }: { no: number; id: string; giverNo: number; usedAtS: number | null },
    nowS: number,
    actor: string,
  ): Promise<void> {
    await registers.transaction().execute(async trx => {
      const { numUpdatedRows } = await trx
        .updateTable('mandate')
        .set({ usedAtS: nowS })
        .where('no', '=', no)
        .where('usedAtS', usedAtS === null ? 'is' : '=', usedAtS)
        .executeTakeFirst()
      const isFirstOfDay = Math.floor((usedAtS ?? -1) / DAY_S) < Math.floor(nowS / DAY_S)
      if (numUpdatedRows > 0 && isFirstOfDay) await record(trx, giverNo, 'mandate-used', actor, id)
    })
  }

  function record(
    trx: Kysely<Tables>,
    accountNo: number,
    event: 'mandate-offered' | 'mandate-taken' | 'mandate-used' | 'mandate-ended',
    actor: string,
    detail: string,
  ): Promise<void> {
    return recordAccountEvent(trx, { atS: clock.wallS(), actor, accountNo, event, detail })
  }
}

interface MandateTimes {
  offeredUntilS: number
  endsAtS: number
  takenAtS: number | null
  endedAtS: number | null
}

function stateOf({ offeredUntilS, endsAtS, takenAtS, endedAtS }: MandateTimes, nowS: number): Mandate['state'] {
  if (endedAtS !== null) return 'ended'
  if (takenAtS === null) return nowS < Math.min(offeredUntilS, endsAtS) ? 'offered' : 'expired'
  return nowS < endsAtS ? 'open' : 'expired'
}

/** 80 random bits need no slow hash. */
function hashOf(code: string): Uint8Array {
  return createHash('sha256').update(code, 'utf8').digest()
}
