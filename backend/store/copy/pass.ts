// One pass over all tables: what the source has is compared with the target row by row, and the target made the same. The source is read as it was at
// the pass's begin; nobody else writes the target. A pass that is cut short has done what it did: the next one finds less to do.

import type { DatabaseSync, SQLInputValue } from 'node:sqlite'
import type { Client } from 'pg'
import { statementOf } from '../postgres/dialect.ts'
import { createMonths, type Months } from '../postgres/months.ts'
import type { TablePlan } from './plan.ts'
import { type Difference, differenceOf, digestOf, type Row, textOf } from './rows.ts'

const CHUNK_ROWS = 500

export interface TableResult {
  table: string
  rows: number
  written: number
  removed: number
  /** SHA-256 over all rows as the source has them; `targetDigest` as the target had them, undefined where it was not read anew. */
  digest: string
  targetDigest: string | undefined
}

/** Chunks that the target is known to have, by where they begin. */
export type Known = Map<string, string>

export interface PassOptions {
  source: DatabaseSync
  target: Client
  tables: TablePlan[]
  /** What earlier passes know of the target; undefined: everything is read on both sides. */
  known: Known | undefined
  progress(table: string, rows: number): void
}

export async function passOver(options: PassOptions): Promise<TableResult[]> {
  const months = createMonths()
  const removed = new Map<string, number>()
  // Who refers goes before whom it refers to.
  for (const table of options.tables.toReversed()) removed.set(table.name, await removeSurplus(options, table))
  const results: TableResult[] = []
  for (const table of options.tables) {
    const result = await copyTable(options, table, months)
    results.push({ ...result, removed: removed.get(table.name) ?? 0 })
  }
  return results
}

async function copyTable(
  options: PassOptions,
  table: TablePlan,
  months: Months,
): Promise<Omit<TableResult, 'removed'>> {
  const { source, target, known, progress } = options
  const ofSource = digestOf(table.columns)
  const ofTarget = digestOf(table.columns)
  let isAllRead = true
  let written = 0
  let after: Row | undefined
  for (;;) {
    const rows = chunkOf(source, table, table.columns, after)
    const last = rows.at(-1)
    if (last === undefined) break
    const ofChunk = digestOf(table.columns)
    for (const row of rows) {
      ofSource.add(row)
      ofChunk.add(row)
    }
    const place = `${table.name} ${after === undefined ? '' : textOf(after, table.key)}`
    if (known?.get(place) === ofChunk.hex()) isAllRead = false
    else {
      const there = await targetChunk(target, table, table.columns, after, last)
      for (const row of there) ofTarget.add(row)
      const { wrong } = differenceOf(rows, there, table.columns, table.key)
      await write(target, table, wrong, months)
      written += wrong.length
      known?.set(place, ofChunk.hex())
    }
    progress(table.name, ofSource.rows())
    after = last
  }
  return {
    table: table.name,
    rows: ofSource.rows(),
    written,
    digest: ofSource.hex(),
    targetDigest: isAllRead ? ofTarget.hex() : undefined,
  }
}

/** Keys alone are compared here. */
async function removeSurplus({ source, target }: PassOptions, table: TablePlan): Promise<number> {
  let removed = 0
  let after: Row | undefined
  for (let isOver = false; !isOver; ) {
    const there = await targetChunk(target, table, table.key, after, undefined)
    const last = there.at(-1)
    if (last === undefined) return removed
    isOver = there.length < CHUNK_ROWS
    const rows = chunkOf(source, table, table.key, after, last)
    const { surplus }: Difference = differenceOf(rows, there, table.key, table.key)
    for (const row of surplus) {
      const where = table.key.map(column => `${column} = ?`).join(' AND ')
      await target.query(statementOf(`DELETE FROM ${table.name} WHERE ${where}`), valuesOf(row, table.key))
    }
    removed += surplus.length
    after = last
  }
  return removed
}

function chunkOf(db: DatabaseSync, table: TablePlan, columns: string[], after?: Row, last?: Row): Row[] {
  const { sql, values } = chunkQuery(table, columns, after, last, column => column)
  return db.prepare(sql).all(...(values as SQLInputValue[])) as Row[]
}

async function targetChunk(
  target: Client,
  table: TablePlan,
  columns: string[],
  after: Row | undefined,
  last: Row | undefined,
): Promise<Row[]> {
  const inBytes = (column: string) => (table.textKeys.has(column) ? `${column} COLLATE "C"` : column)
  const { sql, values } = chunkQuery(table, columns, after, last, inBytes)
  return (await target.query(statementOf(sql), values)).rows
}

/** Rows behind `after`, up to `last` or a chunk of them, in the order of their key. */
function chunkQuery(
  { name, key }: TablePlan,
  columns: string[],
  after: Row | undefined,
  last: Row | undefined,
  ordered: (column: string) => string,
): { sql: string; values: unknown[] } {
  const place = `(${key.map(ordered).join(', ')})`
  const marks = `(${key.map(() => '?').join(', ')})`
  const bounds = [after && `${place} > ${marks}`, last && `${place} <= ${marks}`].filter(bound => bound !== undefined)
  const where = bounds.length === 0 ? '' : `WHERE ${bounds.join(' AND ')}`
  const limit = last === undefined ? `LIMIT ${CHUNK_ROWS}` : ''
  return {
    sql: `SELECT ${columns.join(', ')} FROM ${name} ${where} ORDER BY ${key.map(ordered).join(', ')} ${limit}`,
    values: [after, last].flatMap(row => (row === undefined ? [] : valuesOf(row, key))),
  }
}

async function write(target: Client, table: TablePlan, rows: Row[], months: Months): Promise<void> {
  if (rows.length === 0) return
  const isByMonth = table.name === 'batch'
  if (isByMonth)
    await months.make(
      target,
      rows.map(row => row.fromS as number),
    )
  const key = isByMonth ? [...table.key, 'fromS'] : table.key
  const others = table.columns.filter(column => !key.includes(column))
  const change =
    others.length === 0 ? 'DO NOTHING' : `DO UPDATE SET ${others.map(c => `${c} = excluded.${c}`).join(', ')}`
  const marks = `(${table.columns.map(() => '?').join(', ')})`
  await target.query(
    statementOf(
      `INSERT INTO ${table.name} (${table.columns.join(', ')}) VALUES ${rows.map(() => marks).join(', ')}
       ON CONFLICT (${key.join(', ')}) ${change}`,
    ),
    rows.flatMap(row => valuesOf(row, table.columns)),
  )
}

function valuesOf(row: Row, columns: readonly string[]): unknown[] {
  return columns.map(column => row[column])
}
