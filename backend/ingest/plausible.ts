// Is a batch something that a meter can have sent? The decoder has checked the form; here are the facts between fields that only the
// server can judge: its own clock, and columns as long as the times. Pure.

import { type Batch, spanOf } from '../../shared/batch/batch.ts'

/** 2020-01-01: no smart meter of the e-MUCS generation sends earlier times unless its clock is lost. */
const OLDEST_S = 1_577_836_800
/** A meter's clock may run ahead; a day ahead is a wrong clock. */
const AHEAD_MAX_S = 86_400

export interface TimeRange {
  fromS: number
  toS: number
}

/** Earliest and latest time of the readings; undefined if there are none. They may be out of order: a meter's clock is set now and then. */
export function timeRangeOf(batch: Batch): TimeRange | undefined {
  if (batch.timeS.length === 0) return undefined
  let fromS = batch.timeS[0] as number
  let toS = fromS
  for (let i = 1; i < batch.timeS.length; i++) {
    const timeS = batch.timeS[i] as number
    if (timeS < fromS) fromS = timeS
    if (timeS > toS) toS = timeS
  }
  return { fromS, toS }
}

/** Why the batch is set aside instead of stored; undefined if it is plausible. What is set aside is kept whole and can be replayed. */
export function implausibility(batch: Batch, range: TimeRange | undefined, receivedAtMs: number): string | undefined {
  if (batch.columns.length !== batch.fields.length) return 'columns'
  for (const column of batch.columns) if (column.length !== batch.timeS.length) return 'columns'
  if (spanOf(batch) === 0) return 'empty'
  if (!areLossesWithin(batch)) return 'losses'
  if (range === undefined) return undefined
  if (range.fromS < OLDEST_S || range.toS > receivedAtMs / 1000 + AHEAD_MAX_S) return 'clock'
  return undefined
}

function areLossesWithin(batch: Batch): boolean {
  let next = batch.firstSeq
  for (const loss of [...batch.losses].sort((a, b) => a.fromSeq - b.fromSeq)) {
    if (loss.fromSeq < next) return false
    next = loss.fromSeq + loss.count
  }
  return next <= batch.firstSeq + spanOf(batch)
}
