// `npm run herd -- [--dongles N] [--gateways N] [--kind gateways|power] [--json]`: dongles come back after an outage, in simulated time. Exits 0 only if
// all are back within 12 minutes of the return. What a handshake and a batch cost is measured by `npm run bench:gateway` and can be given.

import { randomBytes } from 'node:crypto'
import { parseArgs } from 'node:util'
import { gatewayConfig } from '../../gateway/config.ts'
import { seededRandom } from '../../shared/kernel/random.ts'
import { type HerdWish, runHerd } from './herd.ts'

/** Of the requirement: all of them have a session again. */
const ALL_BACK_S = 720

const { values } = parseArgs({
  options: {
    dongles: { type: 'string', default: '100000' },
    gateways: { type: 'string' },
    kind: { type: 'string' },
    'outage-s': { type: 'string', default: '600' },
    'per-address': { type: 'string', default: '1' },
    'handshake-us': { type: 'string', default: '1600' },
    'batch-us': { type: 'string', default: '60' },
    'marks-per-s': { type: 'string', default: '500' },
    'strangers-max': { type: 'string' },
    seed: { type: 'string' },
    json: { type: 'boolean', default: false },
  },
})
const config = gatewayConfig()
const seed = values.seed === undefined ? randomBytes(4).readUInt32BE() : Number(values.seed)
const dongles = Number(values.dongles)
const wish: Omit<HerdWish, 'kind'> = {
  dongles,
  // as many as can hold them all, with one to spare
  gateways: Number(values.gateways ?? Math.ceil(dongles / config.connectionsMax) + 1),
  outageS: Number(values['outage-s']),
  perAddress: Number(values['per-address']),
  patienceS: 3600,
  marksPerS: Number(values['marks-per-s']),
  figures: {
    ...config,
    handshakeUs: Number(values['handshake-us']),
    batchUs: Number(values['batch-us']),
    strangersMax: Number(values['strangers-max'] ?? config.strangersMax),
  },
}
const kinds = values.kind === undefined ? (['gateways', 'power'] as const) : [values.kind as HerdWish['kind']]
console.log(`SEED=0x${seed.toString(16)}`)
let isGood = true
for (const kind of kinds) {
  const report = runHerd({ ...wish, kind }, seededRandom(seed))
  isGood &&= (report.allBackS ?? Number.POSITIVE_INFINITY) <= ALL_BACK_S
  if (values.json) console.log(JSON.stringify({ kind, gateways: wish.gateways, ...report }))
  else console.log(kind, { gateways: wish.gateways, ...report })
}
process.exit(isGood ? 0 : 1)
