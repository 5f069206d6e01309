// What somebody who means harm does to others: honest dongles' time from a batch's write to its ack, with and without a hostile client beside them, in turn on
// one platform with its limits as they are by default. Whoever means harm has a machine of his own: the gateway's thread has a processor of its own here
// (own-processor.ts), the hostile process has what time is left on the others (spare-time.ts), and kinds that need no key play at a decoy as well. The slowest hundredth of each
// second is taken, so that one slow sync of the disk is no finding; the seconds of all repetitions stand beside those of the quiet rounds before and after, and how sure that is
// is said (resample.ts). Three controls: a kind that only burns processor time, without a connection; quiet rounds after each kind beside those before it, which is
// what rounds differ by themselves; and what the gateway's thread makes a question wait that costs it nothing (asker.ts), which no disk and no other thread has a part in.

import type { ChildProcess } from 'node:child_process'
import { setTimeout as delay } from 'node:timers/promises'
import { giveOwnProcessor, goesFirst, keepNoneFree, keepOneFree } from '../test/support/own-processor.ts'
import { percentile } from './fdatasync.ts'
import { type BenchOptions, type Figure, figure, median } from './figure.ts'
import type { Answers } from './honest-fleet.ts'
import { cpuUs, end, type OurPlatform, start, startOurs, stopOurs, totalOf } from './platform.ts'
import { type Ratio, ratioOf } from './resample.ts'
import { takeSpareTimeOnly } from './spare-time.ts'

export const name = 'hostile'

const HONEST = 100
const STOLEN = 10
const RATE = 500
interface Times {
  warmUpMs: number
  /** After a round, before the next is measured: what was begun ends. */
  settleMs: number
  /** Of each round; in the short form they are short. */
  seconds: number
  secondMs: number
}

const FULL: Times = { warmUpMs: 15_000, settleMs: 1000, seconds: 4, secondMs: 1000 }
const QUICK: Times = { warmUpMs: 800, settleMs: 200, seconds: 1, secondMs: 300 }

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
  { kind: 'returns', does: 'stolen keys: comes, is let in and goes' },
  { kind: 'deaf', does: 'stolen keys: asks and never reads' },
  { kind: 'pings', does: 'stolen keys: PINGREQs without end' },
  { kind: 'publishes', does: 'stolen keys: genuine batches without end' },
  { kind: 'payloads', does: 'stolen keys: messages of 60 kB that are none' },
  { kind: 'subscriptions', does: 'stolen keys: SUBSCRIBEs of two thousand filters' },
]

interface Round {
  /** Of every batch that was answered, second by second, ascending. */
  acks: number[][]
  /** Of every question, the same way. */
  answers: number[][]
  /** The platform's processor time, of one core. */
  share: number
}

/** What such a process has noted since it was asked last. */
async function notedBy<T extends { ms: number[] }>(child: ChildProcess): Promise<T> {
  return await new Promise((resolve, reject) => {
    const ended = (): void => reject(new Error(`${child.spawnargs[1]} has ended`))
    child.once('exit', ended)
    child.once('message', noted => {
      child.off('exit', ended)
      resolve(noted as T)
    })
    child.send('times')
  })
}

const ascending = ({ ms }: { ms: number[] }): number[] => ms.sort((a, b) => a - b)

async function round({ platform, fleet, asker, times }: Stage): Promise<Round> {
  await delay(times.settleMs)
  await Promise.all([notedBy(fleet), notedBy(asker)])
  const fromUs = cpuUs(platform.child) ?? 0
  const startedMs = performance.now()
  const [acks, answers]: [number[][], number[][]] = [[], []]
  for (let second = 0; second < times.seconds; second++) {
    await delay(times.secondMs)
    const noted = await Promise.all([notedBy(fleet), notedBy(asker)])
    acks.push(ascending(noted[0]))
    answers.push(ascending(noted[1]))
  }
  const share = ((cpuUs(platform.child) ?? 0) - fromUs) / 1000 / (performance.now() - startedMs)
  return { acks, answers, share }
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
  asker: ChildProcess
  decoyPort: number
  times: Times
}

/** One that means harm and waits for his moment; these are the ports of his victim. */
async function startHostile(kind: string, port: number, tlsPort: number, firstStolen: number): Promise<ChildProcess> {
  const { child } = await start('./hostile-client.ts', [kind, port, tlsPort, firstStolen, STOLEN])
  takeSpareTimeOnly(child.pid as number)
  return child
}

type Pair = [atPlatform: ChildProcess, atDecoy: ChildProcess | undefined]

