// Where readings are missing inside one batch: the losses that the dongle counted, and silences in which the meter sent nothing though
// nothing was lost. Losses without readings around them get their place later, between the batches beside them. Pure.

import type { Batch, LossReason } from '../../shared/batch/batch.ts'

/** Two readings of one meter further apart than this have a hole between them; the slowest meters send every 10 s. */
export const SILENCE_MIN_S = 60

/** `count` sequence numbers from `fromSeq` on; 0 for a silence, which has none. Times are those of the readings around it; undefined if the batch has no readings. */
export interface Hole {
  fromSeq: number
  count: number
  reason: LossReason | 'silence'
  fromS?: number
  toS?: number
}

/** Holes in order of sequence number. The losses lie within the batch's span and do not overlap (see plausible.ts). */
export function holesOf(batch: Batch): Hole[] {
  const losses = [...batch.losses].sort((a, b) => a.fromSeq - b.fromSeq)
  const readings = batch.timeS.length
  if (readings === 0) return losses.map(loss => ({ ...loss }))
  const holes: Hole[] = []
  let seq = batch.firstSeq
  let nextLoss = 0
  for (let at = 0; at <= readings; at++, seq++) {
    let isAfterLoss = false
    for (let loss = losses[nextLoss]; loss !== undefined && loss.fromSeq === seq; loss = losses[++nextLoss]) {
      holes.push({ ...loss, fromS: timeAt(batch, at - 1), toS: timeAt(batch, at) })
      seq += loss.count
      isAfterLoss = true
    }
    if (at > 0 && !isAfterLoss && timeAt(batch, at) - timeAt(batch, at - 1) > SILENCE_MIN_S) {
      holes.push({ fromSeq: seq, count: 0, reason: 'silence', fromS: timeAt(batch, at - 1), toS: timeAt(batch, at) })
    }
  }
  return holes
}

/** The time of reading `at`; before the first and after the last it is theirs: a hole at the edge is a point. */
function timeAt(batch: Batch, at: number): number {
  const last = batch.timeS.length - 1
  return batch.timeS[at < 0 ? 0 : at > last ? last : at] as number
}
