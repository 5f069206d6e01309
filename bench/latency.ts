// From publish to page: a dongle among a loaded fleet sends sealed batches, and an open page's event stream hears of them once they are stored.
// Beside it the same disk's fdatasync, on the idle machine before and after, and by a process of its own while the load runs.

import type { ChildProcess } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { get } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { connectAsync } from 'mqtt'
import { encodeBatch } from '../shared/batch/encode.ts'
import { downTopic, upTopic } from '../shared/session/topics.ts'
import { meteringPointId } from '../test/support/fleet.ts'
import { batchOf, identityOf, ScriptedDongle } from '../test/support/scripted-dongle.ts'
import { measureFdatasyncMs, percentile } from './fdatasync.ts'
import { DONGLES, end, type Lend, type OurPlatform, PROBE, start, startLoad } from './platform.ts'

/** What a platform that has just started does while its code is being compiled is not asked here. */
const WARM_UP_MS = 8000
const SYNCS_MOST = 600
/** A sealed batch of 60. */
const PROBE_BYTES = 450

/** The longest that a probe and its pause take, on average. */
const PROBE_S = 0.035
const lasting = (probes: number, warmUpMs: number): { lastsS: number } => ({
  lastsS: Math.ceil(warmUpMs / 1000 + probes * PROBE_S * 1.2 + 1),
})

export interface Latency {
  pageP50Ms: number
  pageP99Ms: number
  diskP50Ms: number
  diskP99Ms: number
  /** While the load runs. */
  loadedDiskP50Ms: number
  loadedDiskP99Ms: number
}

/** While the fleet sends `rate` batches a second, `probes` batches of one more dongle are followed. */
export function measureLatency(
  lend: Lend,
  rate: number,
  batchSize: number,
  probes: number,
  warmUpMs = WARM_UP_MS,
): Promise<Latency> {
  return lend(DONGLES, async (platform, first) => {
    const syncs = Math.min(SYNCS_MOST, 2 * probes)
    const diskMs = measureFdatasyncMs(platform.folder, syncs)
    const load = await startLoad(
      platform.mqttPort,
      batchSize,
      rate,
      'platform',
      DONGLES,
      first,
      lasting(probes, warmUpMs),
    )
    load.send('go')
    const page = await openPage(platform)
    const dongle = new ScriptedDongle({ identity: identityOf(PROBE), port: platform.mqttPort })
    await dongle.connect()
    await delay(warmUpMs)
    const { child: loaded } = await start('./peers/sync-probe.ts', [platform.folder])
    const latencyMs: number[] = []
    const t0S = Math.floor(Date.now() / 1000) - 86_400
    for (let i = 0; i < probes; i++) {
      const id = { boot: 1, firstSeq: i * batchSize, span: batchSize }
      // Sealed before the clock starts: what counts is the way from the wire on.
      const sealed = dongle.sealBatch(id, encodeBatch(batchOf(1, id.firstSeq, batchSize, t0S)))
      const seen = page.nextEvent()
      const startedMs = performance.now()
      dongle.publish(sealed)
      await seen
      latencyMs.push(performance.now() - startedMs)
      await delay(10 + Math.random() * 20)
    }
    const loadedDiskMs = await askTimes(loaded)
    await end(loaded)
    page.close()
    dongle.cut()
    await end(load)
    diskMs.push(...measureFdatasyncMs(platform.folder, syncs))
    for (const times of [latencyMs, diskMs, loadedDiskMs]) times.sort((a, b) => a - b)
    return {
      pageP50Ms: percentile(latencyMs, 50),
      pageP99Ms: percentile(latencyMs, 99),
      diskP50Ms: percentile(diskMs, 50),
      diskP99Ms: percentile(diskMs, 99),
      loadedDiskP50Ms: percentile(loadedDiskMs, 50),
      loadedDiskP99Ms: percentile(loadedDiskMs, 99),
    }
  })
}

function askTimes(child: ChildProcess): Promise<number[]> {
  return new Promise(resolve => {
    child.once('message', times => resolve(times as number[]))
    child.send('times')
  })
}

/**
 * What is left when nothing is unsealed, judged, indexed or shown: the same fleet at the same rate, each message answered by the thread that
 * read it, at once (echo) or after its group was appended to a file and synced (durable), and the time until a probe has its answer. No
 * platform can be faster on this machine. Milliseconds, ascending.
 */
export async function measureAnswerMs(
  how: 'echo' | 'durable',
  rate: number,
  batchSize: number,
  probes: number,
  warmUpMs = WARM_UP_MS,
): Promise<number[]> {
  const folder = mkdtempSync(join(tmpdir(), 'nrt-bench-'))
  const { child, message } = await start('./peers/null-broker.ts', [how, folder])
  const load = await startLoad(Number(message), batchSize, rate, 'broker', DONGLES, 1, lasting(probes, warmUpMs))
  load.send('go')
  const { dongleId } = identityOf(PROBE)
  const client = await connectAsync({
    host: '127.0.0.1',
    port: Number(message),
    clientId: dongleId,
    username: dongleId,
    password: 'nobody asks',
    keepalive: 60,
  })
  await client.subscribeAsync(downTopic(dongleId))
  await delay(warmUpMs)
  const payload = Buffer.alloc(PROBE_BYTES, 7)
  const answerMs: number[] = []
  for (let i = 0; i < probes; i++) {
    const answered = new Promise(resolve => client.once('message', resolve))
    const startedMs = performance.now()
    client.publish(upTopic(dongleId), payload, { qos: 0 })
    await answered
    answerMs.push(performance.now() - startedMs)
    await delay(10 + Math.random() * 20)
  }
  await client.endAsync(true)
  await end(load)
  await end(child)
  rmSync(folder, { recursive: true })
  return answerMs.sort((a, b) => a - b)
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
