// `npm run demo`: a simulated household on a live page. Starts the platform and one virtual dongle or more in processes of their
// own, prints the page's address and what the dongle says, and takes commands that break things.

import { type ChildProcess, fork } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { acceptTerms } from './accept-terms.ts'
import { buildPortal } from './build-portal.ts'
import { claimHouseholds, withBackend } from './enrolment.ts'
import { freePort } from './free-port.ts'

const HELP = `npm run demo -- [options]
  --dongles N      households, each a dongle in a process of its own (default 1)
  --speed N        the dongles' time runs N times faster, from N minutes ago (default 1)
  --outage S       cut the first dongle's network after 15 s, for S seconds
  --http-port P    the page's port (default: a free one)
  --mqtt-port P    the gateway's port (default: a free one)
  --data DIR       keep database and flash images there (default: a temporary folder, removed at the end)
  --for S          end by itself after S seconds

commands while it runs (NR is a dongle's number, 1 if left out):
  cut [NR]         pull the dongle's network            heal [NR]      put it back
  kill             kill -9 gateway and backend          start          start them again
  reboot [NR]      restart the dongle                   power-cut [NR] pull its plug for a second
  noise on|off     corrupt the P1 line of dongle 1      status [NR]    what the dongle says of itself
  quit`

const { values: flags } = parseArgs({
  options: {
    dongles: { type: 'string', default: '1' },
    speed: { type: 'string', default: '1' },
    outage: { type: 'string' },
    'http-port': { type: 'string' },
    'mqtt-port': { type: 'string' },
    data: { type: 'string' },
    for: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
})
if (flags.help) {
  console.log(HELP)
  process.exit(0)
}

function wholeNumber(name: string, text: string, most: number): number {
  const value = /^\d{1,6}$/.test(text) ? Number(text) : 0
  if (value >= 1 && value <= most) return value
  console.error(`demo: --${name} takes a whole number from 1 to ${most}, not "${text}"`)
  process.exit(2)
}

const dongleCount = wholeNumber('dongles', flags.dongles, 50)
const speed = wholeNumber('speed', flags.speed, 600)
const outageS = flags.outage === undefined ? undefined : wholeNumber('outage', flags.outage, 86_400)
const endAfterS = flags.for === undefined ? undefined : wholeNumber('for', flags.for, 86_400)
const HOST_MAIN = fileURLToPath(new URL('../firmware/host/main.ts', import.meta.url))
const START = fileURLToPath(new URL('./start.ts', import.meta.url))
const BUILD = fileURLToPath(new URL('./build-firmware.ts', import.meta.url))

const folder = flags.data ?? mkdtempSync(join(tmpdir(), 'nrt-demo-'))
mkdirSync(folder, { recursive: true })
const httpPort = flags['http-port'] ? wholeNumber('http-port', flags['http-port'], 65_535) : await freePort()
const mqttPort = flags['mqtt-port'] ? wholeNumber('mqtt-port', flags['mqtt-port'], 65_535) : await freePort()
const environment = {
  ...process.env,
  NRT_DATA_DIR: join(folder, 'data'),
  NRT_HTTP_PORT: `${httpPort}`,
  NRT_MQTT_PORT: `${mqttPort}`,
  NRT_LOG_LEVEL: 'warn',
  NRT_NO_FIRST_ACCOUNT: '1',
  // a dongle whose time runs faster sends as much more
  NRT_DONGLE_MESSAGES_PER_S: `${50 * speed}`,
}

function nowS(): number {
  return Math.floor(Date.now() / 1000)
}

/** At full speed the meter's clock is the present; faster, it starts in the past so as not to run into the future at once. */
function meterStartS(): number {
  return speed > 1 ? nowS() - speed * 60 : nowS()
}

function say(who: string, line: string): void {
  console.log(`${who.padEnd(9)} ${line}`)
}

function run(script: string, args: string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = fork(script, args, { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
    child.once('exit', code => (code === 0 ? resolve() : reject(new Error(`${script} ended with code ${code}`))))
  })
}

let platform: ChildProcess | undefined

function startPlatform(): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = fork(START, [], { env: environment, stdio: ['ignore', 'ignore', 'pipe', 'ipc'] })
    platform = child
    child.stderr?.on('data', chunk => say('platform', String(chunk).trim()))
    child.once('message', () => resolve())
    child.once('exit', (code, signal) => {
      if (platform === child) platform = undefined
      reject(new Error(`the platform ended (${signal ?? code})`))
    })
  })
}

interface Household {
  name: string
  identityFile: string
  flashFile: string
}

/** Invented; the register and the simulated meter agree on it. */
function serialOf(number: number): string {
  return `1TST${String(number).padStart(10, '0')}`
}

