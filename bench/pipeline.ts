// The whole way on one machine, load generator included: durable readings a second beside the peers a user would wire up
// instead, beside the broker with no work behind it and beside the bare disk, and the time from publish to page beside the disk's
// own fdatasync. Interleaved repetitions, medians, ratios.

import { fork } from 'node:child_process'
import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import { type BrokerRun, measureBroker, measureOwnBroker } from './broker-alone.ts'
import { measureAppendsPerS, percentile } from './fdatasync.ts'
import { type BenchOptions, type Figure, figure, median } from './figure.ts'
import { measureAnswerMs, measureLatency } from './latency.ts'
import type { FloorWork } from './peers/floor-work.ts'
import { type RunningServer, startMosquitto, startPostgres } from './peers/servers.ts'
import {
  ask,
  cpuUs,
  DONGLES,
  end,
  type Lend,
  start,
  startLoad,
  storedBatches,
  WINDOW,
  withPlatforms,
} from './platform.ts'
import { ratePerS, type Stretch } from './rate.ts'

export const name = 'pipeline'

interface Times extends Stretch {
  /** What the load has more to send than it would need. */
  spareS: number
  floorMs: number
  probes: number
  /** Before the first of them. */
  probesAfterMs: number
}

const FULL: Times = {
  ...{ warmUpMs: 2000, measureMs: 5000, spareS: 3 },
  ...{ floorMs: 3000, probes: 800, probesAfterMs: 8000 },
}
const QUICK: Times = {
  ...{ warmUpMs: 400, measureMs: 500, spareS: 0, lastsS: 3 },
  ...{ floorMs: 300, probes: 40, probesAfterMs: 800 },
}
const BATCH = 60
/** What a sealed batch of 60 with 13 fields takes in the file, log and rollups included, as a group of the pipeline has them. */
const GROUP_BATCHES = 400
const STORED_BYTES = 60 * 7

/** What a second of it came to, by name; a peer that is not installed has none. */
type Sample = { [name: string]: number }

/** Batches a second, durable and acknowledged, each dongle sending its next when one is; and what a batch costs in CPU time. */
function measureOurs(
  lend: Lend,
  batchSize: number,
  times: Times,
  window = WINDOW,
): Promise<{ perS: number; platformUs: number; loadUs: number }> {
  return lend(DONGLES, async (platform, first) => {
    const load = await startLoad(platform.mqttPort, batchSize, 0, 'platform', DONGLES, first, {
      window,
      lastsS: Math.ceil((times.warmUpMs + times.measureMs) / 1000) + times.spareS,
    })
    load.send('go')
    let cpu = { platform: 0, load: 0 }
    const perS = await ratePerS(() => {
      const now = { platform: cpuUs(platform.child) ?? 0, load: cpuUs(load) ?? 0 }
      cpu = { platform: now.platform - cpu.platform, load: now.load - cpu.load }
      return storedBatches(platform)
    }, times)
    await end(load)
    const batches = (perS * times.measureMs) / 1000
    return { perS, platformUs: cpu.platform / batches, loadUs: cpu.load / batches }
  })
}

/** Seconds of simulated time between one publisher's first reading and the next one's: more than any of them gets through. */
const PEER_APART_S = 10_000_000
let peerStartS = 1_000_000_000

/** Readings a second that the peer has durably in PostgreSQL. */
async function measurePeer(
  mode: 'row' | 'buffer',
  mosquitto: RunningServer,
  postgres: RunningServer,
  stretch: Stretch,
): Promise<number> {
  const { child: writer } = await start('./peers/row-writer.ts', [mode, mosquitto.port, postgres.port])
  const script = fileURLToPath(new URL('./peers/json-publisher.ts', import.meta.url))
  const publisher = fork(script, [`${mosquitto.port}`, '50', '4', `${peerStartS}`], { stdio: 'ignore' })
  peerStartS += PEER_APART_S
  const rate = await ratePerS(() => ask(writer), stretch)
  await end(publisher)
  await end(writer)
  return rate
}

/**
 * The share of a broker's own rate that is left when each message costs `floorUs` more and all processors are busy to the full, the generator's
 * share in it. The broker alone is as fast as the busier of it and its generator, which have one thread each.
 */
function bestShare({ brokerUs, loadUs }: BrokerRun, floorUs: number, processors: number): number {
  return (processors * Math.max(brokerUs, loadUs)) / (brokerUs + loadUs + floorUs)
}

/** The whole way beside brokers with no work behind them, and the least that a batch must cost more than their messages do. */
async function measureBrokers(
  lend: Lend,
  perS: number,
  mosquitto: RunningServer | undefined,
  times: Times,
): Promise<Sample> {
  const sample: Sample = {}
  const { child, message } = await start('./peers/floor-work.ts', [times.floorMs])
  await end(child)
  Object.assign(sample, message as FloorWork)
  const { unsealUs, checkUs, ackUs, storeUs } = message as FloorWork
  const floorUs = unsealUs + checkUs + ackUs + storeUs
  const ours = await measureOwnBroker('ours', times)
  const aedes = await measureOwnBroker('aedes', times)
  const processors = availableParallelism()
  Object.assign(sample, { brokerUs: ours.brokerUs, brokerLoadUs: ours.loadUs, floorUs, processors })
  sample.brokerOurs = ours.perS
  sample.brokerAedes = aedes.perS
  sample.besideBroker = perS / ours.perS
  sample.besideAedes = perS / aedes.perS
  sample.bestBesideBroker = bestShare(ours, floorUs, processors)
  sample.bestBesideAedes = bestShare(aedes, floorUs, processors)
  sample.processorsForHalf = (0.5 * processors) / sample.bestBesideBroker
  if (mosquitto) {
    sample.brokerMosquitto = (await measureBroker(mosquitto.port, times)).perS
    sample.besideMosquitto = perS / sample.brokerMosquitto
  }
  const single = await measureOurs(lend, BATCH, times, 1)
  sample.besideBrokerOne = single.perS / (await measureOwnBroker('ours', times, 1)).perS
  sample.besideAedesOne = single.perS / (await measureOwnBroker('aedes', times, 1)).perS
  return sample
}

