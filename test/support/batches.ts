// Batches for tests of what comes after the wire: a plain household second by second, with losses where a test wants them.

import type { Batch, Loss } from '../../shared/batch/batch.ts'
import { encodeBatch } from '../../shared/batch/encode.ts'
import type { ArrivedBatch } from '../../shared/port/ingest-port.ts'

/** 2026-03-01T12:00:00Z, an ordinary winter noon in Brussels. */
export const NOON_S = 1_772_366_400

export interface BatchWish {
  boot?: number
  firstSeq?: number
  /** Time of the first reading. */
  startS?: number
  stepS?: number
  count?: number
  losses?: Loss[]
  meter?: number
  /** Added to every register, so that two batches of the same numbers can differ. */
  addWh?: number
}

/** Registers rise by 1 Wh a reading from a base that depends on the time, so that batches in any order agree with each other. */
export function aBatch(wish: BatchWish = {}): Batch {
  const { boot = 1, firstSeq = 0, startS = NOON_S, stepS = 1, count = 60, losses = [], meter = 0, addWh = 0 } = wish
  const timeS = Array.from({ length: count }, (_, i) => startS + i * stepS)
  const column = (of: (atS: number) => number) => timeS.map(of)
  return {
    boot,
    firstSeq,
    meter,
    timeS,
    fields: count === 0 ? [] : [0, 1, 2, 3, 4, 5, 6],
    columns:
      count === 0
        ? []
        : [
            column(atS => Math.max(0, 1_000_000 + (atS - NOON_S) + addWh)),
            column(() => 2_000_000 + addWh),
            column(() => 300_000 + addWh),
            column(atS => Math.max(0, 400_000 + Math.floor((atS - NOON_S) / 10) + addWh)),
            column(atS => 500 + (atS % 100)),
            column(atS => atS % 7),
            column(() => 1),
          ],
    losses,
  }
}

export function arrived(dongleId: string, batch: Batch, receivedAtMs?: number): ArrivedBatch {
  const newestS = batch.timeS.length === 0 ? NOON_S : (batch.timeS[batch.timeS.length - 1] as number)
  return {
    dongleId,
    batch,
    readings: batch.timeS.length,
    losses: batch.losses,
    bytes: encodeBatch(batch),
    receivedAtMs: receivedAtMs ?? (newestS + 2) * 1000,
  }
}

/** Consecutive batches of `count` readings each that cover `readings` seconds. */
export function aDay(readings: number, count: number, wish: BatchWish = {}): Batch[] {
  const { firstSeq = 0, startS = NOON_S } = wish
  const batches: Batch[] = []
  for (let done = 0; done < readings; done += count) {
    const size = Math.min(count, readings - done)
    batches.push(aBatch({ ...wish, firstSeq: firstSeq + done, startS: startS + done, count: size }))
  }
  return batches
}
