// The database's shape, one numbered step at a time, forward and back. A step that has run is never edited: add one. The text is SQLite's;
// PostgreSQL has its own for the one table that it keeps by time, and everything else in its words (postgres/dialect.ts). Going back drops what the
// step brought, with all that is in it.

import { AUDITED, type Audited, type EventRow, linkHash, NOTHING_BEFORE } from '../audit/chain.ts'
import { all, first, run, type Steps } from './steps.ts'

export interface SchemaStep {
  name: string
  up: Text
  down: Text
  /** Rows that the step brings, after its tables. */
  fill?: () => Steps<void>
  /** Rows that the way back leaves otherwise, after `down`. */
  fillBack?: () => Steps<void>
}

export type Text = string | { sqlite: string; postgres: string }

const registers = `
  CREATE TABLE meta (name TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID, STRICT;
  CREATE TABLE account (no INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, name TEXT NOT NULL, createdAtS INTEGER NOT NULL) STRICT;
  CREATE TABLE accessKey (
    id TEXT PRIMARY KEY, accountNo INTEGER NOT NULL REFERENCES account, hash BLOB NOT NULL,
    createdAtS INTEGER NOT NULL, revokedAtS INTEGER
  ) WITHOUT ROWID, STRICT;
  CREATE TABLE meteringPoint (
    no INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, ean TEXT NOT NULL UNIQUE, name TEXT,
    country TEXT NOT NULL, timeZone TEXT NOT NULL, meterSerial TEXT
  ) STRICT;
  CREATE TABLE dongle (
    no INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, state TEXT NOT NULL, epoch INTEGER NOT NULL, wrappedKey BLOB NOT NULL,
    boot INTEGER NOT NULL, session INTEGER NOT NULL, meteringPointNo INTEGER REFERENCES meteringPoint
  ) STRICT;
  CREATE INDEX dongleOfPoint ON dongle (meteringPointNo);
  CREATE TABLE dongleEvent (
    no INTEGER PRIMARY KEY, dongleNo INTEGER NOT NULL REFERENCES dongle, atS INTEGER NOT NULL,
    fromState TEXT, toState TEXT NOT NULL, actor TEXT NOT NULL
  ) STRICT;
  CREATE TABLE dongleStatus (
    dongleNo INTEGER PRIMARY KEY REFERENCES dongle, receivedAtMs INTEGER NOT NULL, body TEXT NOT NULL
  ) STRICT;
  CREATE TABLE tenure (
    no INTEGER PRIMARY KEY, meteringPointNo INTEGER REFERENCES meteringPoint, accountNo INTEGER REFERENCES account,
    dongleNo INTEGER UNIQUE REFERENCES dongle, fromS INTEGER NOT NULL, toS INTEGER, wrappedKey BLOB, erasedAtS INTEGER,
    CHECK ((meteringPointNo IS NULL) <> (dongleNo IS NULL))
  ) STRICT;
  CREATE INDEX tenureOfPoint ON tenure (meteringPointNo, fromS);
  CREATE INDEX tenureOfAccount ON tenure (accountNo);
  CREATE UNIQUE INDEX tenureOpen ON tenure (meteringPointNo) WHERE meteringPointNo IS NOT NULL AND toS IS NULL;`

// batch is append-only in arrival order: clustering it by dongle would write ten times the bytes. A series is one meter
// behind one dongle within one tenure: registers only rise within it. isJoined says that the batch before follows without a hole, in
// sequence and in time: what is missing in a range is found at the few seams, without walking every batch.
const series = `
  CREATE TABLE series (
    no INTEGER PRIMARY KEY, tenureNo INTEGER NOT NULL REFERENCES tenure, dongleNo INTEGER NOT NULL REFERENCES dongle, meter INTEGER NOT NULL,
    UNIQUE (tenureNo, dongleNo, meter)
  ) STRICT;`

const batches = `
  CREATE TABLE batch (
    no INTEGER PRIMARY KEY, dongleNo INTEGER NOT NULL, boot INTEGER NOT NULL, firstSeq INTEGER NOT NULL, span INTEGER NOT NULL,
    seriesNo INTEGER NOT NULL, fromS INTEGER NOT NULL, toS INTEGER NOT NULL, receivedAtMs INTEGER NOT NULL,
    isJoined INTEGER NOT NULL, sealed BLOB NOT NULL
  ) STRICT;
  CREATE UNIQUE INDEX batchOnce ON batch (dongleNo, boot, firstSeq);
  CREATE INDEX batchInTime ON batch (seriesNo, fromS);
  CREATE INDEX batchSeam ON batch (seriesNo, fromS) WHERE isJoined = 0;`

// By month of its readings. What is unique within a partitioned table must have its key: the same bytes have the same time, and two stories about
// the same numbers are kept apart by the rules, one dongle at a time (postgres/group.ts). Sealed bytes are not worth compressing.
const batchesByMonth = `
  CREATE SEQUENCE batchNo;
  CREATE TABLE batch (
    no INTEGER NOT NULL DEFAULT nextval('"batchNo"'), dongleNo INTEGER NOT NULL, boot INTEGER NOT NULL, firstSeq INTEGER NOT NULL,
    span INTEGER NOT NULL, seriesNo INTEGER NOT NULL, fromS INTEGER NOT NULL, toS INTEGER NOT NULL, receivedAtMs INTEGER NOT NULL,
    isJoined INTEGER NOT NULL, sealed BLOB NOT NULL, PRIMARY KEY (no, fromS)
  ) PARTITION BY RANGE (fromS);
  ALTER TABLE batch ALTER COLUMN sealed SET STORAGE EXTERNAL;
  CREATE UNIQUE INDEX batchOnce ON batch (dongleNo, boot, firstSeq, fromS);
  CREATE INDEX batchInTime ON batch (seriesNo, fromS);
  CREATE INDEX batchSeam ON batch (seriesNo, fromS) WHERE isJoined = 0;`

