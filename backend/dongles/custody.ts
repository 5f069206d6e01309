// Who has which dongle: every event of a dongle's life goes through here. Under one transaction it asks the core (lifecycle.ts), changes the
// row, writes the audit and notes what has to be done outside; then that is done, and done again after a crash until it is.

import type { Kysely } from 'kysely'
import type { Clock } from '../../shared/kernel/clock.ts'
import { failed, ok, type Result } from '../../shared/kernel/result.ts'
import type { CloneSign, DongleState } from '../../shared/port/dongle-directory.ts'
import type { OperatorAct, OwnAct } from '../../shared/schema/custody.ts'
import type { Store } from '../store/store.ts'
import type { Duty, Tables } from '../store/tables.ts'
import { type ClaimCodes, newClaimCode } from './claim-codes.ts'
import { recordEvent } from './dongle-events.ts'
import { type DongleRow, rowOf } from './dongle-register.ts'
import { type Change, type LifeEvent, type LifeEventName, type LifeFault, type Step, step } from './lifecycle.ts'

/** `claim.refused` says no more on purpose: a stranger must not learn whether it was the id, the code, or the time. */
export type ClaimFault = { code: 'claim.refused' }
export type ActFault = LifeFault | { code: 'dongle.unknown' }

export interface Done {
  state: DongleState
  /** After giving it away: for the next owner, kept as a hash only. */
  claimCode?: string
}

/** What others do when a dongle's state asks for it. */
export interface Hands {
  /** Tells the dongle, now or when it comes. */
  order(dongleId: string, wish: 'stop' | 'resume' | 'wipe' | 'rotate-key'): Promise<void>
  /** Closes its connections. */
  cut(dongleId: string, state: DongleState): void
  /** It has a new owner or perhaps a new meter: look whether it can be bound. */
  examine(dongleId: string): void
}

export interface Custody {
  /** Claims, or says that it is this account's already. */
  claim(dongleId: string, code: string, account: { no: number; id: string }): Promise<Result<Done, ClaimFault>>
  /** What its owner does. Somebody else's dongle is unknown. */
  act(dongleId: string, act: OwnAct, account: { no: number; id: string }): Promise<Result<Done, ActFault>>
  /** What an operator does. */
  operate(dongleId: string, act: OperatorAct): Promise<Result<Done, ActFault>>
  /** Any other event, if `guard` still says so; `also` happens in its transaction, if the event does. */
  happen(dongleId: string, event: LifeEvent, actor: string, also?: Also, guard?: Guard): Promise<Result<Done, ActFault>>
  /** Suspends dongles whose owner no longer holds the point that they are bound to: of this point, where a tenure has just ended, or of all. */
  leaveForeign(meteringPointNo?: number): Promise<void>
  suspect(dongleId: string, sign: CloneSign): Promise<void>
  /** Does what is still to be done of earlier steps. */
  fulfil(): Promise<void>
}

/** Asked of the row inside the transaction: it may have changed hands since it was looked at. */
type Guard = (row: DongleRow) => boolean
type Also = (trx: Kysely<Tables>, row: DongleRow) => Promise<unknown>

/** Signs that only who has the dongle's key can give. The others a recording played back can make: they are counted, and people look. */
const PROOFS: readonly CloneSign[] = ['other-nonce', 'other-content']
const NO_CHANGE: Pick<Step, 'changes' | 'duties'> = { changes: [], duties: [] }

export const OWN_EVENTS: { [act in OwnAct]: Exclude<LifeEventName, 'waiting'> } = {
  'report-lost': 'lost',
  found: 'found',
  'give-away': 'given-away',
  move: 'move-announced',
  stay: 'move-cancelled',
  'drop-claim': 'claim-dropped',
}
const OPERATOR_EVENTS: { [act in OperatorAct]: Exclude<LifeEventName, 'waiting'> } = {
  'report-lost': 'lost',
  found: 'found',
  'give-away': 'given-away',
  'clear-clone': 'clone-cleared',
  retire: 'retired',
}

