// Kysely on node:sqlite: its own SQLite dialect with the few calls it makes of a driver. Kysely holds one connection behind a lock,
// so whoever needs the writer alone (a register's transaction, a group commit) asks that lock and never meets another's. Before a register
// is written, the transaction that groups of readings share is settled: SQLite has one writer at a time. Statements are prepared once: Kysely asks for the
// text anew with each query, and to prepare one takes longer than most take to run.

import type { DatabaseSync, SQLInputValue } from 'node:sqlite'
import {
  type CompiledQuery,
  type DatabaseConnection,
  type Driver,
  Kysely,
  SelectQueryNode,
  SqliteDialect,
} from 'kysely'
import { remembering } from '../../../shared/kernel/remembering.ts'
import type { Tables } from '../tables.ts'

/** More than there are queries without a list in them; a list makes a text of its own for each length. */
const STATEMENTS_KEPT = 500

export function kyselyOn(db: DatabaseSync, beforeWrite: () => Promise<void>): Kysely<Tables> {
  return new Kysely<Tables>({ dialect: new SettlingDialect(db, beforeWrite) })
}

class SettlingDialect extends SqliteDialect {
  readonly #beforeWrite: () => Promise<void>

  constructor(db: DatabaseSync, beforeWrite: () => Promise<void>) {
    // The store closes its connections itself, after the last commit.
    super({ database: { prepare: remembering(sql => prepare(db, sql), STATEMENTS_KEPT), close: () => undefined } })
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
    // of its own: whoever goes through the rows may ask the same again on the way
    iterate: (values: readonly unknown[]) => db.prepare(sql).iterate(...(values as SQLInputValue[])),
  }
}
