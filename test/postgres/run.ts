// `npm run test:postgres [-- FILE …]`: the backend's own tests, on PostgreSQL instead of SQLite. A server is started for them in a temporary folder and
// stopped again. Tests that look into the SQLite file itself are skipped.

import { spawn } from 'node:child_process'
import { startPostgres } from '../../bench/peers/servers.ts'
import { whenUp } from '../support/postgres.ts'

const FILES = [
  'audit',
  'claim',
  'consent/subscribe',
  'consent/tenure-ends',
  'custody-events',
  'custody',
  'live',
  'orders',
  'registers',
  'rollout',
  'updates',
]
const CONTRACTS = ['people']

const server = await startPostgres()
if (server === undefined) {
  console.error('test:postgres: PostgreSQL is not installed')
  process.exit(2)
}
const url = `postgres://postgres@127.0.0.1:${server.port}/postgres`
await whenUp(url)
const usual = [
  ...FILES.map(name => `test/unit/backend/${name}.test.ts`),
  ...CONTRACTS.map(name => `test/contract/${name}.test.ts`),
]
const files = process.argv.length > 2 ? process.argv.slice(2) : usual
const child = spawn('npx', ['vitest', 'run', ...files], {
  stdio: 'inherit',
  env: { ...process.env, NRT_TEST_POSTGRES: url },
})
process.exitCode = await new Promise<number>(resolve => child.once('exit', code => resolve(code ?? 1)))
await server.stop()
