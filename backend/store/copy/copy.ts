// From a SQLite file to PostgreSQL while the service runs: pass after pass, each finds less to do. When the service has stopped, the last pass holds the
// file's lock, reads everything on both sides, and if that finds nothing to do the copy is whole. Killed at any moment it goes on where it was.

import { existsSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as delay } from 'node:timers/promises'
import pg, { type Client } from 'pg'
import { optionsOf, placeOf } from '../postgres/connect.ts'
import { migrate } from '../postgres/migrations.ts'
import { SCHEMA } from '../schema.ts'
import { isAtRest } from '../sqlite/inbox.ts'
import { versionOf } from '../sqlite/migrations.ts'
import { beginCopy, markWhole } from './mark.ts'
import { type Known, passOver, type TableResult } from './pass.ts'
import { planOf } from './plan.ts'

export interface CopyOptions {
  /** The SQLite file. */
  from: string
  /** postgres://… */
  to: string
  /** One pass while the service runs, instead of following it until it stops. */
  isOnce: boolean
  told(event: CopyEvent): void
}

export type CopyEvent =
  | { kind: 'progress'; table: string; rows: number }
  | { kind: 'pass'; pass: number; written: number; removed: number; isServiceRunning: boolean }

export interface CopyReport {
  /** Every row is there and the same, and the source can no longer change: switch. */
  isWhole: boolean
  passes: number
  tables: TableResult[]
}

/** What is wrong with the question; its message is one sentence, without a password. */
export class CopyRefused extends Error {}

const BETWEEN_PASSES_MS = 1000

export async function copyStore({ from, to, isOnce, told }: CopyOptions): Promise<CopyReport> {
  if (!existsSync(from)) throw new CopyRefused(`there is no database at ${from}`)
  const source = new DatabaseSync(from, { timeout: 5000 })
  const target = new pg.Client(optionsOf(to))
  target.on('error', () => undefined) // said by the question that fails
  try {
    assertCurrent(source)
    await target.connect().catch((error: Error) => {
      throw new CopyRefused(`the database at ${placeOf(to)} cannot be reached: ${error.message}`)
    })
    await migrate(target)
    await begin(source, target, placeOf(to))
    return await follow(source, target)
  } finally {
    await target.end().catch(() => undefined)
    source.close()
  }

  async function follow(db: DatabaseSync, client: Client): Promise<CopyReport> {
    const tables = planOf(db)
    const known: Known = new Map()
    for (let pass = 1; ; pass++) {
      const isServiceRunning = !isStopped(from)
      // The lock holds off whoever starts now; without it the pass sees the file as it was at its begin.
      db.exec(isServiceRunning ? 'BEGIN' : 'BEGIN IMMEDIATE')
      const results = await passOver({
        source: db,
        target: client,
        tables,
        known: isServiceRunning ? known : undefined,
        progress: (table, rows) => told({ kind: 'progress', table, rows }),
      }).finally(() => db.exec('ROLLBACK'))
      const [written, removed] = [sumOf(results, 'written'), sumOf(results, 'removed')]
      told({ kind: 'pass', pass, written, removed, isServiceRunning })
      const isWhole = !isServiceRunning && written + removed === 0 && results.every(isSame)
      if (isWhole) await finish(client)
      if (isWhole || (isOnce && isServiceRunning)) return { isWhole, passes: pass, tables: results }
      if (isServiceRunning) await delay(BETWEEN_PASSES_MS)
    }
  }
}

function assertCurrent(source: DatabaseSync): void {
  const version = versionOf(source)
  if (version === SCHEMA.length) return
  const what = version < SCHEMA.length ? 'start the service once with this program' : 'use a newer program'
  throw new CopyRefused(`the source has version ${version} of the schema, this program ${SCHEMA.length}: ${what}`)
}

async function begin(source: DatabaseSync, target: Client, place: string): Promise<void> {
  const proof = source.prepare(`SELECT value FROM meta WHERE name = 'kek'`).get() as { value: Uint8Array } | undefined
  if (proof === undefined) throw new CopyRefused('the source is empty: start with NRT_DATABASE_URL instead')
  if (await beginCopy(target, proof.value)) return
  throw new CopyRefused(`the database at ${place} has data that did not come from this source: nothing was written`)
}

function isStopped(from: string): boolean {
  const rest = isAtRest(from)
  if (rest === 'waiting') {
    throw new CopyRefused('the service did not stop well: start it and stop it once more, then go on')
  }
  return rest === 'at-rest'
}

function isSame({ digest, targetDigest }: TableResult): boolean {
  return digest === targetDigest
}

function sumOf(results: TableResult[], what: 'written' | 'removed'): number {
  return results.reduce((sum, result) => sum + result[what], 0)
}

/** Numbers go on behind the highest that was copied. */
async function finish(client: Client): Promise<void> {
  const { rows } = await client.query(
    `SELECT table_name AS "in", pg_get_serial_sequence(quote_ident(table_name), 'no') AS sequence FROM information_schema.columns
     WHERE table_schema = current_schema() AND column_name = 'no' AND is_identity = 'YES'`,
  )
  for (const { in: table, sequence } of [...rows, { in: 'batch', sequence: '"batchNo"' }]) {
    await client.query(`SELECT setval($1, coalesce((SELECT max(no) FROM "${table}"), 0) + 1, false)`, [sequence])
  }
  await markWhole(client)
}
