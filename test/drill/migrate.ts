// `npm run drill:migrate`: a platform that stores in a SQLite file moves to PostgreSQL while its dongles send: `nrt migrate` beside the running backend,
// the short stop, the start on PostgreSQL, and then the schema back and forward again with all of it inside. Every row of every table is compared
// here by a reading of its own, and what dongles were acknowledged with REST. Exit code 0 when all of it came off; --json prints one object.

import { spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { parseArgs } from 'node:util'
import pg from 'pg'
import { SCHEMA } from '../../backend/store/schema.ts'
import { startApart } from '../support/apart.ts'
import { driveFleet } from '../support/driven-fleet.ts'
import { nrt, startNrt } from '../support/nrt-command.ts'
import { openTestPostgres } from '../support/postgres.ts'
import { identityOf, ScriptedDongle } from '../support/scripted-dongle.ts'

const ROOT = join(import.meta.dirname, '../..')
const ROOMS = ['backend', 'gateway', 'installer', 'shared', 'firmware']
const DONGLES = 6
const GATEWAYS = 2
const T0_S = 1_790_000_000
/** So many batches lie in the file before anything moves. */
const BATCHES = 2000
/** So many passes of `nrt migrate` find the backend running. */
const PASSES = 3
/** Behind it come keys of acts, heads of the audit, certificates and mandated reads, whose way back seals the audit anew; terms and consent stay. */
const BACK_TO = SCHEMA.findIndex(({ name }) => name === 'idempotency keys')

/** Its own version, and the mark of a copy. */
const OF_POSTGRES = ['schemaVersion', 'copyMark']

/** Rows as texts, by table. */
type Tables = Map<string, string[]>
/** Which database, as settings. */
type Place = { [name: string]: string }

interface DrillReport {
  isDone: boolean
  /** Rows written by each pass of `nrt migrate`, and whether the backend ran. */
  passes: string[]
  tables: { table: string; rows: number }[]
  /** Rows that one side has and the other has not, by this drill's own reading. */
  differentRows: number
  /** Tables that the steps back took with them, as they must. */
  taken: string[]
  sent: number
  lost: number
  doubled: number
  /** From the stop of the backend on SQLite until it serves on PostgreSQL. */
  awayMs: number
  /** What an older release says of a newer database, and ends with. */
  refusals: string[]
  reason?: string
}

export async function drillMigrate(tell: (line: string) => void): Promise<DrillReport> {
  const report: DrillReport = {
    ...{ isDone: false, passes: [], tables: [], differentRows: 0, taken: [], sent: 0, lost: 0, doubled: 0, awayMs: 0 },
    refusals: [],
  }
  const postgres = await openTestPostgres()
  const apart = await startApart({
    ...{ dongleCount: DONGLES, gatewayCount: GATEWAYS, sinceS: T0_S - 86_400, isDirect: true },
    settings: { NRT_LOG_LEVEL: 'warn' },
  })
  const dongles = Array.from(
    { length: DONGLES },
    (_, i) => new ScriptedDongle({ identity: identityOf(i), port: apart.portOf(i) }),
  )
  const fleet = driveFleet(apart, dongles, T0_S)
  const ofFile = { NRT_DATA_DIR: apart.folder }
  const file = join(apart.folder, 'nrt.sqlite')
  const url = await postgres.empty()
  const older = olderRelease()

  /** With the backend stopped. */
  async function backAndForward(place: Place, read: () => Promise<Tables>): Promise<void> {
    report.refusals.push(await refusedBy(older, place))
    tell(`an older release says: ${report.refusals.at(-1)}`)
    const whole = await read()
    await schema(place, BACK_TO)
    const less = await read()
    await schema(place, SCHEMA.length)
    const again = await read()
    report.taken = [...whole.keys()].filter(name => !less.has(name))
    const kept = [...whole.keys()].filter(name => less.has(name) && name !== 'audit')
    const changed = kept.filter(name => differentRows(whole, again, name) > 0)
    expect(changed.length === 0, `tables that stay are as they were: ${changed}`)
    const rows = kept.reduce((all, name) => all + (whole.get(name)?.length ?? 0), 0)
    tell(
      `${SCHEMA.length} → ${BACK_TO} → ${SCHEMA.length}: ${rows} rows in ${kept.length} tables as they were; ${report.taken.length} tables went and came empty`,
    )
  }

  try {
    while (fleet.acknowledged() < BATCHES) await fleet.answered()
    await apart.kill('backend', 'SIGTERM')
    await backAndForward(ofFile, async () => tablesOfFile(file))
    await apart.start('backend')
    await fleet.answered()
    tell('dongles go on')

    const copying = startNrt(['migrate', '--json'], { env: { ...ofFile, NRT_DATABASE_URL: url } })
    const stopping = whenCaughtUp(copying.child.stderr, report.passes, async () => {
      const fromMs = performance.now()
      await apart.kill('backend', 'SIGTERM')
      return fromMs
    })
    const [copied, stoppedAtMs] = await Promise.all([copying.ended, stopping])
    expect(copied.code === 0, `nrt migrate ended with ${copied.code}: ${copied.err}`)
    for (const pass of report.passes) tell(pass)
    const [source, target] = [tablesOfFile(file), await tablesOfDatabase(url)]
    report.tables = [...source].map(([table, rows]) => ({ table, rows: rows.length }))
    report.differentRows = [...source.keys()].reduce((all, name) => all + differentRows(source, target, name), 0)
    expect(report.differentRows === 0, 'every row of every table is the same on both sides')
    tell(
      `${report.tables.reduce((all, { rows }) => all + rows, 0)} rows in ${source.size} tables are the same on both sides`,
    )

    await apart.start('backend', undefined, { NRT_DATABASE_URL: url })
    report.awayMs = Math.round(performance.now() - stoppedAtMs)
    await fleet.answered()
    tell(`on PostgreSQL ${report.awayMs} ms after the stop; dongles go on`)

    await apart.kill('backend', 'SIGTERM')
    await backAndForward({ ...ofFile, NRT_DATABASE_URL: url }, () => tablesOfDatabase(url))
    await apart.start('backend')
    await fleet.answered()
    tell('dongles go on')
    const { lost, doubled, batchesSent } = await fleet.settle()
    Object.assign(report, { lost, doubled, sent: batchesSent * 10 })
    expect(lost + doubled === 0, 'nothing that was acknowledged is lost or doubled')
    report.isDone = true
  } catch (error) {
    report.reason = (error as Error).message
  } finally {
    await fleet.stop()
    await apart.stop()
    await postgres.stop()
    rmSync(older, { recursive: true, force: true })
  }
  return report
}

function expect(isSo: boolean, sentence: string): void {
  if (!isSo) throw new Error(`not so: ${sentence}`)
}

/** Calls `stop` once, after PASSES passes beside the running backend; resolves with what it gave. */
function whenCaughtUp<T>(told: NodeJS.ReadableStream, passes: string[], stop: () => Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    let text = ''
    let isStopping = false
    told.on('data', (part: string) => {
      text += part
      const lines = text.split('\n')
      text = lines.pop() ?? ''
      passes.push(...lines.filter(line => line.startsWith('pass ')))
      const found = /^pass (\d+): (\d+) rows/.exec(passes.at(-1) ?? '')
      if (isStopping || found === null || Number(found[1]) < PASSES) return
      isStopping = true
      stop().then(resolve, reject)
    })
    told.on('end', () => reject(new Error(`nrt migrate ended before it had caught up: ${text}`)))
  })
}

