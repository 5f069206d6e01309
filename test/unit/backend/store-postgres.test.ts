// The store on a real PostgreSQL: what every store does, what several programs on one database may not break, and its schema forward and back.

import { type AddressInfo, connect, createServer } from 'node:net'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { accountEvents } from '../../../backend/accounts/account-events.ts'
import { newest } from '../../../backend/api/pages.ts'
import { verifyAudit } from '../../../backend/audit/audit.ts'
import { AUDITED_TABLES } from '../../../backend/audit/chain.ts'
import { troubleOf } from '../../../backend/store/fault.ts'
import { moveDatabase } from '../../../backend/store/move-schema.ts'
import { optionsOf, placeOf } from '../../../backend/store/postgres/connect.ts'
import { migrate } from '../../../backend/store/postgres/migrations.ts'
import { PatientClient } from '../../../backend/store/postgres/patient-client.ts'
import { openPostgresStore } from '../../../backend/store/postgres/postgres-store.ts'
import { SCHEMA } from '../../../backend/store/schema.ts'
import { seededRandom } from '../../../shared/kernel/random.ts'
import { lootOf } from '../../support/attack.ts'
import { aBatch, aDay, arrived, NOON_S } from '../../support/batches.ts'
import { startChaosProxy } from '../../support/chaos-proxy.ts'
import { testCopy } from '../../support/copy-flows.ts'
import { testDelivery } from '../../support/delivery-contract.ts'
import { erasureFlows } from '../../support/erasure-flows.ts'
import { valueOrThrow } from '../../support/facts.ts'
import { testOnce } from '../../support/once-contract.ts'
import { hasPostgres, openTestPostgres, type TestPostgres } from '../../support/postgres.ts'
import { testSiblings } from '../../support/sibling-flows.ts'
import { batchesOf, KEK, keyTreeOf, openTestStoreOn } from '../../support/store.ts'
import { testStore } from '../../support/store-contract.ts'

const observer = { committed: () => {}, poisoned: () => {}, readinessChanged: () => {} }

