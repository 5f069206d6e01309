// `npm run incidents -- --scripts N [--seed X] [--broken VARIANT] [--days N] [--json]`: incident scripts for the dongle's way to the
// gateway, and a month of telegrams. Exits 0 only if nobody had to pull a plug, no rule was broken, the median recovery is
// under two minutes and at most 0.1 % of a month's telegrams were missed, each counted. Equal seeds give equal tables.

import { randomBytes } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'
import { BROKEN } from './broken.ts'
import { type Month, runMonth } from './month.ts'
import { type Outcome, runScript } from './script.ts'
import { type Row, tableOf } from './table.ts'

const MISSED_GOAL_PERMILLE = 1
const COMPLAINTS_SHOWN = 10

type Work =
  | { kind: 'scripts'; first: number; count: number; broken?: string }
  | { kind: 'month'; seed: number; days: number }

function work(task: Work): Outcome[] | Month {
  if (task.kind === 'month') return runMonth(task.seed, task.days)
  const breakIt = task.broken === undefined ? undefined : BROKEN[task.broken]?.breakIt
  return Array.from({ length: task.count }, (_, i) => runScript((task.first + i) >>> 0, breakIt))
}

function inWorker<T>(task: Work): Promise<T> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(fileURLToPath(import.meta.url), { workerData: task })
    worker.once('message', resolve)
    worker.once('error', reject)
  })
}

function printRow(row: Row): void {
  const { kind, ...numbers } = row
  console.log(
    kind.padEnd(32) +
      Object.values(numbers)
        .map(one => String(one).padStart(9))
        .join(''),
  )
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      scripts: { type: 'string', default: '1000' },
      seed: { type: 'string' },
      broken: { type: 'string' },
      days: { type: 'string', default: '30' },
      json: { type: 'boolean', default: false },
    },
  })
  const first = values.seed === undefined ? randomBytes(4).readUInt32BE() : Number(values.seed)
  const [count, days] = [Number(values.scripts), Number(values.days)]
  if (![first, count, days].every(Number.isInteger) || count < 1 || days < 0) {
    console.error('incidents: --scripts, --seed and --days take whole numbers, as 1000 or 0x2f')
    process.exit(2)
  }
  if (values.broken !== undefined && !Object.hasOwn(BROKEN, values.broken)) {
    console.error(`incidents: --broken takes one of ${Object.keys(BROKEN).join(', ')}`)
    process.exit(2)
  }
  const half = Math.ceil(count / 2)
  const { broken } = values
  const [front, back, month] = await Promise.all([
    inWorker<Outcome[]>({ kind: 'scripts', first, count: half, broken }),
    inWorker<Outcome[]>({ kind: 'scripts', first: first + half, count: count - half, broken }),
    days > 0 ? inWorker<Month>({ kind: 'month', seed: first, days }) : undefined,
  ])
  const { rows, all, complaints } = tableOf([...front, ...back])
  const permille = month ? ((month.missed + month.cut + month.unheard) * 1000) / month.telegrams : 0
  if (permille > MISSED_GOAL_PERMILLE) complaints.push(`${permille.toFixed(2)} ‰ of a month's telegrams missed`)
  if (month && month.counted !== month.missed + month.unheard) {
    complaints.push(`${month.missed + month.unheard} telegrams missed, ${month.counted} counted`)
  }
  if (month && month.cutCounted !== month.cut) {
    complaints.push(`${month.cut} telegrams cut by erases, ${month.cutCounted} counted`)
  }
  if (values.json) {
    for (const row of [...rows, all]) console.log(JSON.stringify(row))
    const figures = [
      { name: 'replugs', value: all.replugs, unit: 'of scripts', goal: 0, ok: all.replugs === 0 },
      { name: 'median recovery', value: all.medianS, unit: 's', goal: 120, ok: all.medianS < 120 },
      { name: 'telegrams missed in a month', value: permille, unit: 'permille', goal: 1, ok: permille <= 1 },
      { name: 'rules broken', value: complaints.length, unit: '', goal: 0, ok: complaints.length === 0 },
    ]
    for (const figure of figures) console.log(JSON.stringify(figure))
  } else {
    console.log(`SEED=0x${first.toString(16)} SCRIPTS=${count}`)
    console.log(
      'kind'.padEnd(32) + ['count', 'harmed', 'median s', 'p95 s', 'replugs'].map(one => one.padStart(9)).join(''),
    )
    for (const row of [...rows, all]) printRow(row)
    if (month) {
      console.log(
        `${month.days} days, ${month.telegrams} telegrams: ${month.missed} missed while connecting, ` +
          `${month.unheard} while the chip started (${month.updates} times for an update, ${month.restarts} for want of a ` +
          `network), ${month.counted} of both counted as losses, reason busy; ${month.cut} cut by erases, ` +
          `${month.cutCounted} counted, reason overrun; ` +
          `together ${(permille / 10).toFixed(3)} %; ${month.dials} dials`,
      )
    }
  }
  for (const complaint of complaints.slice(0, COMPLAINTS_SHOWN)) console.error(`incidents: ${complaint}`)
  process.exitCode = complaints.length === 0 ? 0 : 1
}

if (isMainThread) await main()
else parentPort?.postMessage(work(workerData as Work))