/** This program without the newest step of the schema: what was given out before it. */
function olderRelease(): string {
  const folder = mkdtempSync(join(tmpdir(), 'nrt-older-'))
  for (const room of ROOMS) cpSync(join(ROOT, room), join(folder, room), { recursive: true })
  for (const one of ['node_modules', 'package.json', 'dist']) symlinkSync(join(ROOT, one), join(folder, one))
  const at = join(folder, 'backend/store/schema.ts')
  const text = readFileSync(at, 'utf8').replace('export const SCHEMA: ', 'const STEPS: ')
  writeFileSync(at, `${text}\nexport const SCHEMA: readonly SchemaStep[] = STEPS.slice(0, -1)\n`)
  return folder
}

/** Its one line, where it ends by itself with code 1. */
async function refusedBy(program: string, settings: Place): Promise<string> {
  const env = {
    PATH: process.env.PATH,
    NRT_HTTP_PORT: '0',
    NRT_LINK_PORT: '0',
    NRT_LINK_KEY: 'k'.repeat(40),
    ...settings,
  }
  const { status, stderr } = spawnSync(process.execPath, [join(program, 'installer/main.ts'), 'backend'], {
    ...{ env, encoding: 'utf8', timeout: 30_000 },
  })
  const lines = stderr.trim().split('\n')
  expect(status === 1 && lines.length === 1, `an older release is refused with one line: ${status} ${stderr}`)
  return lines[0] as string
}