export function openCustody(store: Store, clock: Clock, claimCodes: ClaimCodes, hands: Hands): Custody {
  const { registers } = store
  return { claim, act, operate, happen, leaveForeign, suspect, fulfil }

  async function claim(dongleId: string, code: string, account: { no: number; id: string }) {
    const hash = await claimCodes.fitting(dongleId, code)
    const actor = `grid-user ${account.id}`
    const claimed = await registers.transaction().execute(async trx => {
      const row = await rowOf(trx, dongleId)
      if (row === undefined) return failed({ code: 'claim.refused' as const })
      const isOwn = row.accountNo === account.no && row.state !== 'retired'
      if (isOwn) return ok(row.state)
      if (hash === undefined || !(await isStill(trx, row.no, hash))) return failed({ code: 'claim.refused' as const })
      if (row.state === 'claimed') await takeStep(trx, row, { event: 'claim-taken-over' }, actor)
      const taken = await takeStep(trx, { ...row, accountNo: account.no }, { event: 'claimed' }, actor)
      if (!taken.ok) return failed({ code: 'claim.refused' as const })
      await trx.updateTable('dongle').set({ claimedAtS: clock.wallS() }).where('no', '=', row.no).execute()
      return ok(taken.value.state)
    })
    if (!claimed.ok) return claimed
    hands.examine(dongleId)
    return ok({ state: claimed.value })
  }

  /** Between the look and now somebody may have burnt or replaced it. */
  async function isStill(trx: Kysely<Tables>, dongleNo: number, hash: Uint8Array): Promise<boolean> {
    const row = await trx.selectFrom('claimCode').select('hash').where('dongleNo', '=', dongleNo).executeTakeFirst()
    return row !== undefined && Buffer.compare(row.hash, hash) === 0
  }

  async function act(dongleId: string, name: OwnAct, account: { no: number; id: string }) {
    const row = await rowOf(registers, dongleId)
    if (row?.accountNo !== account.no) return failed({ code: 'dongle.unknown' as const })
    const isTheirs: Guard = now => now.accountNo === account.no
    return happenWithCode(dongleId, { event: OWN_EVENTS[name] }, `grid-user ${account.id}`, isTheirs)
  }

  function operate(dongleId: string, name: OperatorAct) {
    return happenWithCode(dongleId, { event: OPERATOR_EVENTS[name] }, 'operator')
  }

  async function happenWithCode(dongleId: string, event: LifeEvent, actor: string, guard?: Guard) {
    if (event.event !== 'given-away') return happen(dongleId, event, actor, undefined, guard)
    const { code, salt, hash } = await newClaimCode()
    const row = { salt, hash, createdAtS: clock.wallS() }
    const keepHash: Also = (trx, { no: dongleNo }) =>
      trx
        .insertInto('claimCode')
        .values({ dongleNo, ...row })
        .onConflict(conflict => conflict.column('dongleNo').doUpdateSet(row))
        .execute()
    const done = await happen(dongleId, event, actor, keepHash, guard)
    return done.ok ? ok({ ...done.value, claimCode: code }) : done
  }

  async function happen(dongleId: string, event: LifeEvent, actor: string, also?: Also, guard?: Guard) {
    const happened = await registers.transaction().execute(async trx => {
      const row = await rowOf(trx, dongleId)
      if (row === undefined || guard?.(row) === false) return failed({ code: 'dongle.unknown' as const })
      const taken = await takeStep(trx, row, event, actor)
      if (taken.ok) await also?.(trx, row)
      return taken
    })
    if (!happened.ok) return happened
    await fulfilFor(dongleId)
    const { state, reason } = happened.value
    if (reason === 'no-telegram' && event.event !== 'waiting') hands.examine(dongleId)
    return ok<Done>({ state })
  }

  /** The whole of one step, inside a transaction. `row.accountNo` is whom it concerns and who has it afterwards. */
  async function takeStep(
    trx: Kysely<Tables>,
    row: DongleRow,
    event: LifeEvent,
    actor: string,
  ): Promise<Result<Step, LifeFault>> {
    const { no: dongleNo, state, reason, accountNo } = row
    const stepped = step({ state, reason }, event, accountNo !== null)
    if (!stepped.ok) return stepped
    const next = stepped.value
    // Waiting for the same as before is no news.
    if (event.event === 'waiting' && next.state === state && next.reason === reason)
      return ok({ ...next, ...NO_CHANGE })
    const nowS = clock.wallS()
    const isOwnerGone = next.changes.includes('forget-owner')
    const since = next.state === state ? {} : { sinceS: nowS }
    await trx
      .updateTable('dongle')
      .set({ state: next.state, reason: next.reason, accountNo: isOwnerGone ? null : accountNo, ...since })
      .where('no', '=', dongleNo)
      .execute()
    for (const change of next.changes) await carryOut(trx, dongleNo, change, nowS)
    const told = { dongleNo, atS: nowS, fromState: state, toState: next.state, event: event.event, actor, accountNo }
    await recordEvent(trx, { ...told, reason: next.reason }, row.meteringPointNo)
    for (const duty of next.duties) await trx.insertInto('dongleDuty').values({ dongleNo, duty, atS: nowS }).execute()
    // Before the commit, while no group can be written: none after it is placed by what was.
    store.forget()
    return stepped
  }

  async function carryOut(trx: Kysely<Tables>, dongleNo: number, change: Change, nowS: number): Promise<void> {
    switch (change) {
      case 'burn-code':
        await trx.deleteFrom('claimCode').where('dongleNo', '=', dongleNo).execute()
        return
      case 'forget-meters':
        await trx.deleteFrom('dongleMeter').where('dongleNo', '=', dongleNo).execute()
        await trx.updateTable('dongle').set({ meter: null }).where('no', '=', dongleNo).execute()
        return
      case 'end-meters':
        await trx.updateTable('dongleMeter').set({ untilS: nowS }).where('dongleNo', '=', dongleNo).execute()
        return
      case 'reopen-meters':
        await trx.updateTable('dongleMeter').set({ untilS: null }).where('dongleNo', '=', dongleNo).execute()
        return
      case 'leave-point':
        await trx.updateTable('dongle').set({ meteringPointNo: null }).where('no', '=', dongleNo).execute()
        return
      case 'forget-owner':
        return // with the row itself
      default:
        change satisfies never
    }
  }

  async function leaveForeign(meteringPointNo?: number): Promise<void> {
    const foreign = registers
      .selectFrom('dongle')
      .select('id')
      .where('state', 'in', ['bound', 'suspended'])
      .where('meteringPointNo', 'is not', null)
      .where(({ not, exists, selectFrom }) =>
        not(
          exists(
            selectFrom('tenure')
              .select('tenure.no')
              .whereRef('tenure.meteringPointNo', '=', 'dongle.meteringPointNo')
              .whereRef('tenure.accountNo', '=', 'dongle.accountNo')
              .where('tenure.toS', 'is', null),
          ),
        ),
      )
    // One that an operator vouched for has no owner to compare with: it goes with the tenure that is known to have ended.
    const rows = await (meteringPointNo === undefined
      ? foreign.where('accountNo', 'is not', null)
      : foreign.where('meteringPointNo', '=', meteringPointNo)
    ).execute()
    for (const { id } of rows) await happen(id, { event: 'tenure-ended' }, 'register')
  }

  async function suspect(dongleId: string, sign: CloneSign): Promise<void> {
    if (!PROOFS.includes(sign)) return
    const row = await rowOf(registers, dongleId)
    if (row?.reason === 'clone') return
    await happen(dongleId, { event: 'clone-seen' }, 'system') // one that nobody has yet has nothing to lose
  }

  async function fulfil(): Promise<void> {
    const rows = await registers
      .selectFrom('dongleDuty')
      .innerJoin('dongle', 'dongle.no', 'dongleDuty.dongleNo')
      .select('dongle.id')
      .distinct()
      .execute()
    for (const { id } of rows) await fulfilFor(id)
  }

  async function fulfilFor(dongleId: string): Promise<void> {
    const row = await rowOf(registers, dongleId)
    if (row === undefined) return
    const duties = await registers
      .selectFrom('dongleDuty')
      .select(['no', 'duty'])
      .where('dongleNo', '=', row.no)
      .orderBy('no')
      .execute()
    for (const { no, duty } of duties) {
      await fulfilOne(row, duty)
      await registers.deleteFrom('dongleDuty').where('no', '=', no).execute()
    }
  }

  /** Each may be done twice. */
  async function fulfilOne({ id, state }: DongleRow, duty: Duty): Promise<void> {
    switch (duty) {
      case 'cut':
        return hands.cut(id, state)
      case 'release-held':
        await store.release(id)
        return
      case 'discard-held':
        return store.discard(id)
      default:
        return hands.order(id, duty)
    }
  }
}
