// `npm run drill:rollout -- --dongles 200`: a good release reaches a whole fleet in waves, and a broken one stops in its first wave and is given up by
// the dongles that had it. Everything goes the way it goes in the field: keys, two signatures, two operators, `nrt` as people type it, the
// platform, sealed sessions, chunks, restarts. Exit code 0 when all of it came off; --json prints the report as one object.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { pino } from 'pino'
import { bundleBoot } from '../../scripts/build-boot.ts'
import { bundleFirmware } from '../../scripts/build-firmware.ts'
import { type Platform, readPlatformConfig, startPlatform } from '../../scripts/platform.ts'
import type { RolloutView } from '../../shared/schema/update.ts'
import { valueOrThrow } from '../support/facts.ts'
import { openLightDongle } from '../support/light-dongle.ts'
import { NO_RATES_ENVIRONMENT } from '../support/no-rates.ts'
import { nrt } from '../support/nrt-command.ts'
import { identityOf } from '../support/scripted-dongle.ts'
import { type FullDongle, openFullDongle } from './full-dongles.ts'

const ROLLOUT_MS = 240_000
/** What a day is in the field is a second here. */
const PLAN = { soakS: 1, patienceS: 20, answerS: 300, trialS: 2 }
const FIRST_WAVE = 5

interface DrillReport {
  isDone: boolean
  dongles: { light: number; full: number }
  /** What a light dongle is, so that nobody takes it for more. */
  light: string
  good?: { state: string; healthy: number; waves: { reach: number; given: number; healthy: number }[]; ms: number }
  broken?: {
    state: string
    reason: string | null
    given: number
    returned: number
    withdrawn: number
    back: number
    /** How often whole dongles started the broken program. */
    fullCrashes: number
    ms: number
  }
  elapsedMs: number
  reason?: string
}

interface Person {
  accessKey: string
}

export async function drillRollout(count: number, full: number, tell: (line: string) => void): Promise<DrillReport> {
  const startedMs = performance.now()
  const report: DrillReport = {
    isDone: false,
    dongles: { light: count - full, full },
    light:
      'real wire, keys, checks and reports; no flash, meter or engine: a program is started until it asks for an engine',
    elapsedMs: 0,
  }
  const reached = (sentence: string): void =>
    tell(`${String(Math.round(performance.now() - startedMs)).padStart(7)} ms  ${sentence}`)
  const folder = mkdtempSync(join(tmpdir(), 'nrt-rollout-'))
  const path = (name: string): string => join(folder, name)
  const fleet: FullDongle[] = []
  let platform: Platform | undefined
  try {
    await makeKeys(path)
    platform = await start(path)
    const url = `http://127.0.0.1:${platform.httpPort}`
    const { backend } = platform
    const [anne, bert] = await Promise.all([backend.openOperator('anne'), backend.openOperator('bert')])
    for (let i = 0; i < count; i++) valueOrThrow(await platform.backend.registerDongle(identityOf(i)))
    const { code } = await bundleFirmware(join(import.meta.dirname, '../../firmware/main.ts'))
    const boot = await bundleBoot()
    const port = platform.gateway.port as number
    const pilots = Array.from({ length: full }, (_, i) => identityOf(i).dongleId)
    for (let i = 0; i < count; i++) {
      const opened =
        i < full
          ? openFullDongle(identityOf(i), port, boot, `${code};print("version 1")`, 1)
          : openLightDongle(identityOf(i), port, 1)
      fleet.push(opened)
    }
    reached(`${count} dongles come, ${full} of them whole`)

    const roll = async (version: number, program: string): Promise<{ end: RolloutView; ms: number }> => {
      const beginMs = performance.now()
      await handIn(path, url, anne, version, program)
      const plan = ['--plan', JSON.stringify(PLAN), ...pilots.flatMap(id => ['--pilot', id])]
      const { rolloutId } = await nrtJson<RolloutView>(
        url,
        anne,
        'rollout',
        'start',
        '--version',
        `${version}`,
        ...plan,
      )
      const refused = await nrtBy(url, anne, 'rollout', 'approve', rolloutId)
      if (refused.code !== 1) throw new Error('the one who proposed it could approve it')
      await nrtJson(url, bert, 'rollout', 'approve', rolloutId)
      reached(`version ${version}: proposed by anne, approved by bert`)
      const end = await ended(url, anne, rolloutId, reached)
      const log = await nrtOrThrow(url, anne, 'rollout', 'log', rolloutId)
      for (const line of ['proposed  by anne', 'approval-refused  by anne', 'approved  by bert'])
        expect(log.includes(line), `the log says: ${line}`)
      return { end, ms: Math.round(performance.now() - beginMs) }
    }

    const good = await roll(2, `${code};print("version 2")`)
    const waves = good.end.waves.map(({ reach, given, healthy }) => ({ reach, given, healthy }))
    report.good = { state: good.end.state, healthy: good.end.counts.healthy ?? 0, waves, ms: good.ms }
    expect(good.end.state === 'done' && report.good.healthy === count, 'the good release reaches everybody')
    expect(
      fleet.every(dongle => dongle.running() === 2),
      'every dongle runs it',
    )

    const broken = await roll(3, `throw new Error("broken release");${code}`)
    const { state, reason, counts } = broken.end
    const given = broken.end.waves.reduce((all, wave) => all + wave.given, 0)
    const back = fleet.filter(dongle => dongle.running() === 2).length
    const ends = { returned: counts.returned ?? 0, withdrawn: counts.withdrawn ?? 0 }
    const fullCrashes = fleet.slice(0, full).reduce((all, dongle) => all + dongle.crashes(), 0)
    report.broken = { state, reason, given, ...ends, back, fullCrashes, ms: broken.ms }
    expect(state === 'stopped' && reason === 'too-many-failed', 'the broken release is stopped')
    expect(given <= FIRST_WAVE && (counts.healthy ?? 0) === 0, 'it reaches the first wave at most')
    expect(back === count, 'every dongle runs what it ran before')
    report.isDone = true
  } catch (error) {
    report.reason = (error as Error).message
  } finally {
    await Promise.all(fleet.map(dongle => dongle.stop()))
    await platform?.stop()
    rmSync(folder, { recursive: true, force: true })
  }
  report.elapsedMs = Math.round(performance.now() - startedMs)
  return report
}

