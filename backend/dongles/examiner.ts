// Looks whether a claimed dongle is where it should be: what it heard of its meter, beside what the access register has for its owner. One
// at a time, so that a slow register holds up nobody; a silent one is asked again later, and until then nothing is released.

import type { Kysely } from 'kysely'
import type { Result } from '../../shared/kernel/result.ts'
import type { DongleStatus } from '../../shared/port/ingest-port.ts'
import type { RegisterEntry } from '../../shared/schema/access-register.ts'
import type { AccessRegister, RegisterFault } from '../access-register/access-register.ts'
import { plainSerial } from '../access-register/entries.ts'
import type { Accounts } from '../accounts/accounts.ts'
import type { Store } from '../store/store.ts'
import type { Tables } from '../store/tables.ts'
import type { Tenures } from '../tenures/tenures.ts'
import type { Custody } from './custody.ts'
import { type DongleRow, rowOf } from './dongle-register.ts'
import { judgeMeter } from './meter-verdict.ts'

export interface ExaminerRooms {
  store: Store
  register: AccessRegister
  tenures: Tenures
  accounts: Accounts
  custody: Custody
  tenureEnded(tenureNo: number, meteringPointNo: number): Promise<void>
  /** Told how asking the register went: undefined when it answered. */
  registerTold(fault: RegisterFault | undefined): void
  /** Told of what should not be; the dongle is looked at again with the next round. */
  failed(error: unknown): void
}

export interface Examiner {
  /** A status came: if it names a meter that the dongle was not behind before, that is looked into. */
  heard(status: DongleStatus): Promise<void>
  /** Looks soon. */
  examine(dongleId: string): void
  /** Looks again at those that a silent register, or a meter that it did not have, keeps waiting. */
  retry(): Promise<void>
  /** Resolves when nothing is left to look at. */
  idle(): Promise<void>
}

const RETRIED_MAX = 200

