// The platform apart: backends, gateways, and mosquitto and PostgreSQL where they are wished for, each a process of its own, which a test may
// kill and start again, hold wrong clocks to, and put troubled lines between (chaos-proxy.ts).

import { type ChildProcess, fork } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { freePort } from '../../scripts/free-port.ts'
import type { Random } from '../../shared/kernel/random.ts'
import { atEnd } from './at-end.ts'
import { type ChaosProxy, startChaosProxy } from './chaos-proxy.ts'
import { enrolFleet } from './fleet.ts'
import { end, openConfig, startMosquitto } from './mosquitto.ts'
import { NO_RATES_ENVIRONMENT } from './no-rates.ts'
import { type TestPostgres, whenUp } from './postgres.ts'
import { type End, startFarEnd, startNearEnd } from './tls-line.ts'

const PROGRAM = fileURLToPath(new URL('../..', import.meta.url))
const CLOCK = new URL('./children/shifted-clock.ts', import.meta.url).href

/** A gateway gives its running commit 10 s. */
const STOP_MOST_MS = 30_000

/** Between which parts bytes go. Gateways have one each to what they need, so that one alone can be cut off. */
export type LineName =
  | 'dongle-broker'
  | `dongle-gateway ${number}`
  | `gateway-broker ${number}`
  | `gateway-backend ${number}`
  | 'backend-PostgreSQL'
  | 'page-backend'

export interface ApartWish {
  dongleCount: number
  gatewayCount: number
  /** One unless it is said; more of them need PostgreSQL. */
  backendCount?: number
  sinceS: number
  settings?: { [name: string]: string }
  /** Dongles connect to gateways' own listeners, and there is no broker. */
  isDirect?: boolean
  /** What the backend stores in; absent: a SQLite file. It is not stopped with the rest. */
  postgres?: TestPostgres
  /** With a proxy in each line. */
  chaos?: Random
  /** Where the data lie; absent: in a folder of its own. */
  dataDir?: string
  /** Of the fleet, when the data know it already; absent: it is enrolled. */
  accessKey?: string
}

export interface Apart {
  readonly parts: string[]
  readonly folder: string
  /** The broker's own, behind every line. */
  readonly brokerPort: number
  /** Of the backend. */
  readonly settings: { [name: string]: string }
  /** Where dongle `number` connects. */
  portOf(number: number): number
  readonly httpPort: number
  /** Of every backend; the first is httpPort. */
  readonly httpPorts: number[]
  /** Where pages reach the backend: through its line. */
  readonly pagePort: number
  /** Opens the metering points of the fleet. */
  readonly accessKey: string
  /** The lines that there are, where they were wished for. */
  lines(what: RegExp): ChaosProxy[]
  /** Where gateways have probes and metrics, as they run now. */
  gatewayHttpPorts(): number[]
  /** kill -9, or another signal; resolves when it is dead. */
  kill(part: string, signal?: NodeJS.Signals): Promise<void>
  /** `program`: the folder of another release of ours. `more`: settings that it has from now on, besides its own. */
  start(part: string, program?: string, more?: { [name: string]: string }): Promise<void>
  pid(part: string): number
  /** Sets the wall clock of a part of ours wrong. */
  setClock(part: string, offMs: number): void
  /** What a part of ours has logged, newest last. */
  log(part: string): { level: number; msg: string }[]
  /** Rejects when a part had to be killed. */
  stop(): Promise<void>
}

