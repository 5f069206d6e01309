// Idempotency keys on SQLite (on PostgreSQL: store-postgres.test.ts).

import { testOnce } from '../../support/once-contract.ts'
import { openTestStore } from '../../support/store.ts'

testOnce(() => openTestStore())
