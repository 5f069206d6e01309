// Rollouts as rows: one is read, counted and written in here, in the transaction of whoever asks. It knows SQL and the core's types, and
// decides nothing.

import type { Kysely } from 'kysely'
import { seal } from '../audit/audit.ts'
import type { RolloutMemberTable, RolloutTable, Tables } from '../store/tables.ts'
import { isOpen, type MemberCount, type MemberState, tallyOf } from './members.ts'
import type { Rollout, RolloutState, WaveTally } from './rollout.ts'

export type Trx = Kysely<Tables>

export interface KnownRollout {
  no: number
  id: string
  releaseNo: number
  /** Of the release. */
  version: number
  name: string
  /** To how many dongles it was given. */
  given: number
  createdAtS: number
  rollout: Rollout
}

export type MemberRow = Omit<RolloutMemberTable, 'no'> & { no: number }

/** What anybody did about updates; never with a secret. */
export interface UpdateEvent {
  atS: number
  actor: string
  kind: string
  releaseNo?: number
  rolloutNo?: number
  dongleNo?: number
  detail?: string
}

/** In the transaction of what it tells about. */
export async function addEvent(trx: Trx, event: UpdateEvent): Promise<void> {
  const { releaseNo = null, rolloutNo = null, dongleNo = null, detail = null, ...rest } = event
  const row = { ...rest, releaseNo, rolloutNo, dongleNo, detail }
  await seal(
    trx,
    'updateEvent',
    await trx.insertInto('updateEvent').values(row).returningAll().executeTakeFirstOrThrow(),
  )
}

export function rolloutsOf(trx: Trx) {
  return trx
    .selectFrom('rollout')
    .innerJoin('release', 'release.no', 'rollout.releaseNo')
    .select(['rollout.no', 'rollout.id', 'releaseNo', 'version', 'name', 'given', 'createdAtS', 'body'])
}

type Row = Pick<RolloutTable, 'id' | 'releaseNo' | 'given' | 'createdAtS' | 'body'> & {
  no: number
  version: number
  name: string
}

export function knownOf({ body, ...row }: Row): KnownRollout {
  return { ...row, rollout: JSON.parse(body) as Rollout }
}

export async function rolloutById(trx: Trx, id: string): Promise<KnownRollout | undefined> {
  const row = await rolloutsOf(trx).where('rollout.id', '=', id).executeTakeFirst()
  return row && knownOf(row)
}

export async function rolloutByNo(trx: Trx, no: number): Promise<KnownRollout> {
  return knownOf(await rolloutsOf(trx).where('rollout.no', '=', no).executeTakeFirstOrThrow())
}

export async function rolloutsIn(trx: Trx, states: readonly RolloutState[]): Promise<KnownRollout[]> {
  return (await rolloutsOf(trx).where('rollout.state', 'in', states).orderBy('rollout.no', 'desc').execute()).map(
    knownOf,
  )
}

export function saveRollout(trx: Trx, no: number, rollout: Rollout) {
  return trx
    .updateTable('rollout')
    .set({ state: rollout.state, body: JSON.stringify(rollout) })
    .where('no', '=', no)
    .execute()
}

/** By wave; what every decision rests on. */
export async function talliesOf(trx: Trx, { no, rollout }: KnownRollout, nowS: number): Promise<WaveTally[]> {
  const lateAtS = nowS - rollout.plan.answerS
  const rows = await trx
    .selectFrom('rolloutMember')
    .select(({ fn, eb }) => [
      'waveNo',
      'state',
      eb('givenAtS', '<=', lateAtS).as('isLate'),
      fn.countAll<number>().as('count'),
    ])
    .where('rolloutNo', '=', no)
    .where('givenAtS', 'is not', null)
    .groupBy(['waveNo', 'state', 'isLate'])
    .execute()
  return rollout.plan.waves.map((_, waveNo) =>
    tallyOf(
      rows
        .filter(row => row.waveNo === waveNo)
        .map(
          ({ state, isLate, count }): MemberCount => ({ state, isLate: Number(isLate) === 1, count: Number(count) }),
        ),
    ),
  )
}

export function countGiven(trx: Trx, rolloutNo: number, more: 1 | -1) {
  return trx
    .updateTable('rollout')
    .set(({ eb }) => ({ given: eb('given', '+', more) }))
    .where('no', '=', rolloutNo)
    .execute()
}

/** How many of its dongles are in which state, for people. */
export async function countsOf(trx: Trx, rolloutNo: number): Promise<{ [state in MemberState]?: number }> {
  const rows = await trx
    .selectFrom('rolloutMember')
    .select(({ fn }) => ['state', fn.countAll<number>().as('count')])
    .where('rolloutNo', '=', rolloutNo)
    .groupBy('state')
    .execute()
  return Object.fromEntries(rows.map(({ state, count }) => [state, Number(count)]))
}

export async function memberByNo(trx: Trx, no: number): Promise<MemberRow> {
  return trx.selectFrom('rolloutMember').selectAll().where('no', '=', no).executeTakeFirstOrThrow()
}

/** Writes the state; whoever is not under way any more has no open order either. */
export async function saveMember(trx: Trx, no: number, state: MemberState, code: string | null, nowS: number) {
  await trx.updateTable('rolloutMember').set({ state, code, changedAtS: nowS }).where('no', '=', no).execute()
  if (!isOpen(state)) await trx.updateTable('updateOrder').set({ isOpen: 0 }).where('memberNo', '=', no).execute()
}
