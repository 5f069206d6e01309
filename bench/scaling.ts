// What a second gateway process brings. On two cores gateways, backend and load generator would take each other's time, and one gateway alone would
// not be what saturates: so each gateway gets a fixed share of a processor, small enough that backend and load have more than they need. What each
// part costs in CPU time is printed beside it, and says what saturates next.

import type { ChildProcess } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { type Apart, startApart } from '../test/support/apart.ts'
import { type CpuShare, limitCpu } from './cpu-share.ts'
import { type BenchOptions, type Figure, figure, median } from './figure.ts'
import { copyEnrolled, cpuUs, end, startLoad, storedBatches } from './platform.ts'
import type { Stretch } from './rate.ts'

export const name = 'scaling'

/** Of one processor, for each gateway. */
const SHARE = 0.04
const LOADS = 2
const DONGLES = 100
const BATCH = 60
interface Times extends Stretch {
  /** Of messages at the fastest rate that load.ts knows: a gateway with so small a share takes a tenth of it. */
  lastsS: number
  /** Before gateways have no more than their share: in it a fresh one takes some seconds to its first batch. */
  freeMs: number
}

const FULL: Times = { warmUpMs: 4000, measureMs: 8000, lastsS: 4, freeMs: 0 }
const QUICK: Times = { warmUpMs: 500, measureMs: 1500, lastsS: 1, freeMs: 1000 }

interface Part {
  pid?: number | undefined
}

interface Sample {
  perS: number
  /** Per batch. */
  gatewayUs: number
  backendUs: number
  loadUs: number
  /** Of one processor: all gateways, the backend. */
  gatewayShare: number
  backendShare: number
}

/** Undefined: no process can be limited here. */
async function measure(gatewayCount: number, times: Times): Promise<Sample | undefined> {
  const dataDir = mkdtempSync(join(tmpdir(), 'nrt-bench-'))
  const accessKey = await copyEnrolled(LOADS * DONGLES, dataDir)
  const apart = await startApart({
    ...{ dongleCount: LOADS * DONGLES + 1, gatewayCount, sinceS: 1_500_000_000, isDirect: true, dataDir, accessKey },
  })
  const numbers = Array.from({ length: gatewayCount }, (_, i) => i + 1)
  const gateways = numbers.map(number => ({ pid: apart.pid(`gateway ${number}`) }))
  const backend = { pid: apart.pid('backend') }
  const ports = numbers.map((_, i) => apart.portOf(i))
  for (const httpPort of apart.gatewayHttpPorts()) await untilReady(httpPort)
  const loads = await Promise.all(
    Array.from({ length: LOADS }, (_, i) =>
      startLoad(ports[i % ports.length] as number, BATCH, 0, 'platform', DONGLES, 1 + i * DONGLES, {
        lastsS: times.lastsS,
      }),
    ),
  )
  for (const load of loads) load.send('go')
  await delay(times.freeMs)
  // Only now: a fleet that connects wants more than the share, and is not what is measured.
  const shares = gateways.map(({ pid }) => limitCpu(pid as number, SHARE))
  const isLimited = shares.every(share => share !== undefined)
  const sample = isLimited ? await measureUnder(apart, loads, gateways, backend, times) : undefined
  for (const load of loads) await end(load)
  // Not asked to end: what is on its way would take the gateways, in their share, a while.
  for (const part of apart.parts) await apart.kill(part)
  await apart.stop()
  rmSync(dataDir, { recursive: true, force: true })
  for (const share of shares) (share as CpuShare | undefined)?.remove()
  return sample
}

/** It listens before it is linked with the backend. */
async function untilReady(httpPort: number): Promise<void> {
  while (!(await fetch(`http://127.0.0.1:${httpPort}/readyz`)).ok) await delay(50)
}

async function measureUnder(
  apart: Apart,
  loads: ChildProcess[],
  gateways: Part[],
  backend: Part,
  { warmUpMs, measureMs }: Stretch,
): Promise<Sample> {
  const used = (of: Part[]): number => of.reduce((sum, child) => sum + (cpuUs(child) ?? 0), 0)
  const stored = async (): Promise<number> => {
    const counts = await Promise.all(apart.gatewayHttpPorts().map(httpPort => storedBatches({ httpPort })))
    return counts.reduce((sum, count) => sum + count, 0)
  }
  await delay(warmUpMs)
  const before = { batches: await stored(), atMs: performance.now(), us: [gateways, [backend], loads].map(used) }
  await delay(measureMs)
  const batches = (await stored()) - before.batches
  const us = [gateways, [backend], loads].map((of, i) => used(of) - (before.us[i] as number))
  const [gatewayUs, backendUs, loadUs] = us as [number, number, number]
  const elapsedUs = (performance.now() - before.atMs) * 1000
  return {
    perS: (batches * 1e6) / elapsedUs,
    ...{ gatewayUs: gatewayUs / batches, backendUs: backendUs / batches, loadUs: loadUs / batches },
    ...{ gatewayShare: gatewayUs / elapsedUs, backendShare: backendUs / elapsedUs },
  }
}

export async function run({ repetitions, isQuick }: BenchOptions): Promise<Figure[]> {
  const times = isQuick ? QUICK : FULL
  const pairs: { one: Sample; two: Sample }[] = []
  for (let i = 0; i < repetitions; i++) {
    const one = await measure(1, times)
    const two = one && (await measure(2, times))
    if (one === undefined || two === undefined) {
      console.error('scaling: left out: no process can be given a share of a processor here (control groups, root)')
      return []
    }
    pairs.push({ one, two })
  }
  const middle = (of: (pair: { one: Sample; two: Sample }) => number): number => median(pairs.map(of))
  const percent = `${SHARE * 100} % of a core`
  return [
    figure(
      `batches/s, one gateway of ${percent}`,
      middle(({ one }) => one.perS),
      'batches/s',
      'none',
    ),
    figure(
      `batches/s, two gateways of ${percent} each`,
      middle(({ two }) => two.perS),
      'batches/s',
      'none',
    ),
    figure(
      'two gateways beside one',
      middle(({ one, two }) => two.perS / one.perS),
      'times',
      '>= 1.7',
    ),
    figure(
      'CPU time of the gateway per batch, one',
      middle(({ one }) => one.gatewayUs),
      'us',
      'none',
    ),
    figure(
      'CPU time of the gateways per batch, two',
      middle(({ two }) => two.gatewayUs),
      'us',
      'none',
    ),
    figure(
      'gateways used, two',
      middle(({ two }) => two.gatewayShare * 100),
      '% of a core',
      'none',
    ),
    figure(
      'CPU time of the backend per batch, two gateways',
      middle(({ two }) => two.backendUs),
      'us',
      'none',
    ),
    figure(
      'backend used, two gateways',
      middle(({ two }) => two.backendShare * 100),
      '% of a core',
      'none',
    ),
    figure(
      'CPU time of the load per batch',
      middle(({ two }) => two.loadUs),
      'us',
      'none',
    ),
  ]
}
