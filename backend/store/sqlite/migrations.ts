// Brings a SQLite file from one version of the schema to another: each step in a transaction of its own, together with the new number (PRAGMA
// user_version is part of the file's header).

import type { DatabaseSync } from 'node:sqlite'
import { assertKnown, movesFrom, SCHEMA } from '../schema.ts'
import { stepsOn } from './run-steps.ts'

export function versionOf(db: DatabaseSync): number {
  return (db.prepare('PRAGMA user_version').get() as { user_version: number }).user_version
}

/** Brings the database to this program’s version, or back to an older one; returns the version it had. Throws for a newer database: an old program must not write it. */
export function migrate(db: DatabaseSync, to: number = SCHEMA.length): number {
  const before = versionOf(db)
  assertKnown(before)
  const go = stepsOn(db)
  for (const { version, text, fill } of movesFrom(before, to)) {
    const sql = typeof text === 'string' ? text : text.sqlite
    db.exec('BEGIN IMMEDIATE')
    try {
      db.exec(sql.replace(/(DROP TRIGGER \w+) ON \w+/g, '$1'))
      if (fill !== undefined) go(fill())
      db.exec(`PRAGMA user_version = ${version}; COMMIT`)
    } catch (error) {
      db.exec('ROLLBACK')
      throw error
    }
  }
  return before
}