const besides = `
  CREATE TABLE hole (
    no INTEGER PRIMARY KEY, dongleNo INTEGER NOT NULL, boot INTEGER NOT NULL, fromSeq INTEGER NOT NULL, count INTEGER NOT NULL,
    reason TEXT NOT NULL, seriesNo INTEGER, fromS INTEGER, toS INTEGER, receivedAtMs INTEGER NOT NULL
  ) STRICT;
  CREATE UNIQUE INDEX holeOnce ON hole (dongleNo, boot, fromSeq, count, reason);
  CREATE INDEX holeInTime ON hole (seriesNo, fromS) WHERE seriesNo IS NOT NULL;
  CREATE TABLE rollupHour (no INTEGER PRIMARY KEY, settled INTEGER NOT NULL, sealed BLOB NOT NULL) STRICT;
  CREATE TABLE rollupDay (no INTEGER PRIMARY KEY, sealed BLOB NOT NULL) STRICT;
  CREATE TABLE quarantine (
    no INTEGER PRIMARY KEY, dongleNo INTEGER NOT NULL, tenureNo INTEGER NOT NULL, boot INTEGER NOT NULL, firstSeq INTEGER NOT NULL,
    span INTEGER NOT NULL, reason TEXT NOT NULL, digest BLOB NOT NULL, receivedAtMs INTEGER NOT NULL, sealed BLOB NOT NULL
  ) STRICT;
  CREATE UNIQUE INDEX quarantineOnce ON quarantine (dongleNo, boot, firstSeq, digest);
  CREATE TABLE deadLetter (
    no INTEGER PRIMARY KEY, dongleNo INTEGER NOT NULL, tenureNo INTEGER NOT NULL, reason TEXT NOT NULL,
    digest BLOB NOT NULL, receivedAtMs INTEGER NOT NULL, sealed BLOB NOT NULL, outcome TEXT
  ) STRICT;
  CREATE UNIQUE INDEX deadLetterOnce ON deadLetter (dongleNo, digest);`

// dongleKey holds the keys beside the usual one: the next (untilS null) or the one before (until then). The secrets of an order (a Wi-Fi
// password, the chance of a rotation) are sealed and go when it is settled.
const orders = `
  ALTER TABLE dongle ADD COLUMN intervalS INTEGER;
  CREATE TABLE dongleKey (
    dongleNo INTEGER NOT NULL REFERENCES dongle, epoch INTEGER NOT NULL, wrappedKey BLOB NOT NULL, untilS INTEGER,
    PRIMARY KEY (dongleNo, epoch)
  ) WITHOUT ROWID, STRICT;
  CREATE TABLE dongleOrder (
    no INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, dongleNo INTEGER NOT NULL REFERENCES dongle, wish TEXT NOT NULL, name TEXT NOT NULL,
    seconds INTEGER, argument BLOB, number INTEGER, state TEXT NOT NULL, report BLOB, createdAtS INTEGER NOT NULL, expiresAtS INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX dongleOrderOpen ON dongleOrder (dongleNo, no) WHERE state IN ('queued', 'sent', 'begun');
  CREATE INDEX dongleOrderAll ON dongleOrder (dongleNo, no);
  CREATE TABLE dongleOrderEvent (
    no INTEGER PRIMARY KEY, orderNo INTEGER NOT NULL REFERENCES dongleOrder, atS INTEGER NOT NULL, state TEXT NOT NULL, actor TEXT NOT NULL
  ) STRICT;
  CREATE INDEX dongleOrderEventOf ON dongleOrderEvent (orderNo);
  CREATE TABLE dongleSuspicion (
    dongleNo INTEGER NOT NULL REFERENCES dongle, sign TEXT NOT NULL, firstAtS INTEGER NOT NULL, lastAtS INTEGER NOT NULL, count INTEGER NOT NULL,
    PRIMARY KEY (dongleNo, sign)
  ) WITHOUT ROWID, STRICT;`

// A thinned batch lies among the others in time, with its period; which numbers its readings have is not known, so "stored once" is asked
// by time (backend/ingest/thinned.ts) and the unique numbers are those of full detail only.
function thinned(once: string): string {
  return `
  ALTER TABLE batch ADD COLUMN periodS INTEGER NOT NULL DEFAULT 0;
  DROP INDEX batchOnce;
  CREATE UNIQUE INDEX batchOnce ON batch (${once}) WHERE periodS = 0;`
}

function notThinned(once: string): string {
  return `
  DELETE FROM batch WHERE periodS > 0;
  DROP INDEX batchOnce;
  ALTER TABLE batch DROP COLUMN periodS;
  CREATE UNIQUE INDEX batchOnce ON batch (${once});`
}

const ONCE = 'dongleNo, boot, firstSeq'
const ONCE_A_MONTH = `${ONCE}, fromS`

