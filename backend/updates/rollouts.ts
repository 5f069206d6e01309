// Rollouts from the proposal to the end: people's words and the passing of time go into the core, what it decides is written down with who
// caused it. Which dongle is given the update at which moment is the desk's business (desk.ts).

import { createHash } from 'node:crypto'
import type { Clock } from '../../shared/kernel/clock.ts'
import { failed, ok, type Result } from '../../shared/kernel/result.ts'
import { decodeManifest } from '../../shared/update/manifest.ts'
import type { Newest, Oldest } from '../api/pages.ts'
import { randomId } from '../random-id.ts'
import type { Store } from '../store/store.ts'
import { type MemberState, NO_UPDATER, OTHER_ENGINE } from './members.ts'
import { faultOfPlan, isInWindow, type PlanFault, type RolloutPlan } from './plan.ts'
import { proposeRollout, type RolloutEvent, type RolloutFault, stepRollout, type WaveTally } from './rollout.ts'
import {
  addEvent,
  countsOf,
  type KnownRollout,
  knownOf,
  rolloutById,
  rolloutByNo,
  rolloutsIn,
  rolloutsOf,
  saveRollout,
  type Trx,
  talliesOf,
} from './rows.ts'

export interface Proposal {
  version: number
  plan: RolloutPlan
  /** Dongles that go first, in this order. */
  pilots: string[]
}

export type ProposalFault =
  | PlanFault
  | { code: 'release.unknown' }
  | { code: 'release.untrusted' }
  | { code: 'dongle.unknown'; dongleId: string }
  /** Another one is proposed or under way. */
  | { code: 'rollout.busy'; id: string }
  /** Everybody has it already, or nobody is there. */
  | { code: 'rollout.empty' }

export type WordFault = RolloutFault | { code: 'rollout.unknown' } | { code: 'release.untrusted' }
export type Word = 'approved' | 'paused' | 'resumed' | 'cancelled'

export interface RolloutView extends KnownRollout {
  tallies: WaveTally[]
  counts: { [state in MemberState]?: number }
}

export interface MemberView {
  /** Its place in the order of turns, from 0. */
  rank: number
  dongleId: string
  state: MemberState
  code: string | null
  waveNo: number | null
  givenAtS: number | null
  changedAtS: number
}

export interface EventView {
  no: number
  atS: number
  actor: string
  kind: string
  dongleId: string | null
  detail: string | null
  rolloutId: string | null
  /** Of the release. */
  version: number | null
  /** The actor's name, where it is a person. */
  who: string | null
}

export interface Rollouts {
  propose(proposal: Proposal, actor: string): Promise<Result<RolloutView, ProposalFault>>
  say(id: string, word: Word, actor: string): Promise<Result<RolloutView, WordFault>>
  /** Newest first. */
  list(page: Newest): Promise<RolloutView[]>
  show(id: string): Promise<RolloutView | undefined>
  members(id: string, state: MemberState | undefined, page: Oldest): Promise<MemberView[]>
  /** Newest first; undefined: of all rollouts and releases. `isActsOnly`: what people and the platform did, without each dongle's own story. */
  events(id: string | undefined, page: Newest, isActsOnly?: boolean): Promise<EventView[]>
  /** Lets the core look at one rollout, in the caller's transaction. */
  look(trx: Trx, rolloutNo: number): Promise<void>
  /** Lets the core look at all that are alive. */
  lookAtAll(): Promise<void>
}

/** A dongle in the order of the turns; `code`: why it cannot be updated. */
interface Turn {
  dongleNo: number
  code: string | null
}

/** Not lost, not retired, not still on the bench. */
const SERVED = ['registered', 'claimed', 'bound', 'suspended', 'transfer'] as const
const UNDER_WAY = ['proposed', 'running', 'paused'] as const
/** Heard of within so long, a dongle is likely to be there: those get their turn first. */
const HERE_MS = 86_400_000
const INSERT_ROWS = 500

