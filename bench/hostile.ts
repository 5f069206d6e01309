// What somebody who means harm does to others: honest dongles' time from a batch's write to its ack, with and without a hostile client beside them,
// in turn on one platform with its limits as they are by default. The slowest hundredth of each second is taken, and the median of a round's seconds, so
// that one slow sync of the disk is no finding; a hostile round stands beside the two quiet ones around it; medians over the repetitions. Two controls: a kind that only takes the same time of a processor, without a connection, as any busy
// neighbour does; and each quiet round beside the one before it, which is what rounds differ by themselves.

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
/** After a round, before the next is measured: what was begun ends. */
const SETTLE_MS = 1000
const SECOND_MS = 1000
const FULL = { seconds: 5, warmUpMs: 15_000 }
const QUICK = { seconds: 3, warmUpMs: 3000 }
/** Those of the short form: what a neighbour does, what costs the platform most for one who knows no key, and for one who has some. */
const QUICK_KINDS = ['processor', 'handshakes', 'publishes']

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
  /** Of every batch that was answered, second by second. */
  ms: number[][]
  /** The platform's processor time, of one core. */
  share: number
}

async function answersOf(fleet: ChildProcess): Promise<Answers> {
  return await new Promise(resolve => {
    fleet.once('message', answers => resolve(answers as Answers))
    fleet.send('times')
  })
}

async function round(platform: OurPlatform, fleet: ChildProcess, seconds: number): Promise<Round> {
  await delay(SETTLE_MS)
  await answersOf(fleet)
  const fromUs = cpuUs(platform.child) ?? 0
  const startedMs = performance.now()
  const ms: number[][] = []
  for (let second = 0; second < seconds; second++) {
    await delay(SECOND_MS)
    ms.push((await answersOf(fleet)).ms.sort((a, b) => a - b))
  }
  const share = ((cpuUs(platform.child) ?? 0) - fromUs) / 1000 / (performance.now() - startedMs)
  return { ms, share }
}

interface HostileRound {
  before: Round
  hostile: Round
  after: Round
  /** Its own processor time, of one core, while it was at it. */
  share: number
}

async function measureHostile(
  platform: OurPlatform,
  fleet: ChildProcess,
  kind: string,
  before: Round,
  seconds: number,
): Promise<HostileRound> {
  const args = [kind, platform.mqttPort, platform.tlsPort ?? 0, HONEST + 1, STOLEN]
  const { child } = await start('./hostile-client.ts', args)
  const fromUs = cpuUs(child) ?? 0
  child.send('go')
  const startedMs = performance.now()
  const hostile = await round(platform, fleet, seconds)
  const share = ((cpuUs(child) ?? 0) - fromUs) / 1000 / (performance.now() - startedMs)
  await end(child)
  return { before, hostile, after: await round(platform, fleet, seconds), share }
}

function slowest(rounds: Round[], percent = 99): number {
  return median(
    rounds.flatMap(({ ms }) => ms.filter(({ length }) => length > 0)).map(second => percentile(second, percent)),
  )
}

const p99Ratio = ({ before, hostile, after }: HostileRound): number => slowest([hostile]) / slowest([before, after])
const quietRatio = ({ before, after }: HostileRound): number => slowest([after]) / slowest([before])
const taken = ({ before, hostile, after }: HostileRound): number => hostile.share - (before.share + after.share) / 2

function figuresOf(does: string, rounds: HostileRound[], goal: string): Figure[] {
  const percent = (of: (one: HostileRound) => number): number => median(rounds.map(of)) * 100
  return [
    figure(`p99 beside: ${does}`, median(rounds.map(p99Ratio)), 'times', goal),
    figure(
      '  of one core, its own processor time',
      percent(({ share }) => share),
      '%',
      'none',
    ),
    figure('  of one core, what the platform took for it', percent(taken), '%', 'none'),
  ]
}

export async function run({ repetitions, isQuick }: BenchOptions): Promise<Figure[]> {
  const { seconds, warmUpMs } = isQuick ? QUICK : FULL
  const kinds = KINDS.filter(([kind]) => !isQuick || QUICK_KINDS.includes(kind))
  const platform = await startOurs({ dongles: HONEST + STOLEN, hasTls: true, hasDefaultLimits: true })
  const { child: fleet } = await start('./honest-fleet.ts', [platform.mqttPort, 1, HONEST, RATE])
  await delay(warmUpMs)
  const played = kinds.map((): HostileRound[] => [])
  let quiet = await round(platform, fleet, seconds)
  for (let repetition = 0; repetition < repetitions; repetition++)
    for (const [i, [kind]] of kinds.entries()) {
      const one = await measureHostile(platform, fleet, kind, quiet, seconds)
      quiet = one.after
      played[i]?.push(one)
    }
  const { unanswered } = await answersOf(fleet)
  const refused = await gaugeOf(platform, 'nrt_gateway_refused_total{reason="connect-rate"}')
  await end(fleet)
  await stopOurs(platform)
  const all = played.flat()
  const alone = all.map(({ before }) => before)
  return [
    figure('honest dongles alone: write to ack, p50', slowest(alone, 50), 'ms', 'none'),
    figure('honest dongles alone: write to ack, p99', slowest(alone), 'ms', 'none'),
    figure('p99 of a quiet round beside the one before: median', median(all.map(quietRatio)), 'times', 'none'),
    figure('  the most', Math.max(...all.map(quietRatio)), 'times', 'none'),
    ...kinds.flatMap(([kind, does], i) =>
      figuresOf(does, played[i] as HostileRound[], kind === 'processor' ? 'none' : '<= 1.2'),
    ),
    figure('batches of honest dongles without an answer', unanswered, 'batches', `<= ${RATE / 10}`),
    figure('connections turned away by their rate', refused, 'connections', 'none'),
  ]
}