function expect(isSo: boolean, sentence: string): void {
  if (!isSo) throw new Error(`not so: ${sentence}`)
}

/** Three people with keys; two of them sign everything here. */
async function makeKeys(path: (name: string) => string): Promise<void> {
  const lines: string[] = []
  for (const name of ['anne', 'bert', 'cleo']) {
    await nrtOrThrow('', undefined, 'release', 'keygen', '--name', name, '--out', path(name), '--no-passphrase')
    lines.push(readFileSync(path(`${name}.pub`), 'utf8'))
  }
  writeFileSync(path('keys.txt'), lines.join(''))
}

async function handIn(
  path: (name: string) => string,
  url: string,
  by: Person,
  version: number,
  program: string,
): Promise<void> {
  const file = path(`${version}.release`)
  writeFileSync(path(`${version}.js`), program, 'latin1')
  await nrtOrThrow(
    '',
    undefined,
    'release',
    'make',
    path(`${version}.js`),
    '--name',
    `drill-${version}`,
    '--version',
    `${version}`,
    '--out',
    file,
  )
  for (const name of ['anne', 'cleo'])
    await nrtOrThrow('', undefined, 'release', 'sign', file, '--key', path(`${name}.key`))
  await nrtOrThrow('', undefined, 'release', 'verify', file, '--keys', path('keys.txt'))
  await nrtOrThrow(url, by, 'release', 'upload', file)
}

async function start(path: (name: string) => string): Promise<Platform> {
  const settings = {
    NRT_DATA_DIR: path('data'),
    NRT_HTTP_PORT: '0',
    NRT_MQTT_PORT: '0',
    ...NO_RATES_ENVIRONMENT,
    NRT_RELEASE_KEYS_FILE: path('keys.txt'),
  }
  const config = valueOrThrow(readPlatformConfig(settings))
  config.backend.updatesLookEveryMs = 250
  return startPlatform(config, pino({ level: 'silent' }))
}

/** Waits for the end of the rollout, and until no dongle is under way any more. */
async function ended(url: string, by: Person, id: string, reached: (sentence: string) => void): Promise<RolloutView> {
  const untilMs = performance.now() + ROLLOUT_MS
  let told = ''
  while (performance.now() < untilMs) {
    const answer = await fetch(`${url}/api/v1/rollouts/${id}`, { headers: { authorization: `Bearer ${by.accessKey}` } })
    const rollout = (await answer.json()) as RolloutView
    const { state, wave, counts } = rollout
    if (told !== `${state} ${wave}`) {
      told = `${state} ${wave}`
      reached(`${state}, wave ${wave}: ${JSON.stringify(counts)}`)
    }
    const isOver = state === 'done' || state === 'stopped'
    if (isOver && (counts.given ?? 0) + (counts.begun ?? 0) === 0) return rollout
    await new Promise(resolve => setTimeout(resolve, 100))
  }
  throw new Error('the rollout came to no end')
}

async function nrtBy(url: string, by: Person | undefined, ...args: string[]): Promise<{ code: number; out: string }> {
  const env: { [name: string]: string } = by === undefined ? {} : { NRT_OPERATOR_KEY: by.accessKey, NRT_URL: url }
  const { code, out, err } = await nrt(args, { env })
  return { code: code ?? -1, out: out + err }
}

async function nrtOrThrow(url: string, by: Person | undefined, ...args: string[]): Promise<string> {
  const { code, out } = await nrtBy(url, by, ...args)
  if (code !== 0) throw new Error(`nrt ${args[0]} ${args[1]} ended with ${code}: ${out}`)
  return out
}

async function nrtJson<T>(url: string, by: Person, ...args: string[]): Promise<T> {
  return JSON.parse(await nrtOrThrow(url, by, ...args, '--json')) as T
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: {
      dongles: { type: 'string', default: '200' },
      full: { type: 'string', default: '5' },
      json: { type: 'boolean', default: false },
    },
  })
  const count = Number(values.dongles)
  if (!Number.isInteger(count) || count <= FIRST_WAVE || count > 5000) {
    console.error(`drill:rollout: --dongles is a whole number from ${FIRST_WAVE + 1} to 5000`)
    process.exit(2)
  }
  const full = Number(values.full)
  if (!Number.isInteger(full) || full < 0 || full > FIRST_WAVE) {
    console.error(`drill:rollout: --full is a whole number from 0 to ${FIRST_WAVE}`)
    process.exit(2)
  }
  const report = await drillRollout(count, full, line => {
    if (!values.json) console.log(line)
  })
  console.log(values.json ? JSON.stringify(report) : report.isDone ? 'done' : `not done: ${report.reason}`)
  process.exitCode = report.isDone ? 0 : 1
}
