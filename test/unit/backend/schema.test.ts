// The schema's steps on SQLite, forward and back (on PostgreSQL: store-postgres.test.ts).

import { readdirSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { expect, test } from 'vitest'
import { accountEvents } from '../../../backend/accounts/account-events.ts'
import { newest } from '../../../backend/api/pages.ts'
import { verifyAudit } from '../../../backend/audit/audit.ts'
import { moveFile } from '../../../backend/store/move-schema.ts'
import { SCHEMA } from '../../../backend/store/schema.ts'
import { migrate, versionOf } from '../../../backend/store/sqlite/migrations.ts'
import { openSqliteStore } from '../../../backend/store/sqlite/sqlite-store.ts'
import { openTestBackend } from '../../support/backend.ts'
import { valueOrThrow } from '../../support/facts.ts'

/** The version before the step of this name. */
const before = (name: string): number => SCHEMA.findIndex(step => step.name === name)

const observer = { committed: () => {}, poisoned: () => {}, readinessChanged: () => {} }

function aDatabase(version?: number): DatabaseSync {
  const db = new DatabaseSync(':memory:', { enableForeignKeyConstraints: true })
  migrate(db, version)
  return db
}

/** Tables by their columns, in any order: a column that was taken away and comes back stands last. */
function shapeOf(db: DatabaseSync): unknown[] {
  return db
    .prepare(
      `SELECT m.type, m.name, m.tbl_name AS "in", CASE m.type WHEN 'table' THEN '' ELSE m.sql END AS sql,
         (SELECT json_group_array(name || ' ' || type || "notnull" || coalesce(dflt_value, '') || pk)
          FROM (SELECT * FROM pragma_table_info(m.name) ORDER BY name)) AS columns,
         (SELECT json_group_array("from" || ' ' || "table") FROM (SELECT * FROM pragma_foreign_key_list(m.name) ORDER BY "from")) AS "keys"
       FROM sqlite_schema m ORDER BY 1, 2`,
    )
    .all()
}

test('every step back and forward again leaves the schema as it was', () => {
  const db = aDatabase()
  const shapes = [shapeOf(db)]
  for (let version = SCHEMA.length - 1; version >= 0; version--) {
    migrate(db, version)
    expect(versionOf(db)).toBe(version)
    expect(shapeOf(db)).toEqual(shapeOf(aDatabase(version)))
    shapes.push(shapeOf(db))
  }
  expect(shapes.at(-1)).toEqual([])
  for (let version = 1; version <= SCHEMA.length; version++) {
    migrate(db, version)
    expect(shapeOf(db)).toEqual(shapes[SCHEMA.length - version])
  }
})

test('a step that fails leaves everything as it was', () => {
  const db = aDatabase(before('operating'))
  const shape = shapeOf(db)
  db.exec('CREATE TABLE operateEvent (mine TEXT)')
  expect(() => migrate(db)).toThrow('table operateEvent already exists')
  db.exec('DROP TABLE operateEvent')
  expect(versionOf(db)).toBe(before('operating'))
  expect(shapeOf(db)).toEqual(shape)
})

test('a database of a newer program is refused in one sentence', () => {
  const db = aDatabase()
  db.exec(`PRAGMA user_version = ${SCHEMA.length + 1}`)
  expect(() => migrate(db)).toThrow(`this program knows up to ${SCHEMA.length}: use a newer program`)
})

test('a file is its owner’s alone, and goes back by command once its service has stopped, and the next start brings it forward and says so', async () => {
  const t = await openTestBackend()
  const path = join(t.dir, 'nrt.sqlite')
  for (const name of readdirSync(t.dir)) expect([name, statSync(join(t.dir, name)).mode & 0o77]).toEqual([name, 0])
  expect(() => moveFile(path, SCHEMA.length - 1)).toThrow('stop the service first')
  await t.stop(true)
  expect(moveFile(path, SCHEMA.length - 1)).toEqual({ before: SCHEMA.length, after: SCHEMA.length - 1 })
  const again = await openTestBackend({ dir: t.dir, isReopened: true })
  expect(again.logged).toContainEqual(expect.objectContaining({ from: SCHEMA.length - 1, to: SCHEMA.length }))
  await again.stop()
})

test('a file that goes back has an audit without what the steps brought, whole and able to grow', async () => {
  const t = await openTestBackend()
  const path = join(t.dir, 'nrt.sqlite')
  const audit = async () => {
    const { registers, close } = valueOrThrow(openSqliteStore({ path, kekFile: join(t.dir, 'kek.key'), observer }))
    const ofAccounts = (await accountEvents(registers, newest(9))).length
    return { ...(await verifyAudit(registers).finally(close)), ofAccounts }
  }
  await t.stop(true)
  const whole = await audit()
  moveFile(path, before('account events'))
  // and without the terms of use that a start publishes where there are none, and that the account accepts
  expect(await audit()).toMatchObject({ isWhole: true, events: whole.events - whole.ofAccounts - 2, ofAccounts: 0 })
  const again = await openTestBackend({ dir: t.dir, isReopened: true }) // with an account more
  await again.stop(true)
  expect(await audit()).toMatchObject({ isWhole: true, events: whole.events })
  rmSync(t.dir, { recursive: true, force: true })
})
