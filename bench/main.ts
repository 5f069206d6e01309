// `npm run bench`: the measured figures, each beside its goal. `--json` prints one object per figure; `--only NAME[,NAME]`
// runs some of them, `--kinds KIND[,KIND]` some of the hostile clients. Those that start processes are repeated five times (`--repetitions N`); `--quick` is once, shorter and with fewer dongles, and prints every figure: all of bench:gateway in two minutes of two idle cores. Every comparison is made inside one run, because the machine's noise is the same for both sides there.

import { parseArgs } from 'node:util'
import { openStolenTime } from '../test/support/stolen-time.ts'
import * as batch from './batch.ts'
import * as chart from './chart.ts'
import * as connections from './connections.ts'
import * as delivery from './delivery.ts'
import { type BenchOptions, type Figure, figure } from './figure.ts'
import * as hostile from './hostile.ts'
import * as pipeline from './pipeline.ts'
import { QUICK_FLEET, shareFleet } from './platform.ts'
import * as scaling from './scaling.ts'
import * as store from './store.ts'
import * as telegram from './telegram.ts'

interface Benchmark {
  name: string
  run(options: BenchOptions): Promise<Figure[]>
}

const BENCHMARKS: Benchmark[] = [telegram, batch, store, chart, pipeline, connections, scaling, hostile, delivery]

const { values } = parseArgs({
  options: {
    json: { type: 'boolean' },
    only: { type: 'string' },
    quick: { type: 'boolean' },
    repetitions: { type: 'string' },
    kinds: { type: 'string' },
  },
})
const repetitions = values.quick ? 1 : Number(values.repetitions ?? 5)
if (!Number.isInteger(repetitions) || repetitions < 1) {
  console.error('bench: --repetitions is a whole number, 1 or more')
  process.exit(2)
}
const wanted = values.only?.split(',')
const unknown = wanted?.filter(name => !BENCHMARKS.some(benchmark => benchmark.name === name))
if (unknown?.length) {
  console.error(`bench: no benchmark ${unknown.join(', ')}; there are ${BENCHMARKS.map(b => b.name).join(', ')}`)
  process.exit(2)
}

function wordsOf(one: Figure): string {
  const verdict = one.goal === 'none' ? '' : one.ok ? 'ok' : 'MISSED'
  const goal = one.goal === 'none' ? '' : `goal ${one.goal}`
  return `  ${one.name.padEnd(62)} ${`${one.value}`.padStart(10)} ${one.unit.padEnd(16)} ${goal.padEnd(14)} ${verdict}`
}

if (values.quick) shareFleet(QUICK_FLEET)
let missed = 0
for (const { name, run } of BENCHMARKS.filter(b => !wanted || wanted.includes(b.name))) {
  if (!values.json) console.log(`\n${name}`)
  const stolen = openStolenTime()
  const figures = await run({ repetitions, isQuick: values.quick === true, kinds: values.kinds?.split(',') })
  const percent = stolen()
  if (percent !== undefined) figures.push(figure(`${name}: the host took of the processors`, percent, '%', 'none'))
  for (const one of figures) console.log(values.json ? JSON.stringify(one) : wordsOf(one))
  missed += figures.filter(one => !one.ok).length
}
process.exitCode = missed > 0 ? 1 : 0
