// A dongle whose setup network is to be used: the real program and its setup file on the virtual dongle, in a house with access points,
// with a gateway that is there or not and a meter that talks or not. Its port 80 is a port of this machine.

import { createHash } from 'node:crypto'
import { connect } from 'node:net'
import { openVirtualDongle, type VirtualDongle } from '../../firmware/host/dongle.ts'
import { type FlashChip, openFlashChip } from '../../firmware/host/flash.ts'
import { createHousehold } from '../../firmware/host/household.ts'
import { telegramText } from '../../firmware/host/meter.ts'
import { prepareFlash } from '../../firmware/host/prepare-flash.ts'
import { openStorage } from '../../firmware/host/storage.ts'
import type { AccessPoint, WifiHouse } from '../../firmware/host/wifi.ts'
import { SETUP_FILE, SETUP_PAGE } from '../../firmware/setup-port.ts'
import { bundleFirmware, bundleSetup, type SetupFiles } from '../../scripts/build-firmware.ts'
import type { DongleConfig } from '../../shared/session/system-page.ts'
import { openFairClock } from './fair-clock.ts'
import { readConfigIn } from './flash-pages.ts'
import { identityOf } from './scripted-dongle.ts'

export const SETUP_PASSWORD = 'ABCD-EFGH-JKMN'
const START_S = 1_790_000_000
const LIGHTS_PAUSE_MS = 2500

export const setupIdentity = {
  ...identityOf(78),
  seedPool: new Uint8Array(createHash('sha512').update('setup pool').digest()),
  setupPassword: SETUP_PASSWORD,
}

let built: Promise<{ code: string; setup: SetupFiles }> | undefined

/** Program and setup file, built once a process. */
export function builtFirmware(): Promise<{ code: string; setup: SetupFiles }> {
  const main = new URL('../../firmware/main.ts', import.meta.url).pathname
  built ??= Promise.all([bundleFirmware(main), bundleSetup()]).then(([{ code }, setup]) => ({ code, setup }))
  return built
}

/** Puts the setup file and its page where the installer does. */
export function storeSetup(chip: FlashChip, setup: SetupFiles): void {
  const storage = openStorage(chip)
  storage.write(SETUP_FILE, Buffer.from(setup.code, 'latin1'))
  storage.write(SETUP_PAGE, setup.page)
}

export const accessPoint = (ssid: string, more: Partial<AccessPoint> = {}): AccessPoint => ({
  ssid,
  mac: '02:00:00:00:00:07',
  channel: 6,
  rssi: -58,
  authMode: 'wpa2',
  password: 'right-password',
  ...more,
})

export interface SetupBench {
  lines: string[]
  /** When each of them was printed, on the dongle's clock. */
  timesMs: number[]
  /** How often the LED went on, from one pause of more than two and a half seconds to the next. */
  lights: number[]
  house: WifiHouse
  dongle: VirtualDongle
  /** Telegrams come from now on, or no more. */
  meter(isOn: boolean): void
  /** The port of this machine behind which the page is, once the network is open. */
  opened(): Promise<number>
  /** The port of this machine behind one of the dongle's, while that listens. */
  reach(port?: number): number | undefined
  waitFor(pattern: RegExp, times?: number): Promise<void>
  config(): DongleConfig
  flash(): Buffer
  nowMs(): number
  stop(): Promise<void>
}

export interface SetupBenchOptions {
  gateway: { host: string; port: number }
  points?: AccessPoint[]
  networks?: DongleConfig['networks']
  hasMeter?: boolean
  speed?: number
  setup?: Partial<SetupFiles>
}

