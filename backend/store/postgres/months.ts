// Batches lie in a table per month of their readings, in UTC: what is old is in tables that nobody writes, and can be kept elsewhere. A month's table
// is made when its first batch comes, before the transaction that stores it.

import type { Client } from 'pg'
import { LOCK_MONTHS } from './locks.ts'

export interface Months {
  /** There is a table for readings that begin at each of these times, epoch seconds. */
  make(client: Client, timesS: Iterable<number>): Promise<void>
}

export function createMonths(): Months {
  const known = new Set<string>()

  return {
    async make(client, timesS) {
      const missing = new Map<string, Date>()
      for (const timeS of timesS) {
        const begin = monthOf(timeS)
        const name = nameOf(begin)
        if (!known.has(name)) missing.set(name, begin)
      }
      for (const [name, begin] of missing) {
        await makeMonth(client, name, begin)
        known.add(name)
      }
    },
  }
}

function monthOf(timeS: number): Date {
  const time = new Date(timeS * 1000)
  return new Date(Date.UTC(time.getUTCFullYear(), time.getUTCMonth(), 1))
}

function nameOf(begin: Date): string {
  return `batch_${begin.toISOString().slice(0, 7).replace('-', '_')}`
}

async function makeMonth(client: Client, name: string, begin: Date): Promise<void> {
  const end = Date.UTC(begin.getUTCFullYear(), begin.getUTCMonth() + 1, 1)
  const [fromS, toS] = [begin.getTime() / 1000, end / 1000]
  await client.query('BEGIN')
  try {
    await client.query(LOCK_MONTHS)
    const { rows } = await client.query('SELECT to_regclass($1) IS NOT NULL AS "isThere"', [name])
    if (!rows[0].isThere) {
      await client.query(`CREATE TABLE ${name} PARTITION OF batch FOR VALUES FROM (${fromS}) TO (${toS})`)
      await client.query(`ALTER TABLE ${name} ALTER COLUMN sealed SET STORAGE EXTERNAL`)
    }
    await client.query('COMMIT')
  } catch (error) {
    await client.query('ROLLBACK')
    throw error
  }
}