// Whose key may do what, how a dongle came to be, and the hash of its claim code.
const installers = `
  ALTER TABLE account ADD COLUMN role TEXT NOT NULL DEFAULT 'grid-user';
  CREATE TABLE claimCode (
    dongleNo INTEGER PRIMARY KEY REFERENCES dongle, salt BLOB NOT NULL, hash BLOB NOT NULL, createdAtS INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE dongleOrigin (
    dongleNo INTEGER PRIMARY KEY REFERENCES dongle, accountNo INTEGER NOT NULL REFERENCES account, atS INTEGER NOT NULL,
    firmware TEXT NOT NULL, engine TEXT NOT NULL, tray TEXT
  ) STRICT;`

// The market's register (where the embedded one is used), what follows from a claim, and an audit that can only grow. dongleMeter says under
// which tenure the readings of one meter behind one dongle belong (tenureNo null: nobody's yet), and until when. A duty is what a change
// of state still has to bring about outside the database; it goes when it was done. sameAs: another dongle's series of the same meter.
const claims = `
  CREATE TABLE registerPoint (
    ean TEXT PRIMARY KEY, holderId TEXT, sinceS INTEGER NOT NULL, meterSerial TEXT, country TEXT NOT NULL, timeZone TEXT NOT NULL
  ) WITHOUT ROWID, STRICT;
  CREATE INDEX registerPointOf ON registerPoint (holderId) WHERE holderId IS NOT NULL;
  CREATE TABLE registerChange (
    no INTEGER PRIMARY KEY, atS INTEGER NOT NULL, actor TEXT NOT NULL, ean TEXT NOT NULL, holderId TEXT, sinceS INTEGER NOT NULL,
    meterSerial TEXT, country TEXT NOT NULL, timeZone TEXT NOT NULL
  ) STRICT;
  ALTER TABLE account ADD COLUMN holderId TEXT;
  CREATE UNIQUE INDEX accountOfHolder ON account (holderId) WHERE holderId IS NOT NULL;
  ALTER TABLE dongle ADD COLUMN accountNo INTEGER REFERENCES account;
  ALTER TABLE dongle ADD COLUMN reason TEXT;
  ALTER TABLE dongle ADD COLUMN sinceS INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE dongle ADD COLUMN claimedAtS INTEGER;
  ALTER TABLE dongle ADD COLUMN meter INTEGER;
  CREATE INDEX dongleOfAccount ON dongle (accountNo) WHERE accountNo IS NOT NULL;
  CREATE INDEX dongleWaiting ON dongle (reason) WHERE reason IS NOT NULL;
  CREATE INDEX dongleRevoked ON dongle (sinceS) WHERE state IN ('lost', 'retired');
  CREATE TABLE dongleMeter (
    dongleNo INTEGER NOT NULL REFERENCES dongle, meter INTEGER NOT NULL, serial TEXT NOT NULL, tenureNo INTEGER REFERENCES tenure, untilS INTEGER,
    PRIMARY KEY (dongleNo, meter)
  ) WITHOUT ROWID, STRICT;
  CREATE INDEX dongleMeterOfSerial ON dongleMeter (serial);
  ALTER TABLE series ADD COLUMN sameAs INTEGER REFERENCES series;
  CREATE INDEX dongleMeterOfTenure ON dongleMeter (tenureNo) WHERE tenureNo IS NOT NULL;
  CREATE TABLE dongleDuty (
    no INTEGER PRIMARY KEY, dongleNo INTEGER NOT NULL REFERENCES dongle, duty TEXT NOT NULL, atS INTEGER NOT NULL
  ) STRICT;
  ALTER TABLE dongleEvent ADD COLUMN event TEXT NOT NULL DEFAULT '';
  ALTER TABLE dongleEvent ADD COLUMN reason TEXT;
  ALTER TABLE dongleEvent ADD COLUMN accountNo INTEGER REFERENCES account;
  UPDATE dongleEvent SET event = CASE WHEN fromState = toState THEN 'code-replaced' WHEN toState = 'bound' THEN 'vouched' ELSE toState END;
  CREATE INDEX dongleEventOf ON dongleEvent (dongleNo);
  CREATE INDEX dongleEventOfAccount ON dongleEvent (accountNo) WHERE accountNo IS NOT NULL;
  CREATE TRIGGER dongleEventKept BEFORE UPDATE ON dongleEvent BEGIN SELECT RAISE(ABORT, 'the audit only grows'); END;
  CREATE TRIGGER dongleEventStays BEFORE DELETE ON dongleEvent BEGIN SELECT RAISE(ABORT, 'the audit only grows'); END;
  CREATE TRIGGER registerChangeKept BEFORE UPDATE ON registerChange BEGIN SELECT RAISE(ABORT, 'the audit only grows'); END;
  CREATE TRIGGER registerChangeStays BEFORE DELETE ON registerChange BEGIN SELECT RAISE(ABORT, 'the audit only grows'); END;`

