// Many dongles on one machine, generator included: what ten thousand TLS connections that are open and quiet cost, and whether a batch costs the
// same CPU time whether it comes from ten dongles or from ten thousand.

import type { ChildProcess } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { type BenchOptions, type Figure, figure, median } from './figure.ts'
import {
  cpuUs,
  end,
  gaugeOf,
  type OurPlatform,
  start,
  startLoad,
  startOurs,
  stopOurs,
  storedBatches,
} from './platform.ts'

export const name = 'connections'

/** How many, and for how long. */
interface Extent {
  held: number
  /** Dongles that every platform knows, so that one enrolment does for all; absent: those that come. */
  known?: number
  /** Then these, which shake hands as OpenSSL does by itself: with a key of 1,216 bytes against quantum computers in the hello. */
  hybrid: number
  /** After it nothing is under way any more. */
  quietMs: number
  fleetSizes: number[]
  warmUpMs: number
  measureMs: number
}

const FULL: Extent = {
  ...{ held: 10_000, hybrid: 1500, quietMs: 10_000 },
  ...{ fleetSizes: [10, 100, 1000, 10_000], warmUpMs: 6000, measureMs: 8000 },
}
const QUICK: Extent = {
  ...{ held: 2000, known: 2000, hybrid: 0, quietMs: 1500 },
  ...{ fleetSizes: [10, 1000], warmUpMs: 2000, measureMs: 2000 },
}
/** One after the other: what a process that has warmed up has grown by with the second is what connections cost. */
const FLEETS = 2
const HYBRID_GROUPS = 'X25519MLKEM768:X25519'
const RATE = 2000
const BATCH = 60

function residentKb({ child }: OurPlatform): number {
  const path = `/proc/${child.pid}/status`
  return existsSync(path) ? Number(/VmRSS:\s+(\d+)/.exec(readFileSync(path, 'latin1'))?.[1] ?? 0) : 0
}

interface Idle {
  held: number
  /** Of the second half. */
  perConnectionKb: number
  /** None in the short form. */
  perHybridKb: number | undefined
  allKb: number
  handshakesPerS: number
  /** Of one core, while all are quiet. */
  quietShare: number
}

async function measureIdle({ held: wanted, hybrid, quietMs }: Extent): Promise<Idle> {
  const platform = await startOurs({ dongles: wanted + hybrid, hasTls: true })
  const count = wanted / FLEETS
  const fleets: ChildProcess[] = []
  const residentsKb: number[] = []
  let connectingMs = 0
  for (let i = 0; i < FLEETS; i++) {
    const startedMs = performance.now()
    const { child } = await start('./idle-fleet.ts', [platform.tlsPort ?? 0, 1 + i * count, count])
    connectingMs += performance.now() - startedMs
    fleets.push(child)
    await delay(quietMs)
    residentsKb.push(residentKb(platform))
  }
  const quietFromUs = cpuUs(platform.child) ?? 0
  await delay(quietMs)
  const quietUs = (cpuUs(platform.child) ?? 0) - quietFromUs
  const held = await gaugeOf(platform, 'nrt_gateway_connections')
  let perHybridKb: number | undefined
  if (hybrid > 0) {
    const others = await start('./idle-fleet.ts', [platform.tlsPort ?? 0, 1 + wanted, hybrid, HYBRID_GROUPS])
    fleets.push(others.child)
    await delay(quietMs)
    perHybridKb = (residentKb(platform) - (residentsKb[1] as number)) / hybrid
  }
  for (const child of fleets) await end(child)
  await stopOurs(platform)
  return {
    held,
    perConnectionKb: ((residentsKb[1] as number) - (residentsKb[0] as number)) / count,
    perHybridKb,
    allKb: residentsKb[1] as number,
    handshakesPerS: (held * 1000) / connectingMs,
    quietShare: quietUs / (quietMs * 1000),
  }
}

/** CPU time of the platform per batch at one rate for every fleet. */
async function measureCost(dongles: number, { known = dongles, warmUpMs, measureMs }: Extent): Promise<number> {
  const platform = await startOurs({ dongles: known })
  const load = await startLoad(platform.mqttPort, BATCH, RATE, 'platform', dongles, 1, {
    lastsS: Math.ceil((warmUpMs + measureMs) / 1000) + 5,
  })
  load.send('go')
  await delay(warmUpMs)
  const before = { batches: await storedBatches(platform), us: cpuUs(platform.child) ?? 0 }
  await delay(measureMs)
  const batches = (await storedBatches(platform)) - before.batches
  const us = ((cpuUs(platform.child) ?? 0) - before.us) / batches
  await end(load)
  await stopOurs(platform)
  return us
}

/** Ten thousand connections are one measurement; costs are repeated, all fleets in turn. */
export async function run({ repetitions, isQuick }: BenchOptions): Promise<Figure[]> {
  const extent = isQuick ? QUICK : FULL
  const { fleetSizes } = extent
  const idle = await measureIdle(extent)
  const costs: number[][] = []
  for (let i = 0; i < repetitions; i++) {
    const row: number[] = []
    for (const dongles of fleetSizes) row.push(await measureCost(dongles, extent))
    costs.push(row)
  }
  const flatness = costs.map(row => (row.at(-1) as number) / (row[0] as number))
  return [
    figure('TLS connections held, each with a session', idle.held, 'connections', `>= ${extent.held}`),
    figure('resident memory per quiet TLS connection', idle.perConnectionKb, 'kB', '<= 60'),
    ...(idle.perHybridKb === undefined
      ? []
      : [figure('the same, of clients with a hybrid key exchange', idle.perHybridKb, 'kB', 'none')]),
    figure('resident memory of the platform with all of them', idle.allKb / 1024, 'MiB', 'none'),
    figure('TLS connections opened, sessions included', idle.handshakesPerS, '1/s', 'none'),
    figure('processor of the platform while all are quiet', idle.quietShare * 100, '% of a core', 'none'),
    ...fleetSizes.map((dongles, i) =>
      figure(`CPU time per batch, ${dongles} dongles`, median(costs.map(row => row[i] as number)), 'us', 'none'),
    ),
    figure(
      `CPU time per batch, ${fleetSizes.at(-1)} beside ${fleetSizes[0]} dongles`,
      median(flatness),
      'times',
      '<= 1.3',
    ),
  ]
}
