// Where a dongle gets its update: the order that it should have now, the bytes it asks for, and what it says of them. It is the gateway's
// UpdatePort. Whether there is anything for it the rollout says; what it comes to is the core's word (members.ts).

import { createHmac } from 'node:crypto'
import { deriveKeys } from '../../shared/envelope/keys.ts'
import type { Clock } from '../../shared/kernel/clock.ts'
import type { DongleCredentials } from '../../shared/port/dongle-directory.ts'
import type { UpdatePort } from '../../shared/port/update-port.ts'
import { CHUNK_BYTES_MAX, type MacedOrder, type UpdateReport } from '../../shared/update/messages.ts'
import { updateMac } from '../../shared/update/update-order.ts'
import { type DongleRow, rowOf } from '../dongles/dongle-register.ts'
import type { Store } from '../store/store.ts'
import { isOpen, type MemberReport, memberAfter, OPEN_STATES, reportOf } from './members.ts'
import { rescueNow, TRIES_KEPT_S } from './rescue.ts'
import { addEvent, type MemberRow, memberByNo, rolloutByNo, rolloutsOf, type Trx } from './rows.ts'
import type { Turns } from './turns.ts'

export interface DeskRooms {
  store: Store
  clock: Clock
  turns: Turns
  credentials(dongleId: string): Promise<DongleCredentials | undefined>
}

interface OrderRow {
  no: number
  number: number
  memberNo: number | null
  trialS: number
  manifest: Uint8Array
  releaseNo: number
  isHeld?: boolean
}

/** A dongle that refused because its key had changed, or because it was busy with another trial, is told anew so often, and then not before. */
const ORDERS_MAX = 4
const ANEW_AFTER_S: { [code: string]: number } = { forged: 0, busy: 1800 }
/** Programs kept in memory: that of the running rollout, and that of the one before. */
const PROGRAMS_MAX = 2
const RESCUE_TRIAL_S = 600
/** Proved releases that a dongle in need may be given. */
const PROVED_MAX = 3
/** How an order ends that no rollout has given; in the words of members. */
const KINDS: { [outcome in MemberReport['outcome']]?: string } = {
  done: 'healthy',
  refused: 'refused',
  failed: 'failed',
  returned: 'returned',
}
const crypto = {
  hmacSha256: (key: Uint8Array, bytes: Uint8Array): Uint8Array => createHmac('sha256', key).update(bytes).digest(),
}

