// The database's shape, one step forward at a time; there is no way back, a backup is. A step that has run is never edited: add one.
// Each runs in its own transaction together with the new version number (PRAGMA user_version is part of the file's header).

import type { DatabaseSync } from 'node:sqlite'
import { type EventRow, linkHash, NOTHING_BEFORE } from '../../audit/chain.ts'

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
const readings = `
  CREATE TABLE series (
    no INTEGER PRIMARY KEY, tenureNo INTEGER NOT NULL REFERENCES tenure, dongleNo INTEGER NOT NULL REFERENCES dongle, meter INTEGER NOT NULL,
    UNIQUE (tenureNo, dongleNo, meter)
  ) STRICT;
  CREATE TABLE batch (
    no INTEGER PRIMARY KEY, dongleNo INTEGER NOT NULL, boot INTEGER NOT NULL, firstSeq INTEGER NOT NULL, span INTEGER NOT NULL,
    seriesNo INTEGER NOT NULL, fromS INTEGER NOT NULL, toS INTEGER NOT NULL, receivedAtMs INTEGER NOT NULL,
    isJoined INTEGER NOT NULL, sealed BLOB NOT NULL
  ) STRICT;
  CREATE UNIQUE INDEX batchOnce ON batch (dongleNo, boot, firstSeq);
  CREATE INDEX batchInTime ON batch (seriesNo, fromS);
  CREATE INDEX batchSeam ON batch (seriesNo, fromS) WHERE isJoined = 0;
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
const thinned = `
  ALTER TABLE batch ADD COLUMN periodS INTEGER NOT NULL DEFAULT 0;
  DROP INDEX batchOnce;
  CREATE UNIQUE INDEX batchOnce ON batch (dongleNo, boot, firstSeq) WHERE periodS = 0;`

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
const audit = `
  CREATE TABLE audit (
    no INTEGER PRIMARY KEY, source TEXT NOT NULL, eventNo INTEGER NOT NULL, hash BLOB NOT NULL, UNIQUE (source, eventNo)
  ) STRICT;
  CREATE INDEX updateEventByDongle ON updateEvent (dongleNo, no) WHERE dongleNo IS NOT NULL;
  ${onlyGrows('audit')}
  ${onlyGrows('updateEvent')}
  ${onlyGrows('dongleOrderEvent')}`

function onlyGrows(table: string): string {
  return `CREATE TRIGGER ${table}Kept BEFORE UPDATE ON ${table} BEGIN SELECT RAISE(ABORT, 'the audit only grows'); END;
  CREATE TRIGGER ${table}Stays BEFORE DELETE ON ${table} BEGIN SELECT RAISE(ABORT, 'the audit only grows'); END;`
}

/** Those that were there when the chain began. */
const SEALED_THEN = ['dongleEvent', 'dongleOrderEvent', 'updateEvent', 'registerChange'] as const

// What operators did beside dongles and updates (a table of the audit), what waits among the dead letters, and what a dongle's flash holds.
const operating = `
  CREATE TABLE operateEvent (
    no INTEGER PRIMARY KEY, atS INTEGER NOT NULL, actor TEXT NOT NULL, kind TEXT NOT NULL, dongleNo INTEGER, detail TEXT
  ) STRICT;
  CREATE TRIGGER operateEventKept BEFORE UPDATE ON operateEvent BEGIN SELECT RAISE(ABORT, 'the audit only grows'); END;
  CREATE TRIGGER operateEventStays BEFORE DELETE ON operateEvent BEGIN SELECT RAISE(ABORT, 'the audit only grows'); END;
  CREATE INDEX deadLetterWaiting ON deadLetter (no) WHERE outcome IS NULL;
  ALTER TABLE dongleStatus ADD COLUMN ringRecords INTEGER;
  UPDATE dongleStatus SET ringRecords = json_extract(body, '$.ringRecords');`

/** What was written before there was a chain is taken into it as it stands. */
function sealOldEvents(db: DatabaseSync): void {
  db.exec(audit)
  const add = db.prepare('INSERT INTO audit (source, eventNo, hash) VALUES (?, ?, ?)')
  let hash = NOTHING_BEFORE
  for (const table of SEALED_THEN) {
    for (const event of db.prepare(`SELECT * FROM ${table} ORDER BY no`).all() as EventRow[]) {
      hash = linkHash(hash, table, event)
      add.run(table, event.no as number, hash)
    }
  }
}

// Who was given an account and keys to it, and whose data were erased; from here on, and in the chain.
const accountEvents = `
  CREATE TABLE accountEvent (
    no INTEGER PRIMARY KEY, atS INTEGER NOT NULL, actor TEXT NOT NULL, accountNo INTEGER NOT NULL REFERENCES account, event TEXT NOT NULL,
    detail TEXT
  ) STRICT;
  ${onlyGrows('accountEvent')}`

type Step = string | ((db: DatabaseSync) => void)
const STEPS: Step[] = [
  registers,
  readings,
  orders,
  thinned,
  installers,
  claims,
  updates,
  happenings,
  sealOldEvents,
  accountEvents,
  operating,
]

/** What this program brings a database to. */
export const SCHEMA_VERSION = STEPS.length

/** Brings the database to this program's version; returns the version it had. A newer database is refused: an old program must not write it. */
export function migrate(db: DatabaseSync): number {
  const before = (db.prepare('PRAGMA user_version').get() as { user_version: number }).user_version
  if (before > STEPS.length) {
    throw new Error(`the database has version ${before}, this program knows up to ${STEPS.length}: use a newer program`)
  }
  for (let version = before; version < STEPS.length; version++) {
    const step = STEPS[version] as Step
    db.exec('BEGIN IMMEDIATE')
    if (typeof step === 'string') db.exec(step)
    else step(db)
    db.exec(`PRAGMA user_version = ${version + 1}; COMMIT`)
  }
  return before
}
