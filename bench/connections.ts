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
  type Lend,
  type OurPlatform,
  start,
  startLoad,
  storedBatches,
  withPlatforms,
} from './platform.ts'

export const name = 'connections'

/** How many, and for how long. */
interface Extent {
  held: number
  /** Then these, which shake hands as OpenSSL does by itself: with a key of 1,216 bytes against quantum computers in the hello. */
  hybrid: number
  /** After it nothing is under way any more. */
  quietMs: number
  fleetSizes: number[]
  warmUpMs: number
  measureMs: number
  /** What the load has more to send than it would need. */
  spareS: number
}

const FULL: Extent = {
  ...{ held: 10_000, hybrid: 1500, quietMs: 10_000 },
  ...{ fleetSizes: [10, 100, 1000, 10_000], warmUpMs: 6000, measureMs: 8000, spareS: 5 },
}
const QUICK: Extent = {
  ...{ held: 500, hybrid: 100, quietMs: 500 },
  ...{ fleetSizes: [10, 30, 100, 400], warmUpMs: 500, measureMs: 1000, spareS: 1 },
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
  perHybridKb: number
  allKb: number
  handshakesPerS: number
  /** Of one core, while all are quiet. */
  quietShare: number
}

function measureIdle(lend: Lend, { held, hybrid, quietMs }: Extent): Promise<Idle> {
  return lend(held + hybrid, (platform, first) => holdIdle(platform, first, { held, hybrid, quietMs }))
}

async function holdIdle(
  platform: OurPlatform,
  first: number,
  { held: wanted, hybrid, quietMs }: Pick<Extent, 'held' | 'hybrid' | 'quietMs'>,
): Promise<Idle> {
  const count = wanted / FLEETS
  const fleets: ChildProcess[] = []
  const residentsKb: number[] = []
  let connectingMs = 0
  for (let i = 0; i < FLEETS; i++) {
    const startedMs = performance.now()
    const { child } = await start('./idle-fleet.ts', [platform.tlsPort ?? 0, first + i * count, count])
    connectingMs += performance.now() - startedMs
    fleets.push(child)
    await delay(quietMs)
    residentsKb.push(residentKb(platform))
  }
  const quietFromUs = cpuUs(platform.child) ?? 0
  await delay(quietMs)
  const quietUs = (cpuUs(platform.child) ?? 0) - quietFromUs
  const held = await gaugeOf(platform, 'nrt_gateway_connections')
  const others = await start('./idle-fleet.ts', [platform.tlsPort ?? 0, first + wanted, hybrid, HYBRID_GROUPS])
  fleets.push(others.child)
  await delay(quietMs)
  const perHybridKb = (residentKb(platform) - (residentsKb[1] as number)) / hybrid
  for (const child of fleets) await end(child)
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
function measureCost(lend: Lend, dongles: number, { warmUpMs, measureMs, spareS }: Extent): Promise<number> {
  return lend(dongles, async (platform, first) => {
    const load = await startLoad(platform.mqttPort, BATCH, RATE, 'platform', dongles, first, {
      lastsS: Math.ceil((warmUpMs + measureMs) / 1000) + spareS,
    })
    load.send('go')
    await delay(warmUpMs)
    const before = { batches: await storedBatches(platform), us: cpuUs(platform.child) ?? 0 }
    await delay(measureMs)
    const batches = (await storedBatches(platform)) - before.batches
    const us = ((cpuUs(platform.child) ?? 0) - before.us) / batches
    await end(load)
    return us
  })
}

/** Ten thousand connections are one measurement; costs are repeated, all fleets in turn. */
export async function run({ repetitions, isQuick }: BenchOptions): Promise<Figure[]> {
  const extent = isQuick ? QUICK : FULL
  const { fleetSizes } = extent
  const costs: number[][] = []
  const idle = await withPlatforms(isQuick, { hasTls: true }, async lend => {
    const held = await measureIdle(lend, extent)
    for (let i = 0; i < repetitions; i++) {
      const row: number[] = []
      for (const dongles of fleetSizes) row.push(await measureCost(lend, dongles, extent))
      costs.push(row)
    }
    return held
  })
  const flatness = costs.map(row => (row.at(-1) as number) / (row[0] as number))
  return [
    figure('TLS connections held, each with a session', idle.held, 'connections', `>= ${extent.held}`),
    figure('resident memory per quiet TLS connection', idle.perConnectionKb, 'kB', '<= 60'),
    figure('the same, of clients with a hybrid key exchange', idle.perHybridKb, 'kB', 'none'),
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
