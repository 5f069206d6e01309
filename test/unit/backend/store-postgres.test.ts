// The store on a real PostgreSQL: what every store does, and what several programs on one database may not break.

import { afterAll, beforeAll, describe } from 'vitest'
import { hasPostgres, openTestPostgres, type TestPostgres } from '../../support/postgres.ts'
import { openTestStoreOn } from '../../support/store.ts'
import { testStore } from '../../support/store-contract.ts'

describe.runIf(hasPostgres())('PostgreSQL', () => {
  let postgres: TestPostgres
  beforeAll(async () => {
    postgres = await openTestPostgres()
  })
  afterAll(() => postgres.stop())

  testStore(() => openTestStoreOn(postgres))
})
