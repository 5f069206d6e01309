// Whatever somebody who may write the database does to the audit, to its links or to its signed heads, it is found: any column of any row, any row taken out, put
// elsewhere or slipped in, the end cut off, the whole written anew. The hands know everything but the key that signs.

import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import { DatabaseSync } from 'node:sqlite'
import type { Kysely } from 'kysely'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { sealAll, verifyAudit } from '../../../backend/audit/audit.ts'
import { AUDITED, AUDITED_TABLES, type EventRow, linkHash, NOTHING_BEFORE } from '../../../backend/audit/chain.ts'
import { signHead } from '../../../backend/audit/heads.ts'
import type { SigningKey } from '../../../backend/esps/signing-key.ts'
import { kyselyOn } from '../../../backend/store/sqlite/kysely.ts'
import { migrate } from '../../../backend/store/sqlite/migrations.ts'
import type { Tables } from '../../../backend/store/tables.ts'
import fc from '../../support/given-cases.ts'

let db: DatabaseSync
let registers: Kysely<Tables>
const keys = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const others = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const ROWS = 3
const LINKS = AUDITED_TABLES.length * ROWS
const HEADS = ROWS

interface Column {
  name: string
  type: string
}

const columnsOf = (table: string) =>
  db.prepare('SELECT name, type FROM pragma_table_info(?)').all(table) as unknown as Column[]

/** Three rows in every audited table, in turn, and a signed head behind each round. */
beforeAll(async () => {
  db = new DatabaseSync(':memory:', { enableForeignKeyConstraints: false })
  migrate(db)
  registers = kyselyOn(db, async () => undefined)
  for (let round = 1; round <= ROWS; round++) {
    await registers.transaction().execute(async trx => {
      for (const table of AUDITED_TABLES) {
        const row: EventRow = {}
        for (const { name, type } of columnsOf(table)) row[name] = type === 'INTEGER' ? round : `${name} ${round}`
        await trx
          .insertInto(table)
          .values(row as never)
          .execute()
        await sealAll(trx, table, [row as { no: number }])
      }
    })
    await signHead(registers, keys as unknown as SigningKey, round, 1)
  }
  for (const { name } of db.prepare("SELECT name FROM sqlite_schema WHERE type = 'trigger'").all() as {
    name: string
  }[]) {
    db.exec(`DROP TRIGGER ${name}`)
  }
})
afterAll(() => db.close())

const verdict = (key: KeyObject = keys.publicKey) => verifyAudit(registers, undefined, key)

function sql(text: string, ...values: (number | string | Uint8Array)[]): void {
  expect(db.prepare(text).run(...values).changes, text).toBeGreaterThan(0)
}

/** Another value of the same type. */
function change(table: string, column: Column, no: number): void {
  if (column.type === 'INTEGER') sql(`UPDATE ${table} SET ${column.name} = ${column.name} + 500 WHERE no = ?`, no)
  else if (column.type === 'TEXT') sql(`UPDATE ${table} SET ${column.name} = ${column.name} || 'x' WHERE no = ?`, no)
  else sql(`UPDATE ${table} SET ${column.name} = zeroblob(64) WHERE no = ?`, no)
}

function swap(table: string, one: number, other: number): void {
  sql(`UPDATE ${table} SET no = -1 WHERE no = ?`, one)
  sql(`UPDATE ${table} SET no = ? WHERE no = ?`, one, other)
  sql(`UPDATE ${table} SET no = ? WHERE no = -1`, other)
}

/** The links behind `no` come one nearer, so that no number is missing. */
function closeUp(no: number): void {
  for (let at = no + 1; at <= LINKS; at++) sql('UPDATE audit SET no = ? WHERE no = ?', at - 1, at)
}

/** Hashes that fit what is there now: nobody needs a secret for that. */
function hashAnew(): void {
  let hash = NOTHING_BEFORE
  for (const link of db.prepare('SELECT no, source, eventNo FROM audit ORDER BY no').all()) {
    const { no, source, eventNo } = link as { no: number; source: keyof typeof AUDITED; eventNo: number }
    hash = linkHash(hash, source, db.prepare(`SELECT * FROM ${source} WHERE no = ?`).get(eventNo) as EventRow)
    sql('UPDATE audit SET hash = ? WHERE no = ?', hash, no)
  }
}

function removeEvent(link: number): void {
  const { source, eventNo } = db.prepare('SELECT source, eventNo FROM audit WHERE no = ?').get(link) as {
    source: string
    eventNo: number
  }
  sql(`DELETE FROM ${source} WHERE no = ?`, eventNo)
  sql('DELETE FROM audit WHERE no = ?', link)
}

const table = fc.constantFrom(...AUDITED_TABLES)
const row = fc.integer({ min: 1, max: ROWS })
const link = fc.integer({ min: 1, max: LINKS })
const two = (max: number) =>
  fc.uniqueArray(fc.integer({ min: 1, max }), { minLength: 2, maxLength: 2 }) as fc.Arbitrary<[number, number]>
const column = fc.nat(20)

type Tampering = () => void
const nth = (name: string, at: number) => columnsOf(name)[at % columnsOf(name).length] as Column
const covered = (name: keyof typeof AUDITED, at: number) => {
  const names = AUDITED[name]
  return columnsOf(name).find(one => one.name === names[at % names.length]) as Column
}

