// Which tables a SQLite store has, with their columns and keys, in the order in which they can be filled: whoever is referred to comes first.

import type { DatabaseSync } from 'node:sqlite'
import { assert } from '../../../shared/kernel/assert.ts'

export interface TablePlan {
  name: string
  columns: string[]
  /** Columns of the primary key, in its order. */
  key: string[]
  /** Which of them are text: PostgreSQL must compare them as SQLite does, by their bytes. */
  textKeys: Set<string>
}

interface ColumnInfo {
  name: string
  type: string
  pk: number
}

export function planOf(db: DatabaseSync): TablePlan[] {
  const names = db
    .prepare(`SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name`)
    .all() as { name: string }[]
  const waiting = new Map(names.map(({ name }) => [name, parentsOf(db, name)]))
  const ordered: TablePlan[] = []
  while (waiting.size > 0) {
    const free = [...waiting].filter(([, parents]) => parents.every(parent => !waiting.has(parent)))
    assert(free.length > 0, 'tables do not refer to each other in a circle')
    for (const [name] of free) {
      ordered.push(tableOf(db, name))
      waiting.delete(name)
    }
  }
  return ordered
}

function parentsOf(db: DatabaseSync, name: string): string[] {
  const keys = db.prepare('SELECT "table" AS parent FROM pragma_foreign_key_list(?)').all(name) as { parent: string }[]
  return keys.map(({ parent }) => parent).filter(parent => parent !== name)
}

function tableOf(db: DatabaseSync, name: string): TablePlan {
  const columns = db.prepare('SELECT name, type, pk FROM pragma_table_info(?)').all(name) as unknown as ColumnInfo[]
  const key = columns.filter(({ pk }) => pk > 0).sort((a, b) => a.pk - b.pk)
  return {
    name,
    columns: columns.map(column => column.name),
    key: key.map(column => column.name),
    textKeys: new Set(key.filter(({ type }) => type === 'TEXT').map(column => column.name)),
  }
}
