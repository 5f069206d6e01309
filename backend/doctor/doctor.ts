// The doctor's file on each dongle: what happened lately, from its statuses and reports, and the verdict. It writes down what
// changed, 50 lines a dongle and no more; what the verdict is made of is in shared/doctor. No serial, EAN or key comes in here.

import type { Kysely } from 'kysely'
import { newConsole, takeLine } from '../../shared/doctor/console-lines.ts'
import { diagnose, type Language } from '../../shared/doctor/diagnosis.ts'
import { type Facts, factsOfStatus, UPDATE_WORDS, type UpdateFact, type UpdateWord } from '../../shared/doctor/facts.ts'
import {
  HAPPENINGS_MAX,
  type Happening,
  type HappeningCode,
  happeningsBetween,
} from '../../shared/doctor/happenings.ts'
import type { Clock } from '../../shared/kernel/clock.ts'
import type { DongleStatus } from '../../shared/port/ingest-port.ts'
import type { OrderBook } from '../../shared/port/order-book.ts'
import type { DiagnosisAnswer } from '../../shared/schema/diagnosis.ts'
import { newest } from '../api/pages.ts'
import { type DongleRegister, type DongleRow, rowOf } from '../dongles/dongle-register.ts'
import type { Orders } from '../dongles/order-book.ts'
import { gather } from '../store/gather.ts'
import type { Store } from '../store/store.ts'
import type { Tables } from '../store/tables.ts'

export interface Doctor {
  /** Writes down what is new in a status, and the status. That of an unknown dongle is dropped. */
  note(status: DongleStatus): Promise<void>
  /** The order book's own, and what a report tells is noted. */
  answered: OrderBook['answered']
  /** undefined for an unknown one. */
  ofDongle(dongleId: string, language: Language): Promise<DiagnosisAnswer | undefined>
  /** Of the dongle that spoke last of those bound to the point; nothing from before `sinceS`, when another person held it. */
  ofMeteringPoint(meteringPointNo: number, sinceS: number, language: Language): Promise<DiagnosisAnswer>
}

/** A change or an update that came to nothing is a verdict for so long. */
const ORDER_FRESH_S = 86_400
/** Of the events about updates, those that happened to a dongle. */
const UPDATE_KINDS: readonly string[] = [...UPDATE_WORDS, 'rescue', 'damaged']
/** What only a report tells; all else is in the statuses already. */
const FROM_REPORTS: readonly HappeningCode[] = [
  'error',
  'memory',
  'trial-ended',
  'network-up',
  'session-open',
  'session-closed',
]

