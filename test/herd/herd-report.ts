// What is counted while a herd comes back, and what it came to.

import type { Refusal } from '../../gateway/refusal.ts'
import type { HerdGateway } from './herd-gateway.ts'

export interface HerdReport {
  dongles: number
  /** Had a session when it ended. */
  back: number
  /** From the return on until half, 95 % and all of them had one; absent: they had not. */
  halfBackS?: number
  mostBackS?: number
  allBackS?: number
  /** Handshakes begun, and connections tried, in the busiest second at all gateways together. */
  peakHandshakesPerS: number
  peakDialsPerS: number
  /** Of one dongle. */
  dialsMost: number
  refused: { [reason in Refusal]?: number }
  /** What live batches of those that are back wait for their gateway's thread, until all are. */
  liveP50Ms: number
  liveP95Ms: number
  liveP99Ms: number
}

export interface Tally {
  dials(nowMs: number): void
  handshakes(nowMs: number): void
  back(nowMs: number, dials: number): void
  waited(ms: number, batches: number): void
  count(): number
  report(dongles: number, gateways: HerdGateway[]): HerdReport
}

/** `returnMs`: since when gateways are there. */
export function createTally(returnMs: number): Tally {
  const handshakes = new Map<number, number>()
  const dials = new Map<number, number>()
  const back: number[] = []
  /** By whole milliseconds of waiting. */
  const waits = new Map<number, number>()
  let dialsMost = 0

  return {
    dials: nowMs => (nowMs < returnMs ? undefined : add(dials, Math.floor(nowMs / 1000), 1)),
    handshakes: nowMs => add(handshakes, Math.floor(nowMs / 1000), 1),
    back(nowMs, itsDials) {
      back.push((nowMs - returnMs) / 1000)
      dialsMost = Math.max(dialsMost, itsDials)
    },
    waited: (ms, batches) => add(waits, Math.round(ms), batches),
    count: () => back.length,
    report: (dongles, gateways) => ({
      dongles,
      back: back.length,
      halfBackS: back[Math.ceil(dongles * 0.5) - 1],
      mostBackS: back[Math.ceil(dongles * 0.95) - 1],
      allBackS: back[dongles - 1],
      peakHandshakesPerS: Math.max(0, ...handshakes.values()),
      peakDialsPerS: Math.max(0, ...dials.values()),
      dialsMost,
      refused: refusedBy(gateways),
      liveP50Ms: percentile(waits, 50),
      liveP95Ms: percentile(waits, 95),
      liveP99Ms: percentile(waits, 99),
    }),
  }
}

function add(counts: Map<number, number>, key: number, by: number): void {
  counts.set(key, (counts.get(key) ?? 0) + by)
}

function percentile(counts: Map<number, number>, percent: number): number {
  const all = [...counts.values()].reduce((sum, count) => sum + count, 0)
  let below = 0
  for (const [ms, count] of [...counts].sort(([a], [b]) => a - b)) {
    below += count
    if (below >= (all * percent) / 100) return ms
  }
  return 0
}

function refusedBy(gateways: HerdGateway[]): HerdReport['refused'] {
  const all: HerdReport['refused'] = {}
  for (const { refused } of gateways) {
    for (const [reason, count] of refused) all[reason] = (all[reason] ?? 0) + count
  }
  return all
}
