// The rows behind hawkBit's interface: who a controller is, which action it has, what it said. The rules are the turns' and the core's: a dongle
// is given an update over this interface by the same turn, and counts the same, as one that is served in its session.

import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import type { Clock } from '../../shared/kernel/clock.ts'
import type { DongleState } from '../../shared/port/dongle-directory.ts'
import { RELEASE_FORMAT } from '../../shared/schema/release.ts'
import type { Store } from '../store/store.ts'
import {
  afterCancelFeedback,
  afterDeploymentFeedback,
  CANCELLED,
  type DdiArtifact,
  type Execution,
  type Finished,
  isToBeCancelled,
  VERSION_ATTRIBUTE,
} from './ddi.ts'
import { addEvent, type MemberRow, rolloutByNo, saveMember, type Trx } from './rows.ts'
import type { Turns } from './turns.ts'

export interface DdiAction {
  member: MemberRow
  releaseNo: number
  version: number
  name: string
}

export interface DdiFile extends DdiArtifact {
  bytes: Uint8Array
}

export interface DdiFeedback {
  execution: Execution
  finished: Finished
  details: string[]
}

export type Attributes = { [name: string]: string }
export type FeedbackOutcome = 'noted' | 'unknown' | 'closed'

export interface DdiDesk {
  /** Makes a new token for the dongle, the only one that holds; undefined for an unknown one. The token is not kept. */
  newToken(dongleId: string, actor: string): Promise<string | undefined>
  /** The dongle's number, if it is known and still served, and, where a token is given, the token is its own. */
  enter(dongleId: string, token: string | undefined): Promise<number | undefined>
  /** Its newest action, given now if it is its turn; and whether its attributes are known. */
  poll(dongleNo: number): Promise<{ action: DdiAction | undefined; isKnown: boolean }>
  action(dongleNo: number, memberNo: number): Promise<DdiAction | undefined>
  /** What an action brings; undefined for a release that this dongle has no action for. */
  files(dongleNo: number, releaseNo: number): Promise<DdiFile[] | undefined>
  history(memberNo: number, limit: number): Promise<string[]>
  feedback(dongleNo: number, memberNo: number, feedback: DdiFeedback): Promise<FeedbackOutcome>
  cancelFeedback(dongleNo: number, memberNo: number, feedback: DdiFeedback): Promise<FeedbackOutcome>
  /** merge, replace or remove, as hawkBit has it. */
  attributes(dongleNo: number, mode: 'merge' | 'replace' | 'remove', data: Attributes): Promise<void>
}

const NOT_SERVED: DongleState[] = ['flashed', 'lost', 'retired']
/** More than so much talk about one action is heard and not kept. */
const FEEDBACKS_MAX = 100
const ATTRIBUTES_MAX = 100

