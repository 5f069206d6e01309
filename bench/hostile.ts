// What somebody who means harm does to others: honest dongles' time from a batch's write to its ack, with and without a hostile client beside them,
// in turn on one platform with its limits as they are by default. The ratio of the slowest hundredth is of one pair of rounds; medians over the
// rounds. The first kind only takes the same time of a processor, without a connection: what any busy neighbour does.

import type { ChildProcess } from 'node:child_process'
import { setTimeout as delay } from 'node:timers/promises'
import { percentile } from './fdatasync.ts'
import { type BenchOptions, type Figure, figure, median } from './figure.ts'
import type { Answers } from './honest-fleet.ts'
import { cpuUs, end, gaugeOf, type OurPlatform, start, startOurs, stopOurs } from './platform.ts'

export const name = 'hostile'

const HONEST = 100
const STOLEN = 10
const RATE = 500
const ROUND_MS = 6000
/** After a round, before the next is measured: what was begun ends. */
const SETTLE_MS = 1000
const WARM_UP_MS = 8000

const KINDS: [kind: string, does: string][] = [
  ['processor', 'nothing but burn processor time, for comparison'],
  ['connects', 'connects and goes, one address'],
  ['strangers', 'CONNECTs of unknown dongles, 200 addresses'],
  ['handshakes', 'TLS handshakes, 200 addresses'],
  ['silent', '900 connections that say nothing'],
  ['drip', '400 connections, a byte of CONNECT each 100 ms'],
  ['deaf', 'stolen keys: asks and never reads'],
  ['pings', 'stolen keys: PINGREQs without end'],
  ['publishes', 'stolen keys: genuine batches without end'],
  ['payloads', 'stolen keys: messages of 60 kB that are none'],
  ['subscriptions', 'stolen keys: SUBSCRIBEs of two thousand filters'],
]

interface Round {
  p50Ms: number
  p99Ms: number
  /** The platform's processor time, of one core. */
  share: number
}

async function answersOf(fleet: ChildProcess): Promise<Answers> {
  return await new Promise(resolve => {
    fleet.once('message', answers => resolve(answers as Answers))
    fleet.send('times')
  })
}

async function round(platform: OurPlatform, fleet: ChildProcess): Promise<Round> {
  await delay(SETTLE_MS)
  await answersOf(fleet)
  const fromUs = cpuUs(platform.child) ?? 0
  const startedMs = performance.now()
  await delay(ROUND_MS)
  const { ms } = await answersOf(fleet)
  ms.sort((a, b) => a - b)
  const share = ((cpuUs(platform.child) ?? 0) - fromUs) / 1000 / (performance.now() - startedMs)
  return { p50Ms: percentile(ms, 50), p99Ms: percentile(ms, 99), share }
}

interface Pair {
  quiet: Round
  hostile: Round
  /** Of one core, while it was at it: its own, and what the platform took more than in the quiet round. */
  share: number
  platformShare: number
}

async function measurePair(platform: OurPlatform, fleet: ChildProcess, kind: string): Promise<Pair> {
  const quiet = await round(platform, fleet)
  const args = [kind, platform.mqttPort, platform.tlsPort ?? 0, HONEST + 1, STOLEN]
  const { child } = await start('./hostile-client.ts', args)
  const before = cpuUs(child) ?? 0
  child.send('go')
  const startedMs = performance.now()
  const hostile = await round(platform, fleet)
  const share = ((cpuUs(child) ?? 0) - before) / 1000 / (performance.now() - startedMs)
  await end(child)
  await delay(SETTLE_MS)
  return { quiet, hostile, share, platformShare: hostile.share - quiet.share }
}

export async function run({ repetitions }: BenchOptions): Promise<Figure[]> {
  const platform = await startOurs({ dongles: HONEST + STOLEN, hasTls: true, hasDefaultLimits: true })
  const { child: fleet } = await start('./honest-fleet.ts', [platform.mqttPort, 1, HONEST, RATE])
  await delay(WARM_UP_MS)
  const pairs = KINDS.map((): Pair[] => [])
  for (let repetition = 0; repetition < repetitions; repetition++)
    for (const [i, [kind]] of KINDS.entries()) pairs[i]?.push(await measurePair(platform, fleet, kind))
  const { unanswered } = await answersOf(fleet)
  const refused = await gaugeOf(platform, 'nrt_gateway_refused_total{reason="connect-rate"}')
  await end(fleet)
  await stopOurs(platform)
  const all = pairs.flat()
  return [
    figure('honest dongles alone: write to ack, p50', median(all.map(({ quiet }) => quiet.p50Ms)), 'ms', 'none'),
    figure('honest dongles alone: write to ack, p99', median(all.map(({ quiet }) => quiet.p99Ms)), 'ms', 'none'),
    ...KINDS.flatMap(([, does], i) => {
      const rounds = pairs[i] as Pair[]
      const ratio = median(rounds.map(({ quiet, hostile }) => hostile.p99Ms / quiet.p99Ms))
      const share = median(rounds.map(one => one.share))
      return [
        figure(`p99 beside: ${does}`, ratio, 'times', i === 0 ? 'none' : '<= 1.2'),
        figure('  of one core, its own processor time', share * 100, '%', 'none'),
        figure(
          '  of one core, what the platform took for it',
          median(rounds.map(one => one.platformShare)) * 100,
          '%',
          'none',
        ),
      ]
    }),
    figure('batches of honest dongles without an answer', unanswered, 'batches', `<= ${RATE / 10}`),
    figure('connections turned away by their rate', refused, 'connections', 'none'),
  ]
}