// Releases as they were signed, rollouts with their dongles in the order in which they get their turn, orders to dongles under numbers that
// never fall, and what everyone did about them.
// ddi… belongs to dongles that are served over hawkBit's interface.
const updates = `
  CREATE TABLE release (
    no INTEGER PRIMARY KEY, version INTEGER NOT NULL UNIQUE, name TEXT NOT NULL, manifest BLOB NOT NULL, program BLOB NOT NULL,
    signatures TEXT NOT NULL, signers TEXT NOT NULL, addedAtS INTEGER NOT NULL, addedBy TEXT NOT NULL
  ) STRICT;
  CREATE TABLE rollout (
    no INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, releaseNo INTEGER NOT NULL REFERENCES release, state TEXT NOT NULL, body TEXT NOT NULL,
    given INTEGER NOT NULL, createdAtS INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX rolloutAlive ON rollout (no) WHERE state IN ('proposed', 'running', 'paused', 'done');
  CREATE TABLE rolloutMember (
    no INTEGER PRIMARY KEY, rolloutNo INTEGER NOT NULL REFERENCES rollout, dongleNo INTEGER NOT NULL REFERENCES dongle, rank INTEGER NOT NULL,
    state TEXT NOT NULL, code TEXT, waveNo INTEGER, givenAtS INTEGER, changedAtS INTEGER NOT NULL, via TEXT, UNIQUE (rolloutNo, dongleNo)
  ) STRICT;
  CREATE INDEX rolloutMemberOf ON rolloutMember (dongleNo, no);
  CREATE INDEX rolloutMemberGiven ON rolloutMember (rolloutNo, waveNo, state, givenAtS) WHERE givenAtS IS NOT NULL;
  CREATE INDEX rolloutMemberWaiting ON rolloutMember (rolloutNo, rank) WHERE state = 'waiting';
  CREATE TABLE updateOrder (
    no INTEGER PRIMARY KEY, dongleNo INTEGER NOT NULL REFERENCES dongle, number INTEGER NOT NULL, releaseNo INTEGER NOT NULL REFERENCES release,
    memberNo INTEGER REFERENCES rolloutMember, trialS INTEGER NOT NULL, isOpen INTEGER NOT NULL, loadedBytes INTEGER NOT NULL,
    createdAtS INTEGER NOT NULL, UNIQUE (dongleNo, number)
  ) STRICT;
  CREATE INDEX updateOrderOf ON updateOrder (memberNo);
  CREATE TABLE dongleRelease (
    dongleNo INTEGER PRIMARY KEY REFERENCES dongle, version INTEGER NOT NULL, state TEXT NOT NULL, code TEXT NOT NULL, floor INTEGER NOT NULL,
    atS INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE updateEvent (
    no INTEGER PRIMARY KEY, atS INTEGER NOT NULL, actor TEXT NOT NULL, kind TEXT NOT NULL, releaseNo INTEGER, rolloutNo INTEGER, dongleNo INTEGER,
    detail TEXT
  ) STRICT;
  CREATE INDEX updateEventOf ON updateEvent (rolloutNo, no);
  CREATE TABLE ddiTarget (
    dongleNo INTEGER PRIMARY KEY REFERENCES dongle, tokenHash BLOB, attributes TEXT, tokenAtS INTEGER
  ) STRICT;
  CREATE TABLE ddiFeedback (
    no INTEGER PRIMARY KEY, memberNo INTEGER NOT NULL REFERENCES rolloutMember, atS INTEGER NOT NULL, execution TEXT NOT NULL,
    finished TEXT NOT NULL, details TEXT NOT NULL
  ) STRICT;
  CREATE INDEX ddiFeedbackOf ON ddiFeedback (memberNo, no);`

// What happened to a dongle by its own words, the last 50 of each (backend/doctor).
const happenings = `
  CREATE TABLE dongleHappening (
    no INTEGER PRIMARY KEY, dongleNo INTEGER NOT NULL REFERENCES dongle, atS INTEGER NOT NULL, code TEXT NOT NULL, n INTEGER, word TEXT
  ) STRICT;
  CREATE INDEX dongleHappeningOf ON dongleHappening (dongleNo, no);`

// The chain over all audited events (backend/audit), which only grows, as they do. Those of updates are looked for by dongle.
const auditTable = `
  CREATE TABLE audit (
    no INTEGER PRIMARY KEY, source TEXT NOT NULL, eventNo INTEGER NOT NULL, hash BLOB NOT NULL, UNIQUE (source, eventNo)
  ) STRICT;
  ${onlyGrows('audit')}`

const audit = `
  ${auditTable}
  CREATE INDEX updateEventByDongle ON updateEvent (dongleNo, no) WHERE dongleNo IS NOT NULL;
  ${onlyGrows('updateEvent')}
  ${onlyGrows('dongleOrderEvent')}`

function onlyGrows(table: string): string {
  return `CREATE TRIGGER ${table}Kept BEFORE UPDATE ON ${table} BEGIN SELECT RAISE(ABORT, 'the audit only grows'); END;
  CREATE TRIGGER ${table}Stays BEFORE DELETE ON ${table} BEGIN SELECT RAISE(ABORT, 'the audit only grows'); END;`
}

/** Those that were there when the chain began. */
const SEALED_THEN = ['dongleEvent', 'dongleOrderEvent', 'updateEvent', 'registerChange'] as const

/** What was written before there was a chain is taken into it as it stands. */
function* sealOldEvents(): Steps<void> {
  const add = createChain()
  for (const table of SEALED_THEN) {
    for (const event of yield* all<EventRow>(`SELECT ${AUDITED[table].join(', ')} FROM ${table} ORDER BY no`)) {
      yield* add(table, event)
    }
  }
}

/** Writes a chain from its beginning. */
function createChain(): (table: Audited, event: EventRow) => Steps<void> {
  let [no, hash] = [0, NOTHING_BEFORE]
  return function* add(table, event) {
    hash = linkHash(hash, table, event)
    yield* run(
      'INSERT INTO audit (no, source, eventNo, hash) VALUES (?, ?, ?, ?)',
      ++no,
      table,
      event.no as number,
      hash,
    )
  }
}

