// Who has the one connection of the registers while the readings' writer settles: others, for most of it.

import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { kyselyOn } from '../../../backend/store/sqlite/kysely.ts'

let db: DatabaseSync
let settling: PromiseWithResolvers<void>[]

beforeEach(() => {
  db = new DatabaseSync(':memory:')
  db.exec('CREATE TABLE meta (name TEXT PRIMARY KEY, value BLOB NOT NULL) STRICT')
  settling = []
})

afterEach(() => db.close())

/** What is asked to settle does so when it is told. */
const open = () =>
  kyselyOn(db, () => {
    const one = Promise.withResolvers<void>()
    settling.push(one)
    return one.promise
  })

const row = (name: string) => ({ name, value: Buffer.from('x') })
const rows = (): number => db.prepare('SELECT * FROM meta').all().length
const settle = async (time: number): Promise<void> => {
  await expect.poll(() => settling).toHaveLength(time)
  settling[time - 1]?.resolve()
}

test('others have the lock while it settles, nobody while it settles what has come since, and only then is a register written', async () => {
  const registers = open()
  const groups: number[] = []
  const takeGroup = () => registers.connection().execute(async () => void groups.push(rows()))
  const written = registers.insertInto('meta').values(row('a')).execute()
  await expect.poll(() => settling).toHaveLength(1)
  await takeGroup()
  await settle(1)
  await expect.poll(() => settling).toHaveLength(2)
  const next = takeGroup()
  const seen = registers.selectFrom('meta').selectAll().execute()
  await settle(2)
  await Promise.all([written, next])
  expect(groups).toEqual([0, 1])
  expect(await seen).toHaveLength(1)
})

test('a transaction waits for it at its begin only, and nobody sees half of it', async () => {
  const registers = open()
  const half = Promise.withResolvers<void>()
  const transaction = registers.transaction().execute(async trx => {
    await trx.insertInto('meta').values(row('a')).execute()
    await half.promise
    await trx.insertInto('meta').values(row('b')).execute()
  })
  await settle(1)
  await settle(2)
  await expect.poll(rows).toBe(1)
  const seen = registers.selectFrom('meta').selectAll().execute()
  half.resolve()
  await transaction
  expect(await seen).toHaveLength(2)
  expect(settling).toHaveLength(2)
})

test('a transaction that fails leaves nothing, and the lock to the next; who only looks waits for no writer', async () => {
  const registers = open()
  const failing = registers.transaction().execute(async trx => {
    await trx.insertInto('meta').values(row('a')).execute()
    throw new Error('not so')
  })
  await Promise.all([settle(1).then(() => settle(2)), expect(failing).rejects.toThrow('not so')])
  expect(await registers.selectFrom('meta').selectAll().execute()).toEqual([])
  expect(settling).toHaveLength(2)
})
