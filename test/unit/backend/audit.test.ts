// The chain over all audited events, on a real database: whoever changes, takes out, moves or slips in an event is found, and where. The hands
// that tamper write past the triggers, and everything they did is rolled back for the next.

import { DatabaseSync } from 'node:sqlite'
import type { Kysely } from 'kysely'
import { beforeEach, describe, expect, test } from 'vitest'
import { accountEvents, recordAccountEvent } from '../../../backend/accounts/account-events.ts'
import { openAccounts } from '../../../backend/accounts/accounts.ts'
import { newest } from '../../../backend/api/pages.ts'
import { auditLines, seal, sealAll, verifyAudit } from '../../../backend/audit/audit.ts'
import type { Audited } from '../../../backend/audit/chain.ts'
import { recordEvent } from '../../../backend/dongles/dongle-events.ts'
import { SCHEMA } from '../../../backend/store/schema.ts'
import { kyselyOn } from '../../../backend/store/sqlite/kysely.ts'
import { migrate } from '../../../backend/store/sqlite/migrations.ts'
import type { Store } from '../../../backend/store/store.ts'
import type { Tables } from '../../../backend/store/tables.ts'
import { addEvent } from '../../../backend/updates/rows.ts'

let db: DatabaseSync
let registers: Kysely<Tables>

const step = (atS: number) => ({
  ...{ dongleNo: 1, atS, fromState: 'claimed' as const, toState: 'bound' as const },
  ...{ event: 'bound' as const, actor: 'system', accountNo: atS },
})

/** Links 1 to 8: six steps of a dongle, an event of updates, a change of the register; see also consentLinks(). */
beforeEach(async () => {
  db = new DatabaseSync(':memory:', { enableForeignKeyConstraints: false })
  migrate(db)
  registers = kyselyOn(db, async () => undefined)
  await registers.transaction().execute(async trx => {
    for (let atS = 1; atS <= 6; atS++) await recordEvent(trx, step(atS))
    await addEvent(trx, { atS: 7, actor: 'operator', kind: 'release', detail: 'version 2' })
    const entry = { ean: '999999990000000104', holderId: 'person-A', sinceS: 1, meterSerial: null }
    const change = { ...entry, country: 'BE', timeZone: 'Europe/Brussels', atS: 8, actor: 'operator' }
    const row = await trx.insertInto('registerChange').values(change).returningAll().executeTakeFirstOrThrow()
    await seal(trx, 'registerChange', row)
  })
  expect(await verifyAudit(registers)).toMatchObject({ isWhole: true, events: 8, broken: null })
  return () => db.close()
})

function withoutTriggers(): void {
  const triggers = db.prepare("SELECT name FROM sqlite_schema WHERE type = 'trigger'").all() as { name: string }[]
  for (const { name } of triggers) db.exec(`DROP TRIGGER ${name}`)
}