/** As people do it: they accept the terms, the market's register has the households, each dongle is claimed with its code, and its first telegram binds it. */
async function enrolAll(): Promise<{ accessKey: string; households: Household[] }> {
  return withBackend(environment, async backend => {
    const { accountId, accessKey } = await backend.openAccount('demo')
    await acceptTerms(backend, accessKey)
    const households = Array.from({ length: dongleCount }, (_, i) => ({
      name: `dongle ${i + 1}`,
      // 5414489 is a Belgian prefix; the rest is invented, its check digit not looked at
      ean: `5414489000${String(i + 1).padStart(8, '0')}`,
      meterSerial: serialOf(i + 1),
      identityFile: join(folder, `dongle-${i + 1}.json`),
      flashFile: join(folder, `dongle-${i + 1}.flash`),
    }))
    await claimHouseholds(backend, { accountId, holderId: 'demo', sinceS: meterStartS() }, households)
    return { accessKey, households }
  })
}

function startDongle(household: Household, number: number): ChildProcess {
  const past = speed > 1 ? ['--start', `${meterStartS()}`] : []
  const child = fork(
    HOST_MAIN,
    [
      ...['--flash', household.flashFile, '--identity', household.identityFile, '--gateway', `127.0.0.1:${mqttPort}`],
      ...['--seed', `${number}`, '--speed', `${speed}`, '--serial', serialOf(number)],
      ...past,
    ],
    { stdio: ['ignore', 'pipe', 'pipe', 'ipc'] },
  )
  for (const stream of [child.stdout, child.stderr]) {
    if (stream) createInterface({ input: stream }).on('line', line => say(household.name, line))
  }
  return child
}

async function main(): Promise<void> {
  say('demo', 'building the firmware bundle and the page …')
  await Promise.all([run(BUILD, []), buildPortal()])
  const { accessKey, households } = await enrolAll()
  await startPlatform()
  const dongles = households.map((household, i) => startDongle(household, i + 1))
  console.log(`\n  Look here:  http://127.0.0.1:${httpPort}/?key=${accessKey}`)
  console.log(
    `  Sign in:    http://127.0.0.1:${httpPort}/sign-in   (the key after key= as password, no name; or make an account)\n`,
  )
  console.log('  Try: cut, heal, kill, start, reboot, power-cut, noise on, noise off, status, help, quit\n')
  if (outageS !== undefined) void planOutage(dongles[0], outageS)
  if (endAfterS !== undefined) void delay(endAfterS * 1000).then(() => quit(dongles))
  createInterface({ input: process.stdin }).on('line', line => obey(line, dongles))
  process.on('SIGINT', () => void quit(dongles))
  process.on('SIGTERM', () => void quit(dongles))
}

async function planOutage(dongle: ChildProcess | undefined, seconds: number): Promise<void> {
  await delay(15_000)
  say('demo', `outage: dongle 1 loses its network for ${seconds} s`)
  dongle?.send('cut')
  await delay(seconds * 1000)
  say('demo', 'outage over')
  dongle?.send('heal')
}

function obey(line: string, dongles: ChildProcess[]): void {
  const [verb, ...args] = line.trim().split(/\s+/)
  const number = Number(args.find(arg => /^\d+$/.test(arg)) ?? 1)
  const dongle = dongles[number - 1]
  switch (verb) {
    case '':
    case undefined:
      return
    case 'help':
      console.log(HELP)
      return
    case 'quit':
      void quit(dongles)
      return
    case 'kill':
      say('demo', platform ? 'kill -9 to gateway and backend; `start` brings them back' : 'they are dead already')
      platform?.kill('SIGKILL')
      return
    case 'start':
      if (platform) say('demo', 'gateway and backend are running')
      else startPlatform().then(() => say('demo', 'gateway and backend are back'), report)
      return
    case 'cut':
    case 'heal':
    case 'reboot':
    case 'power-cut':
    case 'noise':
    case 'status':
      if (dongle?.connected) dongle.send([verb, ...args.filter(arg => !/^\d+$/.test(arg))].join(' '))
      else say('demo', `there is no dongle ${number}`)
      return
    default:
      say('demo', `unknown command "${verb}"; try help`)
  }
}

function report(error: Error): void {
  say('demo', error.message)
}

let isQuitting = false
async function quit(dongles: ChildProcess[]): Promise<void> {
  if (isQuitting) return
  isQuitting = true
  const children = [...dongles, platform].filter(child => child !== undefined && child.exitCode === null)
  const ended = children.map(child => new Promise(resolve => child?.once('exit', resolve)))
  for (const child of children) child?.kill('SIGTERM')
  await Promise.race([Promise.all(ended), delay(5000)])
  if (flags.data === undefined) rmSync(folder, { recursive: true, force: true })
  process.exit(0)
}

main().catch(async error => {
  report(error as Error)
  await quit([])
  process.exit(1)
})