export function openDesk({ store, clock, turns, credentials }: DeskRooms): UpdatePort {
  const { registers } = store
  const programs = new Map<number, Uint8Array>()
  return { next, readChunk, note }

  async function next(dongleId: string, epoch: number): Promise<MacedOrder | undefined> {
    const known = await credentials(dongleId)
    const key = [known, ...(known?.others ?? [])].find(one => one?.epoch === epoch)?.deviceKey
    if (key === undefined || !(await mayHaveSome(dongleId))) return undefined
    const order = await registers.transaction().execute(async trx => {
      const dongle = await rowOf(trx, dongleId)
      if (dongle === undefined) return undefined
      await turns.supersede(trx, dongle.no)
      return (await openOrder(trx, dongle)) ?? (await newOrder(trx, dongle))
    })
    if (order === undefined || order.isHeld) return undefined
    const { number, manifest, trialS } = order
    const wanted = { number, manifest: new Uint8Array(manifest), soakS: trialS, isBackward: 0 }
    return { ...wanted, mac: updateMac(crypto, deriveKeys(crypto, key, epoch), dongleId, wanted) }
  }

  /** Asked with every session, and nearly always in vain: not in a transaction, of which there is one at a time over all backends. */
  async function mayHaveSome(dongleId: string): Promise<boolean> {
    const dongle = await rowOf(registers, dongleId)
    if (dongle === undefined) return false
    const order = registers
      .selectFrom('updateOrder')
      .select('no')
      .where('dongleNo', '=', dongle.no)
      .where('isOpen', '=', 1)
    if ((await order.executeTakeFirst()) !== undefined) return true
    const member = registers.selectFrom('rolloutMember').select('no').where('dongleNo', '=', dongle.no)
    const alive = member.where('state', 'in', ['waiting', ...OPEN_STATES])
    if ((await alive.executeTakeFirst()) !== undefined) return true
    const release = registers.selectFrom('dongleRelease').select('state').where('dongleNo', '=', dongle.no)
    return (await release.executeTakeFirst())?.state === 'rescue'
  }

  /** Held while its rollout is paused and the dongle has not all of it yet. */
  async function openOrder(trx: Trx, dongle: DongleRow): Promise<OrderRow | undefined> {
    const order = await ordersOf(trx)
      .where('updateOrder.dongleNo', '=', dongle.no)
      .where('isOpen', '=', 1)
      .executeTakeFirst()
    if (order === undefined || order.memberNo === null) return order
    const { state, rolloutNo } = await memberByNo(trx, order.memberNo)
    const { rollout } = await rolloutByNo(trx, rolloutNo)
    return { ...order, isHeld: state === 'given' && rollout.state === 'paused' }
  }

  async function newOrder(trx: Trx, dongle: DongleRow): Promise<OrderRow | undefined> {
    const member = (await givenWithoutOrder(trx, dongle.no)) ?? (await turns.give(trx, dongle.no, 'session'))
    if (member !== undefined) {
      const { releaseNo, rollout } = await rolloutByNo(trx, member.rolloutNo)
      return issue(trx, dongle.no, releaseNo, member.no, rollout.plan.trialS)
    }
    const releaseNo = await rescueRelease(trx, dongle.no)
    if (releaseNo === undefined) return undefined
    const event = { actor: 'platform', kind: 'given', releaseNo, dongleNo: dongle.no, detail: 'rescue' }
    await addEvent(trx, { atS: clock.wallS(), ...event })
    return issue(trx, dongle.no, releaseNo, null, RESCUE_TRIAL_S)
  }

  /** It was told once, and is to be told anew: now, later, or not again. */
  async function givenWithoutOrder(trx: Trx, dongleNo: number): Promise<MemberRow | undefined> {
    const member = await trx
      .selectFrom('rolloutMember')
      .selectAll()
      .where('dongleNo', '=', dongleNo)
      .where('state', '=', 'given')
      .where('via', '=', 'session')
      .orderBy('no', 'desc')
      .executeTakeFirst()
    const afterS = ANEW_AFTER_S[member?.code ?? '']
    return member !== undefined && afterS !== undefined && clock.wallS() - member.changedAtS >= afterS
      ? member
      : undefined
  }

  /** A dongle without a whole program gets what a rollout has proved, or else what is well on any dongle; how often says rescue.ts. */
  async function rescueRelease(trx: Trx, dongleNo: number): Promise<number | undefined> {
    const said = await trx.selectFrom('dongleRelease').selectAll().where('dongleNo', '=', dongleNo).executeTakeFirst()
    if (said?.state !== 'rescue') return undefined
    const proved = await provedReleases(trx, said.floor)
    const tries = await trx
      .selectFrom('updateOrder')
      .select(['releaseNo', 'createdAtS as atS'])
      .where('dongleNo', '=', dongleNo)
      .where('memberNo', 'is', null)
      .where('createdAtS', '>', clock.wallS() - TRIES_KEPT_S)
      .orderBy('no')
      .execute()
    return rescueNow(proved, tries, clock.wallS())
  }

  async function provedReleases(trx: Trx, floor: number): Promise<number[]> {
    const proved = await rolloutsOf(trx)
      .where('rollout.state', '=', 'done')
      .where('version', '>=', floor)
      .orderBy('version', 'desc')
      .execute()
    if (proved.length > 0) return [...new Set(proved.map(row => row.releaseNo))].slice(0, PROVED_MAX)
    const well = await trx
      .selectFrom('dongleRelease')
      .innerJoin('release', 'release.version', 'dongleRelease.version')
      .select('release.no')
      .distinct()
      .where('dongleRelease.state', '=', 'good')
      .where('release.version', '>=', floor)
      .orderBy('release.version', 'desc')
      .limit(PROVED_MAX)
      .execute()
    return well.map(row => row.no)
  }

  async function issue(trx: Trx, dongleNo: number, releaseNo: number, memberNo: number | null, trialS: number) {
    const { last } = await trx
      .selectFrom('updateOrder')
      .select(({ fn }) => fn.max('number').as('last'))
      .where('dongleNo', '=', dongleNo)
      .executeTakeFirstOrThrow()
    // above all before, also when the clock was set back
    const number = Math.max(Number(last ?? 0) + 1, clock.wallS() * 1000)
    const row = {
      dongleNo,
      number,
      releaseNo,
      memberNo,
      trialS,
      isOpen: 1 as const,
      loadedBytes: 0,
      createdAtS: clock.wallS(),
    }
    await trx.insertInto('updateOrder').values(row).execute()
    return ordersOf(trx)
      .where('updateOrder.dongleNo', '=', dongleNo)
      .where('number', '=', number)
      .executeTakeFirstOrThrow()
  }

  async function readChunk(dongleId: string, number: number, at: number, bytes: number) {
    const row = await registers
      .selectFrom('updateOrder')
      .innerJoin('dongle', 'dongle.no', 'updateOrder.dongleNo')
      .leftJoin('rolloutMember', 'rolloutMember.no', 'updateOrder.memberNo')
      .leftJoin('rollout', 'rollout.no', 'rolloutMember.rolloutNo')
      .select(['updateOrder.releaseNo', 'isOpen', 'rollout.state'])
      .where('dongle.id', '=', dongleId)
      .where('number', '=', number)
      .executeTakeFirst()
    if (row === undefined || row.isOpen === 0) return 'withdrawn'
    if (row.state === 'paused') return 'later'
    const program = await programOf(row.releaseNo)
    // Nothing lies behind the end: an empty chunk would mean something else.
    return at >= program.length ? 'later' : program.slice(at, at + Math.min(bytes, CHUNK_BYTES_MAX))
  }

  async function programOf(releaseNo: number): Promise<Uint8Array> {
    const known = programs.get(releaseNo)
    if (known !== undefined) return known
    const row = await registers
      .selectFrom('release')
      .select('program')
      .where('no', '=', releaseNo)
      .executeTakeFirstOrThrow()
    const program = new Uint8Array(row.program)
    programs.set(releaseNo, program)
    if (programs.size > PROGRAMS_MAX) programs.delete(programs.keys().next().value as number)
    return program
  }

  async function note(dongleId: string, report: UpdateReport): Promise<void> {
    await registers.transaction().execute(async trx => {
      const dongle = await rowOf(trx, dongleId)
      if (dongle === undefined) return
      await noteRelease(trx, dongle.no, report)
      if (report.state === 'good') await turns.prove(trx, dongle.no, report.running)
      const order = await trx
        .selectFrom('updateOrder')
        .selectAll()
        .where('dongleNo', '=', dongle.no)
        .where('number', '=', report.number)
        .executeTakeFirst()
      if (order === undefined) return
      if (report.loaded > order.loadedBytes) {
        await trx.updateTable('updateOrder').set({ loadedBytes: report.loaded }).where('no', '=', order.no).execute()
      }
      const said = reportOf(report)
      if (said === undefined) return
      if (order.memberNo === null) {
        await noteRescue(trx, order, said.outcome, report.code)
        return
      }
      const member = await memberByNo(trx, order.memberNo)
      const isAnew = order.isOpen === 1 && report.state === 'refused' && report.code in ANEW_AFTER_S
      if (isAnew && isOpen(member.state) && (await ordersCount(trx, member.no)) < ORDERS_MAX) {
        await closeOrder(trx, order.no)
        await saveCode(trx, member.no, report.code)
        return
      }
      const { version } = await rolloutByNo(trx, member.rolloutNo)
      const after = memberAfter(member.state, said, version)
      if (after !== member.state) await turns.settle(trx, member, after, report.code === 'none' ? null : report.code)
    })
  }

  /** What runs on it now; and what is worth an event by itself: both programs lost, or one of them. */
  async function noteRelease(trx: Trx, dongleNo: number, { running, state, code, floor }: UpdateReport): Promise<void> {
    const before = await trx.selectFrom('dongleRelease').selectAll().where('dongleNo', '=', dongleNo).executeTakeFirst()
    if (before === undefined) await turns.readmit(trx, dongleNo)
    const atS = clock.wallS()
    const row = { version: running, state, code, floor, atS }
    await trx
      .insertInto('dongleRelease')
      .values({ dongleNo, ...row })
      .onConflict(conflict => conflict.column('dongleNo').doUpdateSet(row))
      .execute()
    const event = { atS, actor: 'dongle', dongleNo }
    if (state === 'rescue' && before?.state !== 'rescue') await addEvent(trx, { ...event, kind: 'rescue' })
    const isWorn = state === 'good' && code === 'damaged'
    if (isWorn && before?.code !== 'damaged') await addEvent(trx, { ...event, kind: 'damaged' })
  }

  /** The same report comes in every session; an order ends once. */
  async function noteRescue(
    trx: Trx,
    order: { no: number; isOpen: number; releaseNo: number; dongleNo: number },
    outcome: MemberReport['outcome'],
    code: string,
  ): Promise<void> {
    const kind = KINDS[outcome]
    if (order.isOpen === 0 || kind === undefined) return
    await closeOrder(trx, order.no)
    const { releaseNo, dongleNo } = order
    const detail = code === 'none' ? undefined : code
    await addEvent(trx, { atS: clock.wallS(), actor: 'dongle', kind, releaseNo, dongleNo, detail })
  }

  async function closeOrder(trx: Trx, no: number): Promise<void> {
    await trx.updateTable('updateOrder').set({ isOpen: 0 }).where('no', '=', no).execute()
  }

  async function saveCode(trx: Trx, memberNo: number, code: string): Promise<void> {
    await trx.updateTable('rolloutMember').set({ code, changedAtS: clock.wallS() }).where('no', '=', memberNo).execute()
  }

  async function ordersCount(trx: Trx, memberNo: number): Promise<number> {
    const { count } = await trx
      .selectFrom('updateOrder')
      .select(({ fn }) => fn.countAll<number>().as('count'))
      .where('memberNo', '=', memberNo)
      .executeTakeFirstOrThrow()
    return Number(count)
  }
}

function ordersOf(trx: Trx) {
  return trx
    .selectFrom('updateOrder')
    .innerJoin('release', 'release.no', 'updateOrder.releaseNo')
    .select(['updateOrder.no', 'number', 'memberNo', 'trialS', 'manifest', 'updateOrder.releaseNo'])
}
