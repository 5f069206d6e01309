// The whole way on one machine, load generator included: durable readings a second beside the peers a user would wire up
// instead, beside the broker with no work behind it and beside the bare disk, and the time from publish to page beside the disk's
// own fdatasync. Interleaved repetitions, medians, ratios.

import { fork } from 'node:child_process'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { measureAppendsPerS, percentile } from './fdatasync.ts'
import { type BenchOptions, type Figure, figure, median } from './figure.ts'
import { measureAnswerMs, measureLatency } from './latency.ts'
import { type RunningServer, startMosquitto, startPostgres } from './peers/servers.ts'
import { ask, cpuUs, end, start, startLoad, startOurs, stopOurs, storedBatches } from './platform.ts'

export const name = 'pipeline'

const WARM_UP_MS = 2000
const MEASURE_MS = 5000
const BATCH = 60
const PROBES = 800
/** What a sealed batch of 60 with 13 fields takes in the file, log and rollups included, as a group of the pipeline has them. */
const GROUP_BATCHES = 400
const STORED_BYTES = 60 * 7

/** What a second of it came to, by name; a peer that is not installed has none. */
type Sample = { [name: string]: number }

/** Counts a second of what `count` reports, over the measuring time. */
async function rateOf(count: () => Promise<number>): Promise<number> {
  await delay(WARM_UP_MS)
  const before = await count()
  const startedMs = performance.now()
  await delay(MEASURE_MS)
  const after = await count()
  return ((after - before) * 1000) / (performance.now() - startedMs)
}

/** Batches a second, durable and acknowledged, each dongle sending its next when one is; and what a batch costs in CPU time. */
async function measureOurs(batchSize: number): Promise<{ perS: number; platformUs: number; loadUs: number }> {
  const platform = await startOurs()
  const load = await startLoad(platform.mqttPort, batchSize, 0, 'platform')
  load.send('go')
  let cpu = { platform: 0, load: 0 }
  const perS = await rateOf(() => {
    const now = { platform: cpuUs(platform.child) ?? 0, load: cpuUs(load) ?? 0 }
    cpu = { platform: now.platform - cpu.platform, load: now.load - cpu.load }
    return storedBatches(platform)
  })
  await end(load)
  await stopOurs(platform)
  const batches = (perS * MEASURE_MS) / 1000
  return { perS, platformUs: cpu.platform / batches, loadUs: cpu.load / batches }
}

/** Messages a second that a broker with nothing behind it takes and confirms, from the same load. */
async function measureBroker(port: number): Promise<number> {
  const load = await startLoad(port, BATCH, 0, 'broker')
  load.send('go')
  const rate = await rateOf(() => ask(load))
  await end(load)
  return rate
}

async function measureNullBroker(which: 'ours' | 'aedes'): Promise<number> {
  const { child, message } = await start('./peers/null-broker.ts', [which])
  const rate = await measureBroker(Number(message))
  await end(child)
  return rate
}

/** Seconds of simulated time between one publisher's first reading and the next one's: more than any of them gets through. */
const PEER_APART_S = 10_000_000
let peerStartS = 1_000_000_000

/** Readings a second that the peer has durably in PostgreSQL. */
async function measurePeer(mode: 'row' | 'buffer', mosquitto: RunningServer, postgres: RunningServer): Promise<number> {
  const { child: writer } = await start('./peers/row-writer.ts', [mode, mosquitto.port, postgres.port])
  const script = fileURLToPath(new URL('./peers/json-publisher.ts', import.meta.url))
  const publisher = fork(script, [`${mosquitto.port}`, '50', '4', `${peerStartS}`], { stdio: 'ignore' })
  peerStartS += PEER_APART_S
  const rate = await rateOf(() => ask(writer))
  await end(publisher)
  await end(writer)
  return rate
}

async function measureAll(peers: { mosquitto?: RunningServer; postgres?: RunningServer }): Promise<Sample> {
  const { mosquitto, postgres } = peers
  const sample: Sample = {}
  const many = await measureOurs(BATCH)
  const one = await measureOurs(1)
  sample.readings = many.perS * BATCH
  sample.single = one.perS
  sample.platformUs = many.platformUs
  sample.singleUs = one.platformUs
  sample.loadUs = many.loadUs
  if (mosquitto && postgres) {
    sample.rows = await measurePeer('row', mosquitto, postgres)
    sample.buffered = await measurePeer('buffer', mosquitto, postgres)
    sample.besideRows = sample.readings / sample.rows
    sample.besideBuffered = sample.readings / sample.buffered
    sample.singleBesideRows = sample.single / sample.rows
  }
  sample.brokerOurs = await measureNullBroker('ours')
  sample.brokerAedes = await measureNullBroker('aedes')
  sample.besideBroker = many.perS / sample.brokerOurs
  sample.besideAedes = many.perS / sample.brokerAedes
  if (mosquitto) {
    sample.brokerMosquitto = await measureBroker(mosquitto.port)
    sample.besideMosquitto = many.perS / sample.brokerMosquitto
  }
  sample.disk = measureAppendsPerS(GROUP_BATCHES * STORED_BYTES, 1000) * GROUP_BATCHES * BATCH
  const latency = await measureLatency(many.perS * 0.4, BATCH, PROBES)
  Object.assign(sample, latency)
  const answerMs = await measureAnswerMs('echo', many.perS * 0.4, BATCH, PROBES)
  sample.answerP99Ms = percentile(answerMs, 99)
  const durableMs = await measureAnswerMs('durable', many.perS * 0.4, BATCH, PROBES)
  sample.durableP50Ms = percentile(durableMs, 50)
  sample.durableP99Ms = percentile(durableMs, 99)
  sample.p50 = latency.pageP50Ms / latency.diskP50Ms
  sample.p99 = latency.pageP99Ms / latency.diskP99Ms
  sample.loadedP99 = latency.pageP99Ms / latency.loadedDiskP99Ms
  sample.durableP99 = sample.durableP99Ms / latency.diskP99Ms
  return sample
}

