// PostgreSQL for tests: one server per test file in a temporary folder, one database per test. Where it is not installed, the tests are skipped, and
// say so.

import { createHash } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import pg from 'pg'
import { optionsOf } from '../../backend/store/postgres/connect.ts'
import { migrate } from '../../backend/store/postgres/migrations.ts'
import { installedPostgres, type RunningPostgres, startPostgres } from '../../bench/peers/servers.ts'

export interface TestPostgres {
  /** A fresh database that has its tables already. */
  fresh(): Promise<string>
  /** One without. */
  empty(): Promise<string>
  /** Runs SQL on a database, as its owner. */
  run(url: string, sql: string, values?: unknown[]): Promise<Record<string, unknown>[]>
  /** A transaction that has done `sql` and stays open. */
  hold(url: string, sql: string): Promise<Held>
  /** kill -9 of the server; resolves when it takes questions again. */
  crash(): Promise<void>
  stop(): Promise<void>
  /** The server's own: kill and start it, and where it is. */
  server: RunningPostgres
}

export interface Held {
  /** Resolves when so many connections wait for a lock. */
  whenWaiting(count: number): Promise<void>
  release(): Promise<void>
}

export function hasPostgres(): boolean {
  const isThere = installedPostgres() !== undefined
  if (!isThere) console.warn('PostgreSQL is not installed: its tests are skipped')
  return isThere
}

export async function openTestPostgres(settings: string[] = []): Promise<TestPostgres> {
  const server = (await startPostgres(settings)) as RunningPostgres
  const url = (name: string) => `postgres://postgres@127.0.0.1:${server.port}/${name}`
  let databases = 0
  await whenUp(url('postgres'))
  // Since 15 it would write every page of a copy to its log, and read all of that again after a kill.
  const [known] = await run(url('postgres'), `SELECT current_setting('server_version_num')::int >= 150000 AS "isAsked"`)
  const plainly = known?.isAsked === true ? 'STRATEGY FILE_COPY' : ''
  const template = await made('template1')
  const client = new pg.Client(optionsOf(template))
  await client.connect()
  await migrate(client)
  await client.end()

  async function made(like: string): Promise<string> {
    const name = `nrt_${++databases}`
    await run(url('postgres'), `CREATE DATABASE ${name} TEMPLATE ${like} ${plainly}`)
    return url(name)
  }

  return {
    fresh: () => made('nrt_1'),
    empty: () => made('template1'),
    run,
    hold,
    async crash() {
      await server.kill()
      await server.start()
      await whenUp(url('postgres'))
    },
    stop: server.stop,
    server,
  }
}

/** What tests open is a SQLite file, and may be looked into: not so when whole suites run on PostgreSQL. */
export const IS_ON_FILE = process.env.NRT_TEST_POSTGRES === undefined

/** Whole suites on PostgreSQL (test/postgres/run.ts): the database that belongs to a test's folder, on the server that the run has started. */
export async function databaseOf(dir: string): Promise<string | undefined> {
  const server = process.env.NRT_TEST_POSTGRES
  if (server === undefined) return undefined
  const name = `nrt_${createHash('sha256').update(dir).digest('hex').slice(0, 16)}`
  const known = await run(server, 'SELECT FROM pg_database WHERE datname = $1', [name])
  if (known.length === 0) await run(server, `CREATE DATABASE ${name}`)
  return Object.assign(new URL(server), { pathname: name }).href
}

/** It listens a moment before it answers. */
export async function whenUp(url: string): Promise<void> {
  const isUp = () =>
    run(url, 'SELECT 1').then(
      () => true,
      () => false,
    )
  while (!(await isUp())) await delay(20)
}

async function hold(url: string, sql: string): Promise<Held> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  await client.query(`BEGIN; ${sql}`)
  return {
    async whenWaiting(count) {
      const waiting = `SELECT count(*)::int AS count FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()`
      while ((await client.query(waiting)).rows[0].count < count) await delay(5)
    },
    async release() {
      await client.query('COMMIT')
      await client.end()
    },
  }
}

async function run(url: string, sql: string, values: unknown[] = []): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return (await client.query(sql, values)).rows
  } finally {
    await client.end()
  }
}