// Who was given an account and keys to it, and whose data were erased; from here on, and in the chain.
const accountEvents = `
  CREATE TABLE accountEvent (
    no INTEGER PRIMARY KEY, atS INTEGER NOT NULL, actor TEXT NOT NULL, accountNo INTEGER NOT NULL REFERENCES account, event TEXT NOT NULL,
    detail TEXT
  ) STRICT;
  ${onlyGrows('accountEvent')}`

// What operators did beside dongles and updates (a table of the audit), what waits among the dead letters, and what a dongle's flash holds.
function operating(ringRecords: string): string {
  return `
  CREATE TABLE operateEvent (
    no INTEGER PRIMARY KEY, atS INTEGER NOT NULL, actor TEXT NOT NULL, kind TEXT NOT NULL, dongleNo INTEGER, detail TEXT
  ) STRICT;
  ${onlyGrows('operateEvent')}
  CREATE INDEX deadLetterWaiting ON deadLetter (no) WHERE outcome IS NULL;
  ALTER TABLE dongleStatus ADD COLUMN ringRecords INTEGER;
  UPDATE dongleStatus SET ringRecords = ${ringRecords};`
}

// Who a person is at an identity service, the logins of the embedded one, sessions, what else an account may be, mandates, and the keys of ESPs'
// machines with the assertions that they have used. Of cookies and codes there are hashes only.
const people = `
  CREATE TABLE identity (
    issuer TEXT NOT NULL, subject TEXT NOT NULL, accountNo INTEGER NOT NULL REFERENCES account, createdAtS INTEGER NOT NULL,
    PRIMARY KEY (issuer, subject)
  ) WITHOUT ROWID, STRICT;
  CREATE TABLE login (
    no INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, name TEXT NOT NULL UNIQUE, person TEXT NOT NULL, salt BLOB NOT NULL, hash BLOB NOT NULL,
    createdAtS INTEGER NOT NULL, failures INTEGER NOT NULL, lockedUntilS INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE session (
    id TEXT PRIMARY KEY, accountNo INTEGER NOT NULL REFERENCES account, startedAtS INTEGER NOT NULL, signedInAtS INTEGER NOT NULL,
    seenAtS INTEGER NOT NULL, endsAtS INTEGER NOT NULL, idleMaxS INTEGER NOT NULL
  ) WITHOUT ROWID, STRICT;
  CREATE INDEX sessionOf ON session (accountNo);
  CREATE INDEX sessionEnds ON session (endsAtS);
  CREATE TABLE accountRole (
    no INTEGER PRIMARY KEY, accountNo INTEGER NOT NULL REFERENCES account, role TEXT NOT NULL, espId TEXT, fromS INTEGER NOT NULL, toS INTEGER
  ) STRICT;
  CREATE INDEX accountRoleOf ON accountRole (accountNo) WHERE toS IS NULL;
  CREATE TABLE mandate (
    no INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, giverNo INTEGER NOT NULL REFERENCES account, holderNo INTEGER REFERENCES account,
    scope TEXT NOT NULL, codeHash BLOB NOT NULL UNIQUE, createdAtS INTEGER NOT NULL, offeredUntilS INTEGER NOT NULL, endsAtS INTEGER NOT NULL,
    takenAtS INTEGER, endedAtS INTEGER, usedAtS INTEGER
  ) STRICT;
  CREATE INDEX mandateOfGiver ON mandate (giverNo);
  CREATE INDEX mandateOfHolder ON mandate (holderNo) WHERE holderNo IS NOT NULL;
  CREATE TABLE espKey (
    no INTEGER PRIMARY KEY, espId TEXT NOT NULL, kid TEXT NOT NULL, jwk TEXT NOT NULL, createdAtS INTEGER NOT NULL, revokedAtS INTEGER,
    UNIQUE (espId, kid)
  ) STRICT;
  CREATE TABLE espAssertion (
    espId TEXT NOT NULL, jti TEXT NOT NULL, untilS INTEGER NOT NULL, PRIMARY KEY (espId, jti)
  ) WITHOUT ROWID, STRICT;
  CREATE INDEX espAssertionUntil ON espAssertion (untilS);`

const onceOfAccounts = `CREATE TABLE once (
    accountNo INTEGER NOT NULL, idempotencyKey TEXT NOT NULL, request TEXT NOT NULL, answer TEXT NOT NULL, atMs INTEGER NOT NULL,
    PRIMARY KEY (accountNo, idempotencyKey)
  ) WITHOUT ROWID, STRICT;
  CREATE INDEX onceInTime ON once (atMs);`

