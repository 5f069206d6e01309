// Parts that end and come back, in order or by kill -9, one or several, and another that takes over.

import { setTimeout as delay } from 'node:timers/promises'
import pg from 'pg'
import { type RunningPostgres, startPostgres } from '../../../bench/peers/servers.ts'
import { whenUp } from '../../support/postgres.ts'
import type { Row } from '../row.ts'
import type { StageName } from '../stage.ts'

const ALL = ['gateway 1', 'gateway 2', 'backend', 'broker', 'database']

/** All of `parts` end together, stay away for `awayMs`, and come back together. */
function rowOf(name: string, stage: StageName, parts: string[], signal: NodeJS.Signals, awayMs = 0): Row {
  return {
    ...{ name, stage },
    async hurt({ apart }) {
      await Promise.all(parts.map(part => apart.kill(part, signal)))
      await delay(awayMs)
      await Promise.all(parts.map(part => apart.start(part)))
    },
  }
}

/** The primary with a standby that has all that was committed (synchronous_standby_names); it dies, the standby is promoted, the address leads there. */
const failover: Row = {
  name: 'failover: PostgreSQL to its standby',
  stage: 'shared',
  isQuick: true,
  async hurt(stage) {
    const { apart, postgres } = stage
    const primary = postgres?.server as RunningPostgres
    const standby = (await startPostgres(stage.databaseSettings, primary.port)) as RunningPostgres
    await ask(primary.port, `ALTER SYSTEM SET synchronous_standby_names = '*'`)
    await ask(primary.port, 'SELECT pg_reload_conf()')
    await whenSynchronous(primary.port)
    await delay(2000) // what is acknowledged now is at both
    await primary.kill()
    await ask(standby.port, 'SELECT pg_promote()')
    for (const line of apart.lines(/^backend-PostgreSQL$/)) line.retarget(standby.port)
    stage.standby = standby
  },
}

async function whenSynchronous(port: number): Promise<void> {
  while ((await ask(port, `SELECT FROM pg_stat_replication WHERE sync_state = 'sync'`)).length === 0) await delay(50)
}

async function ask(port: number, sql: string): Promise<unknown[]> {
  const url = `postgres://postgres@127.0.0.1:${port}/postgres`
  await whenUp(url)
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return (await client.query(sql)).rows
  } finally {
    await client.end()
  }
}

export const PART_ROWS: Row[] = [
  { ...rowOf('restart: broker', 'shared', ['broker'], 'SIGTERM'), isQuick: true },
  { ...rowOf('restart: PostgreSQL', 'shared', ['database'], 'SIGINT'), isQuick: true },
  rowOf('restart: backend', 'shared', ['backend'], 'SIGTERM'),
  rowOf('restart: gateway', 'shared', ['gateway 1'], 'SIGTERM'),
  rowOf('restart: backend on SQLite', 'direct', ['backend'], 'SIGTERM'),
  rowOf('restart: gateway with own listener', 'direct', ['gateway 1'], 'SIGTERM'),
  rowOf('kill -9: broker', 'shared', ['broker'], 'SIGKILL'),
  rowOf('kill -9: PostgreSQL', 'shared', ['database'], 'SIGKILL'),
  rowOf('kill -9: gateway', 'shared', ['gateway 1'], 'SIGKILL'),
  rowOf('kill -9: backend on SQLite', 'direct', ['backend'], 'SIGKILL'),
  rowOf('kill -9: gateway with own listener', 'direct', ['gateway 1'], 'SIGKILL'),
  { ...rowOf('kill -9: everything at once', 'shared', ALL, 'SIGKILL'), isQuick: true },
  rowOf('away for 20 s: broker', 'shared', ['broker'], 'SIGKILL', 20_000),
  rowOf('away for 20 s: PostgreSQL', 'shared', ['database'], 'SIGKILL', 20_000),
  rowOf('away for 20 s: backend', 'shared', ['backend'], 'SIGKILL', 20_000),
  rowOf('away for 20 s: all gateways', 'shared', ['gateway 1', 'gateway 2'], 'SIGKILL', 20_000),
  { ...rowOf('kill -9: backend', 'shared', ['backend'], 'SIGKILL'), isQuick: true },
]

/** The last row of its stage: PostgreSQL is another afterwards. */
export const FAILOVER_ROWS: Row[] = [failover]