/** `heard` is told of each status that was written down. */
export function openDoctor(
  store: Store,
  clock: Clock,
  dongles: DongleRegister,
  orders: Orders,
  heard: (status: DongleStatus) => Promise<void>,
): Doctor {
  const { registers } = store
  const note = gather<DongleStatus, undefined>(({ dongleId }) => dongleId, noteAll)
  return { note, answered, ofDongle, ofMeteringPoint }

  /** At most one of a dongle. */
  async function noteAll(statuses: DongleStatus[]): Promise<undefined[]> {
    const done = statuses.map(() => undefined)
    const known = await dongles.statusesOf(statuses.map(status => status.dongleId))
    if (known.length === 0) return done
    const came = new Map(statuses.map(status => [status.dongleId, status]))
    const noted = known.map(({ dongleNo, dongleId, status: before }) => {
      const status = came.get(dongleId) as DongleStatus
      const isNewer = before === undefined || before.receivedAtMs <= status.receivedAtMs
      return { dongleNo, status, happenings: isNewer ? happeningsBetween(before, status) : [] }
    })
    await registers.transaction().execute(async trx => {
      await write(trx, noted)
      await dongles.note(trx, noted)
    })
    // each for itself: what is wrong with one holds up no other
    const looked = await Promise.allSettled(noted.map(({ status }) => heard(status)))
    for (const look of looked) if (look.status === 'rejected') throw look.reason
    return done
  }

  async function answered(...[dongleId, result]: Parameters<OrderBook['answered']>): Promise<void> {
    await orders.answered(dongleId, result)
    if (result.report === undefined) return
    const dongle = await rowOf(registers, dongleId)
    const reports = ((await orders.list(dongleId, newest(HAPPENINGS_MAX))) ?? []).flatMap(
      ({ item }) => item.report ?? [],
    )
    if (dongle === undefined || reports[0] === undefined) return
    const told = newConsole()
    for (const line of newLines(reports[1] ?? '', reports[0])) takeLine(told, line, clock.wallS())
    const happenings = told.happenings.filter(({ code }) => FROM_REPORTS.includes(code))
    if (happenings.length === 0) return
    await registers.transaction().execute(trx => write(trx, [{ dongleNo: dongle.no, happenings }]))
  }

  async function write(trx: Kysely<Tables>, news: { dongleNo: number; happenings: Happening[] }[]): Promise<void> {
    const rows = news.flatMap(({ dongleNo, happenings }) =>
      happenings.map(({ atS, code, n = null, word = null }) => ({ dongleNo, atS, code, n, word })),
    )
    if (rows.length === 0) return
    await trx.insertInto('dongleHappening').values(rows).execute()
    const dongleNos = [...new Set(rows.map(row => row.dongleNo))]
    await trx
      .deleteFrom('dongleHappening')
      .where('dongleNo', 'in', dongleNos)
      .where('no', '<=', ({ selectFrom }) =>
        selectFrom('dongleHappening as newer')
          .select('newer.no')
          .whereRef('newer.dongleNo', '=', 'dongleHappening.dongleNo')
          .orderBy('newer.no', 'desc')
          .offset(HAPPENINGS_MAX)
          .limit(1),
      )
      .execute()
  }

  async function ofDongle(dongleId: string, language: Language): Promise<DiagnosisAnswer | undefined> {
    const dongle = await rowOf(registers, dongleId)
    return dongle && judge(dongle, 0, language)
  }

  async function ofMeteringPoint(
    meteringPointNo: number,
    sinceS: number,
    language: Language,
  ): Promise<DiagnosisAnswer> {
    const bound = await dongles.ofMeteringPoint(meteringPointNo)
    bound.sort((a, b) => (b.status?.receivedAtMs ?? 0) - (a.status?.receivedAtMs ?? 0))
    const dongle = bound[0] && (await rowOf(registers, bound[0].dongleId))
    if (dongle === undefined) return answer({ way: 'remote', hasNoDongle: true }, [], undefined, language)
    return judge(dongle, sinceS, language)
  }

  async function judge(dongle: DongleRow, sinceS: number, language: Language): Promise<DiagnosisAnswer> {
    const status = await statusOf(dongle)
    const nowMs = clock.wallS() * 1000
    const changes = { order: await orderOf(dongle.no), update: await updateOf(dongle.no) }
    const facts = factsOfStatus(status, dongle.state, changes, status?.receivedAtMs, nowMs)
    return answer(facts, await historyOf(dongle.no, sinceS), status?.receivedAtMs, language)
  }

  async function statusOf({ id }: DongleRow): Promise<DongleStatus | undefined> {
    return (await dongles.statusesOf([id]))[0]?.status
  }

  /** The newest change that the dongle began; asking it for words or a restart is none. */
  async function orderOf(dongleNo: number): Promise<Facts['order']> {
    const row = await registers
      .selectFrom('dongleOrder')
      .select('state')
      .where('dongleNo', '=', dongleNo)
      .where('wish', 'not in', ['diagnose', 'console', 'restart'])
      .where('state', 'in', ['begun', 'done', 'returned', 'failed'])
      .where('createdAtS', '>', clock.wallS() - ORDER_FRESH_S)
      .orderBy('no', 'desc')
      .limit(1)
      .executeTakeFirst()
    if (row === undefined) return undefined
    return row.state === 'begun' ? 'on-trial' : (row.state as 'done' | 'returned' | 'failed')
  }

  /** No program, or one rotten slot, for as long as it says so; else what became of the newest update. */
  async function updateOf(dongleNo: number): Promise<UpdateFact | undefined> {
    const said = await registers
      .selectFrom('dongleRelease')
      .select(['state', 'code'])
      .where('dongleNo', '=', dongleNo)
      .executeTakeFirst()
    if (said?.state === 'rescue') return { word: 'rescue' }
    const event = await registers
      .selectFrom('updateEvent')
      .select(['kind', 'detail'])
      .where('dongleNo', '=', dongleNo)
      .where('kind', 'in', UPDATE_WORDS)
      .where('atS', '>', clock.wallS() - ORDER_FRESH_S)
      .orderBy('no', 'desc')
      .limit(1)
      .executeTakeFirst()
    const isQuiet = event === undefined || event.kind === 'healthy'
    if (isQuiet && said?.code === 'damaged') return { word: 'damaged' }
    return event && { word: event.kind as UpdateWord, code: event.detail ?? undefined }
  }

  /** Its own words, what was asked of it, its updates, and how its state changed, as one list: the last ones, oldest first. */
  async function historyOf(dongleNo: number, sinceS: number): Promise<Happening[]> {
    const own = await registers
      .selectFrom('dongleHappening')
      .select(['atS', 'code', 'n', 'word'])
      .where('dongleNo', '=', dongleNo)
      .where('atS', '>=', sinceS)
      .orderBy('no')
      .execute()
    const asked = await registers
      .selectFrom('dongleOrderEvent')
      .innerJoin('dongleOrder', 'dongleOrder.no', 'dongleOrderEvent.orderNo')
      .select(['dongleOrderEvent.atS', 'dongleOrder.wish', 'dongleOrderEvent.state'])
      .where('dongleOrder.dongleNo', '=', dongleNo)
      .where('dongleOrderEvent.atS', '>=', sinceS)
      .orderBy('dongleOrderEvent.no', 'desc')
      .limit(HAPPENINGS_MAX)
      .execute()
    const states = await registers
      .selectFrom('dongleEvent')
      .select(['atS', 'fromState', 'toState'])
      .where('dongleNo', '=', dongleNo)
      .where('atS', '>=', sinceS)
      .orderBy('no', 'desc')
      .limit(HAPPENINGS_MAX)
      .execute()
    const updates = await registers
      .selectFrom('updateEvent')
      .leftJoin('rollout', 'rollout.no', 'updateEvent.rolloutNo')
      .leftJoin('release', join =>
        join.on(({ eb, fn }) => eb('release.no', '=', fn.coalesce('rollout.releaseNo', 'updateEvent.releaseNo'))),
      )
      .select(['atS', 'kind', 'detail', 'version'])
      .where('dongleNo', '=', dongleNo)
      .where('kind', 'in', UPDATE_KINDS)
      .where('atS', '>=', sinceS)
      .orderBy('updateEvent.no', 'desc')
      .limit(HAPPENINGS_MAX)
      .execute()
    const all: Happening[] = [
      ...states
        .filter(({ fromState, toState }) => fromState !== toState)
        .map(({ atS, toState }) => ({ atS, code: 'state' as const, word: toState }))
        .reverse(),
      ...asked.map(({ atS, wish, state }) => ({ atS, code: 'order' as const, word: `${wish}, ${state}` })).reverse(),
      ...own.map(({ atS, code, n, word }) => ({
        atS,
        code,
        ...(n === null ? {} : { n }),
        ...(word === null ? {} : { word }),
      })),
      ...updates.map(updateHappening).reverse(),
    ]
    // stable: what happened in one second stays in the order above
    return all.sort((a, b) => a.atS - b.atS).slice(-HAPPENINGS_MAX)
  }
}

