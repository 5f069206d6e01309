// `npm run drill:install`: the way of docs/installing.md from a bare chip to live readings on the page, as one run with a clock: its commands
// as they stand there, on a device file; the dongle at its meter, set up from a phone's browser by what the label says; the label's code typed
// on the page, the dongle bound by its own telegram, the power on the page. Exit code 0 when every step came off and the customer's part took at
// most 5 steps and 3 minutes. It prints a transcript; --json prints {isDone, steps: [{step, ms}], customer: {steps, seconds}, elapsedMs}.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createHousehold } from '../../firmware/host/household.ts'
import { telegramText } from '../../firmware/host/meter.ts'
import { lineFromMeter, type P1LineOptions } from '../../firmware/host/p1-line.ts'
import type { WifiHouse } from '../../firmware/host/wifi.ts'
import { LANGUAGES, type Words } from '../../firmware/setup/page/words.ts'
import { buildPortal } from '../../scripts/build-portal.ts'
import type { Platform } from '../../scripts/platform.ts'
import { CHROMIUM, keepPicture, launchBrowser, visit } from '../support/browser.ts'
import { type Board, openBoard } from '../support/esp32/board.ts'
import { hasSocat, plugIn } from '../support/esp32/board-pty.ts'
import { valueOrThrow } from '../support/facts.ts'
import { openFairClock } from '../support/fair-clock.ts'
import { benchFiles } from '../support/flash-bench.ts'
import { startTestPlatform } from '../support/platform.ts'
import { readLabel } from '../support/read-label.ts'
import { anEntry } from '../support/register-contract.ts'
import { joinSetup, SETUP_ADDRESS } from '../support/setup-phone.ts'
import { accessPoint } from '../support/setup-under-test.ts'
import { openTerminal, type Terminal } from './terminal.ts'

const NRT = join(import.meta.dirname, '../../installer/main.ts')
const ADD_INSTALLER = join(import.meta.dirname, '../../scripts/add-installer.ts')
const OPERATOR_KEY = 'operator-key-of-the-drill-here'
/** Of the virtual meter (firmware/host/meter.ts). */
const METER_SERIAL = '1TST0000000217'
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
  /** At the bench, at the meter, on the page. */
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
  const dir = mkdtempSync(join(tmpdir(), 'nrt-drill-'))
  const platform = await startTestPlatform(join(dir, 'data'), {
    NRT_OPERATOR_KEY: OPERATOR_KEY,
    NRT_PORTAL_DIR: (await buildPortal(join(dir, 'portal'))).folder,
    NRT_TEND_EVERY_S: '1',
  })
  const files = await benchFiles({ host: '127.0.0.1', port: platform.gateway.port as number, isTls: false })
  const url = `http://127.0.0.1:${platform.httpPort}`
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
  const terminal = openTerminal({
    folder: files.folder,
    env: { NRT_DATA_DIR: join(dir, 'data') },
    programs: { 'npx nrt': [NRT], 'npm run add-installer --': [ADD_INSTALLER] },
    masked: {
      [cable.path]: '/dev/ttyUSB0',
      [files.folder]: '.',
      [url]: 'https://nrt.example',
    },
    tell,
  })
  const reached = (step: string, sentence = ''): void => {
    report.steps.push({ step, ms: Math.round(performance.now() - startedMs) })
    if (sentence !== '') terminal.note(sentence)
  }
  try {
    const setup = await makeAtTheBench(terminal, files, { url, port: cable.path }, reached)
    await setUp(board, house, setup.setup, report.customer, reached)
    await claimOnThePage(platform, url, setup.claim, reached)
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

type Reached = (step: string, sentence?: string) => void

/** "Once" and "One board" of docs/installing.md, the commands as they stand there; returns what a phone sees on the label. */
async function makeAtTheBench(
  terminal: Terminal,
  files: Awaited<ReturnType<typeof benchFiles>>,
  { url, port }: { url: string; port: string },
  reached: Reached,
): Promise<{ setup: string; claim: { dongleId: string; code: string } }> {
  writeFileSync(files.configPath, readFileSync(files.configPath, 'utf8').replaceAll(/"[0-9a-f]{64}"/g, 'null'))
  const paths = '--config flash.config.json --bundle nrt.js'
  await terminal.run('npx nrt flash --pin --config flash.config.json')
  reached('pin')
  await terminal.run('npm run add-installer -- --name bench --out installer.key')
  reached('key')
  let dongleId = ''
  const flash = `npx nrt flash --backend ${url} --key-file installer.key --port ${port} --require wifi ${paths}`
  await terminal.run(flash, line => {
    const [, step] = /^ok {2}(\w+)/.exec(line) ?? []
    if (step !== undefined) reached(step)
    dongleId = /^ok {2}label +labels\/(\w+)\./.exec(line)?.[1] ?? dongleId
  })
  const { claim, setup } = readLabel(files.path(`labels/${dongleId}.png`))
  if (claim.dongleId !== dongleId || setup === undefined) throw new Error('the label does not say what was made')
  return { setup, claim }
}

/** What the customer does: the label in one hand, the phone in the other. Each step waits for what the customer waits for. */
async function setUp(
  board: Board,
  house: WifiHouse,
  setup: string,
  customer: DrillReport['customer'],
  reached: Reached,
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

async function until(isTrue: () => boolean | Promise<boolean>, what: string): Promise<void> {
  const endMs = performance.now() + READING_MS
  while (!(await isTrue())) {
    if (performance.now() > endMs) throw new Error(`${what} did not come`)
    await new Promise(resolve => setTimeout(resolve, 20))
  }
}

/** The market knows the household; its person signs in, types what the label says, accepts the terms, and looks at the page. */
async function claimOnThePage(
  platform: Platform,
  url: string,
  claim: { dongleId: string; code: string },
  reached: Reached,
): Promise<void> {
  const { accountId, accessKey } = await platform.backend.openAccount('home')
  valueOrThrow(await platform.backend.importRegister([anEntry({ ean: EAN, meterSerial: METER_SERIAL })]))
  valueOrThrow(await platform.backend.linkAccount(accountId, anEntry().holderId as string))
  const browser = await launchBrowser()
  try {
    const { page, context } = await visit(browser, `${url}/?key=${accessKey}`)
    await until(async () => (await context.cookies()).length > 0, 'the session')
    await page.goto(`${url}/#dongles`)
    await page.getByLabel('Nummer van de dongle').fill(claim.dongleId)
    await page.getByLabel('Claimcode').fill(claim.code)
    await page.getByRole('button', { name: 'Claimen' }).click()
    // before the first claim come the terms of use; accepting them goes on with it
    await page.getByLabel('Ik heb de voorwaarden gelezen').check()
    await page.getByRole('button', { name: 'Aanvaarden' }).click()
    await page.getByText('Deze dongle is nu van u').waitFor({ timeout: READING_MS })
    reached(
      'claim',
      'the customer has signed in, typed the code on the label and accepted the terms: the dongle is theirs',
    )
    await page.locator('.dongle .verdict').getByText('Verbonden met uw meter').waitFor({ timeout: READING_MS })
    reached('bind', 'its own telegram has the meter that the access register has for them: it is bound')
    await page.goto(`${url}/#live`)
    const power = page.locator('.card.power[data-stale="false"] .value')
    await until(async () => /\d/.test((await power.allInnerTexts())[0] ?? ''), 'the power on the page')
    const shown = (await page.locator('#power-now').innerText()).replace(/\s+/g, ' ')
    reached('live', `the page shows the power of now: ${shown}`)
    await keepPicture(page, 'drill-install')
  } finally {
    await browser.close()
  }
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
