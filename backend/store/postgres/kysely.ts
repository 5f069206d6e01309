// Kysely on PostgreSQL, for the registers: its own dialect, whose transactions follow each other (locks.ts).

import { CompiledQuery, type Driver, Kysely, PostgresDialect } from 'kysely'
import type { Pool } from 'pg'
import type { Tables } from '../tables.ts'
import { LOCK_REGISTERS } from './locks.ts'

export function kyselyOn(pool: Pool): Kysely<Tables> {
  return new Kysely<Tables>({ dialect: new OneAfterTheOther({ pool }) })
}

class OneAfterTheOther extends PostgresDialect {
  override createDriver(): Driver {
    const driver = super.createDriver()
    const begin = driver.beginTransaction.bind(driver)
    driver.beginTransaction = async (connection, settings) => {
      await begin(connection, settings)
      await connection.executeQuery(CompiledQuery.raw(LOCK_REGISTERS))
    }
    return driver
  }
}
