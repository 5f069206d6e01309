// `npm run bench:device`: what the dongle's program costs on the real engine (ESPRUINO=/path/to/espruino), each figure beside its
// goal and beside the time that an ESP32 would take. Instructions are native ones by callgrind, callback by callback, an empty one
// taken off; variables by process.memory(). `--json` prints one object a figure, `--only instructions`, `full` or `memory` is a part of it; `--leak` keeps a
// variable each 200 telegrams, to show that growth is seen. Ends with 1 when a goal is missed.

import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { bundleBoot } from '../../scripts/build-boot.ts'
import { bundleFirmware, bundleSetup } from '../../scripts/build-firmware.ts'
import { dongleIdFrom } from '../../shared/kernel/ids.ts'
import { grownBy } from '../../test/soak/memory-curve.ts'
import { createDensePool } from '../../test/support/dense-pool.ts'
import { startGatewayUnderTest } from '../../test/support/gateway-under-test.ts'
import { findEngine, fitEngineVersion } from '../../test/support/real-engine.ts'
import { needTools } from '../../test/support/tools.ts'
import { type Figure, figure } from '../figure.ts'
import { householdTelegrams, START_S, TELEGRAM_BYTES } from './households.ts'
import { idleStackBytes, type MemoryRun, measureMemory, ownVariables } from './memory.ts'
import { type Enrolled, measureSteps, type Run, type Step } from './steps.ts'

/** An ESP32 executes this many of the engine's instructions a second: reference measurements leave a factor of two open. */
const SLOW_PER_S = 72e6
const FAST_PER_S = 168e6
const STEP_MS_MAX = 150
const STACK_BYTES_MAX = 25_000
/** Whole batches of ten, after the first, which holds the first telegram. */
const STEADY = { from: 11, to: 30 }
const CHANGED_AT = 34
const TELEGRAMS = 38
/** Beside a gateway the connection is lost here, and there is a second session before the end. */
const CUT_AT = 32
const TELEGRAMS_SENT = 52
/** The sectors are counted first; a head that is full then has thinning begin. */
const FULL_FREE = 5
const FULL_TELEGRAMS = 12
const FULL_FREE_PRESSED = 2
const FULL_TELEGRAMS_PRESSED = 8
/** In a session something always waits; so many turns are more than a second of the slowest chip has. */
const FULL_TELEGRAMS_SENT = 10
const FULL_TURNS_SENT = 30
const BACKLOG = 100
const DRAIN = 300
/** A quarter of it holds every cycle of the firmware but the hour's: batch, line, slot of the journal, sector of the ring, quarter-hour. */
const LONG = 8400
/** No divisor of a batch, nor of the telegrams that come again: samples fall on each place. */
const LONG_EVERY = 7
const LEAK_EVERY = 200
/** As the reference configuration has. */
const VARIABLES_MAX = 16383

const PROJECT = new URL('../../', import.meta.url)
const INTERVAL_S = 10

interface ModuleKind {
  variables: number
  steadyMax: number
  freeMin: number
}

function enrolled(port: number, isOnline: boolean): Enrolled {
  return {
    identity: {
      dongleId: dongleIdFrom(new Uint8Array(12).fill(5)),
      deviceKey: new Uint8Array(32).fill(1),
      epoch: 1,
      seedPool: new Uint8Array(64).fill(2),
    },
    config: {
      host: '127.0.0.1',
      port,
      isTls: false,
      networks: isOnline ? [{ ssid: 'home', password: 'password' }] : [],
      intervalS: INTERVAL_S,
    },
  }
}

const sum = (steps: Step[]): number => steps.reduce((total, step) => total + step.instructions, 0)
const most = (steps: Step[]): number => Math.max(0, ...steps.map(step => step.instructions))
const isReading = (step: Step): boolean => /^(chunks?|later)$/.test(step.kind)
const millions = (name: string, value: number, goal = 'none'): Figure =>
  figure(name, value / 1e6, 'M instructions', goal)
const milliseconds = (name: string, instructions: number, goal = `<= ${STEP_MS_MAX}`): Figure =>
  figure(name, (instructions / SLOW_PER_S) * 1000, 'ms at 72 M/s', goal)

/**
 * The steps that end in a batch in the ring, and on its way: those of every tenth telegram, up to the gateway's answer. Which ones close a batch depends
 * on when a number moved last for the first time (ADR 0074): those that leave work for later turns.
 */
function ofBatches(steps: Step[], offline: Step[]): Step[] {
  const isClosing = (telegram: number) => offline.some(step => step.telegram === telegram && step.kind === 'later')
  const first = Array.from({ length: 10 }, (_, i) => STEADY.from + i).find(isClosing)
  if (first === undefined || !isClosing(first + 10)) throw new Error('bench: no batch closed each ten telegrams')
  return [first, first + 10].flatMap(telegram => {
    const closing = steps.filter(step => step.telegram === telegram)
    const answered = closing.findIndex(step => step.kind === 'socket data')
    return closing.slice(0, answered < 0 ? undefined : answered).filter(isReading)
  })
}

