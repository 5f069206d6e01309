// The audit as rows: whoever writes an event seals it in the same transaction, and anybody with the operator key can have all of it checked.
// Who could write the file anew from the beginning could also write the chain: that is what signed heads are for (heads.ts), and a link kept elsewhere.

import type { KeyObject } from 'node:crypto'
import type { Kysely, Selectable } from 'kysely'
import type { AuditBreak, AuditLine, AuditVerdict } from '../../shared/schema/audit.ts'
import type { Newest, Numbered } from '../api/pages.ts'
import type { Tables } from '../store/tables.ts'
import { AUDITED_TABLES, type Audited, breakOf, type EventRow, type Link, linkHash, NOTHING_BEFORE } from './chain.ts'
import { type Head, headBreakOf } from './heads.ts'
import { lineOf } from './line.ts'

/** Links that are looked at in one go; others get their turn in between. */
const PAGE = 500

/** Hangs an event that was just written onto the chain. `event` is its whole row; the transaction holds the writer's lock by having written it. */
export function seal(trx: Kysely<Tables>, table: Audited, event: EventRow & { no: number }): Promise<void> {
  return sealAll(trx, table, [event])
}

/** The same for several, in their order, with one look. */
export async function sealAll(
  trx: Kysely<Tables>,
  table: Audited,
  events: readonly (EventRow & { no: number })[],
): Promise<void> {
  if (events.length === 0) return
  const newest = await trx.selectFrom('audit').select(['no', 'hash']).orderBy('no', 'desc').limit(1).executeTakeFirst()
  let hash: Uint8Array = newest?.hash ?? NOTHING_BEFORE
  let no = newest?.no ?? 0
  const links = events.map(event => {
    hash = linkHash(hash, table, event)
    return { no: ++no, source: table, eventNo: event.no, hash }
  })
  await trx.insertInto('audit').values(links).execute()
}

/** Walks the whole chain. `expected`: a link as it was once; the chain must still have it. `key`: what heads are signed with; without it their signatures are not looked at. */
export async function verifyAudit(
  registers: Kysely<Tables>,
  expected?: { no: number; hash: string },
  key?: KeyObject,
): Promise<AuditVerdict> {
  const heads = await headsOf(registers, key)
  if ('broken' in heads) return heads.broken
  const signed = heads.signed
  let before = { no: 0, hash: NOTHING_BEFORE }
  let isExpectedSeen = expected === undefined
  for (;;) {
    const links = await linksAfter(registers, before.no)
    for (const link of links) {
      const why = breakOf(before, link)
      if (why !== undefined) return broken(before, why, link)
      before = link
      const hash = signed.get(link.no)
      if (hash !== undefined && hash !== hexOf(link.hash)) return broken(before, 'head-other', link)
      signed.delete(link.no)
      if (link.no === expected?.no) {
        if (hexOf(link.hash) !== expected.hash) return broken(before, 'not-expected', link)
        isExpectedSeen = true
      }
    }
    if (links.length < PAGE) break
  }
  const [beyond] = signed.keys()
  if (beyond !== undefined) return broken(before, 'head-other', { no: beyond })
  if (!isExpectedSeen) return broken(before, 'not-expected')
  for (const table of AUDITED_TABLES) {
    const eventNo = await unsealedIn(registers, table)
    if (eventNo !== undefined) return broken(before, 'unsealed', { table, eventNo })
  }
  return verdict(before, null)
}

/** Number and hash of every link that was signed. */
async function headsOf(
  registers: Kysely<Tables>,
  key: KeyObject | undefined,
): Promise<{ signed: Map<number, string> } | { broken: AuditVerdict }> {
  const signed = new Map<number, string>()
  let last: Head | undefined
  for (;;) {
    const heads = await registers
      .selectFrom('auditHead')
      .selectAll()
      .where('no', '>', last?.no ?? 0)
      .orderBy('no')
      .limit(PAGE)
      .execute()
    for (const head of heads) {
      const why = headBreakOf(last, head, key)
      if (why !== undefined) return { broken: broken({ no: 0, hash: NOTHING_BEFORE }, why, { no: head.linkNo }) }
      signed.set(head.linkNo, hexOf(head.hash))
      last = head
    }
    if (heads.length < PAGE) return { signed }
  }
}

async function linksAfter(registers: Kysely<Tables>, no: number): Promise<Link[]> {
  const rows = await registers.selectFrom('audit').selectAll().where('no', '>', no).orderBy('no').limit(PAGE).execute()
  return withEvents(registers, rows)
}

async function withEvents(registers: Kysely<Tables>, rows: Selectable<Tables['audit']>[]): Promise<Link[]> {
  const events = new Map<string, EventRow>()
  for (const table of AUDITED_TABLES) {
    const nos = rows.filter(row => row.source === table).map(row => row.eventNo)
    if (nos.length === 0) continue
    const found = (await registers.selectFrom(table).selectAll().where('no', 'in', nos).execute()) as EventRow[]
    for (const event of found) events.set(`${table} ${event.no}`, event)
  }
  return rows.map(({ no, source, eventNo, hash }) => {
    return { no, table: source, eventNo, hash, event: events.get(`${source} ${eventNo}`) }
  })
}

/** Links behind number `before`, newest first, with what may be said of their events. */
export async function auditLines(registers: Kysely<Tables>, { before, limit }: Newest): Promise<Numbered<AuditLine>[]> {
  const rows = await registers
    .selectFrom('audit')
    .selectAll()
    .where('no', '<', before)
    .orderBy('no', 'desc')
    .limit(limit)
    .execute()
  return (await withEvents(registers, rows)).map(link => ({ no: link.no, item: lineOf(link) }))
}

/** The first event that no link is about. */
async function unsealedIn(registers: Kysely<Tables>, table: Audited): Promise<number | undefined> {
  const sealed = registers.selectFrom('audit').select('eventNo').where('source', '=', table)
  const row = await registers
    .selectFrom(table)
    .select('no')
    .where('no', 'not in', sealed)
    .orderBy('no')
    .limit(1)
    .executeTakeFirst()
  return row?.no as number | undefined
}

const hexOf = (hash: Uint8Array): string => Buffer.from(hash).toString('hex')

function verdict(newest: { no: number; hash: Uint8Array }, at: AuditVerdict['broken']): AuditVerdict {
  const head = newest.no === 0 ? null : { no: newest.no, hash: hexOf(newest.hash) }
  return { isWhole: at === null, events: newest.no, newest: head, broken: at }
}

function broken(
  newest: { no: number; hash: Uint8Array },
  why: AuditBreak,
  {
    no = null,
    table = null,
    eventNo = null,
  }: { no?: number | null; table?: string | null; eventNo?: number | null } = {},
): AuditVerdict {
  return verdict(newest, { why, no, table, eventNo })
}
