// Kysely on node:sqlite: its own SQLite dialect with the few calls it makes of a driver. Kysely holds one connection behind a lock,
// so whoever needs the writer alone (a register's transaction, a group commit) asks that lock and never meets another's.

import type { DatabaseSync, SQLInputValue } from 'node:sqlite'
import { Kysely, SqliteDialect } from 'kysely'
import type { Tables } from '../tables.ts'

export function kyselyOn(db: DatabaseSync): Kysely<Tables> {
  return new Kysely<Tables>({ dialect: new SqliteDialect({ database: { prepare: sql => prepare(db, sql), close } }) })

  // The store closes its connections itself, after the last commit.
  function close(): void {}
}

function prepare(db: DatabaseSync, sql: string) {
  const statement = db.prepare(sql)
  return {
    reader: statement.columns().length > 0,
    all: (values: readonly unknown[]) => statement.all(...(values as SQLInputValue[])),
    run: (values: readonly unknown[]) => statement.run(...(values as SQLInputValue[])),
    iterate: (values: readonly unknown[]) => statement.iterate(...(values as SQLInputValue[])),
  }
}
