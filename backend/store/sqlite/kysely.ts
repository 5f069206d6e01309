// Kysely on node:sqlite: its own SQLite dialect with the few calls it makes of a driver. Kysely holds one connection behind a lock,
// so whoever needs the writer alone (a register's transaction, a group commit) asks that lock and never meets another's. Before a register
// is written, the transaction that groups of readings share is settled: SQLite has one writer at a time. That is done before the lock is taken, for no reading
// is stored while it is held, and under it again for what has come since. Statements are prepared once: Kysely asks for the text anew with each query, and to
// prepare one takes longer than most take to run.

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

/** `settled` is the readings' writer's, and never rejects. */
export function kyselyOn(db: DatabaseSync, settled: () => Promise<void>): Kysely<Tables> {
  return new Kysely<Tables>({ dialect: new SettlingDialect(db, settled) })
}

class SettlingDialect extends SqliteDialect {
  readonly #settled: () => Promise<void>

  constructor(db: DatabaseSync, settled: () => Promise<void>) {
    // The store closes its connections itself, after the last commit.
    super({ database: { prepare: remembering(sql => prepare(db, sql), STATEMENTS_KEPT), close: () => undefined } })
    this.#settled = settled
  }

  override createDriver(): Driver {
    const driver = super.createDriver()
    const lock = driver.acquireConnection.bind(driver)
    driver.acquireConnection = async () => {
      const connection = await lock()
      return settling(connection, async () => {
        await driver.releaseConnection(connection)
        await this.#settled()
        await lock()
        await this.#settled()
      })
    }
    return driver
  }
}

/** `beforeWrite` comes before the first write of whoever has the connection: a transaction begins with one, for its begin is no select either. */
function settling(connection: DatabaseConnection, beforeWrite: () => Promise<void>): DatabaseConnection {
  let isWriting = false
  return {
    async executeQuery<R>(query: CompiledQuery) {
      if (!isWriting && !SelectQueryNode.is(query.query)) {
        isWriting = true
        await beforeWrite()
      }
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
