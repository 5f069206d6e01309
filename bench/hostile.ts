// What somebody who means harm does to others: honest dongles' time from a batch's write to its ack, with and without a hostile client beside them,
// in turn on one platform with its limits as they are by default. The slowest hundredth of each second is taken, and the median of a round's seconds, so
// that one slow sync of the disk is no finding; a hostile round stands beside the two quiet ones around it; medians over the repetitions. Whoever means harm has a machine of his own: here his process has spare time only, and the kinds that
// need no key play against a decoy as well, which says what his being on this machine does. Two controls: a kind that only burns processor time, without a connection; and each quiet round beside the one before it, which is what rounds differ by themselves.

import type { ChildProcess } from 'node:child_process'
import { setTimeout as delay } from 'node:timers/promises'
import { percentile } from './fdatasync.ts'
import { type BenchOptions, type Figure, figure, median } from './figure.ts'
import type { Answers } from './honest-fleet.ts'
import { cpuUs, end, type OurPlatform, start, startOurs, stopOurs, totalOf } from './platform.ts'
import { takeSpareTimeOnly } from './spare-time.ts'

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
const QUICK_KINDS = ['processor', 'hellos', 'publishes']

interface Kind {
  kind: string
  does: string
  /** It proves nothing, and so can be played at a door behind which there is nobody. */
  isKeyless?: true
}

/** Fewer say nothing of what one costs. */
const REFUSED_PER_S_MIN = 10

const KINDS: Kind[] = [
  { kind: 'processor', does: 'nothing but burn processor time, for comparison' },
  { kind: 'connects', does: 'connects and goes, one address', isKeyless: true },
  { kind: 'strangers', does: 'CONNECTs of unknown dongles, 200 addresses', isKeyless: true },
  { kind: 'handshakes', does: 'TLS handshakes, 200 addresses', isKeyless: true },
  { kind: 'hellos', does: '150 TLS hellos at once, 200 addresses', isKeyless: true },
  { kind: 'silent', does: '900 connections that say nothing', isKeyless: true },
  { kind: 'drip', does: '400 connections, a byte of CONNECT each 100 ms', isKeyless: true },
  { kind: 'deaf', does: 'stolen keys: asks and never reads' },
  { kind: 'pings', does: 'stolen keys: PINGREQs without end' },
  { kind: 'publishes', does: 'stolen keys: genuine batches without end' },
  { kind: 'payloads', does: 'stolen keys: messages of 60 kB that are none' },
  { kind: 'subscriptions', does: 'stolen keys: SUBSCRIBEs of two thousand filters' },
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
  /** The same at the decoy. */
  decoy: Round | undefined
  after: Round
  /** Its own processor time, of one core, while it was at the platform. */
  share: number
  /** How many the platform turned away in that time, a second. */
  refusedPerS: number
}

interface Stage {
  platform: OurPlatform
  fleet: ChildProcess
  decoyPort: number
  seconds: number
}

/** A round beside one that means harm, to whom these are the ports of his victim. */
async function roundBeside(
  { platform, fleet, seconds }: Stage,
  kind: string,
  port: number,
  tlsPort: number,
): Promise<{ hostile: Round; share: number }> {
  const { child } = await start('./hostile-client.ts', [kind, port, tlsPort, HONEST + 1, STOLEN])
  takeSpareTimeOnly(child.pid as number)
  const fromUs = cpuUs(child) ?? 0
  child.send('go')
  const startedMs = performance.now()
  const hostile = await round(platform, fleet, seconds)
  const share = ((cpuUs(child) ?? 0) - fromUs) / 1000 / (performance.now() - startedMs)
  await end(child)
  return { hostile, share }
}

const REFUSED = 'nrt_gateway_refused_total'

