// The whole way on one machine, load generator included: durable readings a second beside the peers a user would wire up
// instead, and the time from publish to page beside the disk's own fdatasync. Interleaved repetitions, medians, ratios.

import { type ChildProcess, fork } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { get } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { enrolFleet, meteringPointId, type PlatformProcess, startPlatformProcess } from '../test/support/fleet.ts'
import { batchOf, identityOf, ScriptedDongle } from '../test/support/scripted-dongle.ts'
import { measureFdatasyncMs, percentile } from './fdatasync.ts'
import { type Figure, figure, median } from './figure.ts'
import { type RunningServer, startMosquitto, startPostgres } from './peers/servers.ts'

export const name = 'pipeline'

const REPETITIONS = 3
const DONGLES = 200
const WARM_UP_MS = 2000
const MEASURE_MS = 5000
const PROBE = 0
const PROBES = 200

const fileOf = (path: string): string => fileURLToPath(new URL(path, import.meta.url))

function start(script: string, args: (string | number)[]): Promise<ChildProcess> {
  return new Promise((resolve, reject) => {
    const child = fork(fileOf(script), args.map(String), {
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    })
    child.once('message', () => resolve(child))
    child.once('exit', code => reject(new Error(`${script} ended with code ${code}`)))
  })
}

async function end(child: ChildProcess): Promise<void> {
  const ended = new Promise(resolve => child.once('exit', resolve))
  child.kill('SIGKILL')
  await ended
}

function ask(child: ChildProcess): Promise<number> {
  return new Promise(resolve => {
    child.once('message', answer => resolve(Number(answer)))
    child.send('count')
  })
}

/** Counts a second of what `count` reports, over the measuring time. */
async function rateOf(count: () => Promise<number>): Promise<number> {
  await delay(WARM_UP_MS)
  const before = await count()
  const startedMs = performance.now()
  await delay(MEASURE_MS)
  const after = await count()
  return ((after - before) * 1000) / (performance.now() - startedMs)
}

interface OurPlatform extends PlatformProcess {
  folder: string
  accessKey: string
}

async function startOurs(): Promise<OurPlatform> {
  const folder = mkdtempSync(join(tmpdir(), 'nrt-bench-'))
  const environment = {
    ...process.env,
    NRT_DATA_DIR: folder,
    NRT_HTTP_PORT: '0',
    NRT_MQTT_PORT: '0',
    NRT_LOG_LEVEL: 'error',
    NRT_CONNECTS_PER_S: '100000',
    NRT_CONNECTS_BURST: '100000',
    NRT_NO_FIRST_ACCOUNT: '1',
  }
  const numbers = Array.from({ length: DONGLES + 1 }, (_, number) => number)
  const accessKey = await enrolFleet(environment, numbers, 1_500_000_000)
  return { ...(await startPlatformProcess(environment)), folder, accessKey }
}

async function stopOurs(platform: OurPlatform): Promise<void> {
  await end(platform.child)
  rmSync(platform.folder, { recursive: true, force: true })
}

/** How many batches the store has, by the platform's own count after the commit. */
async function storedBatches({ httpPort }: OurPlatform): Promise<number> {
  const text = await (await fetch(`http://127.0.0.1:${httpPort}/metrics`)).text()
  return Number(/^nrt_gateway_batches_total\{outcome="stored"\} (\d+)/m.exec(text)?.[1] ?? 0)
}

/** Batches a second, durable and acknowledged; each dongle sends its next when the last one is. */
async function measureOurs(batchSize: number): Promise<number> {
  const platform = await startOurs()
  const load = await start('./load.ts', [platform.mqttPort, 1, DONGLES, batchSize, 0])
  load.send('go')
  const rate = await rateOf(() => storedBatches(platform))
  await end(load)
  await stopOurs(platform)
  return rate
}

/** Readings a second that the peer has durably in PostgreSQL. */
async function measurePeer(mode: 'row' | 'buffer', mosquitto: RunningServer, postgres: RunningServer): Promise<number> {
  const writer = await start('./peers/row-writer.ts', [mode, mosquitto.port, postgres.port])
  const publisher = fork(fileOf('./peers/json-publisher.ts'), [`${mosquitto.port}`, '50', '4'], { stdio: 'ignore' })
  const rate = await rateOf(() => ask(writer))
  await end(publisher)
  await end(writer)
  return rate
}

