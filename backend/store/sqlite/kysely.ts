// Kysely on node:sqlite: its own SQLite dialect with the few calls it makes of a driver. Kysely holds one connection behind a lock,
// so whoever needs the writer alone (a register's transaction, a group commit) asks that lock and never meets another's. Before a register
// is written, the transaction that groups of readings share is settled: SQLite has one writer at a time.

import type { DatabaseSync, SQLInputValue } from 'node:sqlite'
import {
  type CompiledQuery,
  type DatabaseConnection,
  type Driver,
  Kysely,
  SelectQueryNode,
  SqliteDialect,
} from 'kysely'
import type { Tables } from '../tables.ts'

export function kyselyOn(db: DatabaseSync, beforeWrite: () => Promise<void>): Kysely<Tables> {
  return new Kysely<Tables>({ dialect: new SettlingDialect(db, beforeWrite) })
}

class SettlingDialect extends SqliteDialect {
  readonly #beforeWrite: () => Promise<void>

  constructor(db: DatabaseSync, beforeWrite: () => Promise<void>) {
    // The store closes its connections itself, after the last commit.
    super({ database: { prepare: sql => prepare(db, sql), close: () => undefined } })
    this.#beforeWrite = beforeWrite
  }

  override createDriver(): Driver {
    const driver = super.createDriver()
    const acquire = driver.acquireConnection.bind(driver)
    driver.acquireConnection = async () => settling(await acquire(), this.#beforeWrite)
    return driver
  }
}

/** A transaction settles at its begin, which is no select either. */
function settling(connection: DatabaseConnection, beforeWrite: () => Promise<void>): DatabaseConnection {
  return {
    async executeQuery<R>(query: CompiledQuery) {
      if (!SelectQueryNode.is(query.query)) await beforeWrite()
      return connection.executeQuery<R>(query)
    },
    streamQuery: <R>(query: CompiledQuery, chunkSize: number) => connection.streamQuery<R>(query, chunkSize),
  }
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
