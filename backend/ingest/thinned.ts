// What a thinned batch adds: its readings where the store has only a loss. A reading that is there already in full detail, or thinned
// before (an ack got lost, the dongle's power went while it thinned), is not stored again. Pure; the store brings the facts.

import type { Batch } from '../../shared/batch/batch.ts'
import type { TimeRange } from './plausible.ts'

/**
 * `batch` with those of its readings only that are new; undefined when none is. `fine` are the times that stored batches of the same
 * boot and meter cover in full detail, `known` the times of readings stored thinned.
 */
export function newOfThinned(batch: Batch, fine: TimeRange[], known: ReadonlySet<number>): Batch | undefined {
  const kept: number[] = []
  for (let i = 0; i < batch.timeS.length; i++) {
    const timeS = batch.timeS[i] as number
    if (!known.has(timeS) && !fine.some(range => range.fromS <= timeS && timeS <= range.toS)) kept.push(i)
  }
  if (kept.length === 0) return undefined
  if (kept.length === batch.timeS.length) return batch
  const pick = (values: ArrayLike<number>) => kept.map(i => values[i] as number)
  return { ...batch, timeS: pick(batch.timeS), columns: batch.columns.map(pick) }
}
