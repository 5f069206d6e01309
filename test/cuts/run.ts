// `npm run cuts [-- --quick] [--json] [--flow NAME] [--no-engine | --only-engine] [--engine-stride N]`: the power goes before, half-way, torn and after every flash write and
// erase of every flow, and again in the recovery; prints a row per flow. Exits 0 only if every cut recovered and nothing was lost.

import { parseArgs } from 'node:util'
import { type FlashFlow, ORDER_FLOWS } from '../support/order-flows.ts'
import { PROVISION_FLOWS } from '../support/provision-flows.ts'
import { findEngine } from '../support/real-engine.ts'
import { UPDATE_FLOWS } from '../support/update-flows.ts'
import { type CutRow, cutFlow } from './cut.ts'
import { cutEngineFlow, openKit } from './engine.ts'
import { ENGINE_FLOWS } from './engine-flows.ts'
import { cutUpdateEnd, UPDATE_ENDS } from './engine-updates.ts'
import { cutEverywhere } from './flash-flow.ts'
import { FLOWS } from './flows.ts'

const CUTS_LEAST = 20_000
const QUICK_ENGINE_STRIDE = 19

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      quick: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      flow: { type: 'string' },
      'no-engine': { type: 'boolean', default: false },
      'only-engine': { type: 'boolean', default: false },
      'engine-stride': { type: 'string', default: '1' },
    },
  })
  if (values['only-engine'] && findEngine() === undefined) {
    console.error('cuts needs the engine: ESPRUINO=/path/to/espruino, a Linux build that knows the ESP32 flash')
    process.exit(2)
  }
  const seed = Date.now() & 0xffffff
  const options = values.quick ? { stride: 23, isDeep: false, seed } : { stride: 1, isDeep: true, seed }
  const rows: CutRow[] = []
  const tell = (row: CutRow): void => {
    rows.push(row)
    if (values.json) console.log(JSON.stringify({ ...row, ok: isRight(row) }))
    else print(row)
  }
  if (!values.json) {
    console.log(`seed ${seed}`)
    console.log(
      'flow                                              cuts  recovered  lost acknowledged  missing uncounted',
    )
  }
  const isWanted = (name: string): boolean => values.flow === undefined || values.flow === name
  if (!values['only-engine']) {
    for (const flow of FLOWS) if (isWanted(flow.name)) tell(cutFlow(flow, options))
    for (const flow of [...PROVISION_FLOWS, ...ORDER_FLOWS, ...UPDATE_FLOWS]) if (isWanted(flow.name)) tell(rowOf(flow))
  }
  const kit = values['no-engine'] ? undefined : await openKit()
  if (kit) {
    const stride = values.quick ? QUICK_ENGINE_STRIDE : Number(values['engine-stride'])
    for (const flow of ENGINE_FLOWS) {
      if (isWanted(flow.name) && (flow.isQuick || !values.quick)) tell(await cutEngineFlow(kit, flow, stride))
    }
    for (const flow of UPDATE_ENDS) if (isWanted(flow.name)) tell(await cutUpdateEnd(kit, flow, stride))
  }
  const cuts = rows.reduce((sum, row) => sum + row.cuts, 0)
  const isEnough = values.quick || values['only-engine'] || values.flow !== undefined || cuts >= CUTS_LEAST
  const isAllRight = rows.length > 0 && rows.every(isRight) && isEnough
  if (!values.json) console.log(`${cuts} cuts, ${isAllRight ? 'every one recovered' : 'NOT all right'}`)
  process.exitCode = isAllRight ? 0 : 1
}

/** Flows of one flash keep no readings: a cut recovers, or there is a complaint. */
function rowOf(flow: FlashFlow): CutRow {
  const { cuts, complaints } = cutEverywhere(flow)
  const recovered = cuts - complaints.length
  return {
    flow: flow.name,
    cuts,
    recovered,
    lostAcknowledged: 0,
    missingUncounted: 0,
    failures: complaints.slice(0, 5),
  }
}

function isRight(row: CutRow): boolean {
  return row.recovered === row.cuts && row.lostAcknowledged === 0 && row.missingUncounted === 0
}

function print(row: CutRow): void {
  const { flow, cuts, recovered, lostAcknowledged, missingUncounted } = row
  const numbers = [
    String(recovered).padStart(11),
    String(lostAcknowledged).padStart(19),
    String(missingUncounted).padStart(19),
  ]
  console.log(flow.padEnd(46) + String(cuts).padStart(8) + numbers.join(''))
  for (const failure of row.failures) console.log(`  ${failure}`)
}

await main()
