// Logins of the embedded identity service: locking, and that nobody can tell why one does not open. With a cheap scrypt: the dear one is the same
// function with larger numbers.

import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type Logins, openLogins } from '../../../backend/sign-in/embedded/logins.ts'
import { type ManualClock, manualClock, valueOrThrow } from '../../support/facts.ts'
import { openTestStore, type TestStore } from '../../support/store.ts'

const PASSWORD = 'a sentence that nobody guesses'
const WRONG = 'a sentence that somebody guessed'

let t: TestStore
let clock: ManualClock
let logins: Logins
beforeEach(async () => {
  t = await openTestStore()
  clock = manualClock()
  logins = openLogins(t.store, clock, { N: 16, r: 1, p: 1 })
})
afterEach(() => t.close())

const wrongly = async (times: number) => {
  for (let i = 0; i < times; i++) expect(await logins.check('anna', WRONG)).toBeUndefined()
}

describe('a login', () => {
  test('opens with its password, however its name is written, and is kept without it', async () => {
    const { id } = valueOrThrow(await logins.add(' Anna ', 'Anna A.', PASSWORD))
    expect(await logins.check('ANNA', PASSWORD)).toEqual({ id, person: 'Anna A.' })
    expect(await logins.check('anna', WRONG)).toBeUndefined()
    expect(await logins.check('nobody', PASSWORD)).toBeUndefined()
    expect(JSON.stringify(await t.rows('SELECT * FROM login'))).not.toContain('sentence')
    expect(await logins.add('anna', 'Another', PASSWORD)).toMatchObject({ fault: { code: 'login.taken' } })
  })

  test('is locked by five wrong ones in a row, longer each time, and the right one opens it afterwards', async () => {
    valueOrThrow(await logins.add('anna', '', PASSWORD))
    await wrongly(4)
    expect(await logins.check('anna', PASSWORD)).toBeDefined()
    await wrongly(5)
    expect(await logins.check('anna', PASSWORD)).toBeUndefined()
    clock.nowS += 60
    await wrongly(1)
    clock.nowS += 119
    expect(await logins.check('anna', PASSWORD)).toBeUndefined()
    clock.nowS += 1
    expect(await logins.check('anna', PASSWORD)).toBeDefined()
    await wrongly(4)
    expect(await logins.check('anna', PASSWORD)).toBeDefined()
  })

  test('tried many times at once is tried many times', async () => {
    valueOrThrow(await logins.add('anna', '', PASSWORD))
    await Promise.all(Array.from({ length: 8 }, () => logins.check('anna', WRONG)))
    expect(await logins.check('anna', PASSWORD)).toBeUndefined()
  })

  test('while it is locked, tries count no further: nobody can keep its owner out for days', async () => {
    valueOrThrow(await logins.add('anna', '', PASSWORD))
    await wrongly(50)
    clock.nowS += 60
    expect(await logins.check('anna', PASSWORD)).toBeDefined()
  })
})