function updateHappening(row: { atS: number; kind: string; detail: string | null; version: number | null }): Happening {
  const { atS, kind, detail, version } = row
  if (kind === 'rescue') return { atS, code: 'no-program' }
  if (kind === 'damaged') return { atS, code: 'memory-worn' }
  return { atS, code: 'update', n: version ?? 0, word: detail === null ? kind : `${kind}, ${detail}` }
}

function answer(
  facts: Facts,
  happenings: Happening[],
  heardAtMs: number | undefined,
  language: Language,
): DiagnosisAnswer {
  const heardAtS = heardAtMs === undefined ? null : Math.floor(heardAtMs / 1000)
  return { ...diagnose(facts, happenings, language), heardAtS }
}

/** A report is the end of what a dongle said: the lines of `now` behind what `before` had already; the first line may be cut. */
export function newLines(before: string, now: string): string[] {
  const old = before.split('\n').filter(line => line !== '')
  const lines = now.split('\n').filter(line => line !== '')
  for (let known = Math.min(old.length, lines.length); known > 0; known--) {
    const isOverlap = lines.slice(1, known).every((line, i) => line === old[old.length - known + 1 + i])
    const first = lines[0] as string
    if (isOverlap && (old[old.length - known] as string).endsWith(first)) return lines.slice(known)
  }
  return lines
}