// Who offers what, what customers have accepted, and which permissions stand. The events are the truth (tables of the audit); esp.state, service,
// serviceVersion.state and permission are what they come to, to be looked for. One granted permission per tenure and service: a second yes is no second
// one. A receipt belongs to a grant. A notice waits until its ESP has acknowledged it, a customer's until it was seen. `once` remembers what a request
// with an idempotency key came to.
const consent = `
  CREATE TABLE esp (
    no INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, accountNo INTEGER NOT NULL UNIQUE REFERENCES account, state TEXT NOT NULL, body TEXT NOT NULL,
    createdAtMs INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE service (
    no INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, espNo INTEGER NOT NULL REFERENCES esp, publishedVersion INTEGER, createdAtMs INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX serviceOfEsp ON service (espNo, no);
  CREATE TABLE serviceVersion (
    serviceNo INTEGER NOT NULL REFERENCES service, version INTEGER NOT NULL, consentVersion INTEGER NOT NULL, state TEXT NOT NULL, body TEXT NOT NULL,
    remark TEXT, changedAtMs INTEGER NOT NULL, PRIMARY KEY (serviceNo, version)
  ) WITHOUT ROWID, STRICT;
  CREATE INDEX serviceVersionSubmitted ON serviceVersion (changedAtMs) WHERE state = 'submitted';
  CREATE TABLE catalogueEvent (
    no INTEGER PRIMARY KEY, atMs INTEGER NOT NULL, actor TEXT NOT NULL, kind TEXT NOT NULL, espNo INTEGER NOT NULL REFERENCES esp,
    serviceNo INTEGER REFERENCES service, version INTEGER, detail TEXT
  ) STRICT;
  CREATE INDEX catalogueEventOf ON catalogueEvent (espNo, no);
  CREATE TABLE terms (version INTEGER PRIMARY KEY, body TEXT NOT NULL, publishedAtMs INTEGER NOT NULL) STRICT;
  CREATE TABLE termsAcceptance (
    accountNo INTEGER PRIMARY KEY REFERENCES account, version INTEGER NOT NULL, acceptedAtMs INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE termsEvent (
    no INTEGER PRIMARY KEY, atMs INTEGER NOT NULL, actor TEXT NOT NULL, kind TEXT NOT NULL, version INTEGER NOT NULL,
    accountNo INTEGER REFERENCES account, detail TEXT
  ) STRICT;
  CREATE INDEX termsEventOf ON termsEvent (accountNo, no);
  CREATE TABLE permission (
    no INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, espNo INTEGER NOT NULL REFERENCES esp, serviceNo INTEGER NOT NULL REFERENCES service,
    version INTEGER NOT NULL, tenureNo INTEGER NOT NULL REFERENCES tenure, accountNo INTEGER NOT NULL REFERENCES account, state TEXT NOT NULL,
    requestedAtMs INTEGER NOT NULL, answerByMs INTEGER NOT NULL, grantedAtMs INTEGER NOT NULL, untilMs INTEGER NOT NULL,
    readingsFromS INTEGER NOT NULL, endedAtMs INTEGER NOT NULL, endCause TEXT
  ) STRICT;
  CREATE INDEX permissionOfAccount ON permission (accountNo, no);
  CREATE INDEX permissionOfEsp ON permission (espNo, no);
  CREATE INDEX permissionOfTenure ON permission (tenureNo) WHERE state IN ('requested', 'granted');
  CREATE INDEX permissionAsked ON permission (answerByMs) WHERE state = 'requested';
  CREATE UNIQUE INDEX permissionOnce ON permission (tenureNo, serviceNo) WHERE state = 'granted';
  CREATE TABLE permissionEvent (
    no INTEGER PRIMARY KEY, permissionNo INTEGER NOT NULL REFERENCES permission, atMs INTEGER NOT NULL, actor TEXT NOT NULL, kind TEXT NOT NULL,
    body TEXT NOT NULL
  ) STRICT;
  CREATE INDEX permissionEventOf ON permissionEvent (permissionNo, no);
  CREATE TABLE consentReceipt (permissionNo INTEGER PRIMARY KEY REFERENCES permission, jws TEXT NOT NULL) STRICT;
  CREATE TABLE notice (
    no INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, permissionNo INTEGER NOT NULL REFERENCES permission, espNo INTEGER REFERENCES esp,
    accountNo INTEGER REFERENCES account, kind TEXT NOT NULL, cause TEXT, atMs INTEGER NOT NULL, sentAtMs INTEGER, tries INTEGER NOT NULL,
    acknowledgedAtMs INTEGER, CHECK ((espNo IS NULL) <> (accountNo IS NULL))
  ) STRICT;
  CREATE INDEX noticeWaiting ON notice (espNo, no) WHERE espNo IS NOT NULL AND acknowledgedAtMs IS NULL;
  CREATE INDEX noticeOfAccount ON notice (accountNo, no) WHERE accountNo IS NOT NULL;
  CREATE INDEX noticeOfPermission ON notice (permissionNo);
  CREATE TABLE dataAccess (
    no INTEGER PRIMARY KEY, permissionNo INTEGER NOT NULL REFERENCES permission, atMs INTEGER NOT NULL, channel TEXT NOT NULL,
    readings INTEGER NOT NULL, fromS INTEGER NOT NULL, toS INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX dataAccessOf ON dataAccess (permissionNo, no);
  CREATE TABLE tenureEvent (
    no INTEGER PRIMARY KEY, tenureNo INTEGER NOT NULL REFERENCES tenure, atMs INTEGER NOT NULL, actor TEXT NOT NULL, kind TEXT NOT NULL, detail TEXT
  ) STRICT;
  CREATE INDEX tenureEventOf ON tenureEvent (tenureNo, no);
  CREATE TABLE marketPoint (ean TEXT PRIMARY KEY, body TEXT NOT NULL) WITHOUT ROWID, STRICT;
  CREATE TABLE marketEvent (
    no INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, atMs INTEGER NOT NULL, actor TEXT NOT NULL, body TEXT NOT NULL, outcome TEXT NOT NULL
  ) STRICT;
  ${onceOfAccounts}
  ${['catalogueEvent', 'termsEvent', 'permissionEvent', 'dataAccess', 'tenureEvent', 'marketEvent'].map(onlyGrows).join('\n  ')}`