export async function openSetupBench(options: SetupBenchOptions): Promise<SetupBench> {
  const { code, setup } = await builtFirmware()
  const { speed = 5 } = options
  const clock = openFairClock(speed)
  const house: WifiHouse = { points: options.points ?? [accessPoint('Thuis')], ip: '192.0.2.10' }
  const lines: string[] = []
  const timesMs: number[] = []
  const lights: number[] = []
  let litMs = 0
  let chip: FlashChip = openFlashChip({})
  let at: { [port: number]: number } = {}
  let isMetered = options.hasMeter !== false
  let stopMeter = (): void => {}
  const dongle = openVirtualDongle({
    clock,
    bundle: { code, filename: 'nrt.js' },
    house,
    prepare: opened => {
      chip = opened
      prepareFlash(opened, setupIdentity, {
        ...options.gateway,
        isTls: false,
        networks: options.networks ?? [],
        intervalS: 2,
      })
      storeSetup(opened, { ...setup, ...options.setup })
    },
    openLine: feed => {
      const household = createHousehold({ seed: 5, startS: START_S, hasPhases: true })
      let second = 0
      const tick = (): void => {
        if (isMetered) feed(Buffer.from(telegramText('fluvius', household.next(START_S + second++)), 'latin1'))
        stopMeter = clock.after(1000, tick)
      }
      stopMeter = clock.after(1000, tick)
      return { setNoise: () => {}, stop: () => stopMeter() }
    },
    pin: (pin, level) => {
      if (pin !== 2 || level !== 1) return
      if (clock.nowMs() - litMs > LIGHTS_PAUSE_MS) lights.push(0)
      lights.push((lights.pop() ?? 0) + 1)
      litMs = clock.nowMs()
    },
    tell: event => {
      if (event.event === 'print') {
        lines.push(event.line)
        timesMs.push(clock.nowMs())
      }
      if (event.event === 'listening') at[event.port] = event.at
      if (event.event === 'ended') at = {}
    },
  })
  const until = async (isTrue: () => boolean, what: string): Promise<void> => {
    // of its own time: on a busy machine that stretches
    const endMs = clock.nowMs() + 40_000 * speed
    while (!isTrue()) {
      if (clock.nowMs() > endMs) throw new Error(`${what} did not come; printed:\n${lines.join('\n')}`)
      await new Promise(resolve => setTimeout(resolve, 10))
    }
  }
  return {
    lines,
    timesMs,
    lights,
    house,
    dongle,
    meter: isOn => {
      isMetered = isOn
    },
    opened: async () => {
      await until(() => house.own !== undefined && at[80] !== undefined, 'the setup network')
      return at[80] as number
    },
    reach: (port = 80) => at[port],
    waitFor: (pattern, times = 1) =>
      until(() => lines.filter(line => pattern.test(line)).length >= times, String(pattern)),
    config: () => readConfigIn(chip),
    flash: () => Buffer.from(chip.read(0, 0x400000)),
    nowMs: () => clock.nowMs(),
    stop: () => dongle.stop(),
  }
}

export interface Answer {
  status: number
  headers: Record<string, string>
  body: Buffer
}

/** Sends bytes as they are, and gives what comes until the dongle hangs up; undefined when it says nothing. */
export function sendRaw(port: number, bytes: string | Buffer): Promise<Answer | undefined> {
  return new Promise(resolve => {
    const parts: Buffer[] = []
    const socket = connect({ host: '127.0.0.1', port }, () => socket.write(bytes))
    socket.on('data', part => parts.push(part))
    // who is refused before he has finished may be reset: what had come by then counts
    socket.on('error', () => {})
    socket.on('close', () => resolve(answerOf(Buffer.concat(parts))))
  })
}

function answerOf(bytes: Buffer): Answer | undefined {
  const end = bytes.indexOf('\r\n\r\n')
  if (end < 0) return undefined
  const [first = '', ...lines] = bytes.subarray(0, end).toString('latin1').split('\r\n')
  const headers = Object.fromEntries(lines.map(line => [line.split(': ')[0]!.toLowerCase(), line.split(': ')[1] ?? '']))
  return { status: Number(first.split(' ')[1]), headers, body: bytes.subarray(end + 4) }
}

/** A request as our page sends it. */
export function request(port: number, method: string, path: string, cookie = '', body = '', host = '192.168.4.1') {
  const head = [`${method} ${path} HTTP/1.1`, `Host: ${host}`, `Cookie: ${cookie}`, `Content-Length: ${body.length}`]
  return sendRaw(port, `${head.join('\r\n')}\r\n\r\n${body}`)
}

/** The cookie that comes with the page. */
export async function cookieOf(port: number): Promise<string> {
  const answer = await request(port, 'GET', '/')
  return answer?.headers['set-cookie']?.split(';')[0] ?? ''
}

const hex = (text: string): string => Buffer.from(text).toString('hex')
export const tryBody = (...networks: [string, string][]): string =>
  networks.map(([ssid, password]) => `${hex(ssid)}:${hex(password)}`).join(',')
