// Whoever has a copy of the database and today's keys: every wrapped key that any row has is tried in every way in which keys were ever wrapped, and every
// sealed row with all that opened. How many rows of each tenure open is what the attack came to.

import type { KeyObject } from 'node:crypto'
import { createSecretKey } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { asidePlace, batchPlace } from '../../backend/store/commit.ts'
import { keyRingOf, tenureKeysOf } from '../../backend/store/key-ring.ts'
import { openKeyTree } from '../../backend/store/key-tree-file.ts'
import { unseal } from '../../backend/store/sealing.ts'
import { valueOrThrow } from './facts.ts'

/** Runs plain SQL in the words of both engines. */
export type Ask = (sql: string) => Promise<unknown[]> | unknown[]

interface SealedRow {
  tenureNo: number
  sealed: Uint8Array
  place: string
}

export interface Loot {
  keys: { no: number; wrappedKey: Uint8Array }[]
  sealed: SealedRow[]
}

/** All that a copy has: wrapped keys, batches, dead letters, what is quarantined. */
export async function lootOf(ask: Ask): Promise<Loot> {
  // biome-ignore lint/suspicious/noExplicitAny: rows as either engine gives them
  const rows = async (sql: string): Promise<any[]> => (await ask(sql)).map(row => numbered(row as object))
  const batches = await rows(
    'SELECT s.tenureNo, b.dongleNo, b.boot, b.firstSeq, b.periodS, b.sealed FROM batch b JOIN series s ON s.no = b.seriesNo',
  )
  const letters = await rows('SELECT tenureNo, dongleNo, sealed FROM deadLetter')
  const quarantined = await rows('SELECT tenureNo, dongleNo, sealed FROM quarantine')
  const keys = await rows('SELECT no, wrappedKey FROM tenure WHERE wrappedKey IS NOT NULL')
  return {
    keys,
    sealed: [
      ...batches.map(row => ({ ...row, place: batchPlace(row.dongleNo, row.boot, row.firstSeq, row.periodS) })),
      ...[...letters, ...quarantined].map(row => ({ ...row, place: asidePlace(row.dongleNo) })),
    ],
  }
}

/** How many sealed rows of each tenure open with the key-encryption key and the key tree as they are today. */
export function opened(
  loot: Loot,
  kekFile: string | { kek: string },
  keyTreeFile: string,
): { [tenureNo: number]: number } {
  const kek = Buffer.from(typeof kekFile === 'string' ? readFileSync(kekFile, 'latin1').trim() : kekFile.kek, 'hex')
  const ring = keyRingOf(kek)
  const tenureKeys = tenureKeysOf(kek, valueOrThrow(openKeyTree(keyTreeFile, false)))
  const keys: KeyObject[] = loot.keys.flatMap(({ no, wrappedKey }) => {
    const plain = ring.unwrap(wrappedKey, `tenure|${no}`)
    const key = tenureKeys.tenureKey(no, wrappedKey)
    return [
      ...(plain === undefined ? [] : [createSecretKey(plain)]),
      ...(key === undefined || key === 'altered' ? [] : [key]),
    ]
  })
  const counts: { [tenureNo: number]: number } = {}
  for (const { tenureNo, sealed, place } of loot.sealed) {
    if (keys.some(key => unseal(key, sealed, place) !== undefined)) counts[tenureNo] = (counts[tenureNo] ?? 0) + 1
  }
  return counts
}

/** A plain client of PostgreSQL gives large numbers as text. */
function numbered(row: object): object {
  return Object.fromEntries(
    Object.entries(row).map(([name, value]) => [name, typeof value === 'string' ? Number(value) : value]),
  )
}