/** Beside a gateway, which must get so many batches at least. */
async function measureInSession(run: Omit<Run, keyof Enrolled | 'pauseMs'>, batchesLeast: number): Promise<Step[]> {
  const gateway = await startGatewayUnderTest({ intervalS: INTERVAL_S })
  const there = enrolled(gateway.port, true)
  gateway.directory.register(there.identity)
  gateway.time.wallS = START_S
  const { steps } = await measureSteps({ ...run, ...there, pauseMs: 250 }).finally(() => gateway.gateway.stop())
  if (gateway.ingest.stored.size < batchesLeast) throw new Error(`bench: fewer than ${batchesLeast} batches came`)
  return steps
}

/**
 * The longest step of ours when every sector is full of small records: while they are counted, thinned and dropped; with little room left, which thinning begins
 * with; and in a session, looked through and sent.
 */
async function fullPoolFigures(engine: string, bundle: string): Promise<Figure[]> {
  const common = { engine, bundle, isEach: false }
  const pool = createDensePool(FULL_FREE, START_S).cells
  const away = { ...common, ...enrolled(9, false), pauseMs: 1 }
  const sent = { ...common, telegrams: householdTelegrams(FULL_TELEGRAMS_SENT), turnsMax: FULL_TURNS_SENT, pool }
  const [counted, pressed, online] = await Promise.all([
    measureSteps({ ...away, telegrams: householdTelegrams(FULL_TELEGRAMS), pool }),
    measureSteps({
      ...away,
      telegrams: householdTelegrams(FULL_TELEGRAMS_PRESSED),
      pool: createDensePool(FULL_FREE_PRESSED, START_S).cells,
    }),
    measureInSession(sent, 1),
  ])
  const runs = { '': counted.steps, ', two sectors free': pressed.steps, ', in a session': online }
  const kinds = ['chunk', 'later', 'tick', 'tick later', 'socket data']
  return Object.entries(runs).flatMap(([run, steps]) =>
    kinds
      .map(kind => ({ kind, steps: steps.filter(step => step.kind === kind) }))
      .filter(one => one.steps.length > 0)
      .map(one => milliseconds(`full rings${run}, longest step: ${one.kind}`, most(one.steps))),
  )
}

async function instructionFigures(engine: string, bundle: string): Promise<Figure[]> {
  const telegrams = householdTelegrams(TELEGRAMS, CHANGED_AT)
  const common = { engine, bundle, telegrams, isEach: true }
  const offline = (await measureSteps({ ...common, ...enrolled(9, false), pauseMs: 1 })).steps
  const sent = { ...common, telegrams: householdTelegrams(TELEGRAMS_SENT, CHANGED_AT), cutAt: CUT_AT }
  const online = await measureInSession(sent, 2)
  if (online.filter(step => step.kind === 'connected').length < 2) throw new Error('bench: no second session')

  const during = (from: number, to: number) => offline.filter(s => s.telegram >= from && s.telegram <= to)
  const steady = during(STEADY.from, STEADY.to).filter(isReading)
  const count = STEADY.to - STEADY.from + 1
  const chunks = steady.filter(step => step.kind === 'chunk')
  const own = [...offline, ...online].filter(step => step.kind !== 'start')
  const kinds = ['chunk', 'later', 'tick', 'tick later', 'connected', 'socket data']
  return [
    millions(
      `a telegram of ${TELEGRAM_BYTES} bytes, all of it, batch and ring amortised`,
      sum(steady) / count,
      '<= 10',
    ),
    millions('  of which the chunks', sum(chunks) / count),
    millions(
      '  of which batch into the ring, a telegram',
      (sum(ofBatches(offline, offline)) / 2 - sum(steady) / count) / 10,
    ),
    millions('a middle chunk of 64 bytes', Math.min(...chunks.map(step => step.instructions))),
    millions('the first telegram, in short steps', sum(during(0, 0).filter(isReading))),
    millions(
      'a telegram whose fixed text changed, in short steps',
      sum(during(CHANGED_AT, CHANGED_AT).filter(isReading)),
    ),
    millions('the second after that', sum(during(CHANGED_AT + 1, CHANGED_AT + 1).filter(isReading))),
    millions(
      'sealing and publishing a batch of 10',
      (sum(ofBatches(online, offline)) - sum(ofBatches(offline, offline))) / 2,
      '<= 3',
    ),
    millions(
      'the second tick with what it leaves to later turns, without a session',
      most(steady) && sum(during(20, 29).filter(s => s.kind.startsWith('tick'))) / 10,
    ),
    ...kinds.map(kind => milliseconds(`longest step: ${kind}`, most(own.filter(step => step.kind === kind)))),
    milliseconds('start, from reset to the first tick', sum(offline.filter(step => step.kind === 'start')), 'none'),
  ]
}