function startPair(
  { platform, decoyPort }: Pick<Stage, 'platform' | 'decoyPort'>,
  { kind, isKeyless }: Kind,
  firstStolen: number,
): Promise<Pair> {
  return Promise.all([
    startHostile(kind, platform.mqttPort, platform.tlsPort ?? 0, firstStolen),
    isKeyless && startHostile(kind, decoyPort, decoyPort, firstStolen),
  ])
}

/** A round beside it; ends it. */
async function roundBeside(stage: Stage, child: ChildProcess): Promise<{ hostile: Round; share: number }> {
  const fromUs = cpuUs(child) ?? 0
  child.send('go')
  const startedMs = performance.now()
  const hostile = await round(stage)
  const share = ((cpuUs(child) ?? 0) - fromUs) / 1000 / (performance.now() - startedMs)
  await end(child)
  return { hostile, share }
}

const REFUSED = 'nrt_gateway_refused_total'

async function measureHostile(stage: Stage, [atPlatform, atDecoy]: Pair, before: Round): Promise<HostileRound> {
  const { platform } = stage
  const refusedBefore = await totalOf(platform, REFUSED)
  const startedMs = performance.now()
  const one = await roundBeside(stage, atPlatform)
  const lastedS = (performance.now() - startedMs) / 1000
  const refusedPerS = ((await totalOf(platform, REFUSED)) - refusedBefore) / lastedS
  const decoy = atDecoy && (await roundBeside(stage, atDecoy)).hostile
  return { before, ...one, decoy, after: await round(stage), refusedPerS }
}

/** What a round noted, second by second. */
type Noted = (round: Round) => number[][]

const acksOf: Noted = ({ acks }) => acks
const answersOf: Noted = ({ answers }) => answers

/** The slowest hundredth of each second. */
function slowest(rounds: Round[], of: Noted, percent = 99): number[] {
  return rounds
    .flatMap(of)
    .filter(({ length }) => length > 0)
    .map(second => percentile(second, percent))
}

const quietOf = (played: HostileRound[]): Round[] => played.flatMap(({ before, after }) => [before, after])
const hostileOf = (played: HostileRound[]): Round[] => played.map(({ hostile }) => hostile)
const taken = ({ before, hostile, after }: HostileRound): number => hostile.share - (before.share + after.share) / 2

function besideQuiet(played: HostileRound[], of: Noted): Ratio {
  return ratioOf(slowest(hostileOf(played), of), slowest(quietOf(played), of))
}

/** All answers in one heap, a slow sync of the disk and all. */
function pooledRatio(played: HostileRound[]): number {
  const pooled = (rounds: Round[]): number =>
    percentile(
      rounds
        .flatMap(acksOf)
        .flat()
        .sort((a, b) => a - b),
      99,
    )
  return pooled(hostileOf(played)) / pooled(quietOf(played))
}

const NINE_OF_TEN = '  drawn again from its seconds, nine of ten are'

function ratioFigures(name: string, { ratio, low, high }: Ratio, goal: string): Figure[] {
  return [
    figure(name, ratio, 'times', goal),
    figure(`${NINE_OF_TEN} above`, low, 'times', 'none'),
    figure(`${NINE_OF_TEN} below`, high, 'times', 'none'),
  ]
}

function figuresOf({ kind, does, isKeyless }: Kind, played: HostileRound[]): Figure[] {
  const of = (value: (one: HostileRound) => number): number => median(played.map(value))
  const figures = [
    ...ratioFigures(`p99 beside: ${does}`, besideQuiet(played, acksOf), kind === 'processor' ? 'none' : '<= 1.2'),
    figure('  all answers pooled', pooledRatio(played), 'times', 'none'),
    figure('  a question to the thread, p99', median(slowest(hostileOf(played), answersOf)), 'ms', 'none'),
    figure('  the same beside quiet', besideQuiet(played, answersOf).ratio, 'times', 'none'),
    figure('  of one core, its own processor time', of(({ share }) => share) * 100, '%', 'none'),
    figure('  of one core, what the platform took for it', of(taken) * 100, '%', 'none'),
  ]
  if (!isKeyless) return figures
  const decoys = played.flatMap(({ decoy }) => decoy ?? [])
  const besideDecoy = ratioOf(slowest(hostileOf(played), acksOf), slowest(decoys, acksOf))
  figures.push(...ratioFigures('  p99 beside it, next to the same at a decoy', besideDecoy, '<= 1.2'))
  const refusedPerS = of(one => one.refusedPerS)
  if (refusedPerS < REFUSED_PER_S_MIN) return figures
  return [
    ...figures,
    figure('  what the platform took for each refused', (of(taken) * 1e6) / refusedPerS, 'us', 'none'),
  ]
}

