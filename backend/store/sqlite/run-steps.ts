// Runs the store's rules (../steps.ts) on one connection of SQLite, to their end before anything else. Statements are prepared once.

import type { DatabaseSync, StatementSync } from 'node:sqlite'
import type { Steps } from '../steps.ts'

export type RunSteps = <T>(steps: Steps<T>) => T

export function stepsOn(db: DatabaseSync): RunSteps {
  const statements = new Map<string, StatementSync>()

  return steps => {
    let step = steps.next()
    while (!step.done) {
      let rows: unknown[]
      try {
        rows = prepared(step.value.sql).all(...step.value.values)
      } catch (error) {
        step = steps.throw(error)
        continue
      }
      step = steps.next(rows)
    }
    return step.value
  }

  function prepared(sql: string): StatementSync {
    let statement = statements.get(sql)
    if (statement === undefined) {
      statement = db.prepare(sql)
      statements.set(sql, statement)
    }
    return statement
  }
}
