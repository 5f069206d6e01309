// Groups that are durable and not yet in their places: a file of its own, so that "stored" costs one small synced append, and the pages of
// batches, indexes and rollups can be written many groups at a time. What stands here is applied again after a crash; "stored once" makes that
// harmless. Blocks are sealed with a key of the file's own. Locked by the process that has it open: there is one writer of readings.

import { createSecretKey, type KeyObject } from 'node:crypto'
import { existsSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { assert } from '../../../shared/kernel/assert.ts'
import { troubleOf } from '../fault.ts'
import type { KeyRing } from '../key-ring.ts'
import { seal, unseal } from '../sealing.ts'
import { makePrivate } from './open.ts'

export interface WaitingGroup {
  no: number
  block: Uint8Array
}

/** Throws what SQLite throws; nothing is half done then. */
export interface Inbox {
  /** The group is on the disk when this returns; gives its number, which only rises. */
  put(block: Uint8Array): number
  /** Groups up to this number are durable in their places: they wait no more, and leave with the next put. */
  drop(upTo: number): void
  /** What waits, oldest first. */
  all(): WaitingGroup[]
  /** Empties it, and renews the key: what ever stood here can no longer be read. */
  erase(): void
  close(): void
}

/** The name of the inbox that belongs to a database. */
export function inboxPath(path: string): string {
  return `${path}.inbox`
}

/** A group takes a few of these. */
const PAGE_BYTES = 4096
/** 8 MB of log, then it is copied into the file; what was deleted before costs nothing then. */
const LOG_PAGES = 2000

/** What the inbox' wrapped key is bound to. */
export const INBOX_KEY_PLACE = 'inbox'

/** Whether a service that stores readings runs on this database (it has the inbox locked), has left groups behind, or neither. */
export function isAtRest(path: string): 'at-rest' | 'running' | 'waiting' {
  if (!existsSync(inboxPath(path))) return 'at-rest'
  const db = new DatabaseSync(inboxPath(path), { timeout: 0 })
  try {
    return db.prepare('SELECT no FROM waiting LIMIT 1').get() === undefined ? 'at-rest' : 'waiting'
  } catch (error) {
    if (troubleOf(error, () => false) === 'locked') return 'running'
    throw error
  } finally {
    db.close()
  }
}

export function openInbox(path: string, keys: KeyRing): Inbox {
  makePrivate(inboxPath(path))
  const db = new DatabaseSync(inboxPath(path), { timeout: 100 })
  db.exec(`PRAGMA locking_mode = EXCLUSIVE; PRAGMA page_size = ${PAGE_BYTES}; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
    PRAGMA wal_autocheckpoint = ${LOG_PAGES}; PRAGMA secure_delete = OFF;
    BEGIN IMMEDIATE;
    CREATE TABLE IF NOT EXISTS key (no INTEGER PRIMARY KEY CHECK (no = 1), wrapped BLOB NOT NULL) STRICT;
    CREATE TABLE IF NOT EXISTS waiting (no INTEGER PRIMARY KEY, sealed BLOB NOT NULL) STRICT;
    COMMIT`)
  const insert = db.prepare('INSERT INTO waiting (no, sealed) VALUES (?, ?)')
  const removeUpTo = db.prepare('DELETE FROM waiting WHERE no <= ?')
  const select = db.prepare('SELECT no, sealed FROM waiting WHERE no > ? ORDER BY no')
  let key = keyOf()
  // An own counter: SQLite would begin at 1 again in an empty table, and a number must never come twice while drop() may be late.
  let lastNo = (db.prepare('SELECT coalesce(max(no), 0) AS no FROM waiting').get() as { no: number }).no
  let droppable = 0

  return {
    put(block) {
      const no = lastNo + 1
      const sealed = seal(key, block, place(no))
      if (droppable === 0) insert.run(no, sealed)
      else inOne(() => putAndDrop(no, sealed))
      lastNo = no
      return no
    },
    drop(upTo) {
      droppable = Math.max(droppable, upTo)
    },
    all: () => (select.all(droppable) as unknown as { no: number; sealed: Uint8Array }[]).map(opened),
    erase() {
      // secure_delete overwrites the key's bytes in the page, the checkpoint those in the log.
      db.exec('PRAGMA secure_delete = ON')
      inOne(() => db.exec('DELETE FROM waiting; DELETE FROM key'))
      key = keyOf()
      db.exec('PRAGMA wal_checkpoint(TRUNCATE); PRAGMA secure_delete = OFF')
    },
    close: () => db.close(),
  }

  function putAndDrop(no: number, sealed: Uint8Array): void {
    removeUpTo.run(droppable)
    insert.run(no, sealed)
    droppable = 0
  }

  function opened({ no, sealed }: { no: number; sealed: Uint8Array }): WaitingGroup {
    const block = unseal(key, sealed, place(no))
    assert(block !== undefined, 'a waiting group opens with the key of its inbox')
    return { no, block }
  }

  function keyOf(): KeyObject {
    const row = db.prepare('SELECT wrapped FROM key').get() as { wrapped: Uint8Array } | undefined
    const wrapped = row?.wrapped ?? keys.newWrappedKey(INBOX_KEY_PLACE)
    if (row === undefined) db.prepare('INSERT INTO key (no, wrapped) VALUES (1, ?)').run(wrapped)
    const bytes = keys.unwrap(wrapped, INBOX_KEY_PLACE)
    assert(bytes !== undefined, 'the inbox opens with the key-encryption key checked at start')
    return createSecretKey(bytes)
  }

  function inOne(work: () => void): void {
    db.exec('BEGIN IMMEDIATE')
    try {
      work()
      db.exec('COMMIT')
    } catch (error) {
      if (db.isTransaction) db.exec('ROLLBACK')
      throw error
    }
  }
}

function place(no: number): string {
  return `waiting|${no}`
}
