// What the two sides of a permission have to be told, kept until it was: a row for the ESP and one for the customer in the transaction of the event itself,
// so that neither a crash nor a slow ESP loses one. Whoever delivers to ESPs (webhooks) takes them from here; an ESP also fetches them by itself.

import type { EndCause, Notice, PermissionState } from '../../shared/schema/permission.ts'
import type { Numbered, Oldest } from '../api/pages.ts'
import { randomId } from '../random-id.ts'
import type { Store } from '../store/store.ts'
import type { PermissionRow, Trx } from './rows.ts'

/** Both sides are told of these. */
const TOLD: readonly PermissionState[] = ['granted', 'revoked', 'terminated', 'expired', 'withdrawn']

export interface NoticeOutbox {
  /** ESPs that have something neither sent nor acknowledged. */
  espsWaiting(): Promise<string[]>
  /** What an ESP was not sent yet, oldest first. */
  unsent(espId: string, limit: number): Promise<Notice[]>
  /** It left, and the other side took it. */
  sent(noticeId: string, atMs: number): Promise<void>
  /** It could not be delivered; it stays. */
  tried(noticeId: string): Promise<void>
  /** All that an ESP has not acknowledged, oldest first; being asked for counts as sent. */
  fetch(espId: string, page: Oldest): Promise<Numbered<Notice>[]>
  /** The ESP has understood and ended its own side. False: not one of its. */
  acknowledge(espId: string, noticeId: string): Promise<boolean>
  /** The customer's, newest first, behind number `before`. */
  ofCustomer(accountNo: number, before: number, limit: number): Promise<(Notice & { no: number })[]>
  /** The customer has seen it. False: not one of theirs. */
  seen(accountNo: number, noticeId: string): Promise<boolean>
  /** Told of an ESP that has a new one, after its commit. Returns how to stop listening. */
  onAdded(listener: (espId: string) => void): () => void
}

/** In the event's transaction. */
export async function insertNotices(trx: Trx, { no, espNo, accountNo, permission }: PermissionRow, atMs: number) {
  const { state: kind, endCause: cause = null } = permission
  if (!TOLD.includes(kind)) return
  const common = { permissionNo: no, kind, cause, atMs, sentAtMs: null, tries: 0, acknowledgedAtMs: null }
  const rows = [
    { ...common, id: randomId('ntc'), espNo, accountNo: null },
    { ...common, id: randomId('ntc'), espNo: null, accountNo },
  ]
  await trx.insertInto('notice').values(rows).execute()
}

export function openNotices({ registers }: Store, nowMs: () => number): NoticeOutbox & { added(espId: string): void } {
  const listeners = new Set<(espId: string) => void>()
  return { espsWaiting, unsent, sent, tried, fetch, acknowledge, ofCustomer, seen, onAdded, added }

  async function espsWaiting(): Promise<string[]> {
    const rows = await registers
      .selectFrom('notice')
      .innerJoin('esp', 'esp.no', 'notice.espNo')
      .select('esp.id')
      .distinct()
      .where('sentAtMs', 'is', null)
      .where('acknowledgedAtMs', 'is', null)
      .execute()
    return rows.map(({ id }) => id)
  }

  async function unsent(espId: string, limit: number): Promise<Notice[]> {
    return (await ofEsp(espId).where('sentAtMs', 'is', null).limit(limit).execute()).map(noticeOf)
  }

  async function fetch(espId: string, { after, limit }: Oldest): Promise<Numbered<Notice>[]> {
    const rows = await ofEsp(espId).where('notice.no', '>', after).limit(limit).execute()
    const atMs = nowMs()
    // the last one only tells that there is a next page
    for (const { noticeId, sentAtMs } of rows.slice(0, limit - 1)) if (sentAtMs === null) await sent(noticeId, atMs)
    return rows.map(row => ({ no: row.no, item: noticeOf({ ...row, sentAtMs: row.sentAtMs ?? atMs }) }))
  }

  function ofEsp(espId: string) {
    return notices()
      .innerJoin('esp', 'esp.no', 'notice.espNo')
      .where('esp.id', '=', espId)
      .where('acknowledgedAtMs', 'is', null)
      .orderBy('notice.no')
  }

  function notices() {
    return registers
      .selectFrom('notice')
      .innerJoin('permission', 'permission.no', 'notice.permissionNo')
      .select(['notice.no', 'notice.id as noticeId', 'permission.id as permissionId', 'kind', 'cause', 'atMs'])
      .select(['sentAtMs', 'acknowledgedAtMs'])
  }

  async function sent(noticeId: string, atMs: number): Promise<void> {
    await registers
      .updateTable('notice')
      .set(({ eb }) => ({ sentAtMs: atMs, tries: eb('tries', '+', 1) }))
      .where('id', '=', noticeId)
      .where('sentAtMs', 'is', null)
      .execute()
  }

  async function tried(noticeId: string): Promise<void> {
    await registers
      .updateTable('notice')
      .set(({ eb }) => ({ tries: eb('tries', '+', 1) }))
      .where('id', '=', noticeId)
      .execute()
  }

  /** A second time it stays as it was the first. */
  async function acknowledge(espId: string, noticeId: string): Promise<boolean> {
    const row = await registers
      .selectFrom('notice')
      .innerJoin('esp', 'esp.no', 'notice.espNo')
      .select(['notice.no', 'acknowledgedAtMs'])
      .where('esp.id', '=', espId)
      .where('notice.id', '=', noticeId)
      .executeTakeFirst()
    return row !== undefined && settle(row)
  }

  async function seen(accountNo: number, noticeId: string): Promise<boolean> {
    const row = await registers
      .selectFrom('notice')
      .select(['no', 'acknowledgedAtMs'])
      .where('accountNo', '=', accountNo)
      .where('id', '=', noticeId)
      .executeTakeFirst()
    return row !== undefined && settle(row)
  }

  async function settle({ no, acknowledgedAtMs }: { no: number; acknowledgedAtMs: number | null }): Promise<true> {
    if (acknowledgedAtMs !== null) return true
    const atMs = nowMs()
    await registers
      .updateTable('notice')
      .set(({ fn, val }) => ({ acknowledgedAtMs: atMs, sentAtMs: fn.coalesce('sentAtMs', val(atMs)) }))
      .where('no', '=', no)
      .execute()
    return true
  }

  async function ofCustomer(accountNo: number, before: number, limit: number) {
    const rows = await notices()
      .where('notice.accountNo', '=', accountNo)
      .where('notice.no', '<', before)
      .orderBy('notice.no', 'desc')
      .limit(limit)
      .execute()
    return rows.map(row => ({ ...noticeOf(row), no: row.no }))
  }

  function onAdded(listener: (espId: string) => void): () => void {
    listeners.add(listener)
    return () => void listeners.delete(listener)
  }

  function added(espId: string): void {
    for (const listener of listeners) listener(espId)
  }
}

interface NoticeRow extends Omit<Notice, 'cause'> {
  cause: EndCause | null
}

function noticeOf({ noticeId, permissionId, kind, cause, atMs, sentAtMs, acknowledgedAtMs }: NoticeRow): Notice {
  return { noticeId, permissionId, kind, ...(cause === null ? {} : { cause }), atMs, sentAtMs, acknowledgedAtMs }
}