async function measureHostile(stage: Stage, { kind, isKeyless }: Kind, before: Round): Promise<HostileRound> {
  const { platform, fleet, decoyPort, seconds } = stage
  const refusedBefore = await totalOf(platform, REFUSED)
  const startedMs = performance.now()
  const one = await roundBeside(stage, kind, platform.mqttPort, platform.tlsPort ?? 0)
  const lastedS = (performance.now() - startedMs) / 1000
  const refusedPerS = ((await totalOf(platform, REFUSED)) - refusedBefore) / lastedS
  const decoy = isKeyless ? (await roundBeside(stage, kind, decoyPort, decoyPort)).hostile : undefined
  return { before, ...one, decoy, after: await round(platform, fleet, seconds), refusedPerS }
}

function slowest(rounds: Round[], percent = 99): number {
  return median(
    rounds.flatMap(({ ms }) => ms.filter(({ length }) => length > 0)).map(second => percentile(second, percent)),
  )
}

const p99Ratio = ({ before, hostile, after }: HostileRound): number => slowest([hostile]) / slowest([before, after])
const quietRatio = ({ before, after }: HostileRound): number => slowest([after]) / slowest([before])
const taken = ({ before, hostile, after }: HostileRound): number => hostile.share - (before.share + after.share) / 2

function figuresOf({ kind, does, isKeyless }: Kind, rounds: HostileRound[]): Figure[] {
  const of = (value: (one: HostileRound) => number): number => median(rounds.map(value))
  const goal = kind === 'processor' ? 'none' : '<= 1.2'
  const figures = [
    figure(`p99 beside: ${does}`, of(p99Ratio), 'times', goal),
    figure('  of one core, its own processor time', of(({ share }) => share) * 100, '%', 'none'),
    figure('  of one core, what the platform took for it', of(taken) * 100, '%', 'none'),
  ]
  if (!isKeyless) return figures
  const besideDecoy = ({ hostile, decoy }: HostileRound): number =>
    decoy ? slowest([hostile]) / slowest([decoy]) : NaN
  figures.push(figure('  p99 beside it, next to the same at a decoy', of(besideDecoy), 'times', '<= 1.2'))
  const refusedPerS = of(one => one.refusedPerS)
  if (refusedPerS < REFUSED_PER_S_MIN) return figures
  return [
    ...figures,
    figure('  what the platform took for each refused', (of(taken) * 1e6) / refusedPerS, 'us', 'none'),
  ]
}

export async function run({ repetitions, isQuick }: BenchOptions): Promise<Figure[]> {
  const { seconds, warmUpMs } = isQuick ? QUICK : FULL
  const kinds = KINDS.filter(({ kind }) => !isQuick || QUICK_KINDS.includes(kind))
  const platform = await startOurs({ dongles: HONEST + STOLEN, hasTls: true, hasDefaultLimits: true })
  const { child: fleet } = await start('./honest-fleet.ts', [platform.mqttPort, 1, HONEST, RATE])
  const { child: decoy, message: decoyPort } = await start('./decoy.ts', [])
  const stage = { platform, fleet, decoyPort: Number(decoyPort), seconds }
  await delay(warmUpMs)
  const played = kinds.map((): HostileRound[] => [])
  let quiet = await round(platform, fleet, seconds)
  for (let repetition = 0; repetition < repetitions; repetition++)
    for (const [i, kind] of kinds.entries()) {
      const one = await measureHostile(stage, kind, quiet)
      quiet = one.after
      played[i]?.push(one)
    }
  const { unanswered } = await answersOf(fleet)
  await end(fleet)
  await end(decoy)
  await stopOurs(platform)
  const all = played.flat()
  const alone = all.map(({ before }) => before)
  return [
    figure('honest dongles alone: write to ack, p50', slowest(alone, 50), 'ms', 'none'),
    figure('honest dongles alone: write to ack, p99', slowest(alone), 'ms', 'none'),
    figure('p99 of a quiet round beside the one before: median', median(all.map(quietRatio)), 'times', 'none'),
    figure('  the most', Math.max(...all.map(quietRatio)), 'times', 'none'),
    ...kinds.flatMap((kind, i) => figuresOf(kind, played[i] as HostileRound[])),
    figure('batches of honest dongles without an answer', unanswered, 'batches', `<= ${RATE / 10}`),
  ]
}