const FIGURES: [key: string, name: string, unit: string, goal: string][] = [
  ['readings', 'durable readings/s, batches of 60', 'readings/s', 'none'],
  ['single', 'durable readings/s, one reading a message', 'readings/s', 'none'],
  ['rows', 'peer, a row a reading (mosquitto, node, PostgreSQL)', 'readings/s', 'none'],
  ['buffered', 'peer, 1,000 rows a write, acknowledged early', 'readings/s', 'none'],
  ['besideRows', 'batches of 60 beside the row peer', 'times', '>= 100'],
  ['besideBuffered', 'batches of 60 beside the buffering peer', 'times', '>= 10'],
  ['singleBesideRows', 'one reading a message beside the row peer', 'times', '>= 5'],
  ['brokerOurs', 'messages/s, our broker with no work behind it', 'messages/s', 'none'],
  ['brokerAedes', 'messages/s, aedes with no work behind it', 'messages/s', 'none'],
  ['brokerMosquitto', 'messages/s, mosquitto with no work behind it', 'messages/s', 'none'],
  ['besideBroker', 'messages/s of the whole way beside our broker alone', 'times', '>= 0.5'],
  ['besideAedes', 'messages/s of the whole way beside aedes alone', 'times', '>= 0.4'],
  ['besideMosquitto', 'messages/s of the whole way beside mosquitto alone', 'times', 'none'],
  ['disk', 'append and fdatasync of as many bytes, groups of 400 batches', 'readings/s', 'none'],
  ['platformUs', 'CPU time of the platform per batch of 60', 'us', 'none'],
  ['singleUs', 'CPU time of the platform per message of one reading', 'us', 'none'],
  ['loadUs', 'CPU time of the load generator per batch of 60', 'us', 'none'],
  ['diskP50Ms', 'fdatasync p50', 'ms', 'none'],
  ['diskP99Ms', 'fdatasync p99', 'ms', 'none'],
  ['pageP50Ms', 'publish to page at 40 % of saturation, p50', 'ms', 'none'],
  ['pageP99Ms', 'publish to page at 40 % of saturation, p99', 'ms', 'none'],
  ['loadedDiskP50Ms', 'fdatasync under the same load, p50', 'ms', 'none'],
  ['loadedDiskP99Ms', 'fdatasync under the same load, p99', 'ms', 'none'],
  ['answerP99Ms', 'answered at once, nothing stored or shown, p99', 'ms', 'none'],
  ['durableP50Ms', 'answered when appended and synced, nothing else, p50', 'ms', 'none'],
  ['durableP99Ms', 'answered when appended and synced, nothing else, p99', 'ms', 'none'],
  ['p50', 'publish to page p50 beside fdatasync p50', 'times', '<= 20'],
  ['p99', 'publish to page p99 beside fdatasync p99', 'times', '<= 10'],
  ['loadedP99', 'publish to page p99 beside fdatasync p99 under the same load', 'times', '<= 10'],
  ['durableP99', 'appended, synced and answered, p99 beside fdatasync p99: the floor', 'times', 'none'],
]

/** Medians over the repetitions, of ratios too: each ratio is of one repetition. */
export async function run({ repetitions }: BenchOptions): Promise<Figure[]> {
  const mosquitto = await startMosquitto()
  const postgres = mosquitto && (await startPostgres())
  const samples: Sample[] = []
  for (let repetition = 0; repetition < repetitions; repetition++)
    samples.push(await measureAll({ mosquitto, postgres }))
  await postgres?.stop()
  await mosquitto?.stop()
  if (!postgres) console.error('pipeline: peers are left out: mosquitto or PostgreSQL is not installed')
  return FIGURES.flatMap(([key, name, unit, goal]) => {
    const values = samples.flatMap(sample => sample[key] ?? [])
    return values.length === 0 ? [] : [figure(name, median(values), unit, goal)]
  })
}
