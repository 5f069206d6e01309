// What the store's rules ask of a database, one statement at a time: a rule is a generator that yields statements and is given their rows. So the
// rules are written once; SQLite runs them where it stands (sqlite/run-steps.ts), PostgreSQL between two of its answers (postgres/run-steps.ts).
// The text of a statement is the common part of both: `?` for a value, bare names, no function that one of them lacks.

export type Value = number | string | Uint8Array | null

export interface Ask {
  sql: string
  values: Value[]
}

/** Gives `T` once every statement was run; one that fails is thrown into it. */
export type Steps<T> = Generator<Ask, T, unknown[]>

export function* all<Row>(sql: string, ...values: Value[]): Steps<Row[]> {
  return (yield { sql, values }) as Row[]
}

export function* first<Row>(sql: string, ...values: Value[]): Steps<Row | undefined> {
  return (yield { sql, values })[0] as Row | undefined
}

export function* run(sql: string, ...values: Value[]): Steps<void> {
  yield { sql, values }
}
