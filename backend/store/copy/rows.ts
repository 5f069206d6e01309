// Rows of two databases side by side: the same text for the same values, and what one must do to become the other. Pure.

import { createHash, type Hash } from 'node:crypto'

export type Row = { [column: string]: unknown }

/** One text per row, whichever engine it comes from: numbers, texts and nothing as JSON, bytes in base64. */
export function textOf(row: Row, columns: readonly string[]): string {
  return JSON.stringify(columns.map(column => plain(row[column])))
}

function plain(value: unknown): unknown {
  if (!(value instanceof Uint8Array)) return value
  return { bytes: Buffer.from(value.buffer, value.byteOffset, value.length).toString('base64') }
}

export interface Difference {
  /** Not there yet, or otherwise. */
  wrong: Row[]
  /** There, and no longer in the source. */
  surplus: Row[]
}

export function differenceOf(
  source: Row[],
  target: Row[],
  columns: readonly string[],
  key: readonly string[],
): Difference {
  const there = new Map(target.map(row => [textOf(row, key), row]))
  const wrong: Row[] = []
  for (const row of source) {
    const name = textOf(row, key)
    const known = there.get(name)
    there.delete(name)
    if (known === undefined || textOf(known, columns) !== textOf(row, columns)) wrong.push(row)
  }
  return { wrong, surplus: [...there.values()] }
}

export interface Digest {
  add(row: Row): void
  rows(): number
  hex(): string
}

/** SHA-256 over the texts of rows, in their order. */
export function digestOf(columns: readonly string[]): Digest {
  const hash: Hash = createHash('sha256')
  let rows = 0
  return {
    add(row) {
      hash.update(textOf(row, columns)).update('\n')
      rows++
    },
    rows: () => rows,
    hex: () => hash.copy().digest('hex'),
  }
}
