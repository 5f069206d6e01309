// I2: each (dongle, boot, seq) is stored once, and it is what the meter said: no reading the meter did not make.

import { FIELD_NAMES, type FieldName } from '../../../shared/reading/fields.ts'
import { getOrMake } from '../../support/get-or-make.ts'
import { invariant } from '../broken.ts'
import { bootLedger, type Noticed } from '../ledger.ts'
import type { BootRows, StoredBatch } from '../sim-store.ts'
import type { World } from '../world.ts'

/** Stored sequence numbers with a reading, per list of rows; remembers how far it has looked. */
export type StoredIndex = Map<BootRows, { batches: number; thinned: number; seqs: Set<number> }>

export function checkStoredOnce(world: World, index: StoredIndex): void {
  invariant(
    world.store.quarantined === 0,
    'I2',
    () => 'a batch was quarantined though nobody cloned or corrupted anything',
  )
  for (const { dongle } of world.sites) {
    for (const [boot, rows] of world.store.rows.get(dongle.dongleId) ?? []) {
      const seen = getOrMake(index, rows, () => ({ batches: 0, thinned: 0, seqs: new Set<number>() }))
      for (; seen.batches < rows.batches.length; seen.batches++) {
        checkBatch(rows.batches[seen.batches] as StoredBatch, seen.seqs, bootLedger(dongle.ledger, boot).noticed)
      }
      for (; seen.thinned < rows.thinned.length; seen.thinned++) {
        checkThinned(rows.thinned[seen.thinned] as StoredBatch, bootLedger(dongle.ledger, boot).noticed)
      }
    }
  }
}

function checkBatch({ batch, firstSeq, span }: StoredBatch, seqs: Set<number>, truth: Noticed[]): void {
  const lost = new Set<number>()
  for (const loss of batch.losses) for (let i = 0; i < loss.count; i++) lost.add(loss.fromSeq + i)
  let at = 0
  for (let seq = firstSeq; seq < firstSeq + span; seq++) {
    if (lost.has(seq)) continue
    invariant(!seqs.has(seq), 'I2', () => `boot ${batch.boot}, seq ${seq} is stored twice`)
    seqs.add(seq)
    const reading = truth[seq]
    invariant(reading !== undefined, 'I2', () => `boot ${batch.boot}, seq ${seq} is stored, the meter never said it`)
    const isSame =
      reading?.timeS === batch.timeS[at] &&
      batch.fields.every((field, i) => reading?.[FIELD_NAMES[field] as FieldName] === batch.columns[i]?.[at])
    invariant(isSame, 'I2', () => `boot ${batch.boot}, seq ${seq} is stored with other numbers than the meter's`)
    at++
  }
}

/** Of a thinned batch only the times tell which readings they are; within a boot none comes twice. */
function checkThinned({ batch, firstSeq, span }: StoredBatch, truth: Noticed[]): void {
  const covered = truth.slice(firstSeq, firstSeq + span)
  for (let at = 0; at < batch.timeS.length; at++) {
    const reading = covered.find(one => one?.timeS === batch.timeS[at])
    const isSame = batch.fields.every(
      (field, i) => reading?.[FIELD_NAMES[field] as FieldName] === batch.columns[i]?.[at],
    )
    invariant(
      reading !== undefined && isSame,
      'I2',
      () => `boot ${batch.boot}: a thinned reading at ${batch.timeS[at]} is not the meter's`,
    )
  }
}