export function openDdiDesk({ registers }: Store, clock: Clock, turns: Turns): DdiDesk {
  return { newToken, enter, poll, action, files, history, feedback, cancelFeedback, attributes }

  async function newToken(dongleId: string, actor: string): Promise<string | undefined> {
    const dongle = await registers.selectFrom('dongle').select('no').where('id', '=', dongleId).executeTakeFirst()
    if (dongle === undefined) return undefined
    const token = randomBytes(32).toString('base64url')
    const row = { tokenHash: hashOf(token), tokenAtS: clock.wallS() }
    await registers.transaction().execute(async trx => {
      await trx
        .insertInto('ddiTarget')
        .values({ dongleNo: dongle.no, ...row, attributes: null })
        .onConflict(conflict => conflict.column('dongleNo').doUpdateSet(row))
        .execute()
      await addEvent(trx, { atS: clock.wallS(), actor, kind: 'target-token', dongleNo: dongle.no })
    })
    return token
  }

  async function enter(dongleId: string, token: string | undefined): Promise<number | undefined> {
    const row = await registers
      .selectFrom('dongle')
      .leftJoin('ddiTarget', 'ddiTarget.dongleNo', 'dongle.no')
      .select(['dongle.no', 'dongle.state', 'tokenHash'])
      .where('dongle.id', '=', dongleId)
      .executeTakeFirst()
    if (token !== undefined) {
      // 256 random bits on both sides; the same time for a dongle without a token
      const isRight = timingSafeEqual(hashOf(token), row?.tokenHash ?? NOBODYS_HASH)
      if (!isRight || row?.tokenHash === null) return undefined
    }
    return row === undefined || NOT_SERVED.includes(row.state) ? undefined : row.no
  }

  async function poll(dongleNo: number) {
    return registers.transaction().execute(async trx => {
      await turns.supersede(trx, dongleNo)
      const newest = await newestOf(trx, dongleNo)
      const isBusy = newest?.state === 'given' || newest?.state === 'begun' || (newest && isToBeCancelled(newest))
      const member = isBusy ? newest : ((await turns.give(trx, dongleNo, 'ddi')) ?? newest)
      const target = await trx
        .selectFrom('ddiTarget')
        .select('attributes')
        .where('dongleNo', '=', dongleNo)
        .executeTakeFirst()
      return { action: member && (await actionOf(trx, member)), isKnown: (target?.attributes ?? null) !== null }
    })
  }

  function newestOf(trx: Trx, dongleNo: number): Promise<MemberRow | undefined> {
    return trx
      .selectFrom('rolloutMember')
      .selectAll()
      .where('dongleNo', '=', dongleNo)
      .where('via', '=', 'ddi')
      .orderBy('no', 'desc')
      .executeTakeFirst()
  }

  async function actionOf(trx: Trx, member: MemberRow): Promise<DdiAction> {
    const { releaseNo, version, name } = await rolloutByNo(trx, member.rolloutNo)
    return { member, releaseNo, version, name }
  }

  async function action(dongleNo: number, memberNo: number): Promise<DdiAction | undefined> {
    const member = await memberOf(registers, dongleNo, memberNo)
    return member && actionOf(registers, member)
  }

  function memberOf(trx: Trx, dongleNo: number, memberNo: number): Promise<MemberRow | undefined> {
    return trx
      .selectFrom('rolloutMember')
      .selectAll()
      .where('no', '=', memberNo)
      .where('dongleNo', '=', dongleNo)
      .where('via', '=', 'ddi')
      .executeTakeFirst()
  }

  async function files(dongleNo: number, releaseNo: number): Promise<DdiFile[] | undefined> {
    const row = await registers
      .selectFrom('rolloutMember')
      .innerJoin('rollout', 'rollout.no', 'rolloutMember.rolloutNo')
      .innerJoin('release', 'release.no', 'rollout.releaseNo')
      .select(['version', 'manifest', 'program', 'signatures'])
      .where('dongleNo', '=', dongleNo)
      .where('release.no', '=', releaseNo)
      .where('via', '=', 'ddi')
      .where('rolloutMember.state', 'in', ['given', 'begun', 'healthy'])
      .executeTakeFirst()
    if (row === undefined) return undefined
    // The signed file comes along, so that a client can judge for itself who made the program.
    const [manifest, program] = [row.manifest, row.program].map(bytes => Buffer.from(bytes).toString('base64'))
    const file = { format: RELEASE_FORMAT, manifest, program, signatures: JSON.parse(row.signatures) as object[] }
    const signed = Buffer.from(`${JSON.stringify(file, undefined, 1)}\n`)
    return [fileOf(programName(row.version, row.program), row.program), fileOf(`nrt-${row.version}.release`, signed)]
  }

  async function history(memberNo: number, limit: number): Promise<string[]> {
    const rows = await registers
      .selectFrom('ddiFeedback')
      .select('details')
      .where('memberNo', '=', memberNo)
      .orderBy('no', 'desc')
      .limit(limit)
      .execute()
    return rows.flatMap(row => JSON.parse(row.details) as string[])
  }

  async function feedback(dongleNo: number, memberNo: number, said: DdiFeedback): Promise<FeedbackOutcome> {
    return registers.transaction().execute(async trx => {
      const member = await memberOf(trx, dongleNo, memberNo)
      if (member === undefined) return 'unknown'
      if (member.state !== 'given') return 'closed'
      await keep(trx, memberNo, said)
      const after = afterDeploymentFeedback(member.state, said.execution, said.finished)
      if (after !== member.state) await turns.settle(trx, member, after, after === 'withdrawn' ? CANCELLED : 'ddi')
      return 'noted'
    })
  }

  async function cancelFeedback(dongleNo: number, memberNo: number, said: DdiFeedback): Promise<FeedbackOutcome> {
    return registers.transaction().execute(async trx => {
      const member = await memberOf(trx, dongleNo, memberNo)
      if (member === undefined) return 'unknown'
      if (!isToBeCancelled(member)) return 'closed'
      await keep(trx, memberNo, said)
      const after = afterCancelFeedback(said.execution, said.finished)
      if (after === 'cancelled') await saveMember(trx, member.no, 'withdrawn', CANCELLED, clock.wallS())
      if (after === 'goes-on') await turns.settle(trx, member, 'begun', null)
      return 'noted'
    })
  }

  async function keep(trx: Trx, memberNo: number, { execution, finished, details }: DdiFeedback): Promise<void> {
    const { count } = await trx
      .selectFrom('ddiFeedback')
      .select(({ fn }) => fn.countAll<number>().as('count'))
      .where('memberNo', '=', memberNo)
      .executeTakeFirstOrThrow()
    if (Number(count) >= FEEDBACKS_MAX) return
    const row = { memberNo, atS: clock.wallS(), execution, finished, details: JSON.stringify(details) }
    await trx.insertInto('ddiFeedback').values(row).execute()
  }

  async function attributes(dongleNo: number, mode: 'merge' | 'replace' | 'remove', data: Attributes): Promise<void> {
    await registers.transaction().execute(async trx => {
      const row = await trx
        .selectFrom('ddiTarget')
        .select('attributes')
        .where('dongleNo', '=', dongleNo)
        .executeTakeFirst()
      const before = JSON.parse(row?.attributes ?? '{}') as Attributes
      const after = mode === 'merge' ? { ...before, ...data } : mode === 'replace' ? data : without(before, data)
      const bounded = JSON.stringify(Object.fromEntries(Object.entries(after).slice(0, ATTRIBUTES_MAX)))
      await trx
        .insertInto('ddiTarget')
        .values({ dongleNo, attributes: bounded, tokenHash: null, tokenAtS: null })
        .onConflict(conflict => conflict.column('dongleNo').doUpdateSet({ attributes: bounded }))
        .execute()
      const text = mode === 'remove' ? undefined : data[VERSION_ATTRIBUTE]
      if (text !== undefined && /^[0-9]{1,10}$/.test(text)) await prove(trx, dongleNo, Number(text))
    })
  }

  /** It says what runs: the proof of a healthy start, or of having gone back. */
  async function prove(trx: Trx, dongleNo: number, running: number): Promise<void> {
    const row = { version: running, state: 'good' as const, code: 'none' as const, floor: 1, atS: clock.wallS() }
    await trx
      .insertInto('dongleRelease')
      .values({ dongleNo, ...row })
      .onConflict(conflict => conflict.column('dongleNo').doUpdateSet(row))
      .execute()
    await turns.prove(trx, dongleNo, running)
  }
}

const NOBODYS_HASH = randomBytes(32)

function hashOf(token: string): Uint8Array {
  return createHash('sha256').update(token, 'utf8').digest()
}

/** Some clients go by the ending: SWUpdate takes nothing but .swu, a cpio archive with or without checksums. */
function programName(version: number, program: Uint8Array): string {
  const start = Buffer.from(program.subarray(0, 6)).toString('latin1')
  return `nrt-${version}.${start === '070701' || start === '070702' ? 'swu' : 'js'}`
}

function fileOf(filename: string, bytes: Uint8Array): DdiFile {
  const hex = (name: string): string => createHash(name).update(bytes).digest('hex')
  return { filename, size: bytes.length, hashes: { sha1: hex('sha1'), md5: hex('md5'), sha256: hex('sha256') }, bytes }
}

function without(before: Attributes, data: Attributes): Attributes {
  return Object.fromEntries(Object.entries(before).filter(([name]) => !(name in data)))
}
