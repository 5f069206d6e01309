// The backend's own counters and timers for Prometheus. Labels are from closed lists: no ids, no EANs, no readings, so that neither a
// person nor a million series ever stands in them.

import { Counter, Gauge, Histogram, type Registry } from 'prom-client'
import { LOSS_REASONS } from '../../shared/batch/batch.ts'
import type { Readiness } from '../../shared/port/ingest-port.ts'
import { STORE_TROUBLES } from '../store/fault.ts'
import { FAILED_STATES } from '../updates/members.ts'
import { ROLLOUT_STATES } from '../updates/rollout.ts'

/** Known from the start, so that a first one is a rise and not a birth. What else may stand in the store's words is counted under its own name. */
const BATCH_ENDS = [
  ['stored', ''],
  ['duplicate', ''],
  ...['other-content', 'clock', 'columns', 'losses', 'empty'].map(reason => ['quarantined', reason] as const),
] as const

export function createMetrics(registry: Registry) {
  // Every batch passes here, so that a count is an addition.
  const stored = { batches: 0, readings: 0 }
  const metrics = declare([registry], stored)
  for (const [outcome, reason] of BATCH_ENDS) metrics.batches.inc({ outcome, reason }, 0)
  for (const reason of LOSS_REASONS) metrics.losses.inc({ reason }, 0)
  for (const reason of ['poison', 'store-rejects']) metrics.deadLetters.inc({ reason }, 0)
  for (const state of ROLLOUT_STATES) metrics.rollouts.set({ state }, 0)
  for (const state of ['healthy', ...FAILED_STATES]) metrics.updateEnds.inc({ state }, 0)
  return {
    ...metrics,
    stored(readings: number): void {
      stored.batches++
      stored.readings += readings
    },
    /** One word of what is wrong with the store is 1, if anything is. */
    readiness(readiness: Readiness): void {
      metrics.ready.set(readiness.isReady ? 1 : 0)
      for (const reason of STORE_TROUBLES) {
        metrics.trouble.set({ reason }, !readiness.isReady && readiness.reason === reason ? 1 : 0)
      }
    },
  }
}

/** `stored`: what was stored since somebody last asked. */
function declare(registers: Registry[], stored: { batches: number; readings: number }) {
  return {
    batches: new Counter({
      name: 'nrt_store_batches_total',
      help: 'Batches by what became of them',
      labelNames: ['outcome', 'reason'] as const,
      registers,
      collect() {
        this.inc({ outcome: 'stored', reason: '' }, stored.batches)
        stored.batches = 0
      },
    }),
    readings: new Counter({
      name: 'nrt_store_readings_total',
      help: 'Readings stored durably',
      registers,
      collect() {
        this.inc(stored.readings)
        stored.readings = 0
      },
    }),
    losses: new Counter({
      name: 'nrt_store_losses_total',
      help: 'Readings that dongles counted as lost, as told in stored batches',
      labelNames: ['reason'] as const,
      registers,
    }),
    deadLetters: new Counter({
      name: 'nrt_store_dead_letters_total',
      help: 'Authentic messages that could not be decoded or stored',
      labelNames: ['reason'] as const,
      registers,
    }),
    commitSeconds: new Histogram({
      name: 'nrt_store_commit_seconds',
      help: 'Time of one group commit, fsync included',
      buckets: [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5],
      registers,
    }),
    groupBatches: new Histogram({
      name: 'nrt_store_group_batches',
      help: 'Batches per group commit',
      buckets: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000],
      registers,
    }),
    rollouts: new Gauge({
      name: 'nrt_update_rollouts',
      help: 'Rollouts by state',
      labelNames: ['state'] as const,
      registers,
    }),
    updateEnds: new Counter({
      name: 'nrt_update_ends_total',
      help: 'Updates of single dongles by how they ended; healthy is the only good one',
      labelNames: ['state'] as const,
      registers,
    }),
    ready: new Gauge({ name: 'nrt_store_ready', help: '1 while the store takes batches', registers }),
    trouble: new Gauge({
      name: 'nrt_store_trouble',
      help: '1 for the reason why the store takes no batches',
      labelNames: ['reason'] as const,
      registers,
    }),
    backupSeconds: new Gauge({
      name: 'nrt_backup_newest_timestamp_seconds',
      help: 'When the newest backup was finished; 0: none is known; NaN: PostgreSQL’s own tools make them',
      registers,
    }),
    liveStreams: new Gauge({ name: 'nrt_live_streams', help: 'Open live streams', registers }),
    liveCut: new Counter({
      name: 'nrt_live_cut_total',
      help: 'Live streams cut because the reader was too slow',
      registers,
    }),
    requestSeconds: new Histogram({
      name: 'nrt_rest_request_seconds',
      help: 'Time to answer, by route pattern and status',
      labelNames: ['method', 'route', 'status'] as const,
      buckets: [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1],
      registers,
    }),
  }
}

export type BackendMetrics = ReturnType<typeof createMetrics>
