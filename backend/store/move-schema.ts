// Which version of the schema a database has, and bringing it to another while no service runs on it: before going back to an older program. Going
// forward needs nobody: the program does it when it starts.

import { existsSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import pg from 'pg'
import { optionsOf, placeOf } from './postgres/connect.ts'
import * as ofPostgres from './postgres/migrations.ts'
import { isAtRest } from './sqlite/inbox.ts'
import * as ofSqlite from './sqlite/migrations.ts'

export interface SchemaMoved {
  before: number
  after: number
}

/** What is wrong with the question; its message is one sentence, without a password. */
export class MoveRefused extends Error {}

/** `to` undefined: only looks. */
export function moveFile(path: string, to: number | undefined): SchemaMoved {
  if (!existsSync(path)) throw new MoveRefused(`there is no database at ${path}`)
  if (to !== undefined && isAtRest(path) !== 'at-rest') throw new MoveRefused('stop the service first')
  const db = new DatabaseSync(path, { timeout: 1000, enableForeignKeyConstraints: true })
  try {
    const before = ofSqlite.versionOf(db)
    if (to !== undefined) ofSqlite.migrate(db, to)
    return { before, after: ofSqlite.versionOf(db) }
  } finally {
    db.close()
  }
}

/** As moveFile(), on PostgreSQL. */
export async function moveDatabase(url: string, to: number | undefined): Promise<SchemaMoved> {
  const client = new pg.Client({ ...optionsOf(url), application_name: 'nrt schema' })
  await client.connect().catch((error: Error) => {
    throw new MoveRefused(`the database at ${placeOf(url)} cannot be reached: ${error.message}`)
  })
  try {
    const before = await ofPostgres.versionOf(client)
    if (to !== undefined) {
      const { rows } = await client.query(
        `SELECT FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'nrt'`,
      )
      if (rows.length > 0) throw new MoveRefused('stop every service on this database first')
      await ofPostgres.migrate(client, to)
    }
    return { before, after: await ofPostgres.versionOf(client) }
  } finally {
    await client.end()
  }
}
