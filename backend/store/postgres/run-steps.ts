// Runs the store's rules (../steps.ts) on a connection of PostgreSQL. Steps side by side share its round trips: each goes on when its own answer
// is there, and no question waits for another's answer.

import type { ClientBase, Pool } from 'pg'
import type { Ask, Steps } from '../steps.ts'
import { statementOf } from './dialect.ts'

type Asked = Pick<ClientBase | Pool, 'query'>

interface Prepared {
  name: string
  text: string
}

const prepared = new Map<string, Prepared>()

/** Named statements are parsed once by each connection. */
function preparedOf(sql: string): Prepared {
  let statement = prepared.get(sql)
  if (statement === undefined) {
    statement = { name: `nrt${prepared.size}`, text: statementOf(sql) }
    prepared.set(sql, statement)
  }
  return statement
}

async function answer(on: Asked, { sql, values }: Ask): Promise<unknown[]> {
  const { rows } = await on.query({ ...preparedOf(sql), values })
  return rows
}

export async function runSteps<T>(on: Asked, steps: Steps<T>): Promise<T> {
  let step = steps.next()
  while (!step.done) {
    let rows: unknown[]
    try {
      rows = await answer(on, step.value)
    } catch (error) {
      step = steps.throw(error)
      continue
    }
    step = steps.next(rows)
  }
  return step.value
}

/** Not asked while the transaction that they are in had failed already. */
const IN_FAILED_TRANSACTION = '25P02'

/** All of them, even if one fails: nothing more is asked when it rejects. It rejects with what failed first. */
export async function runSideBySide<T>(on: Asked, all: Steps<T>[]): Promise<T[]> {
  const settled = await Promise.allSettled(all.map(steps => runSteps(on, steps)))
  const failures = settled.flatMap(one => (one.status === 'rejected' ? [one.reason as { code?: unknown }] : []))
  if (failures.length > 0) throw failures.find(({ code }) => code !== IN_FAILED_TRANSACTION) ?? failures[0]
  return settled.map(one => (one as PromiseFulfilledResult<T>).value)
}
