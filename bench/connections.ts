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

const HELD = 10_000
/** One after the other: what a process that has warmed up has grown by with the second is what connections cost. */
const FLEETS = 2
/** Then these, which shake hands as OpenSSL does by itself: with a key of 1,216 bytes against quantum computers in the hello. */
const HYBRID = 1500
const HYBRID_GROUPS = 'X25519MLKEM768:X25519'
/** After it nothing is under way any more. */
const QUIET_MS = 10_000
const FLEET_SIZES = [10, 100, 1000, 10_000]
const RATE = 2000
const BATCH = 60
const WARM_UP_MS = 8000
const MEASURE_MS = 10_000

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

async function measureIdle(): Promise<Idle> {
  const platform = await startOurs({ dongles: HELD + HYBRID, hasTls: true })
  const count = HELD / FLEETS
  const fleets: ChildProcess[] = []
  const residentsKb: number[] = []
  let connectingMs = 0
  for (let i = 0; i < FLEETS; i++) {
    const startedMs = performance.now()
    const { child } = await start('./idle-fleet.ts', [platform.tlsPort ?? 0, 1 + i * count, count])
    connectingMs += performance.now() - startedMs
    fleets.push(child)
    await delay(QUIET_MS)
    residentsKb.push(residentKb(platform))
  }
  const quietFromUs = cpuUs(platform.child) ?? 0
  await delay(QUIET_MS)
  const quietUs = (cpuUs(platform.child) ?? 0) - quietFromUs
  const held = await gaugeOf(platform, 'nrt_gateway_connections')
  const hybrid = await start('./idle-fleet.ts', [platform.tlsPort ?? 0, 1 + HELD, HYBRID, HYBRID_GROUPS])
  fleets.push(hybrid.child)
  await delay(QUIET_MS)
  const hybridKb = residentKb(platform) - (residentsKb[1] as number)
  for (const child of fleets) await end(child)
  await stopOurs(platform)
  return {
    held,
    perConnectionKb: ((residentsKb[1] as number) - (residentsKb[0] as number)) / count,
    perHybridKb: hybridKb / HYBRID,
    allKb: residentsKb[1] as number,
    handshakesPerS: (held * 1000) / connectingMs,
    quietShare: quietUs / (QUIET_MS * 1000),
  }
}

/** CPU time of the platform per batch at one rate for every fleet. */
async function measureCost(dongles: number): Promise<number> {
  const platform = await startOurs({ dongles })
  const load = await startLoad(platform.mqttPort, BATCH, RATE, 'platform', dongles)
  load.send('go')
  await delay(WARM_UP_MS)
  const before = { batches: await storedBatches(platform), us: cpuUs(platform.child) ?? 0 }
  await delay(MEASURE_MS)
  const batches = (await storedBatches(platform)) - before.batches
  const us = ((cpuUs(platform.child) ?? 0) - before.us) / batches
  await end(load)
  await stopOurs(platform)
  return us
}

/** Ten thousand connections are one measurement; costs are repeated, all fleets in turn. */
export async function run({ repetitions }: BenchOptions): Promise<Figure[]> {
  const idle = await measureIdle()
  const costs: number[][] = []
  for (let i = 0; i < repetitions; i++) {
    const row: number[] = []
    for (const dongles of FLEET_SIZES) row.push(await measureCost(dongles))
    costs.push(row)
  }
  const flatness = costs.map(row => (row.at(-1) as number) / (row[0] as number))
  return [
    figure('TLS connections held, each with a session', idle.held, 'connections', `>= ${HELD}`),
    figure('resident memory per quiet TLS connection', idle.perConnectionKb, 'kB', '<= 60'),
    figure('the same, of clients with a hybrid key exchange', idle.perHybridKb, 'kB', 'none'),
    figure('resident memory of the platform with all of them', idle.allKb / 1024, 'MiB', 'none'),
    figure('TLS connections opened, sessions included', idle.handshakesPerS, '1/s', 'none'),
    figure('processor of the platform while all are quiet', idle.quietShare * 100, '% of a core', 'none'),
    ...FLEET_SIZES.map((dongles, i) =>
      figure(`CPU time per batch, ${dongles} dongles`, median(costs.map(row => row[i] as number)), 'us', 'none'),
    ),
    figure(
      `CPU time per batch, ${FLEET_SIZES.at(-1)} beside ${FLEET_SIZES[0]} dongles`,
      median(flatness),
      'times',
      '<= 1.3',
    ),
  ]
}
