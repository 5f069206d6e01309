// Every fault of a line on every line, and one gateway alone cut off.

import { setTimeout as delay } from 'node:timers/promises'
import type { LineFault } from '../../support/chaos-flow.ts'
import type { Row } from '../row.ts'
import type { StageName } from '../stage.ts'

export const FAULTS: LineFault[] = [
  { kind: 'drop' },
  { kind: 'half-open' },
  { kind: 'reset', everyMs: 300 },
  { kind: 'delay', ms: 200, jitterMs: 300 },
  { kind: 'drip', bytes: 64, everyMs: 20 },
  { kind: 'corrupt', perBytes: 4000 },
  { kind: 'bandwidth', bytesPerS: 8000 },
]

const LINES: [StageName, string, RegExp][] = [
  ['shared', 'dongle-broker', /^dongle-broker$/],
  ['shared', 'gateway-broker', /^gateway-broker/],
  ['shared', 'gateway-backend', /^gateway-backend/],
  ['shared', 'backend-PostgreSQL', /^backend-PostgreSQL$/],
  ['direct', 'dongle-gateway', /^dongle-gateway/],
]

/** Of each fault one line, of each line one fault at least. */
const QUICK = new Set([
  'half-open: gateway-broker',
  'drop: gateway-backend',
  'half-open: backend-PostgreSQL',
  'reset: backend-PostgreSQL',
  'corrupt: dongle-gateway',
  'drip: gateway-backend',
  'bandwidth: dongle-broker',
  'delay: gateway-broker',
])

function rowOf(stage: StageName, line: string, what: RegExp, fault: LineFault): Row {
  const name = `${fault.kind}: ${line}`
  return {
    ...{ name, stage, isQuick: QUICK.has(name), recoveryMostS: stage === 'shared' ? 20 : undefined },
    async hurt({ apart }, holdMs) {
      for (const one of apart.lines(what)) one.set(fault)
      // what is forgotten on the way is not mended by waiting
      if (fault.kind !== 'half-open') await delay(holdMs)
      for (const one of apart.lines(what)) one.set()
    },
  }
}

export const LINE_ROWS: Row[] = [
  ...LINES.flatMap(([stage, line, what]) => FAULTS.map(fault => rowOf(stage, line, what, fault))),
  {
    ...rowOf('shared', 'gateway 1 from the backend', /^gateway-backend 1$/, { kind: 'drop' }),
    name: 'partition: gateway 1 from the backend',
    isQuick: true,
  },
  {
    ...rowOf('shared', 'gateway 1 from the broker', /^gateway-broker 1$/, { kind: 'drop' }),
    name: 'partition: gateway 1 from the broker',
  },
  {
    ...rowOf('direct', 'all gateways from the backend', /^gateway-backend/, { kind: 'drop' }),
    name: 'partition: all gateways from the backend, own listeners',
  },
]
