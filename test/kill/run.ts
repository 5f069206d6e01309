// `npm run kills -- --rounds N [--dongles N] [--seed X]`: exits 0 only if nothing acknowledged was lost and nothing doubled. With --apart
// [--gateways N] gateways, backend and mosquitto are processes of their own, and one of them is killed in each round. With --postgres the platform
// stores there: in each round PostgreSQL is killed before the platform is, and with --apart it is one of the parts.

import { randomBytes } from 'node:crypto'
import { parseArgs } from 'node:util'
import { seededRandom } from '../../shared/kernel/random.ts'
import { MOSQUITTO } from '../support/mosquitto.ts'
import { hasPostgres, openTestPostgres } from '../support/postgres.ts'
import { runApartKills } from './apart-run.ts'
import { runKills } from './kill-run.ts'

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '100' },
    dongles: { type: 'string', default: '12' },
    gateways: { type: 'string', default: '2' },
    apart: { type: 'boolean', default: false },
    seed: { type: 'string' },
    postgres: { type: 'boolean', default: false },
  },
})
if (values.apart && MOSQUITTO === undefined) {
  console.error('kills: --apart needs mosquitto installed')
  process.exit(2)
}
if (values.postgres && !hasPostgres()) {
  console.error('kills: --postgres needs PostgreSQL installed')
  process.exit(2)
}
const seed = values.seed === undefined ? randomBytes(4).readUInt32BE() : Number(values.seed)
const [rounds, dongleCount, gatewayCount] = [values.rounds, values.dongles, values.gateways].map(Number) as [
  number,
  number,
  number,
]
console.log(`SEED=0x${seed.toString(16)}`)
const postgres = values.postgres ? await openTestPostgres() : undefined
const beside =
  postgres === undefined || values.apart
    ? undefined
    : { settings: { NRT_DATABASE_URL: await postgres.fresh() }, crash: postgres.crash }
const report = values.apart
  ? await runApartKills({ rounds, dongleCount, gatewayCount, postgres }, seededRandom(seed), console.log)
  : await runKills(rounds, dongleCount, seededRandom(seed), console.log, beside)
await postgres?.stop()
console.log(JSON.stringify(report))
process.exit(report.lost + report.doubled + report.invented === 0 && report.acknowledged === report.batchesSent ? 0 : 1)
