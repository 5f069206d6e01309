// `npm run chaos [-- --quick] [--json] [--only REGEX] [--seed X] [--rounds N] [--dongles N] [--hours N]`: plays the matrix of faults on real
// processes, then kill -9 loops over all parts, then the outage of a day, and prints a row for each; exits 0 only if nothing acknowledged was
// lost, nothing doubled, and everything came back in time. What cannot be played here is said and left out.

import { randomBytes } from 'node:crypto'
import { parseArgs } from 'node:util'
import { seededRandom } from '../../shared/kernel/random.ts'
import { runApartKills } from '../kill/apart-run.ts'
import { atEnd, endOnSignal } from '../support/at-end.ts'
import { openTestPostgres } from '../support/postgres.ts'
import { playOutage } from './outage.ts'
import { type PlayedRow, playRow, RECOVERY_MOST_S, type Result, type Row } from './row.ts'
import { BAD_INPUT_ROWS } from './rows/bad-input.ts'
import { CLOCK_ROWS } from './rows/clocks.ts'
import { DISK_ROWS } from './rows/disks.ts'
import { IDENTITY_ROWS } from './rows/identities.ts'
import { LINE_ROWS } from './rows/lines.ts'
import { PAGE_ROWS } from './rows/pages.ts'
import { FAILOVER_ROWS, PART_ROWS } from './rows/parts.ts'
import { DONGLES, GATEWAYS, missing, openStage, type Stage } from './stage.ts'

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    only: { type: 'string', default: '' },
    seed: { type: 'string' },
    rounds: { type: 'string' },
    dongles: { type: 'string' },
    hours: { type: 'string' },
  },
})
const seed = values.seed === undefined ? randomBytes(4).readUInt32BE() : Number(values.seed)
const isWanted = (name: string): boolean => new RegExp(values.only).test(name)
const holdMs = values.quick ? 3000 : 8000

const ROWS: (Row | PlayedRow)[] = [
  ...LINE_ROWS,
  ...PAGE_ROWS,
  ...PART_ROWS,
  ...DISK_ROWS,
  ...CLOCK_ROWS,
  ...BAD_INPUT_ROWS,
  ...IDENTITY_ROWS,
  ...FAILOVER_ROWS,
]

/**
 * A dongle’s engine needs some 15 M instructions to look for a batch, seal, publish and release it, of the 70 to 170 M a second that it shares with its
 * telegrams (docs/performance.md): four to ten batches a second.
 */
const LOOK_MS = 200

function print(result: Result): void {
  const { name, lost, doubled, sent, recoveryS, ok, note } = result
  const figures = `sent ${sent}, lost ${lost}, doubled ${doubled}, recovery ${recoveryS} s`
  const words = `${ok ? 'ok    ' : 'FAILED'} ${name.padEnd(56)} ${figures}${note === undefined ? '' : ` (${note})`}`
  console.log(values.json ? JSON.stringify(result) : words)
}

function skipped(name: string, why: string): void {
  if (values.json) console.log(JSON.stringify({ name, skipped: why }))
  else console.log(`skipped ${name}: ${why}`)
}

function say(line: string): void {
  if (!values.json) console.log(`        ${line}`)
}

async function playKills(rounds: number): Promise<void> {
  const name = `kill -9 loop: ${rounds} rounds over gateways, backend, broker, database`
  const why = missing('shared')
  if (why !== undefined) return skipped(name, why)
  const postgres = await openTestPostgres()
  const stopPostgres = atEnd(postgres.stop)
  const wish = { rounds, dongleCount: DONGLES, gatewayCount: GATEWAYS, postgres }
  const report = await runApartKills(wish, seededRandom(seed), say).finally(stopPostgres)
  const { kills, lost, doubled, invented, batchesSent, acknowledged } = report
  const most = Object.entries(kills).map(
    ([part, { count, recoveryMostMs }]) => `${part} ${count}, ${recoveryMostMs} ms`,
  )
  const recoveryS = Math.max(...Object.values(kills).map(({ recoveryMostMs }) => recoveryMostMs)) / 1000
  const ok = lost + doubled + invented === 0 && acknowledged === batchesSent && recoveryS <= RECOVERY_MOST_S
  print({ name, lost, doubled, sent: batchesSent * 10, recoveryS, ok, note: most.join('; ') })
  if (!ok) failures++
}

endOnSignal()
if (!values.json) console.log(`SEED=0x${seed.toString(16)}`)
const wanted = ROWS.filter(row => isWanted(row.name) && (row.isQuick || !values.quick))
let failures = 0

/** That everything ends when it is told to is a row like the others. */
async function close(stage: Stage): Promise<void> {
  await stage.stop().catch(notPlayed(`stop: ${stage.name}`))
}

/** What could not even begin, or not end, is a row that failed. */
function notPlayed(name: string): (error: Error) => undefined {
  return ({ message }) => {
    failures++
    print({ ...{ name, lost: 0, doubled: 0, sent: 0, recoveryS: Number.NaN }, ok: false, note: message })
  }
}

let stage: Stage | undefined
for (const row of wanted.sort((a, b) => a.stage.localeCompare(b.stage))) {
  const why = missing(row.stage) ?? row.missing?.()
  if (why !== undefined) {
    skipped(row.name, why)
    continue
  }
  if (stage?.name !== row.stage) {
    if (stage !== undefined) await close(stage)
    stage = await openStage(row.stage, seed).catch(notPlayed(row.name))
    if (stage === undefined) continue
  }
  const { result, isOver } = await playRow(row, stage, holdMs)
  print(result)
  if (!result.ok) failures++
  if (isOver) {
    await close(stage)
    stage = undefined
  }
}
if (stage !== undefined) await close(stage)
if (isWanted('kill -9 loop'))
  await playKills(Number(values.rounds ?? (values.quick ? 8 : 1000))).catch(notPlayed('kill -9 loop'))
if (isWanted('outage')) {
  const wish = values.quick ? { dongles: 100, hours: 0.25, calmS: 20 } : { dongles: 1000, hours: 24, calmS: 60 }
  const dongles = Number(values.dongles ?? wish.dongles)
  const hours = Number(values.hours ?? wish.hours)
  const outage = await playOutage({ ...wish, dongles, hours, lookMs: LOOK_MS }, say).catch(notPlayed('outage'))
  if (outage !== undefined) print(outage)
  if (outage?.ok === false) failures++
}
process.exit(failures === 0 ? 0 : 1)
