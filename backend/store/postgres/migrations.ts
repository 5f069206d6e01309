// Brings a PostgreSQL database from one version of the schema to another, each step in a transaction of its own together with the new number.
// Programs that start at the same time wait for each other.

import type { Client } from 'pg'
import { assertKnown, movesFrom, SCHEMA } from '../schema.ts'
import { schemaOf } from './dialect.ts'
import { LOCKS } from './locks.ts'
import { runSteps } from './run-steps.ts'

// placementEpoch counts changes of bindings and tenures, for the other programs on the same database (writer.ts).
const BEFORE_ALL = `
  CREATE TABLE IF NOT EXISTS "schemaVersion" (version BIGINT NOT NULL);
  INSERT INTO "schemaVersion" SELECT 0 WHERE NOT EXISTS (SELECT FROM "schemaVersion");
  CREATE SEQUENCE IF NOT EXISTS "placementEpoch";
  CREATE OR REPLACE FUNCTION "onlyGrows"() RETURNS trigger LANGUAGE plpgsql
    AS $$ BEGIN RAISE EXCEPTION 'the audit only grows'; END $$;`

/** 0 for an empty database. */
export async function versionOf(client: Client): Promise<number> {
  const { rows } = await client.query(`SELECT to_regclass('"schemaVersion"') IS NOT NULL AS "isThere"`)
  if (!rows[0].isThere) return 0
  return (await client.query('SELECT version FROM "schemaVersion"')).rows[0].version
}

/** Brings the database to this program's version, or back to an older one; returns the version it had. Throws for a newer database. */
export async function migrate(client: Client, to: number = SCHEMA.length): Promise<number> {
  assertKnown(await versionOf(client))
  await client.query(`SELECT pg_advisory_lock(${LOCKS}, 1)`)
  try {
    const before = await versionOf(client)
    assertKnown(before)
    if (before === to) return before
    await inOne(client, () => client.query(BEFORE_ALL))
    for (const { version, text, fill } of movesFrom(before, to)) {
      await inOne(client, async () => {
        await client.query(schemaOf(typeof text === 'string' ? text : text.postgres))
        if (fill !== undefined) await runSteps(client, fill())
        await client.query('UPDATE "schemaVersion" SET version = $1', [version])
      })
    }
    return before
  } finally {
    await client.query(`SELECT pg_advisory_unlock(${LOCKS}, 1)`)
  }
}

async function inOne(client: Client, work: () => Promise<unknown>): Promise<void> {
  await client.query('BEGIN')
  try {
    await work()
    await client.query('COMMIT')
  } catch (error) {
    await client.query('ROLLBACK')
    throw error
  }
}