describe.runIf(hasPostgres())('PostgreSQL', () => {
  let postgres: TestPostgres
  beforeAll(async () => {
    postgres = await openTestPostgres()
  })
  afterAll(() => postgres?.stop())

  testStore(() => openTestStoreOn(postgres), 3)
  testCopy(() => postgres)
  testDelivery(() => openTestStoreOn(postgres), false)
  testSiblings(() => postgres)
  testOnce(() => openTestStoreOn(postgres))
  erasureFlows(async () => {
    const t = await openTestStoreOn(postgres)
    onTestFinished(t.close)
    return { t, kek: { kek: KEK }, keyTreeFile: keyTreeOf(t.path), copied: () => lootOf(t.rows) }
  })

  async function twoPrograms() {
    const one = await openTestStoreOn(postgres)
    const other = await openTestStoreOn(postgres, one.path)
    const close = () => Promise.all([one.close(), other.close()])
    return { one, other, close }
  }

  describe('several programs on one database', () => {
    test('store what comes to all of them once', async () => {
      const { one, other, close } = await twoPrograms()
      const dongles = [await one.addDongle(1), await one.addDongle(2), await one.addDongle(3)]
      const groups = aDay(1200, 60).flatMap(batch => dongles.map(({ dongleId }) => arrived(dongleId, batch)))
      const told = await Promise.all(
        groups.flatMap(arrival => [one.store.commit([arrival]), other.store.commit([arrival])]),
      )
      const kinds = told.flat().map(({ outcome }) => outcome.kind)
      expect(kinds.filter(kind => kind === 'stored')).toHaveLength(groups.length)
      expect(kinds.filter(kind => kind === 'duplicate')).toHaveLength(groups.length)
      for (const { tenureNo } of dongles) {
        expect(await batchesOf(one.store, tenureNo)).toHaveLength(20)
        const minutes = await other.store.buckets(tenureNo, '1m', 0, 4e9)
        expect(minutes.map(({ rollup }) => rollup.count)).toEqual(Array(20).fill(60))
        expect(await one.store.seams(tenureNo, 0, 4e9)).toEqual([])
      }
      await close()
    })

    test('never store two stories about the same numbers, whichever comes first', async () => {
      const { one, other, close } = await twoPrograms()
      const { dongleId } = await one.addDongle(1)
      const told = await Promise.all(
        Array.from({ length: 30 }, (_, i) => i * 200).map(async seq => {
          const story = (firstSeq: number) => [arrived(dongleId, aBatch({ firstSeq, startS: NOON_S + firstSeq }))]
          const both = await Promise.all([one.store.commit(story(seq)), other.store.commit(story(seq + 30))])
          return both
            .flat()
            .map(({ outcome }) => outcome.kind)
            .sort()
        }),
      )
      expect(told).toEqual(Array(30).fill(['quarantined', 'stored']))
      await close()
    })

    test('know at once of a binding that another has changed', async () => {
      const { one, other, close } = await twoPrograms()
      const { dongleId, ean, tenureNo } = await one.addDongle(1)
      await other.store.commit([arrived(dongleId, aBatch())])
      const { accountId } = await one.accounts.open('next holder')
      const next = valueOrThrow(await one.tenures.changeHolder(ean, accountId, NOON_S + 60))
      // the other hears of it before it stores anything more
      await one.store.recover()
      await other.store.commit([arrived(dongleId, aBatch({ firstSeq: 60, startS: NOON_S + 60 }))])
      expect(await batchesOf(one.store, tenureNo)).toHaveLength(1)
      expect(await batchesOf(one.store, next.tenureNo)).toHaveLength(1)
      await close()
    })

    test('cannot read what another has erased', async () => {
      const { one, other, close } = await twoPrograms()
      const { dongleId, tenureNo } = await one.addDongle(1)
      await one.store.commit([arrived(dongleId, aBatch())])
      expect(await batchesOf(other.store, tenureNo)).toHaveLength(1)
      await one.store.erase(tenureNo, NOON_S, 'operator')
      expect(await batchesOf(other.store, tenureNo)).toEqual([])
      const [late] = await other.store.commit([arrived(dongleId, aBatch({ firstSeq: 60 }))])
      expect(late?.outcome).toEqual({ kind: 'refused', reason: 'erased' })
      await close()
    })
  })

  test('keeps batches in a table per month', async () => {
    const t = await openTestStoreOn(postgres)
    const { dongleId, tenureNo } = await t.addDongle(1)
    await t.store.commit(
      [0, 20, 40].map((days, boot) =>
        arrived(dongleId, aBatch({ boot, startS: NOON_S + days * 86_400 }), (NOON_S + 41 * 86_400) * 1000),
      ),
    )
    const tables = await t.rows(`SELECT DISTINCT tableoid::regclass::text AS name FROM batch ORDER BY name`)
    expect(tables).toEqual([{ name: 'batch_2026_03' }, { name: 'batch_2026_04' }])
    expect(await batchesOf(t.store, tenureNo)).toHaveLength(3)
    await t.close()
  })

  test('that loses its connections takes nothing, says so, and comes back by itself', async () => {
    const t = await openTestStoreOn(postgres)
    const { dongleId, tenureNo } = await t.addDongle(1)
    await t.store.commit([arrived(dongleId, aBatch())])
    const at = t.path.replace(/\w+$/, 'postgres')
    const name = t.path.split('/').at(-1)
    await postgres.run(at, `ALTER DATABASE ${name} ALLOW_CONNECTIONS false`)
    await postgres.run(at, 'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1', [name])
    const next = arrived(dongleId, aBatch({ firstSeq: 60, startS: NOON_S + 60 }))
    await expect(t.store.commit([next])).rejects.toThrow('the store cannot write: unreachable')
    expect(await t.store.probe()).toEqual({ isReady: false, reason: 'unreachable' })
    await postgres.run(at, `ALTER DATABASE ${name} ALLOW_CONNECTIONS true`)
    expect(await t.store.probe()).toEqual({ isReady: true })
    expect(await t.store.commit([next])).toMatchObject([{ outcome: { kind: 'stored' } }])
    expect(await batchesOf(t.store, tenureNo)).toHaveLength(2)
    expect(t.changes).toEqual([{ isReady: false, reason: 'unreachable' }, { isReady: true }])
    await t.close()
  })

  test('killed under load has everything that was stored, once, and nothing else', async () => {
    const t = await openTestStoreOn(postgres)
    const { dongleId, tenureNo } = await t.addDongle(1)
    const stored: number[] = []
    let seq = 0
    const storeUntil = async (isOver: () => boolean) => {
      while (!isOver()) {
        const group = [0, 1, 2].map(i => aBatch({ firstSeq: seq + i * 60, startS: NOON_S + seq + i * 60 }))
        const told = await t.store.commit(group.map(batch => arrived(dongleId, batch))).catch(() => undefined)
        // what was not told comes again, as a dongle does it
        if (told === undefined) continue
        expect(told.every(({ outcome }) => outcome.kind === 'stored' || outcome.kind === 'duplicate')).toBe(true)
        stored.push(...group.map(batch => batch.firstSeq))
        seq += 180
      }
    }
    for (let crashes = 0; crashes < 2; crashes++) {
      const before = stored.length
      let enough = Number.POSITIVE_INFINITY
      const load = storeUntil(() => stored.length > enough)
      await expect.poll(() => stored.length).toBeGreaterThan(before + 15)
      await postgres.crash()
      enough = stored.length + 45
      await load
    }
    expect((await batchesOf(t.store, tenureNo)).map(({ row }) => row.firstSeq)).toEqual(stored)
    const minutes = await t.store.buckets(tenureNo, '1m', 0, 4e9)
    expect(minutes.reduce((sum, { rollup }) => sum + rollup.count, 0)).toBe(stored.length * 60)
    expect(t.changes.at(-1)).toEqual({ isReady: true })
    await t.close()
  })

  test('a line that is gone without a word is given up: in the midst of a question, and with nobody to say goodbye to', async () => {
    const url = new URL(await postgres.empty())
    const line = await startChaosProxy(Number(url.port), seededRandom(1))
    url.port = `${line.port}`
    const connect = async (silenceMostMs: number) => {
      const client = new PatientClient({ ...optionsOf(url.href), silenceMostMs })
      client.on('error', () => undefined)
      await client.connect()
      return client
    }
    const asking = await connect(100)
    const idle = await connect(100)
    // answers that come keep it alive, however many are asked for
    for (let i = 0; i < 3; i++) expect((await asking.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }])
    line.set({ kind: 'half-open' })
    const failures = await Promise.allSettled([asking.query('SELECT 1'), asking.query('SELECT 2')])
    for (const failure of failures) {
      expect(failure).toMatchObject({ status: 'rejected' })
      expect(troubleOf((failure as PromiseRejectedResult).reason, () => false)).toBe('unreachable')
    }
    await idle.end()
    await line.stop()
  })

  describe('its schema', () => {
    async function withClient<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
      const client = new pg.Client(optionsOf(url))
      await client.connect()
      return work(client).finally(() => client.end())
    }

    const SHAPE = `
      SELECT table_name AS "in", column_name AS name, data_type || is_nullable || coalesce(column_default, '') AS what
      FROM information_schema.columns WHERE table_schema = 'public'
      UNION ALL SELECT tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'
      UNION ALL SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE connamespace = 'public'::regnamespace
      UNION ALL SELECT tgrelid::regclass::text, tgname, pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal
      ORDER BY 1, 2, 3`

    test('is the same after every step back and forward again', async () => {
      await withClient(await postgres.fresh(), async client => {
        const shape = async () => (await client.query(SHAPE)).rows
        const shapes = [await shape()]
        for (let version = SCHEMA.length - 1; version >= 0; version--) {
          await migrate(client, version)
          shapes.push(await shape())
        }
        expect(shapes.at(-1)?.map(row => row.in)).toEqual(
          ['schemaVersion', 'schemaVersion'].slice(0, shapes.at(-1)?.length),
        )
        for (let version = 1; version <= SCHEMA.length; version++) {
          await migrate(client, version)
          expect(await shape()).toEqual(shapes[SCHEMA.length - version])
        }
      })
    })

    /** The version that a database had without this step. */
    const versionBefore = (step: string): number => SCHEMA.findIndex(({ name }) => name === step)

    test('is brought forward by the next program that opens it, and not by an older one', async () => {
      const url = await postgres.fresh()
      await withClient(url, client => migrate(client, SCHEMA.length - 1))
      const t = await openTestStoreOn(postgres, url)
      expect(await t.rows('SELECT version FROM schemaVersion')).toEqual([{ version: String(SCHEMA.length) }])
      await t.close()
      await postgres.run(url, 'UPDATE "schemaVersion" SET version = version + 1')
      await expect(openTestStoreOn(postgres, url)).rejects.toThrow(/this program knows up to \d+: use a newer program/)
    })

    test('goes back by command, once every service has stopped', async () => {
      const t = await openTestStoreOn(postgres)
      await expect(moveDatabase(t.path, SCHEMA.length - 1)).rejects.toThrow('stop every service on this database first')
      await t.close()
      const back = { before: SCHEMA.length, after: SCHEMA.length - 1 }
      expect(await moveDatabase(t.path, SCHEMA.length - 1)).toEqual(back)
      expect(await moveDatabase(t.path, undefined)).toEqual({ ...back, before: back.after })
    })

    test('that goes back has an audit without what the steps brought, whole and able to grow', async () => {
      const t = await openTestStoreOn(postgres)
      await t.addDongle(1)
      const { events } = await verifyAudit(t.store.registers)
      const ofAccounts = (await accountEvents(t.store.registers, newest(9))).length
      await t.close()
      await moveDatabase(t.path, versionBefore('account events'))
      const again = await openTestStoreOn(postgres, t.path)
      expect(await verifyAudit(again.store.registers)).toMatchObject({ isWhole: true, events: events - ofAccounts })
      await again.addDongle(2)
      expect(await verifyAudit(again.store.registers)).toMatchObject({ isWhole: true })
      await again.close()
    })

    test('reads from statuses that it has what a later step keeps of them', async () => {
      const t = await openTestStoreOn(postgres)
      await t.addDongle(1)
      await t.close()
      await moveDatabase(t.path, versionBefore('operating'))
      await postgres.run(t.path, `INSERT INTO "dongleStatus" VALUES (1, 0, '{"ringRecords": 7}')`)
      const again = await openTestStoreOn(postgres, t.path)
      expect(await again.rows('SELECT ringRecords FROM dongleStatus')).toEqual([{ ringRecords: '7' }])
      await again.close()
    })

    test('has the columns of the file’s', async () => {
      const { openTestStore } = await import('../../support/store.ts')
      const file = await openTestStore()
      const t = await openTestStoreOn(postgres)
      const ofFile = await file.rows(
        `SELECT m.name || '.' || c.name || (CASE WHEN c."notnull" = 1 OR c.pk > 0 THEN ' not null' ELSE '' END) AS name
         FROM sqlite_schema m JOIN pragma_table_info(m.name) c WHERE m.type = 'table' ORDER BY 1`,
      )
      const ofDatabase = await t.rows(
        `SELECT table_name || '.' || column_name || (CASE is_nullable WHEN 'NO' THEN ' not null' ELSE '' END) AS name
         FROM information_schema.columns WHERE table_schema = 'public' AND table_name NOT IN ('schemaVersion') ORDER BY 1`,
      )
      const sorted = (rows: unknown[]) => rows.map(row => (row as { name: string }).name).sort()
      expect(sorted(ofDatabase)).toEqual(sorted(ofFile))
      const watched = await t.rows('SELECT tgname AS name FROM pg_trigger WHERE NOT tgisinternal')
      expect(sorted(watched)).toEqual(sorted(await file.rows("SELECT name FROM sqlite_schema WHERE type = 'trigger'")))
      expect(sorted(watched)).toEqual(
        ['audit', 'auditHead', ...AUDITED_TABLES].flatMap(table => [`${table}Kept`, `${table}Stays`]).sort(),
      )
      await Promise.all([file.close(), t.close()])
    })
  })

  test('with another key-encryption key is refused, and so is one that cannot be reached; no password is said', async () => {
    const t = await openTestStoreOn(postgres)
    const opened = await openPostgresStore({
      url: t.path,
      kek: 'b7'.repeat(32),
      kekFile: 'none',
      keyTreeFile: 'none',
      observer,
    })
    expect(opened).toEqual({ ok: false, fault: { code: 'kek.wrong', where: 'NRT_KEK' } })
    const secret = t.path.replace('postgres@', 'postgres:correct-horse@').replace(/\w+$/, 'nowhere')
    const error = await openPostgresStore({ url: secret, kekFile: 'none', keyTreeFile: 'none', observer }).catch(
      (thrown: Error) => thrown,
    )
    expect(String(error)).toContain(`the database at ${placeOf(secret)} cannot be reached`)
    expect(String(error)).not.toContain('correct-horse')
    await t.close()
  })

  test('that says it is starting up is waited for', async () => {
    const t = await openTestStoreOn(postgres)
    let refused = 0
    const starting = Buffer.from('SFATAL\0C57P03\0Mthe database system is starting up\0\0')
    const door = createServer(client => {
      client.on('error', () => {})
      if (refused++ === 0)
        return client.once('data', () =>
          client.end(Buffer.concat([Buffer.from([69, 0, 0, 0, starting.length + 4]), starting])),
        )
      const server = connect(postgres.server.port, '127.0.0.1')
      server.on('error', () => {})
      return client.pipe(server).pipe(client)
    })
    await new Promise<void>(resolve => door.listen(0, '127.0.0.1', resolve))
    const url = new URL(t.path)
    url.port = `${(door.address() as AddressInfo).port}`
    const opened = await openPostgresStore({
      ...{ url: url.href, kek: 'b7'.repeat(32), kekFile: 'none', keyTreeFile: 'none', observer },
    })
    // it was asked, and answered
    expect(opened).toEqual({ ok: false, fault: { code: 'kek.wrong', where: 'NRT_KEK' } })
    expect(refused).toBe(2)
    await new Promise(resolve => door.close(resolve))
    await t.close()
  })
})