const STEP_2 = "source = 'dongleEvent' AND eventNo = 2"
const TAMPERED: { [how: string]: { sql: string; events: number; broken: object } } = {
  'an event changed': {
    sql: "UPDATE dongleEvent SET actor = 'nobody' WHERE no = 3",
    events: 2,
    broken: { why: 'mismatch', no: 3, table: 'dongleEvent' },
  },
  'whom it concerned': {
    sql: 'UPDATE dongleEvent SET accountNo = 9 WHERE no = 6',
    events: 5,
    broken: { why: 'mismatch', no: 6 },
  },
  'an event of the updates': {
    sql: "UPDATE updateEvent SET detail = 'version 1'",
    events: 6,
    broken: { why: 'mismatch', no: 7, table: 'updateEvent' },
  },
  'a change of the access register': {
    sql: "UPDATE registerChange SET holderId = 'person-X'",
    events: 7,
    broken: { why: 'mismatch', no: 8, table: 'registerChange' },
  },
  'a hash': {
    sql: 'UPDATE audit SET hash = zeroblob(32) WHERE no = 4',
    events: 3,
    broken: { why: 'mismatch', no: 4 },
  },
  'an event removed': {
    sql: 'DELETE FROM dongleEvent WHERE no = 2',
    events: 1,
    broken: { why: 'event-missing', no: 2 },
  },
  'an event removed with its link': {
    sql: `DELETE FROM dongleEvent WHERE no = 2; DELETE FROM audit WHERE ${STEP_2}`,
    events: 1,
    broken: { why: 'link-missing', no: 3 },
  },
  'the same, and the links behind it counted anew': {
    sql: `DELETE FROM dongleEvent WHERE no = 2; DELETE FROM audit WHERE ${STEP_2};
          UPDATE audit SET no = 2 WHERE no = 3; UPDATE audit SET no = 3 WHERE no = 4; UPDATE audit SET no = 4 WHERE no = 5;
          UPDATE audit SET no = 5 WHERE no = 6; UPDATE audit SET no = 6 WHERE no = 7; UPDATE audit SET no = 7 WHERE no = 8`,
    events: 1,
    broken: { why: 'mismatch', no: 2 },
  },
  'two links in each other’s place': {
    sql: 'UPDATE audit SET no = 0 WHERE no = 4; UPDATE audit SET no = 4 WHERE no = 5; UPDATE audit SET no = 5 WHERE no = 0',
    events: 3,
    broken: { why: 'mismatch', no: 4 },
  },
  'two events under each other’s number': {
    sql: 'UPDATE dongleEvent SET no = 0 WHERE no = 5; UPDATE dongleEvent SET no = 5 WHERE no = 6; UPDATE dongleEvent SET no = 6 WHERE no = 0',
    events: 4,
    broken: { why: 'mismatch', no: 5 },
  },
  'an event written beside the chain': {
    sql: "INSERT INTO dongleEvent (dongleNo, atS, toState, actor, event) VALUES (1, 9, 'lost', 'nobody', 'lost')",
    events: 8,
    broken: { why: 'unsealed', no: null, table: 'dongleEvent', eventNo: 7 },
  },
  'an account opened beside the chain': {
    sql: "INSERT INTO accountEvent (atS, actor, accountNo, event, detail) VALUES (9, 'nobody', 1, 'opened', 'operator')",
    events: 8,
    broken: { why: 'unsealed', no: null, table: 'accountEvent', eventNo: 1 },
  },
  'the newest link removed alone': {
    sql: 'DELETE FROM audit WHERE no = 8',
    events: 7,
    broken: { why: 'unsealed', table: 'registerChange', eventNo: 1 },
  },
}

/** Links 9 to 17: a permission asked for, granted, used twice and withdrawn, with the terms, the service, the tenure and the market behind it. */
async function consentLinks(): Promise<void> {
  await registers.transaction().execute(async trx => {
    const at = { atMs: 9, actor: 'grid-user acc_a' }
    const catalogue = { ...at, kind: 'published' as const, espNo: 1, serviceNo: 1, version: 1, detail: 'digest' }
    await write('catalogueEvent', trx.insertInto('catalogueEvent').values(catalogue).returningAll())
    const terms = { ...at, kind: 'accepted' as const, version: 1, accountNo: 1, detail: 'nl' }
    await write('termsEvent', trx.insertInto('termsEvent').values(terms).returningAll())
    for (const kind of ['requested', 'granted'] as const) await step(kind)
    const access = { permissionNo: 1, atMs: 10, channel: 'rest' as const, readings: 6, fromS: 1, toS: 6 }
    const rows = await trx
      .insertInto('dataAccess')
      .values([access, { ...access, atMs: 11 }])
      .returningAll()
      .execute()
    await sealAll(trx, 'dataAccess', rows)
    const market = { ...at, id: 'm1', body: '{}', outcome: 'applied' }
    await write('marketEvent', trx.insertInto('marketEvent').values(market).returningAll())
    const tenure = { ...at, tenureNo: 1, kind: 'ended' as const, detail: '{}' }
    await write('tenureEvent', trx.insertInto('tenureEvent').values(tenure).returningAll())
    await step('withdrawn')

    function step(kind: 'requested' | 'granted' | 'withdrawn') {
      const row = { ...at, permissionNo: 1, kind, body: '{}' }
      return write('permissionEvent', trx.insertInto('permissionEvent').values(row).returningAll())
    }
    async function write(table: Audited, query: { executeTakeFirstOrThrow(): Promise<{ no: number }> }): Promise<void> {
      await seal(trx, table, { ...(await query.executeTakeFirstOrThrow()) })
    }
  })
}

