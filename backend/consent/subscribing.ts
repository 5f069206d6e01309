// Subscribing: what would be shared is put into words, and a yes to exactly those words becomes a permission with its receipt. What is looked at beside
// the permission's own life: whose the point is, what is published, what was read, and the terms of use.

import { assert } from '../../shared/kernel/assert.ts'
import { failed, ok, type Result } from '../../shared/kernel/result.ts'
import type { OwnPermission } from '../../shared/schema/permission.ts'
import { randomId } from '../random-id.ts'
import type { Ending } from './ending.ts'
import { insertNotices } from './notices.ts'
import { type FoundOffer, liveOf, offerFor, openRequest } from './offers.ts'
import { decide, type PermissionFault } from './permission.ts'
import type { Receipts } from './receipt.ts'
import type {
  Asker,
  Granted,
  PermissionRegister,
  Requested,
  SubscribeFault,
  SubscriptionWish,
  Yes,
} from './register.ts'
import { insertNext, insertRequested, ownRow, type PermissionRow, permissionRow, type Trx } from './rows.ts'
import { statementOf } from './statement.ts'
import type { Terms } from './terms.ts'
import type { Effects, Transacting } from './transact.ts'
import { ownView } from './views.ts'

/** A request that nobody answers lapses. */
const ANSWER_WITHIN_MS = 3_600_000

interface SubscribingRooms {
  transacting: Transacting
  ending: Ending
  terms: Terms
  receipts: Receipts
  nowMs(): number
}

export type Subscribing = Pick<PermissionRegister, 'request' | 'grant' | 'refuse'>

export function createSubscribing({ transacting, ending, terms, receipts, nowMs }: SubscribingRooms): Subscribing {
  const { once } = transacting
  return { request, grant, refuse }

  function request(asker: Asker, wish: SubscriptionWish) {
    return once(asker.once, async (trx): Promise<Result<Requested, SubscribeFault>> => {
      const found = await offerFor(trx, asker.accountNo, wish)
      if (!found.ok) return found
      const offer = found.value
      if ((await liveOf(trx, offer))?.permission.version === offer.version)
        return failed({ code: 'permission.exists' as const })
      const row = (await openRequest(trx, offer, nowMs())) ?? (await newRequest(trx, offer, asker))
      return ok({ permission: await ownView(trx, row), statement: statementOf(offer, wish.language, wish.lifetimeS) })
    })
  }

  async function newRequest(trx: Trx, offer: FoundOffer, { accountNo, actor }: Asker): Promise<PermissionRow> {
    const { espId, espNo, serviceId, serviceNo, version, ean, tenureNo, tenureFromS } = offer
    const permissionId = randomId('perm')
    const scope = { permissionId, espId, serviceId, version, ean, tenureNo, tenureFromS, need: offer.service.need }
    const atMs = nowMs()
    const event = decide(undefined, { act: 'request', scope, answerByMs: atMs + ANSWER_WITHIN_MS }, atMs)
    assert(event.ok && event.value.kind === 'requested', 'a new permission can be requested')
    await insertRequested(trx, event.value, { espNo, serviceNo, accountNo }, actor)
    return (await permissionRow(trx, permissionId)) as PermissionRow
  }

  function grant(asker: Asker, permissionId: string, yes: Yes) {
    return once(asker.once, async (trx, effects): Promise<Result<Granted, SubscribeFault>> => {
      const row = await ownRow(trx, asker.accountNo, permissionId)
      if (row === undefined) return failed({ code: 'permission.unknown' as const })
      const decided = decide(row.permission, { act: 'grant', lifetimeS: yes.lifetimeS }, nowMs())
      if (!decided.ok) return decided
      assert(decided.value.kind === 'granted', 'a grant grants')
      const agreed = await agreedIn(trx, asker, row, yes)
      if (!agreed.ok) return agreed
      const { offer, termsVersion } = agreed.value
      if (!(await makeRoom(trx, effects, offer, asker))) return failed({ code: 'permission.exists' as const })
      const { statement, language } = yes
      const next = await insertNext(trx, row, decided.value, asker.actor, {
        ...{ statement, language, termsVersion, provedBeforeS: asker.freshS },
      })
      await insertNotices(trx, next, decided.value.atMs)
      const jws = await receipts.sign({
        ...{ permission: next.permission, esp: offer.esp, service: offer.service, termsVersion },
        statement: statementOf(offer, language, yes.lifetimeS),
        accountId: asker.accountId,
        meteringPointId: row.meteringPointId,
      })
      await trx.insertInto('consentReceipt').values({ permissionNo: row.no, jws }).execute()
      effects.granted(next.permission)
      return ok({ permission: await ownView(trx, next), receipt: jws })
    })
  }

  /** An older version's permission goes, and one whose time is over; false: there is one like this already. */
  async function makeRoom(trx: Trx, effects: Effects, offer: FoundOffer, { actor }: Asker): Promise<boolean> {
    const before = await liveOf(trx, offer)
    if (before === undefined) return true
    if (before.permission.untilMs <= nowMs()) await ending.endOne(trx, effects, before, { act: 'expire' }, 'time')
    else if (before.permission.version >= offer.version) return false
    else await ending.endOne(trx, effects, before, { act: 'revoke', cause: 'replaced' }, actor)
    return true
  }

  /** What the yes is to is what would be agreed now: point, version, words, terms of use. */
  async function agreedIn(
    trx: Trx,
    { accountNo }: Asker,
    { permission, meteringPointId }: PermissionRow,
    yes: Yes,
  ): Promise<Result<{ offer: FoundOffer; termsVersion: number }, SubscribeFault>> {
    const found = await offerFor(trx, accountNo, { meteringPointId, serviceId: permission.serviceId })
    if (!found.ok) return found
    const offer = found.value
    const termsVersion = (await terms.newest(trx))?.version
    if (termsVersion === undefined || (await terms.acceptedBy(accountNo, trx))?.version !== termsVersion) {
      return failed({ code: 'terms.not-accepted' })
    }
    const isRead = statementOf(offer, yes.language, yes.lifetimeS).digest === yes.statement
    if (offer.version !== permission.version || !isRead) return failed({ code: 'statement.other' })
    return ok({ offer, termsVersion })
  }

  function refuse(asker: Asker, permissionId: string, reason: string) {
    return once(asker.once, async (trx): Promise<Result<OwnPermission, PermissionFault>> => {
      const row = await ownRow(trx, asker.accountNo, permissionId)
      const decided = decide(row?.permission, { act: 'refuse' }, nowMs())
      if (!decided.ok) return decided
      assert(row !== undefined && decided.value.kind === 'refused', 'a refusal refuses')
      return ok(await ownView(trx, await insertNext(trx, row, decided.value, asker.actor, { reason })))
    })
  }
}
