// `npm run kills -- --rounds N [--dongles N] [--seed X]`: exits 0 only if nothing acknowledged was lost and nothing doubled.

import { randomBytes } from 'node:crypto'
import { parseArgs } from 'node:util'
import { seededRandom } from '../../shared/kernel/random.ts'
import { runKills } from './kill-run.ts'

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '100' },
    dongles: { type: 'string', default: '12' },
    seed: { type: 'string' },
  },
})
const seed = values.seed === undefined ? randomBytes(4).readUInt32BE() : Number(values.seed)
console.log(`SEED=0x${seed.toString(16)}`)
const report = await runKills(Number(values.rounds), Number(values.dongles), seededRandom(seed), console.log)
console.log(JSON.stringify(report))
process.exitCode = report.lost + report.doubled + report.invented === 0 ? 0 : 1