describe('of consent is found, and where:', () => {
  const CONSENT: [string, string, object][] = [
    [
      'a permission granted that was not',
      "UPDATE permissionEvent SET kind = 'granted' WHERE kind = 'withdrawn'",
      { why: 'mismatch', no: 17 },
    ],
    [
      'who granted it',
      "UPDATE permissionEvent SET actor = 'nobody' WHERE kind = 'granted'",
      { why: 'mismatch', no: 12 },
    ],
    [
      'a permission’s end removed',
      "DELETE FROM permissionEvent WHERE kind = 'withdrawn'",
      { why: 'event-missing', no: 17 },
    ],
    [
      'an access made smaller',
      'UPDATE dataAccess SET readings = 1 WHERE no = 2',
      { why: 'mismatch', no: 14, table: 'dataAccess' },
    ],
    ['an access removed', 'DELETE FROM dataAccess WHERE no = 1', { why: 'event-missing', no: 13 }],
    [
      'two accesses in each other’s place',
      'UPDATE dataAccess SET no = 9 WHERE no = 1; UPDATE dataAccess SET no = 1 WHERE no = 2; UPDATE dataAccess SET no = 2 WHERE no = 9',
      { why: 'mismatch', no: 13 },
    ],
    [
      'an access beside the chain',
      "INSERT INTO dataAccess (permissionNo, atMs, channel, readings, fromS, toS) VALUES (1, 12, 'rest', 1, 1, 1)",
      { why: 'unsealed', table: 'dataAccess' },
    ],
    ['another text that was published', "UPDATE catalogueEvent SET detail = 'other'", { why: 'mismatch', no: 9 }],
    ['terms accepted by somebody else', 'UPDATE termsEvent SET accountNo = 2', { why: 'mismatch', no: 10 }],
    ['what the market said', "UPDATE marketEvent SET outcome = 'late'", { why: 'mismatch', no: 15 }],
    ['why a tenure ended', "UPDATE tenureEvent SET detail = ''", { why: 'mismatch', no: 16 }],
  ]
  test.each(CONSENT)('%s', async (_how, sql, broken) => {
    await consentLinks()
    expect(await verifyAudit(registers)).toMatchObject({ isWhole: true, events: 17 })
    for (const table of [
      'permissionEvent',
      'dataAccess',
      'termsEvent',
      'catalogueEvent',
      'marketEvent',
      'tenureEvent',
    ]) {
      expect(() => db.exec(`DELETE FROM ${table}`)).toThrow('the audit only grows')
    }
    withoutTriggers()
    db.exec(sql)
    expect(await verifyAudit(registers)).toMatchObject({ isWhole: false, broken })
  })
})

describe('is found, and where:', () => {
  for (const [how, { sql, events, broken }] of Object.entries(TAMPERED)) {
    test(how, async () => {
      withoutTriggers()
      db.exec(sql)
      expect(await verifyAudit(registers)).toMatchObject({ isWhole: false, events, broken })
    })
  }

  test('the end cut off, or all of it written anew: by a link that was kept elsewhere', async () => {
    const { newest } = await verifyAudit(registers)
    const kept = newest as { no: number; hash: string }
    await registers.transaction().execute(trx => recordEvent(trx, step(9)))
    expect(await verifyAudit(registers, kept)).toMatchObject({ isWhole: true, events: 9 })
    const other = { ...kept, hash: '0'.repeat(64) }
    expect(await verifyAudit(registers, other)).toMatchObject({ broken: { why: 'not-expected', no: 8 } })
    withoutTriggers()
    db.exec('DELETE FROM audit WHERE no > 7; DELETE FROM registerChange; DELETE FROM dongleEvent WHERE no > 6')
    expect(await verifyAudit(registers)).toMatchObject({ isWhole: true, events: 7 })
    expect(await verifyAudit(registers, kept)).toMatchObject({
      isWhole: false,
      broken: { why: 'not-expected', no: null },
    })
  })
})

test('an account, each key to it and its person in the register are events, without a secret or a name in them', async () => {
  const clock = { wallS: () => 10, monotonicMs: () => 0 }
  const accounts = openAccounts({ registers } as Store, clock)
  const { accountId, accessKey } = await accounts.open('Anne')
  const second = (await accounts.addKey(accountId)) as string
  await accounts.link(accountId, 'person-A')
  expect(await accounts.link('acc_nobody', 'person-B')).toMatchObject({ ok: false })
  expect(await accounts.addKey('acc_nobody')).toBeUndefined()
  const event = { atS: 10, actor: 'operator', accountId }
  const idOf = (key: string) => key.split('_')[1] as string
  expect((await accountEvents(registers, newest(9))).map(({ no: _, ...one }) => one)).toEqual([
    { ...event, event: 'linked', detail: null },
    { ...event, event: 'key-added', detail: idOf(second) },
    { ...event, event: 'key-added', detail: idOf(accessKey) },
    { ...event, event: 'opened', detail: 'grid-user' },
  ])
  expect(await verifyAudit(registers)).toMatchObject({ isWhole: true, events: 12 })
  expect(() => db.exec('DELETE FROM accountEvent')).toThrow('the audit only grows')
  expect(() => db.exec('UPDATE accountEvent SET accountNo = 2')).toThrow('the audit only grows')
})