// Where delivery to ESPs stands: which stretches of time a permission's channel has still to be given (epoch seconds, as JSON), where an ESP takes webhooks
// (the secret is wrapped), and deliveries that were given up, by their times alone. No reading is in any of them. One that is replayed is marked.
const delivery = `
  CREATE TABLE deliveryLane (
    permissionId TEXT NOT NULL, channel TEXT NOT NULL, ranges TEXT NOT NULL, PRIMARY KEY (permissionId, channel)
  ) WITHOUT ROWID, STRICT;
  CREATE TABLE webhook (
    espId TEXT PRIMARY KEY, url TEXT NOT NULL, format TEXT NOT NULL, wrappedSecret BLOB NOT NULL, createdAtS INTEGER NOT NULL
  ) WITHOUT ROWID, STRICT;
  CREATE TABLE deadDelivery (
    no INTEGER PRIMARY KEY, espId TEXT NOT NULL, permissionId TEXT NOT NULL, channel TEXT NOT NULL, fromS INTEGER NOT NULL, toS INTEGER NOT NULL,
    code TEXT NOT NULL, atS INTEGER NOT NULL, replayedAtS INTEGER
  ) STRICT;
  CREATE INDEX deadDeliveryWaiting ON deadDelivery (espId, no) WHERE replayedAtS IS NULL;`

// Links of the chain that were signed, one after the other.
const auditHeads = `
  CREATE TABLE auditHead (
    no INTEGER PRIMARY KEY, linkNo INTEGER NOT NULL UNIQUE, hash BLOB NOT NULL, atS INTEGER NOT NULL, before BLOB NOT NULL, signature BLOB NOT NULL
  ) STRICT;
  ${onlyGrows('auditHead')}`

const espCertificates = `
  CREATE TABLE espCertificate (
    no INTEGER PRIMARY KEY, espId TEXT NOT NULL, thumbprint TEXT NOT NULL, fromS INTEGER NOT NULL, untilS INTEGER NOT NULL, createdAtS INTEGER NOT NULL,
    revokedAtS INTEGER, UNIQUE (espId, thumbprint)
  ) STRICT;`

const mandatedReads = `
  CREATE TABLE mandatedRead (
    no INTEGER PRIMARY KEY, mandateNo INTEGER NOT NULL REFERENCES mandate, tenureNo INTEGER NOT NULL REFERENCES tenure, atMs INTEGER NOT NULL,
    what TEXT NOT NULL, reads INTEGER NOT NULL, fromS INTEGER NOT NULL, toS INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX mandatedReadOf ON mandatedRead (mandateNo, no);
  ${onlyGrows('mandatedRead')}`

const CONSENT_AUDITED = [
  'dataAccess',
  'permissionEvent',
  'termsEvent',
  'catalogueEvent',
  'tenureEvent',
  'marketEvent',
] as const

/** Tables of the audit go, with their links; sealAgain() makes a chain of the others. An older program knows no such links, and would find the chain broken. */
function auditedDropped(...tables: Audited[]): string {
  const names = tables.map(table => `'${table}'`).join(', ')
  return `
  CREATE TABLE auditBefore (no INTEGER PRIMARY KEY, source TEXT NOT NULL, eventNo INTEGER NOT NULL) STRICT;
  INSERT INTO auditBefore (no, source, eventNo) SELECT no, source, eventNo FROM audit WHERE source NOT IN (${names});
  ${dropped('audit', ...tables)}
  ${auditTable}`
}

/** The links that are left, in the order in which they were; a newest link that somebody keeps elsewhere is not in this chain. */
function* sealAgain(): Steps<void> {
  const add = createChain()
  const links = yield* all<{ source: Audited; eventNo: number }>('SELECT source, eventNo FROM auditBefore ORDER BY no')
  for (const { source, eventNo } of links) {
    const event = yield* first<EventRow>(`SELECT ${AUDITED[source].join(', ')} FROM ${source} WHERE no = ?`, eventNo)
    if (event === undefined) throw new Error('the audit is broken: an event is missing; nothing was changed')
    yield* add(source, event)
  }
  yield* run('DROP TABLE auditBefore')
}

function dropped(...tables: string[]): string {
  return tables.map(table => `DROP TABLE ${table};`).join('\n  ')
}

const noClaims = `
  DROP TRIGGER dongleEventKept ON dongleEvent;
  DROP TRIGGER dongleEventStays ON dongleEvent;
  ${['dongleEventOf', 'dongleEventOfAccount', 'dongleOfAccount', 'dongleWaiting', 'dongleRevoked', 'accountOfHolder']
    .map(index => `DROP INDEX ${index};`)
    .join(' ')}
  ${columnsDropped('dongleEvent', 'event', 'reason', 'accountNo')}
  ${columnsDropped('dongle', 'accountNo', 'reason', 'sinceS', 'claimedAtS', 'meter')}
  ${columnsDropped('series', 'sameAs')}
  ${columnsDropped('account', 'holderId')}
  ${dropped('dongleDuty', 'dongleMeter', 'registerChange', 'registerPoint')}`

