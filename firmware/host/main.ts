// Command line of the virtual dongle: `node firmware/host/main.ts --flash FILE --gateway HOST:PORT …`. One process is one dongle;
// it tells its state line by line (--json: one object a line, and over IPC if there is a parent) and takes commands on stdin
// or as IPC messages: cut, heal, reboot, power-cut [half], noise on|off, line SITUATION, status, quit.

import { existsSync, readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { openClock } from './clock.ts'
import { type DongleEvent, openVirtualDongle, type VirtualDongle } from './dongle.ts'
import { createHousehold } from './household.ts'
import { type MeterModel, telegramText } from './meter.ts'
import {
  LINE_SITUATIONS,
  type LineSituation,
  lineFromDevice,
  lineFromFile,
  lineFromMeter,
  type Meter,
  type P1Line,
  type P1LineOptions,
} from './p1-line.ts'
import { prepareFlash, prepareProgram, readIdentityFile } from './prepare-flash.ts'
import { openStorage } from './storage.ts'

const BUNDLE = fileURLToPath(new URL('../../dist/firmware/nrt.js', import.meta.url))

const HELP = `node firmware/host/main.ts [options]
  --flash FILE       flash image (4 MB); kept in memory only if left out
  --bundle FILE      the script to boot (default dist/firmware/nrt.js; its .map beside it names sources in errors)
  --slots            boot as a dongle does: loader, updater, rescue program (FILE.boot.json) and both slots go into
                     a Storage that is blank, and what lies there runs; without it FILE runs and is never updated
  --identity FILE    JSON {dongleId, deviceKeyHex, epoch, seedPoolHex}, written into a blank flash
  --gateway H:P      gateway address (default 127.0.0.1:1883); --tls for TLS
  --interval S       seconds between batches (default 10)
  --p1 SOURCE        sim (default) | pty:PATH | file:PATH | none
  --model M --seed N the simulated meter and household (default fluvius, 1)
  --serial TEXT      the meter's serial number (default: the model's own)
  --start S          epoch seconds at start (default now)
  --speed N          time runs N times faster (default 1)
  --json             one JSON object a line
commands on stdin: cut, heal, reboot, power-cut [half], noise on|off, line SITUATION, status, quit
situations of the line: ${LINE_SITUATIONS.join(', ')}`

const { values: flags } = parseArgs({
  options: {
    flash: { type: 'string' },
    bundle: { type: 'string', default: BUNDLE },
    identity: { type: 'string' },
    gateway: { type: 'string', default: '127.0.0.1:1883' },
    tls: { type: 'boolean', default: false },
    slots: { type: 'boolean', default: false },
    interval: { type: 'string', default: '10' },
    p1: { type: 'string', default: 'sim' },
    model: { type: 'string', default: 'fluvius' },
    serial: { type: 'string' },
    seed: { type: 'string', default: '1' },
    start: { type: 'string' },
    speed: { type: 'string', default: '1' },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
})
if (flags.help) {
  console.log(HELP)
  process.exit(0)
}
if (!existsSync(flags.bundle)) {
  console.error(`dongle: there is no ${flags.bundle}: npm run build:firmware makes it`)
  process.exit(2)
}

function tell(event: DongleEvent): void {
  if (process.connected) process.send?.(event)
  if (flags.json) console.log(JSON.stringify(event))
  else console.log(inWords(event))
}

function inWords(event: DongleEvent): string {
  switch (event.event) {
    case 'boot':
      return `dongle: boot ${event.count} after ${event.after}`
    case 'print':
      return `  ${event.line}`
    case 'ended':
      return `dongle: stopped, ${event.reason}`
    case 'network':
      return `dongle: network ${event.state}`
    case 'noise':
      return `dongle: P1 noise ${event.isOn ? 'on' : 'off'}`
    case 'line':
      return `dongle: P1 line ${event.situation}`
    case 'listening':
      return `dongle: its port ${event.port} is 127.0.0.1:${event.at}`
    case 'status':
      return `dongle: ${JSON.stringify(event.status)}`
  }
}

function simulatedMeter(model: MeterModel, seed: number, startS: number): Meter {
  const household = createHousehold({ seed, startS, hasPhases: !model.startsWith('sibelga') })
  const { serial } = flags
  return { telegramAt: timeS => telegramText(model, household.next(timeS), serial === undefined ? {} : { serial }) }
}

function openLine(source: string, options: P1LineOptions): P1Line | undefined {
  const path = source.slice(source.indexOf(':') + 1)
  if (source.startsWith('file:')) return lineFromFile(path, options)
  if (source.startsWith('pty:')) return lineFromDevice(path, options)
  if (source === 'none') return undefined
  return lineFromMeter(simulatedMeter(flags.model as MeterModel, Number(flags.seed), options.startS), options)
}

/** The dongle reads "host:port" of a name or an IPv4 address. */
function addressOf(gateway: string): { host: string; port: number } {
  const [host, port] = gateway.split(':')
  return { host: host === 'localhost' || !host ? '127.0.0.1' : host, port: Number(port ?? 1883) }
}

/** A new dongle's programs, as build:firmware left them. */
function programsOf(code: string) {
  const texts = JSON.parse(readFileSync(`${flags.bundle}.boot.json`, 'utf8'))
  const bytes = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'latin1'))
  return {
    loader: bytes(texts.loader),
    updater: bytes(texts.updater),
    rescue: bytes(texts.rescue),
    program: bytes(code),
    version: 1,
  }
}