test('in a list an event is when, by whom and what, newest first, and one that is missing is said to be', async () => {
  const { accountId } = await openAccounts({ registers } as Store, { wallS: () => 10, monotonicMs: () => 0 }).open(
    'Anne',
  )
  const [last, opened] = (await auditLines(registers, newest(2))).map(({ item }) => item)
  const of = { table: 'accountEvent', atMs: 10_000, actor: 'operator' }
  expect(last).toMatchObject({ ...of, what: 'key-added', hash: (await verifyAudit(registers)).newest?.hash })
  expect(opened).toMatchObject({ ...of, no: (last?.no ?? 0) - 1, what: 'opened' })
  const rest = (await auditLines(registers, { before: opened?.no ?? 0, limit: 99 })).map(({ item }) => item)
  expect(rest.at(-1)?.no).toBe(1)
  expect(JSON.stringify(rest)).not.toMatch(/[0-9]{18}|person-A/)
  expect(accountId).toMatch(/^acc_/)
  withoutTriggers()
  db.exec('DELETE FROM accountEvent')
  expect((await auditLines(registers, newest(1)))[0]?.item).toMatchObject({ atMs: null, what: null })
})

test('who gave a mandate, and that somebody proved again who they are, is found when it is changed or gone', async () => {
  await registers.transaction().execute(async trx => {
    const by = { atS: 9, actor: 'grid-user acc_a', accountNo: 1 }
    await recordAccountEvent(trx, { ...by, event: 'mandate-offered', detail: 'man_a act' })
    await recordAccountEvent(trx, { ...by, event: 'mandate-used', detail: 'man_a', actor: 'mandated acc_b for acc_a' })
    await recordAccountEvent(trx, { ...by, event: 'proved-again', detail: 'embedded' })
  })
  expect(await verifyAudit(registers)).toMatchObject({ isWhole: true, events: 11 })
  withoutTriggers()
  for (const [sql, broken] of [
    ["UPDATE accountEvent SET detail = 'man_a look' WHERE no = 1", { why: 'mismatch', no: 9 }],
    ["UPDATE accountEvent SET actor = 'mandated acc_c for acc_a' WHERE no = 2", { why: 'mismatch', no: 10 }],
    ['DELETE FROM accountEvent WHERE no = 3', { why: 'event-missing', no: 11 }],
  ] as const) {
    db.exec(`SAVEPOINT before; ${sql}`)
    expect(await verifyAudit(registers)).toMatchObject({ isWhole: false, broken })
    db.exec('ROLLBACK TO before; RELEASE before')
  }
})

test('a chain of many pages is walked to its end', async () => {
  await registers.transaction().execute(async trx => {
    for (let atS = 10; atS < 1202; atS++) await recordEvent(trx, step(atS))
  })
  expect(await verifyAudit(registers)).toMatchObject({ isWhole: true, events: 1200 })
})

test('the database lets nobody change it', () => {
  for (const table of ['audit', 'dongleEvent', 'updateEvent', 'registerChange']) {
    expect(() => db.exec(`DELETE FROM ${table}`)).toThrow('the audit only grows')
    expect(() => db.exec(`UPDATE ${table} SET no = 100 WHERE no = 1`)).toThrow('the audit only grows')
  }
})

test('what was written before there was a chain is taken into it as it stands', async () => {
  migrate(
    db,
    SCHEMA.findIndex(({ name }) => name === 'audit chain'),
  )
  expect(migrate(db)).toBe(8)
  expect(await verifyAudit(registers)).toMatchObject({ isWhole: true, events: 8 })
  await registers.transaction().execute(trx => recordEvent(trx, step(9)))
  expect(await verifyAudit(registers)).toMatchObject({ isWhole: true, events: 9 })
})
