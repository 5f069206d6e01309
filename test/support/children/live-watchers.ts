// Dongles that measure how long their readings take from publish to acknowledgement: `node live-watchers.ts MQTT_PORT FIRST COUNT`. They deliver
// every second, as while somebody watches; the message 'all' is answered with the p95 in ms since the 'all' before, any other with that since the message before.

import { POOL_SECTORS } from '../../../firmware/config.ts'
import { createHousehold } from '../../../firmware/host/household.ts'
import { liveOn, openCoreDongle } from '../../chaos/core-dongle.ts'
import { createNor } from '../nor.ts'
import { identityOf } from '../scripted-dongle.ts'

const [port, first, count] = process.argv.slice(2).map(Number) as [number, number, number]
let latenciesMs: number[] = []
let toldUpTo = 0
const fleet = Array.from({ length: count }, (_, i) =>
  openCoreDongle({
    ...{ identity: identityOf(first + i), port, boot: 1, pool: createNor(POOL_SECTORS) },
    ...{ intervalS: 1, phase: 0, lookMs: 0 },
    liveAcked: ms => void latenciesMs.push(ms),
  }),
)
liveOn(() => fleet, createHousehold({ seed: 3, startS: Math.floor(Date.now() / 1000) }))

process.on('message', wanted => {
  const isAll = wanted === 'all'
  const sorted = latenciesMs.slice(isAll ? 0 : toldUpTo).sort((a, b) => a - b)
  if (isAll) latenciesMs = []
  toldUpTo = latenciesMs.length
  process.send?.(Math.round((sorted[Math.floor(sorted.length * 0.95)] ?? Number.NaN) * 10) / 10)
})
process.on('disconnect', () => process.exit(0))
process.send?.('ready')
