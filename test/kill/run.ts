// `npm run kills -- --rounds N [--dongles N] [--seed X]`: exits 0 only if nothing acknowledged was lost and nothing doubled. With --apart
// [--gateways N] gateways, backend and mosquitto are processes of their own, and one of them is killed in each round. With --postgres the platform
// stores there: in each round PostgreSQL is killed before the platform is, and with --apart [--backends N] it is one of the parts, and at the end a
// value must show on a page of every backend, once.

import { randomBytes } from 'node:crypto'
import { parseArgs } from 'node:util'
import { seededRandom } from '../../shared/kernel/random.ts'
import type { Apart } from '../support/apart.ts'
import { MOSQUITTO } from '../support/mosquitto.ts'
import { hasPostgres, openTestPostgres } from '../support/postgres.ts'
import { runApartKills } from './apart-run.ts'
import { runKills } from './kill-run.ts'
import { seenAtAll } from './seen-at-all.ts'

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '100' },
    dongles: { type: 'string', default: '12' },
    gateways: { type: 'string', default: '2' },
    backends: { type: 'string', default: '1' },
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
if (values.backends !== '1' && !(values.apart && values.postgres)) {
  console.error('kills: --backends needs --apart and --postgres')
  process.exit(2)
}
const seed = values.seed === undefined ? randomBytes(4).readUInt32BE() : Number(values.seed)
const numbers = [values.rounds, values.dongles, values.gateways, values.backends].map(Number)
const [rounds, dongleCount, gatewayCount, backendCount] = numbers as [number, number, number, number]
console.log(`SEED=0x${seed.toString(16)}`)
const postgres = values.postgres ? await openTestPostgres() : undefined
const beside =
  postgres === undefined || values.apart
    ? undefined
    : { settings: { NRT_DATABASE_URL: await postgres.fresh() }, crash: postgres.crash }
let seen: number[] | undefined
const apartWish = {
  ...{ rounds, dongleCount, gatewayCount, backendCount, postgres },
  async look(apart: Apart): Promise<void> {
    if (backendCount > 1) seen = await seenAtAll(apart)
  },
}
const report = values.apart
  ? await runApartKills(apartWish, seededRandom(seed), console.log)
  : await runKills(rounds, dongleCount, seededRandom(seed), console.log, beside)
await postgres?.stop()
console.log(JSON.stringify({ ...report, seen }))
const isWhole = report.lost + report.doubled + report.invented === 0 && report.acknowledged === report.batchesSent
process.exit(isWhole && (seen ?? []).every(count => count === 1) ? 0 : 1)
