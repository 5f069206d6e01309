// Every end of a permission: by the customer, by the ESP, by time, by the access register, with the terms of use, a service or an ESP. One routine ends one,
// one ends all that are alive of a tenure, service, ESP or account; each end is closed in memory before it is written.

import { assert } from '../../shared/kernel/assert.ts'
import { failed, ok, type Result } from '../../shared/kernel/result.ts'
import type { EspPermission, OwnPermission } from '../../shared/schema/permission.ts'
import { forgetOld } from '../api/once.ts'
import type { Store } from '../store/store.ts'
import { insertNotices } from './notices.ts'
import { decide, type PermissionAct, type PermissionFault } from './permission.ts'
import type { Asker, PermissionRegister } from './register.ts'
import { insertNext, ownRow, type PermissionRow, permissionRow, rowsOf, selectPermissions, type Trx } from './rows.ts'
import type { Terms } from './terms.ts'
import type { Effects, Outcome, Transacting } from './transact.ts'
import { espView, ownView } from './views.ts'

export const TIME = 'time'

interface EndingRooms {
  store: Store
  transacting: Transacting
  terms: Terms
  nowMs(): number
}

type Group = ['tenureNo' | 'serviceNo' | 'espNo' | 'accountNo', number]

export interface Ending
  extends Pick<
    PermissionRegister,
    'revoke' | 'terminate' | 'endOfTenure' | 'endOfService' | 'endOfEsp' | 'endTerms' | 'expire'
  > {
  endOne(
    trx: Trx,
    effects: Effects,
    row: PermissionRow,
    act: PermissionAct,
    actor: string,
  ): Promise<Result<PermissionRow, PermissionFault>>
}

export function createEnding({ store: { registers }, transacting, terms, nowMs }: EndingRooms): Ending {
  const { once, whole, effectsFor } = transacting
  return {
    endOne,
    revoke,
    terminate,
    endOfTenure: (trx, tenureNo, cause, actor) =>
      endGroup(trx, ['tenureNo', tenureNo], { act: 'withdraw', cause }, actor),
    endOfService: (trx, serviceNo, actor) =>
      endGroup(trx, ['serviceNo', serviceNo], { act: 'terminate', cause: 'service-withdrawn' }, actor),
    endOfEsp: (trx, espNo, actor) =>
      endGroup(trx, ['espNo', espNo], { act: 'terminate', cause: 'esp-expelled' }, actor),
    endTerms,
    expire,
  }

  function revoke(asker: Asker, permissionId: string) {
    return once(asker.once, async (trx, effects): Promise<Result<OwnPermission, PermissionFault>> => {
      const row = await ownRow(trx, asker.accountNo, permissionId)
      if (row === undefined) return failed({ code: 'permission.unknown' as const })
      const ended = await endOne(trx, effects, row, { act: 'revoke', cause: 'asked' }, asker.actor)
      return ended.ok ? ok(await ownView(trx, ended.value)) : ended
    })
  }

  function terminate(espId: string, permissionId: string, actor: string) {
    return whole(async (trx, effects): Promise<Result<EspPermission, PermissionFault>> => {
      const row = await permissionRow(trx, permissionId)
      // What was never granted the ESP does not know of.
      if (row?.permission.espId !== espId || row.permission.grantedAtMs === 0) {
        return failed({ code: 'permission.unknown' })
      }
      const ended = await endOne(trx, effects, row, { act: 'terminate', cause: 'asked' }, actor)
      return ended.ok ? ok(espView(ended.value)) : ended
    })
  }

  async function endOne(trx: Trx, effects: Effects, row: PermissionRow, act: PermissionAct, actor: string) {
    const decided = decide(row.permission, act, nowMs())
    if (!decided.ok) return decided
    const event = decided.value
    assert(event.kind !== 'requested', 'an end is no beginning')
    const isHeld = row.permission.state === 'granted'
    if (isHeld) effects.ends(row.permission.permissionId)
    const next = await insertNext(trx, row, event, actor)
    if (isHeld) {
      await insertNotices(trx, next, event.atMs)
      effects.ended(next.permission)
    }
    return ok(next)
  }

  /** In a transaction of somebody else's. */
  async function endGroup(trx: Trx, group: Group, act: PermissionAct, actor: string) {
    const effects = effectsFor()
    /** Whose transaction it is hears of no outcome to give, and undoes it all. */
    function undone(error: unknown): never {
      effects.failed()
      throw error
    }
    const ended = await endAlive(trx, effects, group, act, actor).then(undefined, undone)
    await effects.closedEverywhere().catch(undone)
    return { ended, committed: effects.committed, failed: effects.failed } satisfies { ended: number } & Outcome
  }

  /** How many granted ones ended. */
  async function endAlive(trx: Trx, effects: Effects, [column, no]: Group, act: PermissionAct, actor: string) {
    const rows = rowsOf(
      await selectPermissions(trx)
        .where(`permission.${column}`, '=', no)
        .where('permission.state', 'in', ['requested', 'granted'])
        .orderBy('permission.no')
        .execute(),
    )
    for (const row of rows) {
      // There is nothing to revoke in a request.
      const isAsked = act.act === 'revoke' && row.permission.state === 'requested'
      await endOne(trx, effects, row, isAsked ? { act: 'withdraw', cause: act.cause } : act, actor)
    }
    return rows.filter(({ permission }) => permission.state === 'granted').length
  }

  async function endTerms(accountNo: number, actor: string): Promise<boolean> {
    const done = await whole(async (trx, effects) => {
      const had = await terms.end(trx, accountNo, actor)
      const act: PermissionAct = { act: 'revoke', cause: 'terms-ended' }
      if (had) await endAlive(trx, effects, ['accountNo', accountNo], act, actor)
      return ok(had)
    })
    return done.ok && done.value
  }

  async function expire(): Promise<void> {
    const atMs = nowMs()
    const over = await registers
      .selectFrom('permission')
      .select('id')
      .where(({ eb, and, or }) =>
        or([
          and([eb('state', '=', 'granted'), eb('untilMs', '<=', atMs)]),
          and([eb('state', '=', 'requested'), eb('answerByMs', '<=', atMs)]),
        ]),
      )
      .execute()
    for (const { id } of over) {
      await whole(async (trx, effects) => {
        const row = await permissionRow(trx, id)
        return row === undefined ? ok(undefined) : endOne(trx, effects, row, { act: 'expire' }, TIME)
      })
    }
    for (const accountNo of await terms.lapsed()) await endTerms(accountNo, TIME)
    await forgetOld(registers, atMs)
  }
}
