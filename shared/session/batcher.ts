// Readings and losses become batches: every telegram the dongle noticed takes one sequence number of its boot, and a batch
// closes on time, size, another set of fields, another meter, or a clock that jumps. It knows no flash and no network.

import type { Batch, BatchId, LossReason } from '../batch/batch.ts'
import { assert } from '../kernel/assert.ts'
import type { FieldValues } from '../reading/fields.ts'

/** Opaque. One open batch in typed columns of `countMax` values each. */
export interface Batcher {
  boot: number
  /** The number the next telegram takes. */
  nextSeq: number
  intervalMs: number
}

/** `countMax` readings at most in a batch (it sizes the columns in RAM: 60 x 13 fields = 6.2 kB). Sequence numbers start at 0. */
export function createBatcher(boot: number, intervalMs: number, countMax: number): Batcher {
  assert(false, 'soon')
}

/**
 * One good telegram. `nowMs` is monotonic (milliseconds since start); `timeS` what the meter's clock said, undefined when it said
 * nothing usable; `meter` counts the meters this dongle has met. Gives the batches that closed, oldest first (none, one or two).
 */
export function addReading(
  batcher: Batcher,
  nowMs: number,
  meter: number,
  timeS: number | undefined,
  values: FieldValues,
): Batch[] {
  assert(false, 'soon')
}

/** `count` telegrams were noticed and are lost. They take sequence numbers too. */
export function addLoss(batcher: Batcher, nowMs: number, count: number, reason: LossReason): Batch[] {
  assert(false, 'soon')
}

/** Closes the open batch when its interval is over though no telegram came. */
export function tickBatcher(batcher: Batcher, nowMs: number): Batch[] {
  assert(false, 'soon')
}

/** Closes the open batch now: before a reboot, or when the interval becomes shorter. */
export function flushBatcher(batcher: Batcher): Batch[] {
  assert(false, 'soon')
}

/** A batch as records for the ring: encoded, split in halves as often as one would pass `bytesMax`. */
export function recordsOf(batch: Batch, bytesMax: number): { id: BatchId; bytes: Uint8Array }[] {
  assert(false, 'soon')
}
