// Which kinds of data there are, whose, on what ground, and for how long: the one table that docs/processing.md and docs/dpia.md are written from. Which column is
// of which class stands in columns.ts; what the rules below delete is done by retention.ts.

export interface DataClass {
  what: string
  /** Whom the data are about. */
  whose: string
  /** Regulation (EU) 2016/679; EMD: the network code of the market's data, Reg. (EU) 2023/1162. */
  basis: string
  keep: string
  /** Who sees it, beside the person. */
  seenBy: string
}

const CONTRACT = 'art. 6(1)(b): what the grid user has asked for (terms of use)'
const CONSENT = 'art. 6(1)(a) and art. 7: consent per service; Reg. (EU) 2023/1162'
const DUTY = 'art. 6(1)(c), art. 5(2), art. 7(1): being able to show it'
const CARE = 'art. 6(1)(f): keeping the service safe and running'

export const CLASSES = {
  reading: {
    what: 'what the meter has said: energy, power, voltage, current; sealed under the key of the tenure',
    whose: 'grid user and household',
    basis: `${CONTRACT}; ${CONSENT} where it is passed on`,
    keep: 'as long as the tenure lasts, then for as long as the terms let it be exported; at once when the grid user erases it',
    seenBy: 'mandated persons; ESPs with a permission, cut to its data need; no operator',
  },
  'reading-fact': {
    what: 'when batches came, of what time, how many, what was lost; nothing of what was measured',
    whose: 'grid user and household',
    basis: CONTRACT,
    keep: 'as long as the tenure is known; it tells nothing once its readings are erased',
    seenBy: 'mandated persons',
  },
  identifier: {
    what: 'EAN, serial of the meter, word for the person in the access register, word at the identity service',
    whose: 'grid user',
    basis: `${CONTRACT}; Reg. (EU) 2023/1162`,
    keep: 'while there is an account or a tenure; in the audit’s events of the access register as long as those',
    seenBy: 'operators who keep the access register; of these an ESP sees the EAN, while it has a permission',
  },
  person: {
    what: 'names of accounts and logins, name of a metering point',
    whose: 'whoever has an account',
    basis: CONTRACT,
    keep: 'while there is an account',
    seenBy: 'operators and support',
  },
  pseudonym: {
    what: 'random ids and row numbers that stand for an account, a point, a tenure, a permission or a dongle',
    whose: 'whoever has an account',
    basis: CONTRACT,
    keep: 'as the row they stand in',
    seenBy: 'ESPs: ids of permissions only',
  },
  consent: {
    what: 'terms accepted, permissions with their statement and signed receipt, mandates, notices',
    whose: 'grid user; mandated person',
    basis: DUTY,
    keep: 'permissions as long as the platform; notices and mandates three years after they are over',
    seenBy: 'the ESP, of its own permissions; operators and auditors',
  },
  proof: {
    what: 'events of the audit: who did what and when; data that left, by number and time',
    whose: 'whoever acts on the platform',
    basis: DUTY,
    keep: 'as long as the platform: taking one out breaks the chain. No reading, no name and, but for the access register’s own events, no EAN is in it',
    seenBy: 'auditors and operators; each person their own',
  },
  secret: {
    what: 'wrapped keys and hashes of keys, codes and passwords',
    whose: 'whoever has an account; dongles; ESPs',
    basis: CARE,
    keep: 'until replaced or revoked; a tenure’s key until it is erased',
    seenBy: 'nobody: they are of no use without the key-encryption key',
  },
  session: {
    what: 'that somebody is signed in, since when, until when; requests that must not be done twice',
    whose: 'whoever signs in',
    basis: CARE,
    keep: 'until it ends: 30 days alone, 180 at most; requests for days',
    seenBy: 'nobody',
  },
  device: {
    what: 'what a dongle is, how it is, what was asked of it, what happened to it',
    whose: 'grid user, by way of the dongle',
    basis: `${CONTRACT}; ${CARE}`,
    keep: 'while the dongle is known; happenings and answers 400 days',
    seenBy: 'operators, support, installers',
  },
  undecoded: {
    what: 'messages that could not be stored, sealed under the key of the tenure',
    whose: 'grid user and household',
    basis: CONTRACT,
    keep: '90 days, or until they are replayed or dropped',
    seenBy: 'operators, one by one, each look an event of the audit',
  },
  delivery: {
    what: 'which times an ESP has still to be given, and what was given up; no reading',
    whose: 'grid user, by way of the permission',
    basis: CONSENT,
    keep: 'until given; what was given up 90 days',
    seenBy: 'the ESP, of its own permissions',
  },
  business: {
    what: 'ESPs, their services and addresses, the texts of the terms',
    whose: 'ESPs and their contacts',
    basis: 'art. 6(1)(b): the ESP’s contract',
    keep: 'as long as the platform: permissions refer to them',
    seenBy: 'everybody: it is the catalogue',
  },
  platform: {
    what: 'releases, rollouts, the audit’s own chain and heads, facts of the server',
    whose: 'nobody',
    basis: 'no personal data',
    keep: 'as long as it is of use',
    seenBy: 'operators',
  },
} as const satisfies { [name: string]: DataClass }

export type ClassName = keyof typeof CLASSES

export const DAY_S = 86_400

/** Rows that retention.ts deletes once `column` is so many days ago; `per`: units of the column in a second. */
export interface DeletionRule {
  table: string
  column: string
  per: 1 | 1000
  days: number
  of: ClassName
}

/** Readings of a tenure that is over go by its key, when the terms’ days for exporting them are over: that is not a row. */
export const DELETIONS: readonly DeletionRule[] = [
  { table: 'session', column: 'endsAtS', per: 1, days: 0, of: 'session' },
  { table: 'espAssertion', column: 'untilS', per: 1, days: 0, of: 'session' },
  { table: 'deadLetter', column: 'receivedAtMs', per: 1000, days: 90, of: 'undecoded' },
  { table: 'quarantine', column: 'receivedAtMs', per: 1000, days: 90, of: 'undecoded' },
  { table: 'deadDelivery', column: 'atS', per: 1, days: 90, of: 'delivery' },
  { table: 'dongleHappening', column: 'atS', per: 1, days: 400, of: 'device' },
  { table: 'ddiFeedback', column: 'atS', per: 1, days: 400, of: 'device' },
  { table: 'dongleSuspicion', column: 'lastAtS', per: 1, days: 400, of: 'device' },
  { table: 'notice', column: 'atMs', per: 1000, days: 1095, of: 'consent' },
  { table: 'mandate', column: 'endsAtS', per: 1, days: 1095, of: 'consent' },
]
