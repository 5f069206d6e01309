// `npm run drill:install`: the way of docs/installing.md from a bare chip to a reading on the page, as one run with a clock: `nrt flash`
// on a device file; the dongle at its meter, set up from a phone's browser by what the label says; the household bound, the reading asked
// for over REST. Exit code 0 when every step came off and the customer's part took at most 5 steps and 3 minutes; --json prints
// {isDone, steps: [{step, ms}], customer: {steps, seconds}, elapsedMs}.

import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createHousehold } from '../../firmware/host/household.ts'
import { telegramText } from '../../firmware/host/meter.ts'
import { lineFromMeter, type P1LineOptions } from '../../firmware/host/p1-line.ts'
import type { WifiHouse } from '../../firmware/host/wifi.ts'
import { LANGUAGES, type Words } from '../../firmware/setup/page/words.ts'
import { CHROMIUM, launchBrowser, visit } from '../support/browser.ts'
import { type Board, openBoard } from '../support/esp32/board.ts'
import { hasSocat, plugIn } from '../support/esp32/board-pty.ts'
import { valueOrThrow } from '../support/facts.ts'
import { openFairClock } from '../support/fair-clock.ts'
import { benchFiles } from '../support/flash-bench.ts'
import { startTestPlatform } from '../support/platform.ts'
import { readLabel } from '../support/read-label.ts'
import { joinSetup, SETUP_ADDRESS } from '../support/setup-phone.ts'
import { accessPoint } from '../support/setup-under-test.ts'

const NRT = join(import.meta.dirname, '../../installer/main.ts')
/** No connection has this number: the GS1 prefix is not given out. */
const EAN = '999999990000000012'
const READING_MS = 90_000
/** Seconds at the meter and in the dongle are shorter. */
const SPEED = 5
/** What hands take for what a script does at once, in seconds: a dongle plugged in, a symbol scanned, an address opened, a password typed, a sentence read. */
const HAND_S = { plug: 10, join: 20, open: 15, choose: 30, read: 5 }
const CUSTOMER_STEPS_MAX = 5
const CUSTOMER_S_MAX = 180
const HOME = { ssid: 'Thuis', password: 'correct horse' }

export interface DrillReport {
  isDone: boolean
  /** What `nrt flash` told, line by line, then what followed. */
  steps: { step: string; ms: number }[]
  elapsedMs: number
  /** The customer's part: its steps, and how long they take on the dongle's clock, hands included. */
  customer: { steps: (keyof typeof HAND_S)[]; seconds: number }
  /** Why it ended early. */
  reason?: string
}

export async function drillInstall(tell: (line: string) => void): Promise<DrillReport> {
  const startedMs = performance.now()
  const report: DrillReport = { isDone: false, steps: [], customer: { steps: [], seconds: 0 }, elapsedMs: 0 }
  const reached = (step: string, sentence: string): void => {
    const ms = Math.round(performance.now() - startedMs)
    report.steps.push({ step, ms })
    tell(`${String(ms).padStart(7)} ms  ${step.padEnd(9)} ${sentence}`)
  }
  const dir = mkdtempSync(join(tmpdir(), 'nrt-drill-'))
  const platform = await startTestPlatform(dir)
  const files = await benchFiles({ host: '127.0.0.1', port: platform.gateway.port as number, isTls: false })
  const startS = Math.floor(Date.now() / 1000)
  const house: WifiHouse = { points: [accessPoint(HOME.ssid, { password: HOME.password })], ip: '192.0.2.10' }
  const board = openBoard({
    house,
    flashPath: files.path('chip.flash'),
    hasNoControlLines: true,
    speed: SPEED,
    openLine: feed => atTheMeter(feed, startS),
  })
  const cable = await plugIn(board, files.path('tty'))
  try {
    const url = `http://127.0.0.1:${platform.httpPort}`
    writeFileSync(files.path('installer.key'), (await platform.backend.openInstaller('bench')).accessKey)
    const { dongle, setup } = await flash(['--port', cable.path, '--backend', url], files, reached)
    await setUp(board, house, setup, report.customer, reached)

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
  return lineFromMeter(meter, { clock: openFairClock(SPEED), startS, feed })
}

/** Runs the command as a person would; returns the dongle's id, whose label must say the same. */
async function flash(
  args: string[],
  files: Awaited<ReturnType<typeof benchFiles>>,
  reached: (step: string, sentence: string) => void,
): Promise<{ dongle: string; setup: string }> {
  const paths = ['--config', files.configPath, '--bundle', files.bundlePath, '--labels', files.path('labels')]
  const more = ['--key-file', files.path('installer.key')]
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
  return { dongle: dongleId, setup }
}

/** What the customer does: the label in one hand, the phone in the other. Each step waits for what the customer waits for. */
async function setUp(
  board: Board,
  house: WifiHouse,
  setup: string,
  customer: DrillReport['customer'],
  reached: (step: string, sentence: string) => void,
): Promise<void> {
  const fromMs = board.nowMs()
  let handsS = 0
  const did = (step: keyof typeof HAND_S, sentence: string): void => {
    handsS += HAND_S[step]
    customer.steps.push(step)
    customer.seconds = Math.round((board.nowMs() - fromMs) / 1000 + handsS)
    reached(step, `${sentence}; ${customer.seconds} s`)
  }
  board.replug()
  await until(() => house.own !== undefined && board.setupAt !== undefined, 'the setup network')
  did('plug', 'the dongle is at its meter and has opened its own network')
  const [, ssid = '', password = ''] = /^WIFI:T:WPA;S:([^;]+);P:([^;]+);;$/.exec(setup) ?? []
  const phone = await joinSetup(house, { ssid, password }, () => board.setupAt)
  const browser = await launchBrowser()
  try {
    did('join', 'the phone has joined by symbol 1 of the label')
    const { page } = await visit(browser, SETUP_ADDRESS, { proxy: { server: phone.proxy, bypass: '' } })
    const words = LANGUAGES.nl as Words
    await page.getByRole('radio', { name: HOME.ssid }).waitFor()
    did('open', 'the page shows the networks')
    await page.getByRole('radio', { name: HOME.ssid }).check()
    await page.locator('#password').fill(HOME.password)
    await page.getByRole('button', { name: words.go }).click()
    did('choose', 'a network is chosen and its password typed')
    await page.getByText(words.done).waitFor({ timeout: READING_MS })
    did('read', 'the page says that all is well')
  } finally {
    await browser.close()
    await phone.leave()
  }
  await until(() => house.own === undefined, 'the end of the setup network')
}

async function until(isTrue: () => boolean, what: string): Promise<void> {
  const endMs = performance.now() + READING_MS
  while (!isTrue()) {
    if (performance.now() > endMs) throw new Error(`${what} did not come`)
    await new Promise(resolve => setTimeout(resolve, 20))
  }
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
  if (CHROMIUM === undefined) {
    console.error('drill:install needs a Chromium (CHROMIUM=/path): it is the phone')
    process.exit(2)
  }
  const report = await drillInstall(line => {
    if (!isJson) console.log(line)
  })
  const { steps, seconds } = report.customer
  const isShort = steps.length <= CUSTOMER_STEPS_MAX && seconds <= CUSTOMER_S_MAX
  const sentence = report.isDone
    ? `done; the customer's part: ${steps.length} steps (at most ${CUSTOMER_STEPS_MAX}), ${seconds} s (at most ${CUSTOMER_S_MAX})`
    : `not done: ${report.reason}`
  console.log(isJson ? JSON.stringify(report) : sentence)
  process.exitCode = report.isDone && isShort ? 0 : 1
}