/** What each kind's quiet rounds after it are beside those before it: as many seconds, and nobody means harm in either. */
function quietFigures(played: HostileRound[][], hasOwnProcessor: boolean): Figure[] {
  const quiet = played.map(rounds =>
    ratioOf(
      slowest(
        rounds.map(({ after }) => after),
        acksOf,
      ),
      slowest(
        rounds.map(({ before }) => before),
        acksOf,
      ),
    ),
  )
  const ratios = quiet.map(({ ratio }) => ratio)
  const alone = played.flat().map(({ before }) => before)
  return [
    figure('the gateway’s thread has a processor of its own', hasOwnProcessor ? 1 : 0, '1 = yes', 'none'),
    figure('honest dongles alone: write to ack, p50', median(slowest(alone, acksOf, 50)), 'ms', 'none'),
    figure('honest dongles alone: write to ack, p99', median(slowest(alone, acksOf)), 'ms', 'none'),
    figure('a question to the thread, p99', median(slowest(alone, answersOf)), 'ms', 'none'),
    figure('p99 of quiet rounds beside quiet rounds: median of the kinds', median(ratios), 'times', 'none'),
    figure('  the least', Math.min(...ratios), 'times', 'none'),
    figure('  the most', Math.max(...ratios), 'times', 'none'),
  ]
}

/** Keys that nobody has used yet, for each kind in each repetition: what one kind did to its keys, and had to wait for, is to help nobody against the next. */
const firstStolenOf = (kinds: Kind[], i: number, repetition: number): number =>
  HONEST + 1 + (repetition * kinds.length + i) * STOLEN

function kindsOf(wanted: string[] | undefined): Kind[] {
  const unknown = wanted?.filter(name => !KINDS.some(({ kind }) => kind === name))
  if (unknown?.length) throw new Error(`there is no kind ${unknown.join(', ')}`)
  return KINDS.filter(({ kind }) => wanted?.includes(kind) ?? true)
}

export async function run(options: BenchOptions): Promise<Figure[]> {
  const isOneFree = keepOneFree()
  try {
    return await measure(options, isOneFree)
  } finally {
    if (isOneFree) keepNoneFree()
  }
}

async function measure({ repetitions, isQuick, kinds: wanted }: BenchOptions, isOneFree: boolean): Promise<Figure[]> {
  const times = isQuick ? QUICK : FULL
  const kinds = kindsOf(wanted)
  const dongles = firstStolenOf(kinds, 0, repetitions) - 1
  const platform = await startOurs({ dongles, hasTls: true, hasDefaultLimits: true })
  const hasOwnProcessor = isOneFree && giveOwnProcessor(platform.child.pid as number)
  const { child: decoy, message } = await start('./decoy.ts', [])
  const victims = { platform, decoyPort: Number(message) }
  // Beside a fleet that goes first each takes a second to begin.
  const pairs = isQuick
    ? await Promise.all(kinds.map((kind, i) => startPair(victims, kind, firstStolenOf(kinds, i, 0))))
    : []
  const { child: fleet } = await start('./honest-fleet.ts', [platform.mqttPort, 1, HONEST, RATE])
  const { child: asker } = await start('./asker.ts', [platform.mqttPort])
  if (hasOwnProcessor) for (const { pid } of [fleet, asker]) goesFirst(pid as number)
  const stage = { ...victims, fleet, asker, times }
  await delay(times.warmUpMs)
  const played = kinds.map((): HostileRound[] => [])
  let quiet = await round(stage)
  for (let repetition = 0; repetition < repetitions; repetition++)
    for (const [i, kind] of kinds.entries()) {
      const firstStolen = firstStolenOf(kinds, i, repetition)
      const one = await measureHostile(stage, pairs[i] ?? (await startPair(stage, kind, firstStolen)), quiet)
      quiet = one.after
      played[i]?.push(one)
    }
  const { unanswered } = await notedBy<Answers>(fleet)
  for (const child of [fleet, asker, decoy]) await end(child)
  await stopOurs(platform)
  return [
    ...quietFigures(played, hasOwnProcessor),
    ...kinds.flatMap((kind, i) => figuresOf(kind, played[i] as HostileRound[])),
    figure('batches of honest dongles without an answer', unanswered, 'batches', `<= ${RATE / 10}`),
  ]
}
