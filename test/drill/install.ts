// `npm run drill:install`: the way of docs/installing.md from a bare chip to a reading on the page, as one run with a clock: `nrt flash`
// on a device file, the household bound, the dongle at its meter, the reading asked for over REST. Exit code 0 when every step came off;
// --json prints {isDone, steps: [{step, ms}], elapsedMs}.

import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { openClock } from '../../firmware/host/clock.ts'
import { createHousehold } from '../../firmware/host/household.ts'
import { telegramText } from '../../firmware/host/meter.ts'
import { lineFromMeter, type P1LineOptions } from '../../firmware/host/p1-line.ts'
import { readPlatformConfig, startPlatform } from '../../scripts/platform.ts'
import { openBoard } from '../support/esp32/board.ts'
import { hasSocat, plugIn } from '../support/esp32/board-pty.ts'
import { valueOrThrow } from '../support/facts.ts'
import { benchFiles } from '../support/flash-bench.ts'
import { readLabel } from '../support/read-label.ts'

const NRT = join(import.meta.dirname, '../../installer/main.ts')
/** No connection has this number: the GS1 prefix is not given out. */
const EAN = '999999990000000012'
const READING_MS = 90_000
/** Seconds at the meter and in the dongle are shorter. */
const SPEED = 5

export interface DrillReport {
  isDone: boolean
  /** What `nrt flash` told, line by line, then what followed. */
  steps: { step: string; ms: number }[]
  elapsedMs: number
  /** Why it ended early. */
  reason?: string
}

export async function drillInstall(tell: (line: string) => void): Promise<DrillReport> {
  const startedMs = performance.now()
  const report: DrillReport = { isDone: false, steps: [], elapsedMs: 0 }
  const reached = (step: string, sentence: string): void => {
    const ms = Math.round(performance.now() - startedMs)
    report.steps.push({ step, ms })
    tell(`${String(ms).padStart(7)} ms  ${step.padEnd(9)} ${sentence}`)
  }
  const dir = mkdtempSync(join(tmpdir(), 'nrt-drill-'))
  const settings = { NRT_DATA_DIR: dir, NRT_HTTP_PORT: '0', NRT_MQTT_PORT: '0' }
  const platform = await startPlatform(valueOrThrow(readPlatformConfig(settings)), pino({ level: 'silent' }))
  const files = await benchFiles({ host: '127.0.0.1', port: platform.gateway.port as number, isTls: false })
  const startS = Math.floor(Date.now() / 1000)
  const board = openBoard({
    flashPath: files.path('chip.flash'),
    hasNoControlLines: true,
    speed: SPEED,
    openLine: feed => atTheMeter(feed, startS),
  })
  const cable = await plugIn(board, files.path('tty'))
  try {
    const url = `http://127.0.0.1:${platform.httpPort}`
    writeFileSync(files.path('installer.key'), (await platform.backend.openInstaller('bench')).accessKey)
    writeFileSync(files.path('networks.json'), '[{"ssid":"virtual","password":"virtual-password"}]')
    const dongle = await flash(['--port', cable.path, '--backend', url], files, reached)

    const { accountId, accessKey } = await platform.backend.openAccount('home')
    await platform.backend.addMeteringPoint({ ean: EAN, accountId, sinceS: startS - 60 })
    valueOrThrow(await platform.backend.bindDongle(dongle, EAN))
    reached('bind', 'the dongle belongs to its metering point')
    await readingAt(url, accessKey)
    reached('reading', 'the first reading is stored and shown')
    report.isDone = true
  } catch (error) {
    report.reason = (error as Error).message
  } finally {
    await board.stop()
    await cable.unplug()
    await platform.stop()
    files.remove()
    rmSync(dir, { recursive: true, force: true })
  }
  report.elapsedMs = Math.round(performance.now() - startedMs)
  return report
}

function atTheMeter(feed: P1LineOptions['feed'], startS: number) {
  const household = createHousehold({ seed: 1, startS, hasPhases: true })
  const meter = { telegramAt: (timeS: number) => telegramText('fluvius', household.next(timeS)) }
  return lineFromMeter(meter, { clock: openClock(SPEED), startS, feed })
}

/** Runs the command as a person would; returns the dongle's id, whose label must say the same. */
async function flash(
  args: string[],
  files: Awaited<ReturnType<typeof benchFiles>>,
  reached: (step: string, sentence: string) => void,
): Promise<string> {
  const paths = ['--config', files.configPath, '--bundle', files.bundlePath, '--labels', files.path('labels')]
  const more = ['--key-file', files.path('installer.key'), '--networks', files.path('networks.json')]
  const child = spawn(process.execPath, [NRT, 'flash', '--json', '--require', 'wifi', ...args, ...paths, ...more])
  let dongleId = ''
  let trouble = ''
  let rest = ''
  child.stdout.on('data', (part: Buffer) => {
    const lines = (rest + part.toString()).split('\n')
    rest = lines.pop() ?? ''
    for (const step of lines.map(line => JSON.parse(line))) {
      if (step.state === 'done') reached(step.step, '')
      if (step.step === 'label') dongleId = step.dongleId
      if (step.state === 'failed') trouble = `${step.what} (${step.code})`
    }
  })
  const code = await new Promise(resolve => child.on('close', resolve))
  if (code !== 0) throw new Error(`nrt flash ended with ${code}: ${trouble}`)
  const { claim, setup } = readLabel(files.path(`labels/${dongleId}.png`))
  if (claim.dongleId !== dongleId || setup === undefined) throw new Error('the label does not say what was made')
  return dongleId
}

async function readingAt(url: string, accessKey: string): Promise<void> {
  // biome-ignore lint/suspicious/noExplicitAny: bodies of two shapes
  const ask = async (path: string): Promise<any> => {
    const headers = { authorization: `Bearer ${accessKey}` }
    return (await fetch(`${url}/api/v1/metering-points${path}`, { headers })).json()
  }
  const { items } = await ask('')
  const untilMs = performance.now() + READING_MS
  while (performance.now() < untilMs) {
    const { reading } = await ask(`/${items[0].id}/latest`)
    if (typeof reading?.offtakeT1Wh === 'number') return
    await new Promise(resolve => setTimeout(resolve, 100))
  }
  throw new Error('no reading came')
}

if (import.meta.main) {
  const isJson = process.argv.includes('--json')
  if (!hasSocat) {
    console.error('drill:install needs socat (apt install socat): it makes the device file')
    process.exit(2)
  }
  const report = await drillInstall(line => {
    if (!isJson) console.log(line)
  })
  console.log(isJson ? JSON.stringify(report) : report.isDone ? 'done' : `not done: ${report.reason}`)
  process.exitCode = report.isDone ? 0 : 1
}