const tampering: fc.Arbitrary<[string, Tampering]> = fc.oneof(
  fc
    .tuple(table, column, row)
    .map(([name, at, no]) => said(`${name} ${no} column ${at}`, () => change(name, covered(name, at), no))),
  fc.tuple(column, link).map(([at, no]) => said(`link ${no} column ${at}`, () => change('audit', linkColumn(at), no))),
  fc
    .tuple(column, row)
    .map(([at, no]) => said(`head ${no} column ${at}`, () => change('auditHead', nth('auditHead', at), no))),
  fc
    .tuple(table, row)
    .map(([name, no]) => said(`without ${name} ${no}`, () => sql(`DELETE FROM ${name} WHERE no = ?`, no))),
  link.map(no => said(`without link ${no}`, () => sql('DELETE FROM audit WHERE no = ?', no))),
  link.map(no => said(`event and link ${no} removed, closed up`, () => [removeEvent(no), closeUp(no)])),
  link.map(no => said(`the same, and hashed anew from ${no}`, () => [removeEvent(no), closeUp(no), hashAnew()])),
  link.map(no => said(`cut off from ${no}`, () => cutFrom(no))),
  two(LINKS).map(([one, other]) => said(`links ${one} and ${other} swapped`, () => swap('audit', one, other))),
  fc
    .tuple(table, two(ROWS))
    .map(([name, [one, other]]) => said(`${name} ${one} and ${other} swapped`, () => swap(name, one, other))),
  fc
    .tuple(table, two(ROWS))
    .map(([name, [one, other]]) =>
      said(`${name} ${one} and ${other} swapped, hashed anew`, () => [swap(name, one, other), hashAnew()]),
    ),
  fc
    .tuple(table, column, row)
    .map(([name, at, no]) =>
      said(`${name} ${no} column ${at}, hashed anew`, () => [changeKept(name, at, no), hashAnew()]),
    ),
  table.map(name => said(`one more in ${name}`, () => slipIn(name))),
  fc
    .integer({ min: 1, max: HEADS - 1 })
    .map(no => said(`without head ${no}`, () => sql('DELETE FROM auditHead WHERE no = ?', no))),
  fc.constant(said('signed anew by another', () => [sql('DELETE FROM auditHead'), forge()])),
)

function said(what: string, tamper: () => unknown): [string, Tampering] {
  return [what, () => void tamper()]
}

function linkColumn(at: number): Column {
  return columnsOf('audit').filter(({ name }) => name !== 'source')[at % 3] as Column
}

/** A covered column other than the number, which links know it by. */
function changeKept(name: keyof typeof AUDITED, at: number, no: number): void {
  const names = AUDITED[name].slice(1)
  change(name, columnsOf(name).find(one => one.name === names[at % names.length]) as Column, no)
}

function cutFrom(no: number): void {
  for (let at = LINKS; at >= no; at--) removeEvent(at)
}

function slipIn(name: string): void {
  const names = columnsOf(name).map(one => one.name)
  const values = names.map(one => (one === 'no' ? '99' : one === 'id' ? "'other'" : one))
  sql(`INSERT INTO ${name} (${names.join()}) SELECT ${values.join()} FROM ${name} WHERE no = 1`)
}

function forge(): void {
  const { hash } = db.prepare('SELECT hash FROM audit WHERE no = ?').get(LINKS) as { hash: Uint8Array }
  sql('INSERT INTO auditHead VALUES (1, ?, ?, 1, zeroblob(32), zeroblob(64))', LINKS, hash)
}

test('as it was written it is whole, and so is each head', async () => {
  expect(await verdict()).toMatchObject({ isWhole: true, events: LINKS, broken: null })
  expect(await verdict(others.publicKey)).toMatchObject({ broken: { why: 'head-forged' } })
})

test('whatever is done to any row of it is found', async () => {
  await fc.assert(
    fc.asyncProperty(tampering, async ([, tamper]) => {
      db.exec('SAVEPOINT tampering')
      try {
        tamper()
        expect((await verdict()).isWhole).toBe(false)
      } finally {
        db.exec('ROLLBACK TO tampering; RELEASE tampering')
      }
    }),
    { numRuns: 100, seed: 55 },
  )
  expect(await verdict()).toMatchObject({ isWhole: true })
})

test('a head is signed when there is something new and the last one is old enough', async () => {
  expect(await signHead(registers, keys as unknown as SigningKey, ROWS + 1000, 600)).toBeUndefined()
  db.exec('SAVEPOINT more')
  slipIn('operateEvent')
  const event = db.prepare('SELECT * FROM operateEvent WHERE no = 99').get() as { no: number }
  db.exec('RELEASE more')
  await registers.transaction().execute(trx => sealAll(trx, 'operateEvent', [event]))
  expect(await signHead(registers, keys as unknown as SigningKey, ROWS + 599, 600)).toBeUndefined()
  expect(await signHead(registers, keys as unknown as SigningKey, ROWS + 600, 600)).toMatchObject({ no: LINKS + 1 })
  expect(await verdict()).toMatchObject({ isWhole: true, events: LINKS + 1 })
})