/** `invite` is told the ids of dongles for which there may be something now; `isTrusted` is asked before a release goes out. */
export function openRollouts(
  { registers }: Store,
  clock: Clock,
  isTrusted: (version: number) => Promise<boolean>,
  invite: (dongleIds: string[]) => void,
): Rollouts {
  /** Rollouts that were running in their window when they were last looked at. */
  const openNow = new Set<number>()
  return { propose, say, list, show, members, events, look, lookAtAll }

  async function propose({ version, plan, pilots }: Proposal, actor: string) {
    const planFault = faultOfPlan(plan)
    if (planFault !== undefined) return failed(planFault)
    const id = randomId('ro')
    const hasTrust = await isTrusted(version)
    const fault = await registers.transaction().execute(async trx => {
      const release = await trx.selectFrom('release').selectAll().where('version', '=', version).executeTakeFirst()
      if (release === undefined) return { code: 'release.unknown' as const }
      if (!hasTrust) return { code: 'release.untrusted' as const }
      const [busy] = await rolloutsIn(trx, UNDER_WAY)
      if (busy !== undefined) return { code: 'rollout.busy' as const, id: busy.id }
      const engine = decodeManifest(release.manifest)?.engine as string
      const turns = await turnsOf(trx, { id, version, engine, pilots })
      if (!turns.ok) return turns.fault
      const { able, unable } = turns.value
      if (able.length === 0) return { code: 'rollout.empty' as const }
      const rollout = proposeRollout(plan, able.length, actor)
      const row = {
        id,
        releaseNo: release.no,
        state: rollout.state,
        body: JSON.stringify(rollout),
        given: 0,
        createdAtS: clock.wallS(),
      }
      const { no } = await trx.insertInto('rollout').values(row).returning('no').executeTakeFirstOrThrow()
      await enlist(trx, no, [...able, ...unable])
      const others = unable.length === 0 ? '' : `, ${unable.length} more cannot take it`
      const detail = `version ${version}, ${able.length} dongles${others}`
      await addEvent(trx, { atS: clock.wallS(), actor, kind: 'proposed', releaseNo: release.no, rolloutNo: no, detail })
      return undefined
    })
    return fault === undefined ? ok((await show(id)) as RolloutView) : failed(fault)
  }

  // Pilots first, then who was here lately, each lot in an order that is another for every rollout: nobody is always first. Behind them, so
  // that people see it, those that it cannot be given to.
  async function turnsOf(
    trx: Trx,
    { id, version, engine, pilots }: { id: string; version: number; engine: string; pilots: string[] },
  ): Promise<Result<{ able: Turn[]; unable: Turn[] }, ProposalFault>> {
    const rows = await trx
      .selectFrom('dongle')
      .leftJoin('dongleRelease', 'dongleRelease.dongleNo', 'dongle.no')
      .leftJoin('dongleOrigin', 'dongleOrigin.dongleNo', 'dongle.no')
      .leftJoin('dongleStatus', 'dongleStatus.dongleNo', 'dongle.no')
      .leftJoin('ddiTarget', 'ddiTarget.dongleNo', 'dongle.no')
      .select(['dongle.no', 'dongle.id', 'dongleRelease.version', 'dongleOrigin.engine', 'dongleStatus.receivedAtMs'])
      .select('ddiTarget.dongleNo as target')
      .where('dongle.state', 'in', SERVED)
      .execute()
    const older = rows.filter(row => (row.version ?? 0) < version)
    const whyNot = (row: (typeof rows)[number]): string | null => {
      if (row.engine !== null && row.engine !== engine) return OTHER_ENGINE
      const hasSpoken = row.receivedAtMs !== null && row.version === null
      return hasSpoken && row.target === null ? NO_UPDATER : null
    }
    const fitting = older.filter(row => whyNot(row) === null)
    const missing = pilots.find(pilot => !fitting.some(row => row.id === pilot))
    if (missing !== undefined) return failed({ code: 'dongle.unknown', dongleId: missing })
    const hereMs = clock.wallS() * 1000 - HERE_MS
    const keyOf = (row: (typeof rows)[number]): string => {
      const pilot = pilots.indexOf(row.id)
      const lot = pilot >= 0 ? `0${String(pilot).padStart(6, '0')}` : (row.receivedAtMs ?? 0) >= hereMs ? '1' : '2'
      return lot + createHash('sha256').update(`${id}|${row.id}`).digest('hex')
    }
    const turns = older.map(row => ({ dongleNo: row.no, code: whyNot(row), key: keyOf(row) }))
    turns.sort((a, b) => (a.key < b.key ? -1 : 1))
    return ok({ able: turns.filter(turn => turn.code === null), unable: turns.filter(turn => turn.code !== null) })
  }

  async function enlist(trx: Trx, rolloutNo: number, turns: Turn[]): Promise<void> {
    const rows = turns.map(({ dongleNo, code }, rank) => ({
      rolloutNo,
      dongleNo,
      rank,
      state: code === null ? ('waiting' as const) : ('unable' as const),
      code,
      waveNo: null,
      givenAtS: null,
      changedAtS: clock.wallS(),
      via: null,
    }))
    for (let i = 0; i < rows.length; i += INSERT_ROWS) {
      await trx
        .insertInto('rolloutMember')
        .values(rows.slice(i, i + INSERT_ROWS))
        .execute()
    }
  }

  async function say(id: string, word: Word, actor: string) {
    const rollout = await rolloutById(registers, id)
    const mustBeTrusted = word === 'approved' || word === 'resumed'
    if (rollout !== undefined && mustBeTrusted && !(await isTrusted(rollout.version))) {
      return failed({ code: 'release.untrusted' as const })
    }
    const fault = await registers.transaction().execute(async trx => {
      const known = await rolloutById(trx, id)
      if (known === undefined) return { code: 'rollout.unknown' as const }
      const stepped = await step(trx, known, { kind: word, by: actor, nowS: clock.wallS() })
      if (stepped.ok) return undefined
      // Four eyes: that somebody tried with two is worth knowing.
      if (stepped.fault.code === 'rollout.same-person') {
        const common = { rolloutNo: known.no, releaseNo: known.releaseNo, detail: 'same-person' }
        await addEvent(trx, { atS: clock.wallS(), actor, kind: 'approval-refused', ...common })
      }
      return stepped.fault
    })
    return fault === undefined ? ok((await show(id)) as RolloutView) : failed(fault)
  }

  async function look(trx: Trx, rolloutNo: number): Promise<void> {
    await step(trx, await rolloutByNo(trx, rolloutNo), { kind: 'looked', nowS: clock.wallS() })
  }

  async function lookAtAll(): Promise<void> {
    const alive = await rolloutsIn(registers, ['running', 'paused'])
    for (const { no, rollout, createdAtS } of alive) {
      await registers.transaction().execute(async trx => {
        await passOver(trx, no, rollout.admitted, createdAtS)
        await look(trx, no)
      })
    }
    // Dongles that were there all the while have asked before the window opened.
    for (const { no, rollout } of alive) {
      const isOpen = rollout.state === 'running' && isInWindow(rollout.plan.window, clock.wallS())
      if (isOpen && !openNow.has(no)) invite(await candidatesOf(registers, no, rollout.admitted))
      if (isOpen) openNow.add(no)
      else openNow.delete(no)
    }
  }

  /** Who has its turn, was here since, and never said a word about updates, has none to give: its place is another's when the wave has waited. */
  async function passOver(trx: Trx, rolloutNo: number, admitted: number, sinceS: number): Promise<void> {
    const mute = trx
      .selectFrom('dongleStatus')
      .leftJoin('dongleRelease', 'dongleRelease.dongleNo', 'dongleStatus.dongleNo')
      .leftJoin('ddiTarget', 'ddiTarget.dongleNo', 'dongleStatus.dongleNo')
      .select('dongleStatus.dongleNo')
      .where('receivedAtMs', '>', sinceS * 1000)
      .where('dongleRelease.dongleNo', 'is', null)
      .where('ddiTarget.dongleNo', 'is', null)
    await trx
      .updateTable('rolloutMember')
      .set({ state: 'unable', code: NO_UPDATER, changedAtS: clock.wallS() })
      .where('rolloutNo', '=', rolloutNo)
      .where('state', '=', 'waiting')
      .where('rank', '<', admitted)
      .where('dongleNo', 'in', mute)
      .execute()
  }

  async function step(trx: Trx, known: KnownRollout, event: RolloutEvent): Promise<Result<void, RolloutFault>> {
    const tallies = await talliesOf(trx, known, event.nowS)
    const stepped = stepRollout(known.rollout, tallies, event)
    if (!stepped.ok) return stepped
    const { rollout, effects } = stepped.value
    await saveRollout(trx, known.no, rollout)
    const common = { atS: event.nowS, rolloutNo: known.no, releaseNo: known.releaseNo }
    for (const effect of effects) {
      if (effect.kind === 'changed') {
        // what a person said, or else what has become of it
        const kind = event.kind === 'looked' ? effect.to : event.kind
        await addEvent(trx, { ...common, actor: effect.by, kind, detail: effect.reason ?? undefined })
      } else if (effect.kind === 'wave') {
        await addEvent(trx, { ...common, actor: 'platform', kind: 'wave', detail: String(effect.waveNo + 1) })
      } else if (effect.kind === 'widened') {
        await addEvent(trx, { ...common, actor: 'platform', kind: 'widened', detail: String(effect.admitted) })
      } else if (effect.kind === 'withdraw') await withdraw(trx, known.no, event.nowS)
      else invite(await candidatesOf(trx, known.no, rollout.admitted))
    }
    return ok(undefined)
  }

  /** Who has not all of the program yet shall not get the rest. */
  async function withdraw(trx: Trx, rolloutNo: number, nowS: number): Promise<void> {
    const given = trx
      .selectFrom('rolloutMember')
      .select('no')
      .where('rolloutNo', '=', rolloutNo)
      .where('state', '=', 'given')
    await trx.updateTable('updateOrder').set({ isOpen: 0 }).where('memberNo', 'in', given).execute()
    await trx
      .updateTable('rolloutMember')
      .set({ state: 'withdrawn', changedAtS: nowS })
      .where('rolloutNo', '=', rolloutNo)
      .where('state', '=', 'given')
      .execute()
  }

  async function candidatesOf(trx: Trx, rolloutNo: number, admitted: number): Promise<string[]> {
    const rows = await trx
      .selectFrom('rolloutMember')
      .innerJoin('dongle', 'dongle.no', 'rolloutMember.dongleNo')
      .select('dongle.id')
      .where('rolloutNo', '=', rolloutNo)
      .where('rolloutMember.state', '=', 'waiting')
      .where('rank', '<', admitted)
      .orderBy('rank')
      .execute()
    return rows.map(row => row.id)
  }

  async function viewOf(known: KnownRollout): Promise<RolloutView> {
    const tallies = await talliesOf(registers, known, clock.wallS())
    return { ...known, tallies, counts: await countsOf(registers, known.no) }
  }

  async function list({ before, limit }: Newest): Promise<RolloutView[]> {
    const all = rolloutsOf(registers).where('rollout.no', '<', before)
    const rows = await all.orderBy('rollout.no', 'desc').limit(limit).execute()
    return Promise.all(rows.map(row => viewOf(knownOf(row))))
  }

  async function show(id: string): Promise<RolloutView | undefined> {
    const known = await rolloutById(registers, id)
    return known && viewOf(known)
  }

  async function members(id: string, state: MemberState | undefined, { after, limit }: Oldest): Promise<MemberView[]> {
    const all = registers
      .selectFrom('rolloutMember')
      .innerJoin('rollout', 'rollout.no', 'rolloutMember.rolloutNo')
      .innerJoin('dongle', 'dongle.no', 'rolloutMember.dongleNo')
      .select(['rank', 'dongle.id as dongleId', 'rolloutMember.state', 'code', 'waveNo', 'givenAtS', 'changedAtS'])
      .where('rollout.id', '=', id)
      .where('rank', '>', after)
      .orderBy('rank')
      .limit(limit)
    return state === undefined ? all.execute() : all.where('rolloutMember.state', '=', state).execute()
  }

  async function events(id: string | undefined, { before, limit }: Newest, isActsOnly = false): Promise<EventView[]> {
    const all = registers
      .selectFrom('updateEvent')
      .leftJoin('rollout', 'rollout.no', 'updateEvent.rolloutNo')
      .leftJoin('release', join =>
        join.on(({ eb, fn }) => eb('release.no', '=', fn.coalesce('rollout.releaseNo', 'updateEvent.releaseNo'))),
      )
      .leftJoin('dongle', 'dongle.no', 'updateEvent.dongleNo')
      .select(['updateEvent.no', 'atS', 'actor', 'kind', 'dongle.id as dongleId', 'detail'])
      .select(['rollout.id as rolloutId', 'version'])
      .where('updateEvent.no', '<', before)
      .orderBy('updateEvent.no', 'desc')
      .limit(limit)
    const ofOne = id === undefined ? all : all.where('rollout.id', '=', id)
    const wanted = isActsOnly ? ofOne.where('actor', '!=', 'dongle').where('kind', '!=', 'given') : ofOne
    return named(await wanted.execute())
  }

  /** Of people the name beside the account. */
  async function named(rows: Omit<EventView, 'who'>[]): Promise<EventView[]> {
    const ids = [...new Set(rows.map(({ actor }) => actor.split(' ')[1] ?? ''))]
    const people = await registers.selectFrom('account').select(['id', 'name']).where('id', 'in', ids).execute()
    const names = new Map(people.map(({ id, name }) => [id, name]))
    return rows.map(row => ({ ...row, who: names.get(row.actor.split(' ')[1] ?? '') ?? null }))
  }
}
