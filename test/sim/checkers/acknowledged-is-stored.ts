// I1: what a gateway acknowledges as final is in the store already, reading by reading.

import { invariant } from '../broken.ts'
import { rowsOf } from '../sim-store.ts'
import type { World } from '../world.ts'

export function watchAcknowledgements(world: World): void {
  world.onAck = (dongleId, { boot, firstSeq, span, periodS = 0 }) => {
    const rows = rowsOf(world.store, dongleId, boot)
    if (periodS > 0) return // that a thinned one's readings are stored, registers-kept.ts asks
    const isStored =
      rows.batches.some(batch => batch.firstSeq === firstSeq && batch.span === span) ||
      rows.losses.some(loss => loss.fromSeq <= firstSeq && firstSeq + span <= loss.fromSeq + loss.count)
    invariant(isStored, 'I1', () => `boot ${boot}, seq ${firstSeq}+${span} was acknowledged and is not stored`)
  }
}
