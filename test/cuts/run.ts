// `npm run cuts [-- --quick] [--json] [--flow NAME] [--no-engine | --only-engine] [--engine-stride N]`: the power goes before, half-way, torn and after every flash write and
// erase of every flow, and again in the recovery; prints a row per flow. Exits 0 only if every cut recovered and nothing was lost.

import { parseArgs } from 'node:util'
import { ORDER_FLOWS } from '../support/order-flows.ts'
import { type CutRow, cutFlow } from './cut.ts'
import { cutEngine } from './engine.ts'
import { FLOWS } from './flows.ts'
import { cutOrderFlow } from './order.ts'

const CUTS_LEAST = 20_000

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
  if (!values['only-engine']) {
    for (const flow of FLOWS) if (values.flow === undefined || flow.name === values.flow) tell(cutFlow(flow, options))
    for (const flow of ORDER_FLOWS) if (values.flow === undefined || flow.name === values.flow) tell(cutOrderFlow(flow))
  }
  if (!values['no-engine'] && values.flow === undefined)
    for await (const row of cutEngine(values.quick ? 97 : Number(values['engine-stride']))) tell(row)
  const cuts = rows.reduce((sum, row) => sum + row.cuts, 0)
  const isEnough = values.quick || values['only-engine'] || values.flow !== undefined || cuts >= CUTS_LEAST
  const isAllRight = rows.every(isRight) && isEnough
  if (!values.json) console.log(`${cuts} cuts, ${isAllRight ? 'every one recovered' : 'NOT all right'}`)
  process.exitCode = isAllRight ? 0 : 1
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
