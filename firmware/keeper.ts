// What was measured goes into flash here: readings and losses through the batcher into the ring, with the journal beside it,
// so that after a power cut the next boot can say what was in memory only. It knows no port and no network.

import type { Batch, LossReason } from '../shared/batch/batch.ts'
import { beginEncoding, type Encoding, endEncoding, stepEncoding } from '../shared/batch/encode-steps.ts'
import type { FieldValues } from '../shared/reading/fields.ts'
import type { Slots } from '../shared/reading/slots.ts'
import { addLoss, addReading, type Batcher, flushBatcher, recordsOf, tickBatcher } from '../shared/session/batcher.ts'
import { appendRecord, type Kept, RING_RECORD_BYTES_MAX, type Ring } from '../shared/session/ring.ts'
import { ringTurns, tendRing } from '../shared/session/thin.ts'
import { type Journal, noteKept, noteNoticed, settle, type Unkept } from './journal.ts'

/** How many columns one step encodes: the dearest are some 3 M instructions each. */
const STEP_COLUMNS = 3

export interface Keeper {
  ring: Ring
  batcher: Batcher
  journal: Journal
  /** Closed batches, oldest first, and the first of them on its way into bytes. */
  closed: Batch[]
  encoding?: Encoding | undefined
  bytes?: Uint8Array | undefined
  /** What came into the ring last; the caller's to take away. */
  kept?: Kept | undefined
  /** Sequence numbers that the flash did not take, since start. */
  notKept: number
  /** So many turns are the rings' in this second. */
  ringTurns: number
}

export function createKeeper(ring: Ring, batcher: Batcher, journal: Journal): Keeper {
  return {
    ring: ring,
    batcher: batcher,
    journal: journal,
    closed: [],
    notKept: 0,
    ringTurns: 0,
  }
}

/** A batch that only says that `count` sequence numbers from `fromSeq` on are lost. */
function lossOnly(boot: number, fromSeq: number, count: number, reason: LossReason): Batch {
  return {
    boot: boot,
    firstSeq: fromSeq,
    meter: 0,
    timeS: [],
    fields: [],
    columns: [],
    losses: [{ fromSeq: fromSeq, count: count, reason: reason }],
  }
}

function append(keeper: Keeper, batch: Batch, encoded?: Uint8Array): void {
  const packing = keeper.ring.pool.flash.packing
  const records = recordsOf(batch, RING_RECORD_BYTES_MAX, packing, encoded)
  for (const record of records) {
    const before = keeper.ring.newestPlace
    const kept = appendRecord(keeper.ring, record.id, record.bytes)
    if (kept.ok) keeper.kept = { place: kept.value, id: record.id, bytes: record.bytes, before: before }
    else {
      // The readings are gone; that they are gone must not be.
      const id = record.id
      const loss = recordsOf(lossOnly(id.boot, id.firstSeq, id.span, 'flash'), RING_RECORD_BYTES_MAX, packing)[0]
      if (!loss || !appendRecord(keeper.ring, loss.id, loss.bytes).ok) keeper.notKept += id.span
    }
    if (record.id.boot === keeper.journal.boot) noteKept(keeper.journal, record.id.firstSeq + record.id.span)
  }
}

function keep(keeper: Keeper, batches: Batch[]): void {
  while (keeper.journal.noticed < keeper.batcher.nextSeq) noteNoticed(keeper.journal)
  for (const batch of batches) keeper.closed.push(batch)
}

/** Whether stepKeeper has anything to do. */
export function isKeeperBusy(keeper: Keeper): boolean {
  return keeper.closed.length + keeper.ringTurns > 0
}

/**
 * One short step: of a closed batch on its way into the ring, else what the rings have to do in their turns. True when a batch got there: the sender wants
 * to know.
 */
export function stepKeeper(keeper: Keeper): boolean {
  const batch = keeper.closed[0]
  if (batch === undefined) {
    if (keeper.ringTurns > 0) {
      keeper.ringTurns--
      tendRing(keeper.ring)
    }
    return false
  }
  const bytes = keeper.bytes
  if (bytes !== undefined) {
    keeper.bytes = undefined
    keeper.closed.shift()
    append(keeper, batch, bytes)
    return true
  }
  encodeOn(keeper, batch)
  return false
}

/** A few columns more; after the last of them `bytes` are there. */
function encodeOn(keeper: Keeper, batch: Batch): void {
  if (keeper.encoding === undefined) keeper.encoding = beginEncoding(batch, keeper.ring.pool.flash.packing)
  if (stepEncoding(keeper.encoding, STEP_COLUMNS)) return
  keeper.bytes = endEncoding(keeper.encoding)
  keeper.encoding = undefined
  // a record that is not to be halved needs no readings, and the ring's work needs their room
  if (keeper.bytes.length <= RING_RECORD_BYTES_MAX) batch.rows = batch.coded = undefined
}

/** One good telegram; `timeS` undefined when the meter's clock is not to be believed. */
export function keepReading(
  keeper: Keeper,
  nowMs: number,
  meter: number,
  timeS: number | undefined,
  values: FieldValues,
  numbers?: number[],
  slots?: Slots,
): void {
  const closed = addReading(keeper.batcher, nowMs, meter, timeS, values, numbers, slots)
  noteNoticed(keeper.journal)
  for (const batch of closed) keeper.closed.push(batch)
}

/** `count` telegrams that give no reading. */
export function keepLoss(keeper: Keeper, nowMs: number, count: number, reason: LossReason): void {
  if (count > 0) keep(keeper, addLoss(keeper.batcher, nowMs, count, reason))
}

/** Once a second: closes a batch whose time is over though no telegram comes, and gives the rings their turns. */
export function keepOnTime(keeper: Keeper, nowMs: number): void {
  keeper.ringTurns = ringTurns(keeper.ring)
  keep(keeper, tickBatcher(keeper.batcher, nowMs))
}

/** Everything into the ring now, however long it takes: before a restart, or when somebody begins to watch. True when a batch got there. */
export function keepAll(keeper: Keeper): boolean {
  let isKept = false
  keep(keeper, flushBatcher(keeper.batcher))
  while (keeper.closed.length > 0) if (stepKeeper(keeper)) isKept = true
  return isKept
}

/** What earlier boots had in memory when they ended becomes a loss in the ring. Gives how many sequence numbers that were. */
export function keepOldLosses(keeper: Keeper, unkept: Unkept[]): number {
  let total = 0
  for (const old of unkept) {
    // the cut may have come between the ring and the mark in the journal: then the newest record is further than the mark
    const pool = keeper.ring.pool
    const end = pool.newestBoot === old.boot ? pool.newestEnd : 0
    const kept = end > old.kept ? end : old.kept
    const count = old.noticed - kept
    if (count <= 0) continue
    append(keeper, lossOnly(old.boot, kept, count, 'power'))
    total += count
  }
  settle(keeper.journal)
  return total
}
