// The platform as the pipeline benchmark runs it: a process of its own on a fresh folder, a fleet that it knows, load from another process,
// and what both cost. CPU time is read from /proc where there is one: it tells more than a rate on a machine with other work.

import { type ChildProcess, fork } from 'node:child_process'
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { enrolFleet, type PlatformProcess, startPlatformProcess } from '../test/support/fleet.ts'
import { NO_RATES_ENVIRONMENT } from '../test/support/no-rates.ts'
import { selfSignedCertificate } from '../test/support/self-signed-certificate.ts'

export const DONGLES = 200
/** Enough for every part of the short form. */
export const QUICK_FLEET = 1140
/** The dongle whose readings are followed to a page; the load has numbers from 1 on. */
export const PROBE = 0

const fileOf = (path: string): string => fileURLToPath(new URL(path, import.meta.url))

/** Resolves with the script's first message, when it is ready. */
export function start(script: string, args: (string | number)[]): Promise<{ child: ChildProcess; message: unknown }> {
  return new Promise((resolve, reject) => {
    const child = fork(fileOf(script), args.map(String), { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
    child.once('message', message => resolve({ child, message }))
    child.once('exit', code => reject(new Error(`${script} ended with code ${code}`)))
  })
}

export async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = new Promise(resolve => child.once('exit', resolve))
  child.kill('SIGKILL')
  await ended
}

/** A number that the child says when asked. */
export function ask(child: ChildProcess): Promise<number> {
  return new Promise(resolve => {
    child.once('message', answer => resolve(Number(answer)))
    child.send('count')
  })
}

export interface OurPlatform extends PlatformProcess {
  folder: string
  accessKey: string
}

export interface PlatformWish {
  /** Beside the probe; DONGLES unless it is said. */
  dongles?: number
  hasTls?: boolean
  /** As a platform is by default; otherwise a fleet may come as fast as it can. */
  hasDefaultLimits?: boolean
  /** For the program that runs it. */
  nodeOptions?: string
}

export async function startOurs(wish: PlatformWish = {}): Promise<OurPlatform> {
  const { dongles = DONGLES, hasTls = false, hasDefaultLimits = false, nodeOptions } = wish
  const folder = mkdtempSync(join(tmpdir(), 'nrt-bench-'))
  const environment = {
    ...process.env,
    NRT_DATA_DIR: folder,
    NRT_HTTP_PORT: '0',
    NRT_MQTT_PORT: '0',
    NRT_LOG_LEVEL: 'error',
    ...(!hasDefaultLimits && NO_RATES_ENVIRONMENT),
    NRT_NO_FIRST_ACCOUNT: '1',
    ...(hasTls && tlsOf(folder)),
  }
  const accessKey = await copyEnrolled(dongles, folder)
  const options = nodeOptions === undefined ? {} : { NODE_OPTIONS: nodeOptions }
  return { ...(await startPlatformProcess({ ...environment, ...options })), folder, accessKey }
}

/** Lends `use` a platform on which `dongles` are known who have not sent anything yet, from `first` on. */
export type Lend = <T>(dongles: number, use: (platform: OurPlatform, first: number) => Promise<T>) => Promise<T>

/** Does `work` with platforms to lend: to each who asks one of his own; in the short form to all the same, which is warm after the first of them. */
export async function withPlatforms<T>(
  isQuick: boolean,
  wish: PlatformWish,
  work: (lend: Lend) => Promise<T>,
): Promise<T> {
  if (!isQuick) return work(lendEachOwn(wish))
  const platform = await startOurs({ ...wish, dongles: QUICK_FLEET })
  const result = await work(lendShared(platform))
  await stopOurs(platform)
  return result
}

function lendEachOwn(wish: PlatformWish): Lend {
  return async (dongles, use) => {
    const platform = await startOurs({ ...wish, dongles })
    const result = await use(platform, 1)
    await stopOurs(platform)
    return result
  }
}

function lendShared(platform: OurPlatform): Lend {
  let next = 1
  return (dongles, use) => {
    const first = next
    next += dongles
    return use(platform, first)
  }
}

/** Fewer are not enrolled. */
let leastEnrolled = 0

/** From now on platforms that want fewer begin with a fleet of `dongles`, all with the same: the short form enrols once. */
export function shareFleet(dongles: number): void {
  leastEnrolled = dongles
}

/** Fleets by their size: enrolling ten thousand takes a minute, and each platform of a run that has so many begins with the same. */
const enrolled = new Map<number, { folder: string; accessKey: string }>()
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(1))
process.once('exit', () => {
  for (const { folder } of enrolled.values()) rmSync(folder, { recursive: true, force: true })
})