async function schema(env: Place, to: number): Promise<void> {
  const { code, err } = await nrt(['schema', '--to', `${to}`, '--yes'], { env })
  expect(code === 0, `nrt schema --to ${to}: ${err}`)
}

/** Every table, read whole, and by nothing that the copy or the steps use. */
function tablesOfFile(file: string): Tables {
  const db = new DatabaseSync(file, { readOnly: true })
  const names = db
    .prepare(`SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name`)
    .all() as { name: string }[]
  const tables = names.map(({ name }) => [name, db.prepare(`SELECT * FROM "${name}"`).all().map(rowText)] as const)
  db.close()
  return new Map(tables)
}

/** The same of PostgreSQL; tables of months are parts of `batch`. */
async function tablesOfDatabase(url: string): Promise<Tables> {
  const client = new pg.Client({ connectionString: url })
  client.setTypeParser(pg.types.builtins.INT8, Number)
  await client.connect()
  const { rows: names } = await client.query(
    `SELECT relname AS name FROM pg_class WHERE relkind IN ('r', 'p') AND NOT relispartition AND relnamespace = current_schema()::regnamespace ORDER BY 1`,
  )
  const tables: Tables = new Map()
  for (const { name } of names) {
    if (OF_POSTGRES.includes(name)) continue
    tables.set(name, (await client.query(`SELECT * FROM "${name}"`)).rows.map(rowText))
  }
  await client.end()
  return tables
}

/** Rows that one has and the other has not. */
function differentRows(one: Tables, other: Tables, name: string): number {
  const there = new Map<string, number>()
  for (const row of one.get(name) ?? []) there.set(row, (there.get(row) ?? 0) + 1)
  for (const row of other.get(name) ?? []) there.set(row, (there.get(row) ?? 0) - 1)
  return [...there.values()].reduce((all, count) => all + Math.abs(count), 0)
}

function rowText(row: { [column: string]: unknown }): string {
  const plain = (value: unknown): unknown => (value instanceof Uint8Array ? Buffer.from(value).toString('hex') : value)
  return JSON.stringify(
    Object.entries(row)
      .map(([column, value]) => [column, plain(value)])
      .sort(),
  )
}

if (import.meta.main) {
  const { values } = parseArgs({ options: { json: { type: 'boolean', default: false } } })
  const report = await drillMigrate(values.json ? () => {} : line => console.log(line))
  const { isDone, sent, lost, doubled, reason } = report
  console.log(
    values.json
      ? JSON.stringify(report)
      : `${sent} readings sent, ${lost} lost, ${doubled} doubled: ${isDone ? 'done' : `FAILED: ${reason}`}`,
  )
  process.exitCode = isDone ? 0 : 1
}
