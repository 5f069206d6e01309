// The real store on a real file in a temporary folder, or on a real PostgreSQL, without the rooms around it: for tests that look at it closely or hurt it.

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openAccounts } from '../../backend/accounts/accounts.ts'
import { openDongleRegister } from '../../backend/dongles/dongle-register.ts'
import { statementOf } from '../../backend/store/postgres/dialect.ts'
import { openPostgresStore } from '../../backend/store/postgres/postgres-store.ts'
import { openSqliteStore, type SqliteStore } from '../../backend/store/sqlite/sqlite-store.ts'
import type { BatchRow, Committed, Store } from '../../backend/store/store.ts'
import { openTenures } from '../../backend/tenures/tenures.ts'
import { dongleIdFrom } from '../../shared/kernel/ids.ts'
import type { ArrivedBatch, Readiness } from '../../shared/port/ingest-port.ts'
import { NOON_S } from './batches.ts'
import { DEVICE_KEY, manualClock, valueOrThrow } from './facts.ts'
import type { TestPostgres } from './postgres.ts'

type AnyStore = Store & { onWriter(sql: string): Promise<void> }

/** A store on any engine, for tests of what all of them do. */
export interface TestStore<Engine extends AnyStore = AnyStore> {
  /** Settles after each commit: tests read what they committed. */
  store: Engine
  /** The same store as it is: what it committed may still share a transaction with what comes. */
  lazy: Engine
  path: string
  /** Plain SQL in the words of both. */
  rows(sql: string, ...values: (number | string)[]): Promise<unknown[]>
  /** A batch with this first number cannot be stored, for a reason that nobody foresaw. */
  makeUnstorable(firstSeq: number): Promise<void>
  makeStorable(): Promise<void>
  changes: Readiness[]
  groups: number[]
  poisoned: () => number
  tenures: ReturnType<typeof openTenures>
  dongles: ReturnType<typeof openDongleRegister>
  accounts: ReturnType<typeof openAccounts>
  /** Registers a dongle with a number; bound to an own metering point unless `isBound` is false. */
  addDongle(
    number: number,
    isBound?: boolean,
  ): Promise<{ dongleId: string; ean: string; tenureNo: number; accountId: string }>
  close(): Promise<void>
}

export function eanOf(number: number): string {
  return `99999999${String(number).padStart(10, '0')}`
}

export function dongleIdOf(number: number): string {
  return dongleIdFrom(Array.from({ length: 12 }, (_, i) => (number >> (5 * i)) & 31))
}

/** All batches of a tenure within the range, one after the other. */
export async function batchesOf(
  store: Store,
  tenureNo: number,
  fromS = 0,
  toS = 4e9,
): Promise<{ row: BatchRow; bytes: Uint8Array }[]> {
  const found: { row: BatchRow; bytes: Uint8Array }[] = []
  for await (const one of store.batches(tenureNo, fromS, toS)) found.push(one)
  return found
}

export async function openTestStore(wish: { dir?: string; bytesMax?: number } = {}): Promise<TestStore<SqliteStore>> {
  const dir = wish.dir ?? mkdtempSync(join(tmpdir(), 'nrt-store-'))
  const path = join(dir, 'nrt.sqlite')
  const watched = watch()
  const opened = valueOrThrow(
    openSqliteStore({ path, kekFile: join(dir, 'kek.key'), bytesMax: wish.bytesMax, observer: watched.observer }),
  )
  await opened.recover()
  return {
    ...testStoreOn(opened, watched),
    path,
    rows: async (sql, ...values) => opened.reader.prepare(sql).all(...values),
    makeUnstorable: firstSeq =>
      opened.onWriter(
        `CREATE TEMP TRIGGER unforeseen BEFORE INSERT ON batch WHEN new.firstSeq = ${firstSeq} BEGIN SELECT RAISE(ABORT, 'unforeseen'); END`,
      ),
    makeStorable: () => opened.onWriter('DROP TRIGGER unforeseen'),
    async close() {
      await opened.close()
      if (wish.dir === undefined) rmSync(dir, { recursive: true, force: true })
    },
  }
}

export const KEK = '5a'.repeat(32)

const trees = mkdtempSync(join(tmpdir(), 'nrt-trees-'))
process.once('exit', () => rmSync(trees, { recursive: true, force: true }))

/** One file for all stores on one database. */
export function keyTreeOf(url: string): string {
  return join(trees, `${new URL(url).pathname.slice(1)}.tree`)
}

export async function openTestStoreOn(postgres: TestPostgres, at?: string): Promise<TestStore> {
  const url = at ?? (await postgres.fresh())
  const watched = watch()
  const opened = valueOrThrow(
    await openPostgresStore({
      ...{ url, kek: KEK, kekFile: 'never read', keyTreeFile: keyTreeOf(url), observer: watched.observer },
    }),
  )
  return {
    ...testStoreOn(opened, watched),
    path: url,
    rows: (sql, ...values) => postgres.run(url, statementOf(sql), values),
    makeUnstorable: async firstSeq => {
      await opened.onWriter(
        `CREATE FUNCTION unforeseen() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'unforeseen'; END $$;
         CREATE TRIGGER unforeseen BEFORE INSERT ON batch FOR EACH ROW WHEN (NEW."firstSeq" = ${firstSeq}) EXECUTE FUNCTION unforeseen()`,
      )
    },
    makeStorable: () => opened.onWriter('DROP TRIGGER unforeseen ON batch; DROP FUNCTION unforeseen()'),
    close: opened.close,
  }
}

function watch() {
  const changes: Readiness[] = []
  const groups: number[] = []
  let poisoned = 0
  const observer = {
    committed: (batches: number) => void groups.push(batches),
    poisoned: () => void poisoned++,
    readinessChanged: (readiness: Readiness) => void changes.push(readiness),
  }
  return { changes, groups, poisoned: () => poisoned, observer }
}

function testStoreOn<Engine extends AnyStore>(opened: Engine, { changes, groups, poisoned }: ReturnType<typeof watch>) {
  const store = { ...opened, commit }
  const clock = manualClock()
  const tenures = openTenures(store)
  const dongles = openDongleRegister(store, clock)
  const accounts = openAccounts(store, clock)
  async function commit(arrivals: ArrivedBatch[]): Promise<Committed[]> {
    const committed = await opened.commit(arrivals)
    await opened.settled()
    return committed
  }

  return {
    store,
    lazy: opened,
    changes,
    groups,
    poisoned,
    tenures,
    dongles,
    accounts,
    async addDongle(number: number, isBound = true) {
      const [dongleId, ean] = [dongleIdOf(number), eanOf(number)]
      const { accountId } = await accounts.open(`account ${number}`)
      const { tenureNo } = valueOrThrow(
        await tenures.addMeteringPoint({ ean, accountId, sinceS: NOON_S - 30 * 86_400 }),
      )
      valueOrThrow(await dongles.register({ dongleId, deviceKey: DEVICE_KEY, epoch: 1 }, 'test'))
      if (isBound) valueOrThrow(await dongles.vouch(dongleId, 'test', (await tenures.meteringPointNo(ean)) as number))
      return { dongleId, ean, tenureNo, accountId }
    },
  }
}
