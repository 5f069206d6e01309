// Merging a batch's rollups into their rows, inside the transaction that stores the batch: a chart never shows a reading that is not
// stored, and never misses one that is. Rows are sealed with the tenure's key, as the readings are.

import type { KeyObject } from 'node:crypto'
import type { DatabaseSync, StatementSync } from 'node:sqlite'
import type { Batch } from '../../../shared/batch/batch.ts'
import { assert } from '../../../shared/kernel/assert.ts'
import { mergeRollups, type Rollup, rollupsOf, WIDTHS, type Width } from '../rollup.ts'
import { decodeRollup, encodeRollup } from '../rollup-codec.ts'
import { seal, unseal } from '../sealing.ts'

export const ROLLUP_TABLE: { [width in Width]: string } = { '1m': 'rollup1m', '15m': 'rollup15m' }

export function rollupPlace(width: Width, seriesNo: number, bucket: number): string {
  return `${width}|${seriesNo}|${bucket}`
}

/** The bytes were written by us under this key; anything else means a damaged file or a wrong row, and a wrong sum would hide it. */
export function openRollup(key: KeyObject, sealed: Uint8Array, place: string): Rollup {
  const plain = unseal(key, sealed, place)
  assert(plain !== undefined, 'a rollup opens with the key of its tenure')
  return decodeRollup(plain)
}

export type RollupWriter = (batch: Batch, seriesNo: number, key: KeyObject) => void

export function createRollupWriter(db: DatabaseSync): RollupWriter {
  const tables = (Object.keys(WIDTHS) as Width[]).map(width => ({
    width,
    widthS: WIDTHS[width],
    select: db.prepare(`SELECT sealed FROM ${ROLLUP_TABLE[width]} WHERE seriesNo = ? AND bucket = ?`),
    upsert: db.prepare(`INSERT OR REPLACE INTO ${ROLLUP_TABLE[width]} (seriesNo, bucket, sealed) VALUES (?, ?, ?)`),
  }))
  return (batch, seriesNo, key) => {
    for (const { width, widthS, select, upsert } of tables) {
      for (const [startS, rollup] of rollupsOf(batch, widthS)) {
        const bucket = startS / widthS
        const place = rollupPlace(width, seriesNo, bucket)
        const merged = mergeWithStored(select, seriesNo, bucket, rollup, key, place)
        upsert.run(seriesNo, bucket, seal(key, encodeRollup(merged), place))
      }
    }
  }
}

function mergeWithStored(
  select: StatementSync,
  seriesNo: number,
  bucket: number,
  rollup: Rollup,
  key: KeyObject,
  place: string,
): Rollup {
  const row = select.get(seriesNo, bucket) as { sealed: Uint8Array } | undefined
  return row === undefined ? rollup : mergeRollups(openRollup(key, row.sealed, place), rollup)
}
