// The machines of the journey, each a process of its own as it runs for everybody: the platform by `npm start`, a dongle with the real bundle at a simulated
// meter, an ESP's own program. What they say is kept line by line.

import { type ChildProcess, fork } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { hashOfClaimCode, newClaimCode, newIdentity } from '../../installer/flash/identity.ts'
import { buildPortal } from '../../scripts/build-portal.ts'
import { withBackend } from '../../scripts/enrolment.ts'

const ROOT = join(import.meta.dirname, '../..')
const OPERATOR_KEY = 'operator-key-of-the-journey-here'
/** The meter that the register and the dongle's wire agree on, and its connection: no connection has this number. */
export const METER_SERIAL = '1TST0000000217'
export const EAN = '999999990000000012'

const PATIENCE_MS = 150_000

export interface Machine {
  /** What it has said, oldest first. */
  lines: string[]
  /** Resolves with the first line, from the `from`-th on, that `wanted` takes. */
  says(wanted: (line: string) => boolean, what: string, from?: number): Promise<string>
}

/** What is printed on a label. */
export interface Label {
  dongleId: string
  claimCode: string
}

export interface Parts {
  url: string
  broker: string
  /** REST with a bearer key; the server's own operator key where none is named. Throws what is not 2xx. */
  // biome-ignore lint/suspicious/noExplicitAny: answers of every shape
  ask(method: string, path: string, body?: object, key?: string): Promise<any>
  /** A dongle from the bench: registered, and labelled. */
  makeDongle(): Promise<Label>
  /** The dongle at its meter, in the Wi-Fi of the house; again: set up anew, as after a wipe. */
  plugIn(): Promise<Machine>
  /** examples/esp-client with this key file's content. */
  startClient(key: object): Machine
  stop(): Promise<void>
}

export async function startParts(folder: string): Promise<Parts> {
  await ended(fork(join(ROOT, 'scripts/build-firmware.ts'), [], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] }))
  const environment = {
    ...process.env,
    NRT_DATA_DIR: join(folder, 'store'),
    NRT_HTTP_PORT: '0',
    NRT_MQTT_PORT: '0',
    NRT_LOG_LEVEL: 'warn',
    NRT_NO_FIRST_ACCOUNT: '1',
    NRT_OPERATOR_KEY: OPERATOR_KEY,
    NRT_PORTAL_DIR: (await buildPortal(join(folder, 'portal'))).folder,
    // the ESP's machine of the journey listens on this one
    NRT_WEBHOOK_PRIVATE: '1',
  }
  const children: ChildProcess[] = []
  const platform = fork(join(ROOT, 'scripts/start.ts'), [], {
    env: environment,
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  })
  children.push(platform)
  const said = machineOf(platform)
  const ready = await new Promise<{ httpPort: number; mqttPort: number }>((resolve, reject) => {
    platform.once('message', message => resolve(message as { httpPort: number; mqttPort: number }))
    platform.once('exit', code => reject(new Error(`the platform ended with ${code}: ${said.lines.at(-1)}`)))
  })
  const url = `http://127.0.0.1:${ready.httpPort}`
  const broker = `mqtt://127.0.0.1:${ready.mqttPort}`

  let dongle: ChildProcess | undefined
  const start = (script: string, args: string[]): ChildProcess => {
    const child = fork(join(ROOT, script), args, { stdio: ['ignore', 'pipe', 'pipe', 'ipc'] })
    children.push(child)
    return child
  }

  const parts: Parts = {
    url,
    broker,
    async ask(method, path, body, key = OPERATOR_KEY) {
      const headers = { authorization: `Bearer ${key}`, ...(body && { 'content-type': 'application/json' }) }
      const init = { method, headers, ...(body && { body: JSON.stringify(body) }) }
      const answer = await fetch(`${url}/api/v1${path}`, init)
      const text = await answer.text()
      if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`)
      return text === '' ? undefined : JSON.parse(text)
    },
    async makeDongle() {
      const installer = await withBackend(environment, backend => backend.openAs('bench', 'installer'))
      const { dongleId, deviceKey, epoch, seedPool } = newIdentity()
      const claimCode = newClaimCode()
      const deviceKeyHex = Buffer.from(deviceKey).toString('hex')
      const made = { deviceKeyHex, epoch, claim: hashOfClaimCode(claimCode), firmware: 'journey', engine: 'virtual' }
      await parts.ask('PUT', `/dongles/${dongleId}`, made, installer.accessKey)
      const identity = { dongleId, deviceKeyHex, epoch, seedPoolHex: Buffer.from(seedPool).toString('hex') }
      writeFileSync(join(folder, 'dongle.json'), JSON.stringify(identity), { mode: 0o600 })
      return { dongleId, claimCode }
    },
    async plugIn() {
      if (dongle !== undefined) await end(dongle)
      dongle = start('firmware/host/main.ts', [
        ...['--flash', join(folder, 'dongle.flash'), '--identity', join(folder, 'dongle.json')],
        ...['--gateway', `127.0.0.1:${ready.mqttPort}`, '--serial', METER_SERIAL],
      ])
      return machineOf(dongle)
    },
    startClient(key) {
      const file = join(folder, 'esp-key.json')
      writeFileSync(file, JSON.stringify(key), { mode: 0o600 })
      const where = ['--server', url, '--broker', broker, '--key', file, '--hook', '0']
      return machineOf(start('examples/esp-client/main.ts', where))
    },
    async stop() {
      for (const child of children.reverse()) await end(child)
    },
  }
  return parts
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const over = new Promise(resolve => child.once('exit', resolve))
  child.kill('SIGTERM')
  const tooLong = setTimeout(() => child.kill('SIGKILL'), 20_000)
  await over
  clearTimeout(tooLong)
}

function ended(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) =>
    child.once('exit', code =>
      code === 0 ? resolve() : reject(new Error(`${child.spawnargs[1]} ended with ${code}`)),
    ),
  )
}

function machineOf(child: ChildProcess): Machine {
  const lines: string[] = []
  for (const stream of [child.stdout, child.stderr]) {
    if (stream) createInterface({ input: stream }).on('line', line => void lines.push(line))
  }
  return {
    lines,
    async says(wanted, what, from = 0) {
      await until(() => lines.slice(from).some(wanted), `${what}; the last it said: ${lines.at(-1)}`)
      return lines.slice(from).find(wanted) as string
    },
  }
}

/** Looks until it is so. Throws that `what` did not come. */
export async function until(isTrue: () => boolean | Promise<boolean>, what: string): Promise<void> {
  const endMs = performance.now() + PATIENCE_MS
  while (!(await isTrue())) {
    if (performance.now() > endMs) throw new Error(`did not come: ${what}`)
    await new Promise(resolve => setTimeout(resolve, 50))
  }
}
