// `nrt migrate`: from the SQLite file to PostgreSQL while the service runs, verified row by row.

import { join } from 'node:path'
import { Command } from 'commander'
import { print } from './operator-rest.ts'
import type { CopyEvent, CopyReport } from './serve/database.ts'

const HELP = `
The source is nrt.sqlite in NRT_DATA_DIR (or --from), the target NRT_DATABASE_URL. The service goes on meanwhile. Every pass compares all rows and
writes what differs; when it says that it has caught up, stop the service. The last pass then holds the file's lock, reads every row on both sides,
and says that it is safe to switch: start the service with NRT_DATABASE_URL and the same key-encryption key. It may be killed and started again at
any moment. The target cannot be used before it is whole, and is never written by this command once it is in use.

Exit codes: 0 whole, switch; 1 refused or broken off; 2 wrong arguments; 3 (--once) equal or nearly so, but the service is still running.

Examples:
  NRT_DATABASE_URL=postgres://nrt:…@db.example/nrt nrt migrate
  nrt migrate --once --json`

interface Options {
  from?: string
  once?: boolean
  json?: boolean
}

export function migrateCommand(): Command {
  const command = new Command('migrate').description('copy the SQLite database to PostgreSQL, with the service running')
  return command
    .option('--from <file>', 'the SQLite database (default: nrt.sqlite in NRT_DATA_DIR)')
    .option('--once', 'one pass; do not wait for the service to stop')
    .option('--json', 'the outcome as one JSON object')
    .addHelpText('after', HELP)
    .action(async (options: Options) => {
      const { readDatabaseUrl } = await import('./serve/database.ts')
      const to = readDatabaseUrl(process.env)
      if (!to.ok) return command.error(`${to.fault.map(({ sentence }) => sentence).join(' ')}`)
      if (to.value === undefined) {
        return command.error('NRT_DATABASE_URL says where the copy is made; it is not set')
      }
      process.exitCode = await migrate(options, to.value)
    })
}

async function migrate({ from, once, json }: Options, to: string): Promise<number> {
  const { copyStore } = await import('./serve/database.ts')
  const file = from ?? join(process.env.NRT_DATA_DIR ?? 'data', 'nrt.sqlite')
  try {
    const report = await copyStore({ from: file, to, isOnce: once === true, told: teller() })
    print(json ? JSON.stringify(report) : inWords(report))
    return report.isWhole ? 0 : 3
  } catch (error) {
    const { message } = error as Error
    if (json) print(JSON.stringify({ isWhole: false, error: message }))
    process.stderr.write(`nrt: ${message}\n`)
    return 1
  }
}

const PROGRESS_EVERY_MS = 1000

/** Progress on stderr: a line a second at most, and one for each pass. */
function teller(): (event: CopyEvent) => void {
  let saidAtMs = performance.now()
  return event => {
    if (event.kind === 'progress') {
      if (performance.now() - saidAtMs < PROGRESS_EVERY_MS) return
      saidAtMs = performance.now()
      process.stderr.write(`  ${event.table}: ${event.rows} rows compared\n`)
      return
    }
    const { pass, written, removed, isServiceRunning } = event
    const next = isServiceRunning ? '; the service is running: stop it when this is little' : ''
    process.stderr.write(`pass ${pass}: ${written} rows written, ${removed} removed${next}\n`)
  }
}

function inWords({ isWhole, passes, tables }: CopyReport): string {
  const lines = tables.map(
    ({ table, rows, digest }) => `${table.padEnd(18)} ${String(rows).padStart(10)}  ${digest.slice(0, 16)}`,
  )
  const verdict = isWhole
    ? `whole: after ${passes} passes every row is there and the same. Start the service with NRT_DATABASE_URL and the same key-encryption key.`
    : 'not yet: the service is running, and what it stores from now on is not in the copy.'
  return [...lines, verdict].join('\n')
}
