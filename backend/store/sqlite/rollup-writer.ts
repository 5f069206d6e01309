// Merging a batch's rollups into their rows, inside the transaction that stores the batch: a chart never shows a reading that is not
// stored, and never misses one that is. Rows are sealed with the tenure's key, as the readings are.

import type { KeyObject } from 'node:crypto'
import type { DatabaseSync } from 'node:sqlite'
import type { Batch } from '../../../shared/batch/batch.ts'
import { assert } from '../../../shared/kernel/assert.ts'
import { mergeQuarters, quartersOf, WIDTHS } from '../rollup.ts'
import { decodeQuarter, encodeQuarter } from '../rollup-codec.ts'
import { seal, unseal } from '../sealing.ts'

function quarterPlace(seriesNo: number, quarter: number): string {
  return `rollup|${seriesNo}|${quarter}`
}

/** The bytes were written by us under this key; anything else means a damaged file or a wrong row, and a wrong sum would hide it. */
export function openQuarter(key: KeyObject, sealed: Uint8Array, seriesNo: number, quarter: number): Uint8Array {
  const plain = unseal(key, sealed, quarterPlace(seriesNo, quarter))
  assert(plain !== undefined, 'a rollup opens with the key of its tenure')
  return plain
}

export type RollupWriter = (batch: Batch, seriesNo: number, key: KeyObject) => void

export function createRollupWriter(db: DatabaseSync): RollupWriter {
  const select = db.prepare('SELECT sealed FROM rollup WHERE seriesNo = ? AND quarter = ?')
  const upsert = db.prepare('INSERT OR REPLACE INTO rollup (seriesNo, quarter, sealed) VALUES (?, ?, ?)')
  return (batch, seriesNo, key) => {
    for (const [startS, rollups] of quartersOf(batch)) {
      const quarter = startS / WIDTHS['15m']
      const row = select.get(seriesNo, quarter) as { sealed: Uint8Array } | undefined
      const stored = row && decodeQuarter(openQuarter(key, row.sealed, seriesNo, quarter))
      const merged = stored === undefined ? rollups : mergeQuarters(stored, rollups)
      upsert.run(seriesNo, quarter, seal(key, encodeQuarter(merged), quarterPlace(seriesNo, quarter)))
    }
  }
}
