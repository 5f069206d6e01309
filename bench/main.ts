// `npm run bench`: the measured figures, each beside its goal. `--json` prints one object per figure; `--only NAME[,NAME]`
// runs some of them, `--kinds KIND[,KIND]` some of the hostile clients. Those that start processes are repeated five times (`--repetitions N`); `--quick` is once, shorter and with fewer dongles, and prints every figure: all of bench:gateway in two minutes of two idle cores. Every comparison is made inside one run, because the machine's noise is the same for both sides there.

import { parseArgs } from 'node:util'
import * as batch from './batch.ts'
import * as chart from './chart.ts'
import * as connections from './connections.ts'
import * as delivery from './delivery.ts'
import type { BenchOptions, Figure } from './figure.ts'
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

if (values.quick) shareFleet(QUICK_FLEET)
let missed = 0
for (const benchmark of BENCHMARKS.filter(b => !wanted || wanted.includes(b.name))) {
  if (!values.json) console.log(`\n${benchmark.name}`)
  for (const figure of await benchmark.run({
    repetitions,
    isQuick: values.quick === true,
    kinds: values.kinds?.split(','),
  })) {
    if (!figure.ok) missed++
    if (values.json) console.log(JSON.stringify(figure))
    else {
      const verdict = figure.goal === 'none' ? '' : figure.ok ? 'ok' : 'MISSED'
      const goal = figure.goal === 'none' ? '' : `goal ${figure.goal}`
      console.log(
        `  ${figure.name.padEnd(62)} ${`${figure.value}`.padStart(10)} ${figure.unit.padEnd(16)} ${goal.padEnd(14)} ${verdict}`,
      )
    }
  }
}
process.exitCode = missed > 0 ? 1 : 0
