// `npm run sim -- --seeds N [--seed X] [--broken VARIANT] [--workers 2]`: exits 0 only if no invariant broke. Prints the seed
// and the commit first, so that a failure can be replayed: `npm run sim -- --seed 0x2f`.

import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'
import { BROKEN_VARIANTS, type Broken, InvariantBroken } from './broken.ts'
import { runSimulation, type SimReport } from './simulate.ts'

interface Slice {
  first: number
  count: number
  broken: Broken
}

interface Failure {
  seed: number
  sentence: string
}

type Message = { kind: 'report'; report: SimReport } | ({ kind: 'failure' } & Failure)

function runSlice({ first, count, broken }: Slice, tell: (message: Message) => void): void {
  for (let i = 0; i < count; i++) {
    const seed = (first + i) >>> 0
    try {
      tell({ kind: 'report', report: runSimulation(seed, broken) })
    } catch (error) {
      const sentence = error instanceof InvariantBroken ? error.message : ((error as Error).stack ?? String(error))
      tell({ kind: 'failure', seed, sentence })
    }
  }
}

function commit(): string {
  try {
    return execFileSync('git', ['rev-parse', '--short', 'HEAD'], { stdio: ['ignore', 'pipe', 'ignore'] })
      .toString()
      .trim()
  } catch {
    return 'unknown'
  }
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      seeds: { type: 'string', default: '1000' },
      seed: { type: 'string' },
      broken: { type: 'string' },
      workers: { type: 'string', default: '2' },
    },
  })
  if (values.broken !== undefined && !Object.hasOwn(BROKEN_VARIANTS, values.broken)) {
    console.error(`sim: --broken takes one of ${Object.keys(BROKEN_VARIANTS).join(', ')}`)
    process.exit(2)
  }
  const first = values.seed === undefined ? randomBytes(4).readUInt32BE() : Number(values.seed)
  const count = values.seed === undefined || process.argv.includes('--seeds') ? Number(values.seeds) : 1
  const workers = Math.min(Number(values.workers), count)
  if (!Number.isInteger(first) || !Number.isInteger(count) || !Number.isInteger(workers) || count < 1 || workers < 1) {
    console.error('sim: --seeds, --seed and --workers take whole numbers, as 1000 or 0x2f')
    process.exit(2)
  }
  console.log(`SEED=0x${first.toString(16)} COUNT=${count} COMMIT=${commit()}`)
  const broken = values.broken as Broken
  const startedMs = performance.now()
  const totals = {
    seeds: 0,
    ticks: 0,
    noticed: 0,
    stored: 0,
    thinned: 0,
    lost: 0,
    reboots: 0,
    refused: 0,
    delivered: 0,
  }
  const failures: Failure[] = []
  const slices = Array.from({ length: workers }, (_, i) => {
    const from = Math.floor((count * i) / workers)
    return { first: first + from, count: Math.floor((count * (i + 1)) / workers) - from, broken }
  })
  await Promise.all(
    slices.map(
      slice =>
        new Promise<void>((resolve, reject) => {
          const worker = new Worker(fileURLToPath(import.meta.url), { workerData: slice })
          worker.on('message', (message: Message) => {
            totals.seeds++
            if (message.kind === 'failure') {
              failures.push(message)
              console.log(`FAILED seed 0x${message.seed.toString(16)}: ${message.sentence}`)
            } else
              for (const name of [
                'ticks',
                'noticed',
                'stored',
                'thinned',
                'lost',
                'reboots',
                'refused',
                'delivered',
              ] as const)
                totals[name] += message.report[name]
          })
          worker.once('error', reject)
          worker.once('exit', () => resolve())
        }),
    ),
  )
  const seconds = ((performance.now() - startedMs) / 1000).toFixed(1)
  console.log(
    `${totals.seeds} seeds in ${seconds} s: ${totals.ticks} s simulated, ${totals.noticed} telegrams, ${totals.stored} stored, ${totals.thinned} thinned, ` +
      `${totals.lost} counted lost, ${totals.reboots} reboots, ${totals.refused} messages refused, ${totals.delivered} delivered to an ESP, ${failures.length} failures`,
  )
  process.exitCode = failures.length === 0 ? 0 : 1
}

if (isMainThread) await main()
else runSlice(workerData as Slice, message => parentPort?.postMessage(message))
