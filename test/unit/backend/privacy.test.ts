// Every column has a class, every page says what the tables say, and what is over its time is gone.

import { readFileSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { verifyAudit } from '../../../backend/audit/audit.ts'
import { DAY_S, DELETIONS } from '../../../backend/privacy/classes.ts'
import { COLUMNS } from '../../../backend/privacy/columns.ts'
import { retain } from '../../../backend/privacy/retention.ts'
import { migrate } from '../../../backend/store/sqlite/migrations.ts'
import { DPIA_PAGE, PROCESSING_PAGE, processingPage, withTables } from '../../../scripts/privacy-pages.ts'
import { aBatch, arrived, NOON_S } from '../../support/batches.ts'
import { valueOrThrow } from '../../support/facts.ts'
import { batchesOf, openTestStore, type TestStore } from '../../support/store.ts'

let t: TestStore
beforeAll(async () => {
  t = await openTestStore()
})
afterAll(() => t.close())

test('every column of the database has one class: whoever adds one says whose it is', () => {
  const db = new DatabaseSync(':memory:')
  migrate(db)
  const rows = db.prepare(
    `SELECT s.name || ' ' || c.name AS name FROM sqlite_schema s JOIN pragma_table_info(s.name) c WHERE s.type = 'table' AND s.name NOT LIKE 'sqlite_%'`,
  )
  const there = rows.all().map(({ name }) => name as string)
  const classed = Object.entries(COLUMNS).flatMap(([table, byClass]) =>
    Object.values(byClass).flatMap(columns => columns.split(' ').map(column => `${table} ${column}`)),
  )
  expect(classed.sort()).toEqual(there.sort())
  for (const { table, column } of DELETIONS) expect(there).toContain(`${table} ${column}`)
  db.close()
})

test('docs/processing.md and docs/dpia.md are as npm run docs:privacy writes them', () => {
  expect(readFileSync(PROCESSING_PAGE, 'utf8')).toBe(processingPage())
  const page = readFileSync(DPIA_PAGE, 'utf8')
  expect(page).toBe(withTables(page))
})

test('readings of a former tenure go when they can no longer be exported, and not a day before; what runs stays', async () => {
  const { dongleId, tenureNo, ean } = await t.addDongle(1)
  const { accountId } = await t.accounts.open('next')
  await t.store.commit([arrived(dongleId, aBatch())])
  const { tenureNo: next } = valueOrThrow(await t.tenures.changeHolder(ean, accountId, NOON_S + 100))
  await t.store.commit([arrived(dongleId, aBatch({ firstSeq: 60, startS: NOON_S + 200 }))])
  const rooms = { store: t.store, tenures: t.tenures, tenureEnded: async () => undefined }
  const endS = NOON_S + 100 + 400 * DAY_S

  expect(await retain(rooms, 400, endS)).toMatchObject({ erasedTenures: 0 })
  expect(await retain(rooms, undefined, endS + 1)).toMatchObject({ erasedTenures: 0 })
  expect(await batchesOf(t.store, tenureNo)).toHaveLength(1)
  expect(await retain(rooms, 400, endS + 1)).toMatchObject({ erasedTenures: 1 })
  expect(await batchesOf(t.store, tenureNo)).toHaveLength(0)
  expect(t.store.keys.isErased(tenureNo)).toBe(true)
  expect(await batchesOf(t.store, next)).toHaveLength(1)
  expect(await retain(rooms, 400, endS + 1)).toMatchObject({ erasedTenures: 0 })
  expect(await verifyAudit(t.store.registers)).toMatchObject({ isWhole: true })
})

test('dead letters are kept for 90 days', async () => {
  const { dongleId } = await t.addDongle(2)
  await t.store.bury([{ dongleId, reason: 'batch.version', bytes: Uint8Array.of(1), receivedAtMs: NOON_S * 1000 }])
  const rooms = { store: t.store, tenures: t.tenures, tenureEnded: async () => undefined }
  expect((await retain(rooms, undefined, NOON_S + 90 * DAY_S)).deleted).toEqual({})
  expect(await t.store.countLetters()).toBe(1)
  expect((await retain(rooms, undefined, NOON_S + 90 * DAY_S + 1)).deleted).toEqual({ deadLetter: 1 })
  expect(await t.store.countLetters()).toBe(0)
})