/** Dongles 0 … `dongleCount` are enrolled since `sinceS`. `brokerConfig` makes mosquitto's configuration of its port; open by default. */
export async function startApart(
  wish: ApartWish,
  brokerConfig: (port: number, folder: string) => string = openConfig,
): Promise<Apart> {
  const { postgres, chaos, isDirect = false } = wish
  const folder = wish.dataDir ?? mkdtempSync(join(tmpdir(), 'nrt-apart-'))
  const brokerPort = await freePort()
  const backends = Array.from({ length: wish.backendCount ?? 1 }, (_, i) => (i === 0 ? 'backend' : `backend ${i + 1}`))
  const ofBackends: { [name: string]: string }[] = []
  for (const _ of backends)
    ofBackends.push({ NRT_HTTP_PORT: `${await freePort()}`, NRT_LINK_PORT: `${await freePort()}` })
  const httpPorts = ofBackends.map(own => Number(own.NRT_HTTP_PORT))
  const [httpPort] = httpPorts as [number]
  const linkPorts = ofBackends.map(own => Number(own.NRT_LINK_PORT))
  const numbers = Array.from({ length: wish.gatewayCount }, (_, i) => i + 1)
  const gateways = numbers.map(number => `gateway ${number}`)
  const ownPorts = await Promise.all(numbers.map(freePort))
  const lines = new Map<LineName, ChaosProxy>()

  /** The port where `name` begins, if there are lines; else where it leads. */
  async function through(name: LineName, toPort: number): Promise<number> {
    if (chaos === undefined) return toPort
    const line = await startChaosProxy(toPort, chaos)
    lines.set(name, line)
    return line.port
  }

  const environment: NodeJS.ProcessEnv = {
    ...process.env,
    NRT_DATA_DIR: folder,
    NRT_LINK_KEY: randomBytes(32).toString('base64'),
    NRT_GATEWAY_HTTP_PORT: '0',
    NRT_LOG_LEVEL: 'fatal',
    NRT_NO_FIRST_ACCOUNT: '1',
    ...NO_RATES_ENVIRONMENT,
    ...wish.settings,
  }
  const donglePorts = isDirect
    ? await Promise.all(numbers.map(number => through(`dongle-gateway ${number}`, ownPorts[number - 1] as number)))
    : [await through('dongle-broker', brokerPort)]
  const ends: End[] = []
  /** Pages come by TLS where the line may be hurt: without it nobody notices a bit that was turned. */
  async function pageLine(): Promise<number> {
    if (chaos === undefined) return httpPort
    const far = await startFarEnd(httpPort)
    const near = await startNearEnd(await through('page-backend', far.port))
    ends.push(near, far)
    return near.port
  }

  const pagePort = await pageLine()
  if (postgres !== undefined) {
    const url = new URL(await postgres.fresh())
    url.port = `${await through('backend-PostgreSQL', Number(url.port))}`
    url.search = chaos === undefined ? '' : '?sslmode=no-verify'
    environment.NRT_DATABASE_URL = url.href
  }
  const ofGateways: { [name: string]: string }[] = []
  for (const number of numbers) {
    const own: { [name: string]: string } = isDirect
      ? { NRT_MQTT_PORT: `${ownPorts[number - 1]}` }
      : { NRT_BROKER_URL: `mqtt://127.0.0.1:${await through(`gateway-broker ${number}`, brokerPort)}` }
    const first = await through(`gateway-backend ${number}`, linkPorts[0] as number)
    ofGateways.push({ ...own, NRT_BACKEND: [first, ...linkPorts.slice(1)].map(port => `127.0.0.1:${port}`).join() })
  }

  const dongles = Array.from({ length: wish.dongleCount }, (_, i) => i)
  const accessKey = wish.accessKey ?? (await enrolFleet({ ...environment, ...ofBackends[0] }, dongles, wish.sinceS))
  const running = new Map<string, ChildProcess>()
  let isStopping = false
  const gatewayHttpPorts = new Map<string, number>()
  const logs = new Map<string, { level: number; msg: string }[]>()

  async function start(part: string, program = PROGRAM, more: { [name: string]: string } = {}): Promise<void> {
    if (isStopping) throw new Error(`${part} is not started: all are being ended`)
    if (part === 'broker') {
      running.set(part, await startMosquitto(folder, brokerPort, brokerConfig(brokerPort, folder)))
      return
    }
    if (part === 'database') {
      await postgres?.server.start()
      await whenUp(`postgres://postgres@127.0.0.1:${postgres?.server.port}/postgres`)
      return
    }
    const [half, number] = part.split(' ') as [string, string?]
    const own = (half === 'gateway' ? ofGateways : ofBackends)[Number(number ?? 1) - 1] as { [name: string]: string }
    Object.assign(own, more)
    const env = { ...environment, ...own }
    const { child, gatewayHttpPort } = await startHalf(half, program, env, line => logOf(part).push(line))
    running.set(part, child)
    if (gatewayHttpPort !== undefined) gatewayHttpPorts.set(part, gatewayHttpPort)
  }

  function logOf(part: string): { level: number; msg: string }[] {
    const log = logs.get(part) ?? []
    logs.set(part, log)
    return log
  }

  async function kill(part: string, signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    if (part === 'database') return postgres?.server.kill(signal)
    await end(running.get(part), signal)
    running.delete(part)
  }

  const stop = atEnd(async () => {
    isStopping = true
    const stuck: string[] = []
    for (const part of [...gateways, ...backends, 'broker']) {
      const late = setTimeout(() => {
        stuck.push(part)
        running.get(part)?.kill('SIGKILL')
      }, STOP_MOST_MS)
      await end(running.get(part), 'SIGTERM')
      clearTimeout(late)
    }
    for (const one of [...lines.values(), ...ends]) await one.stop()
    if (wish.dataDir === undefined) rmSync(folder, { recursive: true, force: true })
    if (stuck.length > 0) throw new Error(`${stuck.join(' and ')} did not stop when told to`)
  })

  const settings = Object.fromEntries(
    Object.entries(environment).filter((setting): setting is [string, string] => setting[0].startsWith('NRT_')),
  )
  const ours = [...backends, ...gateways]
  const first = [...(isDirect ? [] : ['broker']), ...ours]
  const begun = await Promise.allSettled(first.map(part => start(part)))
  const fault = begun.find(one => one.status === 'rejected')
  if (fault !== undefined) {
    await stop()
    throw fault.reason
  }
  return {
    ...{ folder, brokerPort, httpPort, httpPorts, pagePort, accessKey, settings, start, kill, stop },
    parts: [...first, ...(postgres === undefined ? [] : ['database'])],
    portOf: number => donglePorts[number % donglePorts.length] as number,
    lines: what => [...lines].flatMap(([name, line]) => (what.test(name) ? [line] : [])),
    gatewayHttpPorts: () => [...gatewayHttpPorts.values()],
    pid: part => (part === 'database' ? postgres?.server.pid : running.get(part)?.pid) as number,
    setClock: (part, offMs) => void running.get(part)?.send({ clockOffMs: offMs }),
    log: logOf,
  }
}

/** Resolves when it says that it is ready; rejects when it ends before. */
function startHalf(
  half: string,
  program: string,
  env: NodeJS.ProcessEnv,
  logged: (line: { level: number; msg: string }) => void,
): Promise<{ child: ChildProcess; gatewayHttpPort: number | undefined }> {
  return new Promise((resolve, reject) => {
    const options = { env, execArgv: ['--import', CLOCK] }
    const child = fork(join(program, 'installer/main.ts'), [half], {
      ...options,
      stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
    })
    createInterface({ input: child.stdout as NodeJS.ReadableStream }).on('line', line => {
      if (line.startsWith('{')) logged(JSON.parse(line))
    })
    child.once('message', message => resolve({ child, ...(message as { gatewayHttpPort: number | undefined }) }))
    child.once('exit', code => reject(new Error(`the ${half} ended with code ${code}`)))
  })
}
