// Whose turn it is: a dongle is given the update when its rollout says that it may have it, once, over one way or the other; and what becomes of it
// is written down here, for the dongle's own session and for hawkBit's interface alike. Everything runs in the caller's transaction.

import type { Clock } from '../../shared/kernel/clock.ts'
import { CANCELLED } from './ddi.ts'
import { FAILED_STATES, isOpen, type MemberState, memberAfter, NO_UPDATER, OPEN_STATES } from './members.ts'
import { mayGive, type Rollout } from './rollout.ts'
import type { Rollouts } from './rollouts.ts'
import { addEvent, countGiven, type MemberRow, memberByNo, rolloutByNo, saveMember, type Trx } from './rows.ts'

export interface Turns {
  /** Gives the dongle the update if it is its turn; the member, when it was. */
  give(trx: Trx, dongleNo: number, via: 'session' | 'ddi'): Promise<MemberRow | undefined>
  /** Ends what a dongle has long been silent about in a rollout that is over, where something newer waits for it. */
  supersede(trx: Trx, dongleNo: number): Promise<void>
  /** Writes down what came of a member; a failure lets its rollout look at once. */
  settle(trx: Trx, member: MemberRow, state: MemberState, code: string | null): Promise<void>
  /** It was thought to know no updates, and has just spoken of them: it has its turn again. */
  readmit(trx: Trx, dongleNo: number): Promise<void>
  /** The dongle says what it runs, and is well: whoever has installed it over hawkBit's interface has the proof of it. */
  prove(trx: Trx, dongleNo: number, running: number): Promise<void>
}

/** `onEnded` is told of dongles that came to an end of an update, by that end. */
export function openTurns(clock: Clock, rollouts: Rollouts, onEnded: (state: MemberState) => void): Turns {
  return { give, supersede, settle, readmit, prove }

  async function give(trx: Trx, dongleNo: number, via: 'session' | 'ddi'): Promise<MemberRow | undefined> {
    const nowS = clock.wallS()
    const waiting = await waitingOf(trx, dongleNo).execute()
    if (waiting.length === 0 || (await isUnderWay(trx, dongleNo))) return undefined
    const runs = await trx
      .selectFrom('dongleRelease')
      .select('version')
      .where('dongleNo', '=', dongleNo)
      .executeTakeFirst()
    for (const { no, rolloutNo, rank } of waiting) {
      const known = await rolloutByNo(trx, rolloutNo)
      if ((runs?.version ?? 0) >= known.version) {
        await saveMember(trx, no, 'ahead', null, nowS)
        continue
      }
      if (!mayGive(known.rollout, rank, known.given, nowS)) continue
      const change = { state: 'given' as const, waveNo: known.rollout.waveNo, givenAtS: nowS, changedAtS: nowS, via }
      await trx.updateTable('rolloutMember').set(change).where('no', '=', no).execute()
      await countGiven(trx, rolloutNo, 1)
      await addEvent(trx, {
        atS: nowS,
        actor: 'platform',
        kind: 'given',
        rolloutNo,
        releaseNo: known.releaseNo,
        dongleNo,
      })
      return memberByNo(trx, no)
    }
    return undefined
  }

  async function supersede(trx: Trx, dongleNo: number): Promise<void> {
    const open = await trx
      .selectFrom('rolloutMember')
      .innerJoin('rollout', 'rollout.no', 'rolloutMember.rolloutNo')
      .select(['rolloutMember.no', 'changedAtS', 'body'])
      .where('dongleNo', '=', dongleNo)
      .where('rolloutMember.state', 'in', OPEN_STATES)
      .where('rollout.state', 'in', ['stopped', 'cancelled', 'done'])
      .execute()
    if (open.length === 0 || (await waitingOf(trx, dongleNo).executeTakeFirst()) === undefined) return
    for (const { no, changedAtS, body } of open) {
      const { plan } = JSON.parse(body) as Rollout
      if (clock.wallS() - changedAtS >= plan.answerS) await saveMember(trx, no, 'withdrawn', CANCELLED, clock.wallS())
    }
  }

  async function isUnderWay(trx: Trx, dongleNo: number): Promise<boolean> {
    const row = await trx
      .selectFrom('rolloutMember')
      .select('no')
      .where('dongleNo', '=', dongleNo)
      .where('state', 'in', OPEN_STATES)
      .executeTakeFirst()
    return row !== undefined
  }

  async function settle(trx: Trx, member: MemberRow, state: MemberState, code: string | null): Promise<void> {
    await saveMember(trx, member.no, state, code, clock.wallS())
    const { rolloutNo, dongleNo } = member
    const detail = code ?? undefined
    await addEvent(trx, { atS: clock.wallS(), actor: 'dongle', kind: state, rolloutNo, dongleNo, detail })
    if (state === 'ahead') await countGiven(trx, rolloutNo, -1)
    if (!isOpen(state)) onEnded(state)
    // What fails must stop others now; good news can wait until all are looked at.
    if (FAILED_STATES.includes(state)) await rollouts.look(trx, rolloutNo)
  }

  async function readmit(trx: Trx, dongleNo: number): Promise<void> {
    await trx
      .updateTable('rolloutMember')
      .set({ state: 'waiting', code: null, changedAtS: clock.wallS() })
      .where('dongleNo', '=', dongleNo)
      .where('state', '=', 'unable')
      .where('code', '=', NO_UPDATER)
      .execute()
  }

  async function prove(trx: Trx, dongleNo: number, running: number): Promise<void> {
    const member = await trx
      .selectFrom('rolloutMember')
      .selectAll()
      .where('dongleNo', '=', dongleNo)
      .where('via', '=', 'ddi')
      .where('state', '=', 'begun')
      .executeTakeFirst()
    if (member === undefined) return
    const { version } = await rolloutByNo(trx, member.rolloutNo)
    const after = memberAfter(member.state, { outcome: 'done', running }, version)
    if (after !== member.state) await settle(trx, member, after, null)
  }
}

function waitingOf(trx: Trx, dongleNo: number) {
  return trx
    .selectFrom('rolloutMember')
    .innerJoin('rollout', 'rollout.no', 'rolloutMember.rolloutNo')
    .select(['rolloutMember.no', 'rolloutNo', 'rank'])
    .where('dongleNo', '=', dongleNo)
    .where('rolloutMember.state', '=', 'waiting')
    .where('rollout.state', 'in', ['running', 'done'])
    .orderBy('rolloutMember.no', 'desc')
}
