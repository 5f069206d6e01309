// The store on PostgreSQL: opens it, brings its schema up to date, proves the key-encryption key, and puts reader, registers and writer together behind
// the Store interface. Any number of programs may have the same database open. Only main.ts and tests import it.

import { setTimeout as delay } from 'node:timers/promises'
import pg, { type Client, type ClientConfig } from 'pg'
import { failed, ok, type Result } from '../../../shared/kernel/result.ts'
import { takeIntoUse } from '../copy/mark.ts'
import { type KekFault, type KeyRing, keyRingOf, loadKek, type TenureKeys } from '../key-ring.ts'
import { createLetters } from '../letters.ts'
import { tenureKey } from '../placement.ts'
import { createReader } from '../read.ts'
import { SCHEMA } from '../schema.ts'
import type { Steps } from '../steps.ts'
import type { GroupObserver, Replayed, Store } from '../store.ts'
import { takeTree } from '../take-tree.ts'
import { linkTo, optionsOf, placeOf, servingOptionsOf } from './connect.ts'
import { createGroupCommit } from './group.ts'
import { kyselyOn } from './kysely.ts'
import { LOCK_REGISTERS } from './locks.ts'
import { migrate } from './migrations.ts'
import { PatientClient } from './patient-client.ts'
import { runSteps } from './run-steps.ts'
import { openSiblings } from './siblings.ts'
import { createWriter } from './writer.ts'

export interface PostgresStoreOptions {
  /** postgres://USER:PASSWORD@HOST:PORT/NAME */
  url: string
  /** 64 hexadecimal digits; else `kekFile` holds them, and is made with a new database. */
  kek?: string
  kekFile: string
  /** Made with a new database; one file for all programs on it. */
  keyTreeFile: string
  observer: GroupObserver
  /** Runs beside those that serve, and never does what the first of them does. */
  isGuest?: boolean
}

const REGISTERS_MAX = 8
const READERS_MAX = 4

/** PostgreSQL's word for starting up, recovering or shutting down (appendix A). */
const CANNOT_CONNECT_NOW = '57P03'
const STARTING_MOST_MS = 60_000
const STARTING_AGAIN_MS = 200

/** `onWriter` is for tests that must hurt the database. */
export type PostgresStore = Store & { onWriter(sql: string): Promise<void> }

/** Rejects with an Error of one sentence when the database cannot be reached, is newer than this program, or does not keep what it says. */
export async function openPostgresStore(options: PostgresStoreOptions): Promise<Result<PostgresStore, KekFault>> {
  const proven = await whilePrepared(optionsOf(options.url), options)
  if (!proven.ok) return proven
  const keys = proven.value
  const connection = servingOptionsOf(options.url)
  const link = linkTo(connection)
  await link.client() // whoever would move the schema sees that a service runs
  const ofRegisters = poolOf(REGISTERS_MAX)
  const ofReaders = poolOf(READERS_MAX)
  const registers = kyselyOn(ofRegisters)
  const siblings = await openSiblings(connection, ofRegisters, options.isGuest === true)
  const writer = createWriter(link, keys, siblings.sayStored)
  const group = createGroupCommit(writer, options.observer)
  // Another program may erase a tenure: no key is remembered for who reads.
  const go = <T>(steps: Steps<T>) => runSteps(ofReaders, steps)
  const keyOf = (tenureNo: number) => tenureKey(keys, tenureNo)

  return ok({
    ...createReader(go, keyOf),
    ...createLetters(go, keyOf),
    registers,
    keys,
    siblings,
    settled: async () => undefined,
    onWriter: async sql => void (await (await link.client()).query(sql)),
    commit: group.commit,
    recover: () => group.write(writer.sync),
    bury: letters => group.write(() => writer.bury(letters)),
    replay,
    dropLetter: no => group.write(() => writer.dropLetter(no)),
    copyTo: undefined,
    release,
    forget() {
      writer.forget()
      void group.write(writer.tell).catch(() => undefined) // told with the next write then
    },
    readiness: group.readiness,
    discard: dongleId => group.write(() => writer.discard(dongleId)),
    erase: (tenureNo, atS, actor) => group.write(() => writer.erase(tenureNo, atS, actor)),
    async probe() {
      await group.write(writer.sync).catch(() => undefined) // the trouble itself is in readiness()
      return group.readiness()
    },
    async close() {
      await group.close()
      await siblings.close()
      await registers.destroy()
      await ofReaders.end()
      await link.close()
    },
  })

  function poolOf(max: number): pg.Pool {
    const pool = new pg.Pool({ ...connection, max, Client: PatientClient })
    // An idle connection that is lost is replaced when one is needed; one in use tells whoever uses it, with the question that fails.
    pool.on('error', () => undefined)
    pool.on('connect', client => client.on('error', () => undefined))
    return pool
  }

  async function replay(only?: number): Promise<Replayed> {
    const all: Replayed = { stored: 0, duplicate: 0, stillBad: 0 }
    for (let after: number | undefined = 0; after !== undefined; ) {
      const from: number = after
      const { replayed, next } = await group.write(() => writer.replay(from, only))
      for (const kind of ['stored', 'duplicate', 'stillBad'] as const) all[kind] += replayed[kind]
      after = next
    }
    return all
  }

  async function release(dongleId: string): Promise<number> {
    const { rows } = await ofReaders.query('SELECT coalesce(max(no), 0) AS no FROM batch')
    let all = 0
    for (let after: number | undefined = 0; after !== undefined; ) {
      const from: number = after
      const { released, next } = await group.write(() => writer.release(dongleId, from, rows[0].no))
      all += released
      after = next
    }
    return all
  }
}