export function openExaminer(rooms: ExaminerRooms): Examiner {
  const { store, register, tenures, accounts, custody } = rooms
  const { registers } = store
  const waiting = new Set<string>()
  let running: Promise<void> | undefined
  /** Set in a round in which the register did not answer: nobody else in it waits for the same silence. */
  let silence: { ok: false; fault: RegisterFault } | undefined

  return { heard, examine, retry, idle }

  async function heard({ dongleId, meter, meterSerial }: DongleStatus): Promise<void> {
    const serial = meterSerial === undefined ? undefined : plainSerial(meterSerial)
    if (meter === undefined || serial === undefined) return
    const row = await rowOf(registers, dongleId)
    if (row === undefined || row.state === 'lost' || row.state === 'retired' || row.state === 'transfer') return
    const known = await meterOf(registers, row.no, meter)
    if (row.meter === meter && known?.serial === serial) return
    await registers.transaction().execute(async trx => {
      await trx.updateTable('dongle').set({ meter }).where('no', '=', row.no).execute()
      const next = { serial, tenureNo: null, untilS: null }
      if (known?.serial === serial) return
      // A number whose serial has become another is another meter: what was bound to it is not this one's.
      await trx
        .insertInto('dongleMeter')
        .values({ dongleNo: row.no, meter, ...next })
        .onConflict(conflict => conflict.columns(['dongleNo', 'meter']).doUpdateSet(next))
        .execute()
      store.forget()
    })
    if (row.accountNo !== null) examine(dongleId)
  }

  function examine(dongleId: string): void {
    waiting.add(dongleId)
    running ??= run()
  }

  async function run(): Promise<void> {
    for (const dongleId of waiting) {
      waiting.delete(dongleId)
      try {
        await look(dongleId)
      } catch (error) {
        rooms.failed(error)
      }
    }
    running = undefined // in the same turn as the last look: who comes now starts anew
  }

  async function look(dongleId: string): Promise<void> {
    const row = await rowOf(registers, dongleId)
    if (row === undefined) return
    if (row.accountNo === null) return lookAtVouched(row)
    const meter = row.meter === null ? undefined : await meterOf(registers, row.no, row.meter)
    const holderId = await accounts.holderIdOf(row.accountNo)
    const points = holderId === undefined || meter === undefined ? undefined : await pointsOf(holderId)
    const verdict =
      holderId !== undefined && meter === undefined
        ? ({ kind: 'waits', reason: 'no-telegram' } as const)
        : judgeMeter(meter?.serial, points)
    // Where it is bound already, silence changes nothing.
    const isAsBefore = row.state === 'bound' && meter !== undefined && meter.tenureNo !== null
    if (verdict.kind === 'fits' && meter !== undefined) await bind(row, meter.meter, verdict.entry)
    else if (verdict.kind === 'waits' && !(isAsBefore && verdict.reason === 'register-unreachable')) {
      await custody.happen(
        dongleId,
        { event: 'waiting', reason: verdict.reason },
        'register',
        undefined,
        isUnchanged(row),
      )
    }
  }

  /** An operator has answered for it before it was suspended, and has looked since. */
  async function lookAtVouched({ id, meteringPointNo, reason }: DongleRow): Promise<void> {
    if (meteringPointNo !== null && reason === 'no-telegram') await custody.happen(id, { event: 'bound' }, 'operator')
  }

  async function bind(row: DongleRow, meter: number, entry: RegisterEntry): Promise<void> {
    const { meteringPointNo, tenureNo, endedNo } = await tenures.follow(entry)
    if (endedNo !== undefined && meteringPointNo !== undefined) await rooms.tenureEnded(endedNo, meteringPointNo)
    const bound = await meterOf(registers, row.no, meter)
    // Announced as leaving, and still behind the meter that it is to leave.
    if (row.reason === 'moving' && bound?.untilS !== null) return
    if (row.state === 'bound' && bound?.tenureNo === tenureNo && row.meteringPointNo === meteringPointNo) return
    const event = nameOf(row, bound?.tenureNo ?? null, await lastPointOf(row), meteringPointNo)
    const setPlace: Parameters<Custody['happen']>[3] = async (trx, { no }) => {
      await trx.updateTable('dongle').set({ meteringPointNo }).where('no', '=', no).execute()
      const itsMeter = trx.updateTable('dongleMeter').where('dongleNo', '=', no).where('meter', '=', meter)
      await itsMeter.set({ tenureNo, untilS: null }).execute()
    }
    await custody.happen(row.id, { event }, 'register', setPlace, isUnchanged(row))
  }

  /** Where its readings went so far. */
  async function lastPointOf({ no }: DongleRow): Promise<number | undefined> {
    const row = await registers
      .selectFrom('dongleMeter')
      .innerJoin('tenure', 'tenure.no', 'dongleMeter.tenureNo')
      .select('tenure.meteringPointNo')
      .where('dongleMeter.dongleNo', '=', no)
      .orderBy('dongleMeter.meter', 'desc')
      .executeTakeFirst()
    return row?.meteringPointNo ?? undefined
  }

  async function pointsOf(holderId: string): Promise<Result<RegisterEntry[], RegisterFault>> {
    if (silence !== undefined) return silence
    const points = await register.pointsOf(holderId)
    if (!points.ok) silence = points
    rooms.registerTold(points.ok ? undefined : points.fault)
    return points
  }

  async function retry(): Promise<void> {
    silence = undefined
    const rows = await registers
      .selectFrom('dongle')
      .select('id')
      .where('reason', 'in', ['register-unreachable', 'no-telegram'])
      .where('meter', 'is not', null)
      .orderBy('sinceS')
      .limit(RETRIED_MAX)
      .execute()
    for (const { id } of rows) examine(id)
  }

  async function idle(): Promise<void> {
    while (running !== undefined) await running
  }
}

/** What was judged was asked of the register for this person and this meter: it may have changed hands or place since. */
function isUnchanged({ accountNo, claimedAtS, meter }: DongleRow): (now: DongleRow) => boolean {
  return now => now.accountNo === accountNo && now.claimedAtS === claimedAtS && now.meter === meter
}

/** `tenureNo`: that of the meter it is behind, null for a new one; `before`: the point that its readings went to so far. */
function nameOf(
  { state, reason }: DongleRow,
  tenureNo: number | null,
  before: number | undefined,
  point: number | undefined,
): 'bound' | 'meter-swapped' | 'moved' {
  if (state === 'claimed' || reason === 'no-telegram' || before === undefined) return 'bound'
  if (before !== point) return 'moved'
  return tenureNo === null ? 'meter-swapped' : 'bound'
}

function meterOf(registers: Kysely<Tables>, dongleNo: number, meter: number) {
  return registers
    .selectFrom('dongleMeter')
    .selectAll()
    .where('dongleNo', '=', dongleNo)
    .where('meter', '=', meter)
    .executeTakeFirst()
}
