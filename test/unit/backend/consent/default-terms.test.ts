// The program's own terms of use over its versions: what somebody may have accepted stays as it was, and a platform that still has an earlier text is given the
// newest as a version of its own.

import { createHash } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { DEFAULT_TERMS, EARLIER_TERMS } from '../../../../backend/consent/default-terms.ts'
import { openTerms } from '../../../../backend/consent/terms.ts'
import { valueOrThrow } from '../../../support/facts.ts'
import { openTestStore, type TestStore } from '../../../support/store.ts'

const DAY_MS = 86_400_000
let t: TestStore
beforeAll(async () => {
  t = await openTestStore()
})
afterAll(() => t.close())

test('what was published before is to the letter what it was', () => {
  const digests = EARLIER_TERMS.map(text => createHash('sha256').update(JSON.stringify(text)).digest('hex'))
  expect(digests).toEqual(['c394875610985009f7c9d61804191c4741413cffe308f3721cd7e782e5a4b85a'])
})

test('who accepted an earlier text is asked again, with days of grace; an operator’s own text stays', async () => {
  let nowMs = 1e12
  const terms = openTerms(t.store, () => nowMs)
  const [earlier] = EARLIER_TERMS
  await terms.publish(earlier!, 'platform')
  const accountNo = (await t.accounts.noOf((await t.accounts.open('anna')).accountId)) as number
  valueOrThrow(await terms.accept(accountNo, 1, 'nl', 'grid-user'))
  for (let start = 0; start < 2; start++) await terms.begin(DEFAULT_TERMS, EARLIER_TERMS, 'platform')
  expect(await terms.newest()).toMatchObject({ version: 2, text: DEFAULT_TERMS })
  expect([await terms.hold(accountNo), await terms.lapsed()]).toEqual([true, []])
  nowMs += DEFAULT_TERMS.graceDays * DAY_MS
  expect([await terms.hold(accountNo), await terms.lapsed()]).toEqual([false, [accountNo]])
  valueOrThrow(await terms.accept(accountNo, 2, 'nl', 'grid-user'))
  expect(await terms.hold(accountNo)).toBe(true)
  await terms.publish({ ...earlier!, exportDays: 100 }, 'operator')
  await terms.begin(DEFAULT_TERMS, EARLIER_TERMS, 'platform')
  expect(await terms.newest()).toMatchObject({ version: 3, text: { exportDays: 100 } })
})