function columnsDropped(table: string, ...columns: string[]): string {
  return columns.map(column => `ALTER TABLE ${table} DROP COLUMN ${column};`).join(' ')
}

const noRegisters = dropped(
  'tenure',
  'dongleStatus',
  'dongleEvent',
  'dongle',
  'meteringPoint',
  'accessKey',
  'account',
  'meta',
)
const noReadings = dropped('deadLetter', 'quarantine', 'rollupDay', 'rollupHour', 'hole', 'batch', 'series')
const noUpdates = dropped(
  ...['ddiFeedback', 'ddiTarget', 'updateEvent', 'dongleRelease', 'updateOrder', 'rolloutMember', 'rollout', 'release'],
)
const noAudit = `
  ${dropped('audit')}
  DROP INDEX updateEventByDongle;
  ${['updateEvent', 'dongleOrderEvent']
    .map(table => `DROP TRIGGER ${table}Kept ON ${table}; DROP TRIGGER ${table}Stays ON ${table};`)
    .join(' ')}`

// Every act under an idempotency key, whoever asks (backend/api/once.ts): begun while `status` is NULL; `answer` is wrapped. What was kept for a day
// before goes: a repeat of it finds what it has done.
const onceForAll = `
  DROP TABLE once;
  CREATE TABLE once (
    owner TEXT NOT NULL, idempotencyKey TEXT NOT NULL, request TEXT NOT NULL, atMs INTEGER NOT NULL, status INTEGER, answer BLOB,
    PRIMARY KEY (owner, idempotencyKey)
  ) WITHOUT ROWID, STRICT;
  CREATE INDEX onceInTime ON once (atMs);`
const onceForAccounts = `
  DROP TABLE once;
  ${onceOfAccounts}`

export const SCHEMA: readonly SchemaStep[] = [
  { name: 'registers', up: registers, down: noRegisters },
  {
    name: 'readings',
    up: { sqlite: series + batches + besides, postgres: series + batchesByMonth + besides },
    down: { sqlite: noReadings, postgres: `${noReadings} DROP SEQUENCE batchNo;` },
  },
  {
    name: 'orders',
    up: orders,
    down: `${dropped('dongleSuspicion', 'dongleOrderEvent', 'dongleOrder', 'dongleKey')} ${columnsDropped('dongle', 'intervalS')}`,
  },
  {
    name: 'thinned readings',
    up: { sqlite: thinned(ONCE), postgres: thinned(ONCE_A_MONTH) },
    down: { sqlite: notThinned(ONCE), postgres: notThinned(ONCE_A_MONTH) },
  },
  {
    name: 'installers',
    up: installers,
    down: `${dropped('dongleOrigin', 'claimCode')} ${columnsDropped('account', 'role')}`,
  },
  { name: 'claims', up: claims, down: noClaims },
  { name: 'updates', up: updates, down: noUpdates },
  { name: 'happenings', up: happenings, down: dropped('dongleHappening') },
  { name: 'audit chain', up: audit, down: noAudit, fill: sealOldEvents },
  { name: 'account events', up: accountEvents, down: auditedDropped('accountEvent'), fillBack: sealAgain },
  {
    name: 'operating',
    up: {
      sqlite: operating(`json_extract(body, '$.ringRecords')`),
      postgres: operating(`CAST(CAST(body AS json) ->> 'ringRecords' AS INTEGER)`),
    },
    down: `${auditedDropped('operateEvent')} DROP INDEX deadLetterWaiting; ${columnsDropped('dongleStatus', 'ringRecords')}`,
    fillBack: sealAgain,
  },
  {
    name: 'people',
    up: people,
    down: dropped('espAssertion', 'espKey', 'mandate', 'accountRole', 'session', 'login', 'identity'),
  },
  {
    name: 'consent',
    up: consent,
    down: `${auditedDropped(...CONSENT_AUDITED)}
  ${dropped('once', 'marketPoint', 'notice', 'consentReceipt', 'permission', 'termsAcceptance', 'terms', 'serviceVersion', 'service', 'esp')}`,
    fillBack: sealAgain,
  },
  { name: 'delivery', up: delivery, down: dropped('deliveryLane', 'webhook', 'deadDelivery') },
  { name: 'idempotency keys', up: onceForAll, down: onceForAccounts },
  { name: 'audit heads', up: auditHeads, down: dropped('auditHead') },
  { name: 'certificates of ESPs', up: espCertificates, down: dropped('espCertificate') },
  { name: 'mandated reads', up: mandatedReads, down: auditedDropped('mandatedRead'), fillBack: sealAgain },
]

/** Throws an Error with one sentence for a database of a newer program: an old one must not write it. */
export function assertKnown(version: number): void {
  if (version <= SCHEMA.length) return
  throw new Error(`the database has version ${version}, this program knows up to ${SCHEMA.length}: use a newer program`)
}

export interface SchemaMove {
  /** The version after it. */
  version: number
  text: Text
  fill: SchemaStep['fill']
}

/** The steps from one version to another, in their order. */
export function movesFrom(version: number, to: number): SchemaMove[] {
  const moves: SchemaMove[] = []
  for (let at = version; at < to; at++) {
    const { up, fill } = SCHEMA[at] as SchemaStep
    moves.push({ version: at + 1, text: up, fill })
  }
  for (let at = version; at > to; at--) {
    const { down, fillBack } = SCHEMA[at - 1] as SchemaStep
    moves.push({ version: at - 1, text: down, fill: fillBack })
  }
  return moves
}
