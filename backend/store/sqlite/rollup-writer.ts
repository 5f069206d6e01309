// Merging a batch's rollups into their rows, inside the transaction that stores the batch: a chart never shows a reading that is not
// stored, and never misses one that is. Rows are sealed with the tenure's key, as the readings are. A row is an hour, so that a batch
// dirties one page, and a day's chart opens 24 seals.

import type { KeyObject } from 'node:crypto'
import type { DatabaseSync } from 'node:sqlite'
import type { Batch } from '../../../shared/batch/batch.ts'
import { assert } from '../../../shared/kernel/assert.ts'
import { HOUR_S, hoursOf, mergeRollups } from '../rollup.ts'
import { decodeHour, decodeRollup, encodeHour, encodeRollup, type HourSlots } from '../rollup-codec.ts'
import { seal, unseal } from '../sealing.ts'

const SERIES_HOURS = 2 ** 20

/** The row's number: the series' hours lie side by side. Hours since 1970 stay below 2^20 until 2089, the whole below 2^53 for 8 billion series. */
export function hourNo(seriesNo: number, startS: number): number {
  return seriesNo * SERIES_HOURS + startS / HOUR_S
}

export function hourStartS(no: number): number {
  return (no % SERIES_HOURS) * HOUR_S
}

/** The bytes were written by us under this key; anything else means a damaged file or a wrong row, and a wrong sum would hide it. */
export function openHour(key: KeyObject, sealed: Uint8Array, no: number): Uint8Array {
  const plain = unseal(key, sealed, `rollup|${no}`)
  assert(plain !== undefined, 'a rollup opens with the key of its tenure')
  return plain
}

export type RollupWriter = (batch: Batch, seriesNo: number, key: KeyObject) => void

export function createRollupWriter(db: DatabaseSync): RollupWriter {
  const select = db.prepare('SELECT sealed FROM rollup WHERE no = ?')
  const upsert = db.prepare('INSERT OR REPLACE INTO rollup (no, sealed) VALUES (?, ?)')
  return (batch, seriesNo, key) => {
    for (const [startS, rollups] of hoursOf(batch)) {
      const no = hourNo(seriesNo, startS)
      const row = select.get(no) as { sealed: Uint8Array } | undefined
      const slots: HourSlots = row === undefined ? [] : decodeHour(openHour(key, row.sealed, no))
      for (const [slot, rollup] of rollups) {
        const known = slots[slot]
        slots[slot] = encodeRollup(known === undefined ? rollup : mergeRollups(decodeRollup(known), rollup))
      }
      upsert.run(no, seal(key, encodeHour(slots), `rollup|${no}`))
    }
  }
}