async function measureAll(
  lend: Lend,
  peers: { mosquitto?: RunningServer; postgres?: RunningServer },
  times: Times,
): Promise<Sample> {
  const { mosquitto, postgres } = peers
  const sample: Sample = {}
  const many = await measureOurs(lend, BATCH, times)
  const one = await measureOurs(lend, 1, times)
  sample.readings = many.perS * BATCH
  sample.single = one.perS
  sample.platformUs = many.platformUs
  sample.singleUs = one.platformUs
  sample.loadUs = many.loadUs
  if (mosquitto && postgres) {
    sample.rows = await measurePeer('row', mosquitto, postgres, times)
    sample.buffered = await measurePeer('buffer', mosquitto, postgres, times)
    sample.besideRows = sample.readings / sample.rows
    sample.besideBuffered = sample.readings / sample.buffered
    sample.singleBesideRows = sample.single / sample.rows
  }
  Object.assign(sample, await measureBrokers(lend, many.perS, mosquitto, times))
  sample.disk = measureAppendsPerS(GROUP_BATCHES * STORED_BYTES, 1000) * GROUP_BATCHES * BATCH
  return Object.assign(sample, await measureTimes(lend, many.perS * 0.4, times))
}

/** From publish to page at 40 % of saturation, beside the disk, and beside what only answers. */
async function measureTimes(lend: Lend, rate: number, { probes, probesAfterMs }: Times): Promise<Sample> {
  const latency = await measureLatency(lend, rate, BATCH, probes, probesAfterMs)
  const answerMs = await measureAnswerMs('echo', rate, BATCH, probes, probesAfterMs)
  const durableMs = await measureAnswerMs('durable', rate, BATCH, probes, probesAfterMs)
  const durableP99Ms = percentile(durableMs, 99)
  return {
    ...latency,
    answerP99Ms: percentile(answerMs, 99),
    durableP50Ms: percentile(durableMs, 50),
    durableP99Ms,
    p50: latency.pageP50Ms / latency.diskP50Ms,
    p99: latency.pageP99Ms / latency.diskP99Ms,
    loadedP50: latency.pageP50Ms / latency.loadedDiskP50Ms,
    loadedP99: latency.pageP99Ms / latency.loadedDiskP99Ms,
    durableP99: durableP99Ms / latency.diskP99Ms,
  }
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
  ['besideBrokerOne', 'the same with one in flight for each dongle, ours', 'times', 'none'],
  ['besideAedesOne', 'the same with one in flight for each dongle, aedes', 'times', 'none'],
  ['brokerUs', 'CPU time of our broker alone per message', 'us', 'none'],
  ['brokerLoadUs', 'CPU time of the load generator per message to it', 'us', 'none'],
  ['unsealUs', 'the least a batch costs more: HMAC, AES, CBOR of its envelope', 'us', 'none'],
  ['checkUs', '  every bit of it checked', 'us', 'none'],
  ['ackUs', '  a quarter of a sealed ack', 'us', 'none'],
  ['storeUs', '  sealed at rest, one statement, its share of the commit', 'us', 'none'],
  ['floorUs', '  together, bare functions in one loop', 'us', 'none'],
  ['bestBesideBroker', 'so the best possible beside our broker, all processors full', 'times', 'none'],
  ['bestBesideAedes', 'so the best possible beside aedes, all processors full', 'times', 'none'],
  ['processors', '  processors here', 'processors', 'none'],
  ['processorsForHalf', '  processors that half of our broker’s rate would want', 'processors', 'none'],
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
  ['loadedP50', 'publish to page p50 beside fdatasync p50 under the same load', 'times', '<= 20'],
  ['loadedP99', 'publish to page p99 beside fdatasync p99 under the same load', 'times', '<= 10'],
  ['durableP99', 'appended, synced and answered, p99 beside fdatasync p99: the floor', 'times', 'none'],
]

/** Medians over the repetitions, of ratios too: each ratio is of one repetition. */
export async function run({ repetitions, isQuick }: BenchOptions): Promise<Figure[]> {
  const mosquitto = await startMosquitto()
  const postgres = mosquitto && (await startPostgres())
  const samples: Sample[] = []
  await withPlatforms(isQuick, {}, async lend => {
    for (let repetition = 0; repetition < repetitions; repetition++)
      samples.push(await measureAll(lend, { mosquitto, postgres }, isQuick ? QUICK : FULL))
  })
  await postgres?.stop()
  await mosquitto?.stop()
  if (!postgres) console.error('pipeline: peers are left out: mosquitto or PostgreSQL is not installed')
  return FIGURES.flatMap(([key, name, unit, goal]) => {
    const values = samples.flatMap(sample => sample[key] ?? [])
    return values.length === 0 ? [] : [figure(name, median(values), unit, goal)]
  })
}