/** Data of a platform that knows the probe and `dongles` more; gives the access key. */
export async function copyEnrolled(dongles: number, to: string): Promise<string> {
  const known = Math.max(dongles, leastEnrolled)
  const fleet = enrolled.get(known) ?? (await enrol(known))
  cpSync(fleet.folder, to, { recursive: true })
  return fleet.accessKey
}

/** Linux' disk in memory: it is only copied from, and enrolling waits for little else than the disk. */
const MEMORY = '/dev/shm'

async function enrol(dongles: number): Promise<{ folder: string; accessKey: string }> {
  const folder = mkdtempSync(join(existsSync(MEMORY) ? MEMORY : tmpdir(), 'nrt-bench-fleet-'))
  const environment = { ...process.env, NRT_DATA_DIR: folder, NRT_LOG_LEVEL: 'error', NRT_NO_FIRST_ACCOUNT: '1' }
  const numbers = Array.from({ length: dongles + 1 }, (_, number) => number)
  const fleet = { folder, accessKey: await enrolFleet(environment, numbers, 1_500_000_000) }
  enrolled.set(dongles, fleet)
  return fleet
}

function tlsOf(folder: string): { [name: string]: string } {
  const { cert, key } = selfSignedCertificate('localhost')
  const [certFile, keyFile] = [join(folder, 'cert.pem'), join(folder, 'key.pem')]
  writeFileSync(certFile, cert)
  writeFileSync(keyFile, key, { mode: 0o600 })
  return { NRT_MQTT_TLS_PORT: '0', NRT_MQTT_TLS_CERT_FILE: certFile, NRT_MQTT_TLS_KEY_FILE: keyFile }
}

export async function stopOurs(platform: OurPlatform): Promise<void> {
  await end(platform.child)
  rmSync(platform.folder, { recursive: true, force: true })
}

/** How many batches the store has, by the platform's own count after the commit. */
export async function storedBatches(platform: Pick<OurPlatform, 'httpPort'>): Promise<number> {
  return gaugeOf(platform, 'nrt_gateway_batches_total{outcome="stored"}')
}

/** What the platform says of itself under this name; 0 when it says nothing. */
export async function gaugeOf(platform: Pick<OurPlatform, 'httpPort'>, name: string): Promise<number> {
  return (await valuesOf(platform, `${name} `))[0] ?? 0
}

/** The same, with whatever labels it has, together. */
export async function totalOf(platform: Pick<OurPlatform, 'httpPort'>, name: string): Promise<number> {
  return (await valuesOf(platform, `${name}{`)).reduce((sum, value) => sum + value, 0)
}

async function valuesOf({ httpPort }: Pick<OurPlatform, 'httpPort'>, beginning: string): Promise<number[]> {
  const text = await (await fetch(`http://127.0.0.1:${httpPort}/metrics`)).text()
  const lines = text.split('\n').filter(line => line.startsWith(beginning))
  return lines.map(line => Number(line.slice(line.lastIndexOf(' '))))
}

/** In flight for each dongle: two live and two of the backlog (shared/session/sender-window.ts). */
export const WINDOW = 4

/** How long a fleet that comes as fast as it is acknowledged has something to send, and one at a fixed rate. */
const LASTS_S = 10
const LASTS_AT_RATE_S = 40

/** The fleet from dongle `first` on, packed and waiting for 'go'. `rate` 0: as fast as it is acknowledged. `mode` and the rest: see load.ts. */
export async function startLoad(
  port: number,
  batchSize: number,
  rate: number,
  mode: 'platform' | 'broker',
  dongles = DONGLES,
  first = 1,
  {
    window = WINDOW,
    lastsS = rate === 0 ? LASTS_S : LASTS_AT_RATE_S,
  }: { window?: number; lastsS?: number | undefined } = {},
): Promise<ChildProcess> {
  return (await start('./load.ts', [port, first, dongles, batchSize, rate, mode, window, lastsS])).child
}

const TICK_US = 10_000

/** CPU time of the process with all its threads, user and system, in microseconds; undefined where the system does not tell. */
export function cpuUs({ pid }: { pid?: number | undefined }): number | undefined {
  const path = `/proc/${pid}/stat`
  if (!existsSync(path)) return undefined
  const stat = readFileSync(path, 'latin1')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) * TICK_US
}