async function memoryFigures(engine: string, bundle: string, isLeaking: boolean): Promise<Figure[]> {
  const { modules } = JSON.parse(readFileSync(new URL('flash.config.json', PROJECT), 'utf8')) as {
    modules: { [kind: string]: ModuleKind }
  }
  const gateway = await startGatewayUnderTest()
  await gateway.gateway.stop() // its port is free now, and nobody else's
  const own = await ownVariables(engine, enrolled(9, false))
  const drains: { [kind: string]: MemoryRun } = {}
  for (const [kind, { variables }] of Object.entries(modules))
    drains[kind] = await measureMemory(engine, bundle, enrolled(gateway.port, true), DRAIN, 50, variables, BACKLOG)
  const drain = Object.values(drains)[0] as MemoryRun
  const leakEvery = isLeaking ? LEAK_EVERY : 0
  const offline = enrolled(9, false)
  const long = await measureMemory(engine, bundle, offline, LONG, LONG_EVERY, VARIABLES_MAX, undefined, leakEvery)
  const idle = await idleStackBytes(engine)
  const perModule = Object.entries(modules).flatMap(([kind, { variables, steadyMax, freeMin }]) => [
    figure(
      `steady state on a ${kind} module of ${variables}`,
      (drains[kind]!.curve.at(-1)?.used ?? 0) - own,
      'variables',
      `<= ${steadyMax}`,
    ),
    figure(
      `low water there, draining ${BACKLOG / 10} batches`,
      variables - drains[kind]!.most + own,
      'variables free',
      `>= ${freeMin}`,
    ),
  ])
  return [
    figure('the bench and what stands in for the chip, taken off below', own, 'variables', 'none'),
    ...perModule,
    figure(
      `growth over ${LONG} telegrams (${(LONG / 3600).toFixed(1)} h of meter time, clocks compressed)`,
      grownBy(long.curve) as number,
      'variables',
      '<= 0',
    ),
    figure('native stack ever touched, by whole pages', drain.stackBytes, 'bytes', 'none'),
    figure('  of which beyond what an idle engine touches', drain.stackBytes - idle, 'bytes', `<= ${STACK_BYTES_MAX}`),
  ]
}

function line(one: Figure): string {
  const estimate =
    one.unit === 'M instructions'
      ? `${((one.value * 1e9) / FAST_PER_S).toFixed(1)}-${((one.value * 1e9) / SLOW_PER_S).toFixed(1)} ms`
      : ''
  const verdict = one.goal === 'none' ? '' : one.ok ? 'ok' : 'MISSED'
  return `| ${one.name} | ${one.value} ${one.unit} | ${estimate} | ${one.goal === 'none' ? '' : one.goal} | ${verdict} |`
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: { json: { type: 'boolean' }, only: { type: 'string' }, leak: { type: 'boolean' } },
  })
  const isWanted = (part: string): boolean => values.only === undefined || values.only === part
  if (values.only !== 'memory') needTools('bench:device', 'valgrind')
  const engine = findEngine()
  const version = engine && fitEngineVersion(engine)
  if (!engine || !version) {
    console.error('bench:device needs the engine: ESPRUINO=/path/to/espruino, a Linux build that knows the ESP32 flash')
    return 2
  }
  const { code, programBytes } = await bundleFirmware(new URL('firmware/main.ts', PROJECT).pathname)
  const { loader, updater, rescue } = await bundleBoot()
  const setup = await bundleSetup()
  const parts = code.length - programBytes
  const beside = loader.length + updater.length + rescue.length + setup.code.length + setup.page.length
  const figures = [
    ...(isWanted('instructions') ? await instructionFigures(engine, code) : []),
    ...(isWanted('full') ? await fullPoolFigures(engine, code) : []),
    ...(isWanted('memory') ? await memoryFigures(engine, code, values.leak === true) : []),
    figure('bundle: the program, evaluated at start', programBytes, 'bytes', '<= 40960'),
    figure('  its parts, in the same file, each evaluated for an occasion and let go', parts, 'bytes', 'none'),
    figure('  loader, updater, rescue program, setup file and page beside it', beside, 'bytes', 'none'),
    figure('  together', code.length + beside, 'bytes', 'none'),
  ]
  if (!values.json) {
    console.log(`Espruino ${version}, 32-bit Linux build\n`)
    console.log('| figure | value | ESP32, estimated | goal | |\n|---|---|---|---|---|')
  }
  for (const one of figures) console.log(values.json ? JSON.stringify({ ...one, engine: version }) : line(one))
  return figures.every(one => one.ok) ? 0 : 1
}

process.exitCode = await main()
