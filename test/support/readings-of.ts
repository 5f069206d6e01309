// What arrived of a dongle, taken apart again: which reading has which number, and which numbers are counted as lost.

import type { Batch, Loss } from '../../shared/batch/batch.ts'
import { FIELD_NAMES } from '../../shared/reading/fields.ts'
import type { Reading } from '../../shared/reading/reading.ts'

/** Sequence number → reading, of one boot. */
export function readingsOf(batches: Batch[], boot: number): Map<number, Reading> {
  const found = new Map<number, Reading>()
  for (const batch of batches.filter(one => one.boot === boot)) {
    const lost = new Set(batch.losses.flatMap(loss => Array.from({ length: loss.count }, (_, i) => loss.fromSeq + i)))
    let seq = batch.firstSeq
    for (let i = 0; i < batch.timeS.length; i++) {
      while (lost.has(seq)) seq++
      const reading: Reading = { timeS: batch.timeS[i] as number }
      batch.fields.forEach((field, column) => {
        reading[FIELD_NAMES[field]!] = batch.columns[column]?.[i]
      })
      found.set(seq++, reading)
    }
  }
  return found
}

export function lossesOf(batches: Batch[], boot: number): Loss[] {
  return batches.filter(batch => batch.boot === boot).flatMap(batch => batch.losses)
}
