// How audited events hang together: the hash of each covers all its columns and the hash before it, whichever table it stands in. So an event
// that was changed, taken out or put elsewhere shows, and everything behind it with it. Pure.

import { createHash } from 'node:crypto'

/** What is audited: the tables that only grow, with the columns that are covered, in the order in which they are. Never edited: add a table. */
export const AUDITED = {
  dongleEvent: ['no', 'dongleNo', 'atS', 'fromState', 'toState', 'actor', 'event', 'reason', 'accountNo'],
  dongleOrderEvent: ['no', 'orderNo', 'atS', 'state', 'actor'],
  updateEvent: ['no', 'atS', 'actor', 'kind', 'releaseNo', 'rolloutNo', 'dongleNo', 'detail'],
  registerChange: ['no', 'atS', 'actor', 'ean', 'holderId', 'sinceS', 'meterSerial', 'country', 'timeZone'],
  accountEvent: ['no', 'atS', 'actor', 'accountNo', 'event', 'detail'],
  operateEvent: ['no', 'atS', 'actor', 'kind', 'dongleNo', 'detail'],
  catalogueEvent: ['no', 'atMs', 'actor', 'kind', 'espNo', 'serviceNo', 'version', 'detail'],
  termsEvent: ['no', 'atMs', 'actor', 'kind', 'version', 'accountNo', 'detail'],
  permissionEvent: ['no', 'permissionNo', 'atMs', 'actor', 'kind', 'body'],
  tenureEvent: ['no', 'tenureNo', 'atMs', 'actor', 'kind', 'detail'],
  marketEvent: ['no', 'atMs', 'actor', 'body', 'outcome'],
  dataAccess: ['no', 'permissionNo', 'atMs', 'channel', 'readings', 'fromS', 'toS'],
  mandatedRead: ['no', 'mandateNo', 'tenureNo', 'atMs', 'what', 'reads', 'fromS', 'toS'],
} as const

export type Audited = keyof typeof AUDITED
export const AUDITED_TABLES = Object.keys(AUDITED) as Audited[]

export type EventRow = { [column: string]: unknown }

/** Before the first event. */
export const NOTHING_BEFORE: Uint8Array = new Uint8Array(32)

/** SHA-256 of the hash before (32 bytes) and the event as JSON: [table, its columns in order]. */
export function linkHash(before: Uint8Array, table: Audited, row: EventRow): Uint8Array {
  const event = JSON.stringify([table, ...AUDITED[table].map(column => row[column] ?? null)])
  return createHash('sha256').update(before).update(event, 'utf8').digest()
}

/** An audit row with the event it is about; no event: its table has none under that number. */
export interface Link {
  no: number
  table: Audited
  eventNo: number
  hash: Uint8Array
  event: EventRow | undefined
}

/** link-missing: a number of the chain is left out. event-missing: the event is gone. mismatch: the event, its place or its hash is another. */
export type Break = 'link-missing' | 'event-missing' | 'mismatch'

/** What is wrong with the link behind `before`, if anything is. */
export function breakOf(before: { no: number; hash: Uint8Array }, link: Link): Break | undefined {
  if (link.no !== before.no + 1) return 'link-missing'
  if (link.event === undefined) return 'event-missing'
  return Buffer.compare(linkHash(before.hash, link.table, link.event), link.hash) === 0 ? undefined : 'mismatch'
}
