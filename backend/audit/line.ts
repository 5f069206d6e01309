// What of an audited event is shown in a list: when, by whom, and what it was, in the event's own words. EANs, holders, texts and numbers of readings stay
// in the tables. Pure.

import type { AuditLine } from '../../shared/schema/audit.ts'
import type { Audited, EventRow, Link } from './chain.ts'

/** The column that says what it was. Of a register's change that is who holds the point now, which is nobody's business. */
const WHAT: { [table in Audited]: string | undefined } = {
  dongleEvent: 'event',
  dongleOrderEvent: 'state',
  updateEvent: 'kind',
  registerChange: undefined,
  accountEvent: 'event',
  operateEvent: 'kind',
  catalogueEvent: 'kind',
  termsEvent: 'kind',
  permissionEvent: 'kind',
  tenureEvent: 'kind',
  marketEvent: 'outcome',
  dataAccess: 'channel',
  mandatedRead: 'what',
}

export function lineOf({ no, table, eventNo, hash, event }: Link): AuditLine {
  const what = WHAT[table]
  return {
    ...{ no, table, eventNo, hash: Buffer.from(hash).toString('hex') },
    atMs: event === undefined ? null : atMsOf(event),
    actor: typeof event?.actor === 'string' ? event.actor : null,
    what: what === undefined || event === undefined ? null : String(event[what]),
  }
}

/** Older tables count seconds. */
function atMsOf({ atMs, atS }: EventRow): number {
  return typeof atMs === 'number' ? atMs : Number(atS) * 1000
}
