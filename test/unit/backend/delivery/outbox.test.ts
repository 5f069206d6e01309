// Delivery with real sockets on a real store (SQLite here, PostgreSQL in store-postgres.test.ts).

import { testDelivery } from '../../../support/delivery-contract.ts'
import { openTestStore } from '../../../support/store.ts'

testDelivery(() => openTestStore())
