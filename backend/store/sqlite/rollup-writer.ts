// Merging a batch's rollups into their strips, inside the transaction that stores the batch: a chart never shows a reading that is not
// stored, and never misses one that is. Rows are sealed with the tenure's key, as the readings are.

import type { KeyObject } from 'node:crypto'
import type { DatabaseSync } from 'node:sqlite'
import type { Batch } from '../../../shared/batch/batch.ts'
import { assert } from '../../../shared/kernel/assert.ts'
import { mergeStrip, STRIP_BUCKETS, type Strip, stripSeconds, stripsOf, WIDTHS, type Width } from '../rollup.ts'
import { decodeStrip, encodeStrip } from '../rollup-codec.ts'
import { seal, unseal } from '../sealing.ts'

export const ROLLUP_TABLE: { [width in Width]: string } = { '1m': 'rollup1m', '15m': 'rollup15m' }

function stripPlace(width: Width, seriesNo: number, startS: number): string {
  return `${width}|${seriesNo}|${startS}`
}

/** The bytes were written by us under this key; anything else means a damaged file or a wrong row, and a wrong sum would hide it. */
export function openStrip(key: KeyObject, sealed: Uint8Array, width: Width, seriesNo: number, startS: number): Strip {
  const plain = unseal(key, sealed, stripPlace(width, seriesNo, startS))
  assert(plain !== undefined, 'a rollup opens with the key of its tenure')
  return decodeStrip(plain, STRIP_BUCKETS[width])
}

export type RollupWriter = (batch: Batch, seriesNo: number, key: KeyObject) => void

export function createRollupWriter(db: DatabaseSync): RollupWriter {
  const tables = (Object.keys(WIDTHS) as Width[]).map(width => ({
    width,
    seconds: stripSeconds(width),
    select: db.prepare(`SELECT sealed FROM ${ROLLUP_TABLE[width]} WHERE seriesNo = ? AND strip = ?`),
    upsert: db.prepare(`INSERT OR REPLACE INTO ${ROLLUP_TABLE[width]} (seriesNo, strip, sealed) VALUES (?, ?, ?)`),
  }))
  return (batch, seriesNo, key) => {
    for (const { width, seconds, select, upsert } of tables) {
      for (const [startS, strip] of stripsOf(batch, width)) {
        const row = select.get(seriesNo, startS / seconds) as { sealed: Uint8Array } | undefined
        if (row !== undefined) mergeStrip(strip, openStrip(key, row.sealed, width, seriesNo, startS))
        upsert.run(seriesNo, startS / seconds, seal(key, encodeStrip(strip), stripPlace(width, seriesNo, startS)))
      }
    }
  }
}