/** Milliseconds from publish to the event on an open page, ascending, while the fleet sends `rate` batches a second. */
async function measureLatencyMs(rate: number, batchSize: number): Promise<{ latencyMs: number[]; diskMs: number[] }> {
  const platform = await startOurs()
  const diskMs = measureFdatasyncMs(platform.folder, 600)
  const load = await start('./load.ts', [platform.mqttPort, 1, DONGLES, batchSize, rate])
  load.send('go')
  const page = await openPage(platform)
  const dongle = new ScriptedDongle({ identity: identityOf(PROBE), port: platform.mqttPort })
  await dongle.connect()
  await delay(WARM_UP_MS)
  const latencyMs: number[] = []
  const t0S = Math.floor(Date.now() / 1000) - 86_400
  for (let i = 0; i < PROBES; i++) {
    const startedMs = performance.now()
    dongle.post(batchOf(1, i * batchSize, batchSize, t0S))
    await page.nextEvent()
    latencyMs.push(performance.now() - startedMs)
    await delay(20 + Math.random() * 20)
  }
  page.close()
  dongle.cut()
  await end(load)
  diskMs.push(...measureFdatasyncMs(platform.folder, 600))
  await stopOurs(platform)
  return { latencyMs: latencyMs.sort((a, b) => a - b), diskMs: diskMs.sort((a, b) => a - b) }
}

/** A page's event stream for the probe's metering point. */
async function openPage({ httpPort, accessKey }: OurPlatform): Promise<{ nextEvent(): Promise<void>; close(): void }> {
  const headers = { authorization: `Bearer ${accessKey}` }
  const base = `http://127.0.0.1:${httpPort}/api/v1/metering-points`
  const probe = await meteringPointId(base, headers, PROBE)
  let wake: () => void = () => {}
  return new Promise((resolve, reject) => {
    const request = get(`${base}/${probe}/live`, { headers }, response => {
      response.on('data', chunk => String(chunk).includes('event: reading') && wake())
      resolve({
        nextEvent: () =>
          new Promise(seen => {
            wake = seen
          }),
        close: () => request.destroy(),
      })
    })
    request.once('error', reject)
  })
}

export async function run(): Promise<Figure[]> {
  const mosquitto = await startMosquitto()
  const postgres = mosquitto && (await startPostgres())
  const ours: number[] = []
  const oursSingle: number[] = []
  const rows: number[] = []
  const buffered: number[] = []
  for (let repetition = 0; repetition < REPETITIONS; repetition++) {
    ours.push((await measureOurs(60)) * 60)
    oursSingle.push(await measureOurs(1))
    if (mosquitto && postgres) {
      rows.push(await measurePeer('row', mosquitto, postgres))
      buffered.push(await measurePeer('buffer', mosquitto, postgres))
    }
  }
  await postgres?.stop()
  await mosquitto?.stop()
  const figures = [
    figure('durable readings/s, batches of 60', median(ours), 'readings/s', 'none'),
    figure('durable readings/s, one reading a message', median(oursSingle), 'readings/s', 'none'),
  ]
  if (rows.length > 0) {
    figures.push(
      figure('peer, a row a reading (mosquitto, node, PostgreSQL)', median(rows), 'readings/s', 'none'),
      figure('peer, 1,000 rows a write, acknowledged early', median(buffered), 'readings/s', 'none'),
      figure('batches of 60 beside the row peer', median(ours) / median(rows), 'times', '>= 100'),
      figure('batches of 60 beside the buffering peer', median(ours) / median(buffered), 'times', '>= 10'),
      figure('one reading a message beside the row peer', median(oursSingle) / median(rows), 'times', '>= 5'),
    )
  } else console.error('pipeline: the peers are left out: mosquitto or PostgreSQL is not installed')

  const { latencyMs, diskMs } = await measureLatencyMs((median(ours) / 60) * 0.4, 60)
  const disk = { p50: percentile(diskMs, 50), p99: percentile(diskMs, 99) }
  const page = { p50: percentile(latencyMs, 50), p99: percentile(latencyMs, 99) }
  return [
    ...figures,
    figure('fdatasync p50', disk.p50, 'ms', 'none'),
    figure('fdatasync p99', disk.p99, 'ms', 'none'),
    figure('publish to page at 40 % of saturation, p50', page.p50, 'ms', 'none'),
    figure('publish to page at 40 % of saturation, p99', page.p99, 'ms', 'none'),
    figure('publish to page p50 beside fdatasync p50', page.p50 / disk.p50, 'times', '<= 20'),
    figure('publish to page p99 beside fdatasync p99', page.p99 / disk.p99, 'times', '<= 10'),
  ]
}