function start(): VirtualDongle {
  const clock = openClock(Number(flags.speed))
  const startS = flags.start === undefined ? Math.floor(Date.now() / 1000) : Number(flags.start)
  const code = readFileSync(flags.bundle, 'latin1')
  const map = existsSync(`${flags.bundle}.map`) ? readFileSync(`${flags.bundle}.map`, 'utf8') : undefined
  const identity = flags.identity === undefined ? undefined : readIdentityFile(flags.identity)
  return openVirtualDongle({
    clock,
    bundle: flags.slots ? undefined : { code, filename: flags.bundle, map },
    flashPath: flags.flash,
    prepare: chip => {
      if (flags.slots && openStorage(chip).list().length === 0) prepareProgram(chip, programsOf(code))
      const networks = [{ ssid: 'virtual', password: 'virtual-password' }]
      prepareFlash(chip, identity, {
        ...addressOf(flags.gateway),
        isTls: flags.tls,
        networks,
        intervalS: Number(flags.interval),
      })
    },
    openLine: (feed, isRequested) =>
      openLine(flags.p1, { clock, startS, feed, isRequested }) ?? { setNoise: () => {}, stop: () => {} },
    tell,
  })
}

const dongle = start()

const COMMANDS: Record<string, (argument?: string) => void> = {
  cut: dongle.cut,
  heal: dongle.heal,
  reboot: dongle.reboot,
  'power-cut': argument => dongle.powerCut(argument === 'half' ? 'half' : 'now'),
  noise: argument => dongle.noise(argument !== 'off'),
  line: argument => {
    const situation = LINE_SITUATIONS.find(one => one === argument) as LineSituation | undefined
    if (situation) dongle.line(situation)
    else console.error(`situations: ${LINE_SITUATIONS.join(', ')}`)
  },
  status: () => tell({ event: 'status', status: dongle.status() }),
  quit: () => {
    void dongle.stop().then(() => process.exit(0))
  },
}

function obey(line: string): void {
  const [verb, argument] = line.trim().split(/\s+/)
  if (!verb) return
  const command = COMMANDS[verb]
  if (command) command(argument)
  else console.error(`unknown command: ${verb} (${Object.keys(COMMANDS).join(', ')})`)
}

createInterface({ input: process.stdin }).on('line', obey)
process.on('message', message => obey(String(message)))
process.on('disconnect', () => obey('quit'))
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => obey('quit'))