/** On a connection of its own: a step of the schema may take as long as it takes. */
async function whilePrepared(
  connection: ClientConfig,
  options: PostgresStoreOptions,
): Promise<Result<TenureKeys, KekFault>> {
  const client = await whenStarted(connection, placeOf(options.url))
  try {
    return await prepared(client, options)
  } finally {
    await client.end()
  }
}

/** A server that says itself that it is starting up, as after a crash of the whole machine, is waited for; nothing else is. */
async function whenStarted(connection: ClientConfig, place: string): Promise<Client> {
  for (const endMs = performance.now() + STARTING_MOST_MS; ; await delay(STARTING_AGAIN_MS)) {
    const client = new pg.Client(connection)
    client.on('error', () => undefined) // told by the question that fails
    try {
      await client.connect()
      return client
    } catch (cause) {
      const { code, message } = cause as Error & { code?: string }
      if (code !== CANNOT_CONNECT_NOW || performance.now() > endMs)
        throw new Error(`the database at ${place} cannot be reached: ${message}`)
    }
  }
}

async function prepared(client: Client, options: PostgresStoreOptions): Promise<Result<TenureKeys, KekFault>> {
  const { rows } = await client.query('SHOW fsync')
  if (rows[0].fsync !== 'on') {
    throw new Error(`the database at ${placeOf(options.url)} has fsync off: what it says is stored may be lost`)
  }
  const before = await migrate(client)
  if (before > 0 && before < SCHEMA.length) options.observer.migrated?.(before, SCHEMA.length)
  await takeIntoUse(client)
  const proofs = await client.query(`SELECT value FROM meta WHERE name = 'kek'`)
  const kek = loadKek(options.kek, options.kekFile, proofs.rows.length === 0)
  if (!kek.ok) return kek
  if (!(await provesKek(client, keyRingOf(kek.value)))) {
    return failed({ code: 'kek.wrong', where: options.kek === undefined ? options.kekFile : 'NRT_KEK' })
  }
  await client.query('BEGIN')
  await client.query(LOCK_REGISTERS)
  const taken = await runSteps(client, takeTree(kek.value, options.keyTreeFile))
  await client.query('COMMIT')
  return taken
}

/** A known text sealed by the first start opens with the same key only; of two that start at once one is the first. */
async function provesKek(client: Client, keys: KeyRing): Promise<boolean> {
  await client.query(`INSERT INTO meta (name, value) VALUES ('kek', $1) ON CONFLICT DO NOTHING`, [
    keys.wrap(Buffer.from('nrt'), 'kek'),
  ])
  const { rows } = await client.query(`SELECT value FROM meta WHERE name = 'kek'`)
  return keys.unwrap(rows[0].value, 'kek') !== undefined
}
