// A page of readings as they were measured: batches opened one by one until the page is full. Charted columns come first in a batch, so
// that a chart which asks for them only decodes no further. It knows batches and bytes; the store has found and opened them.

import type { Batch } from '../../shared/batch/batch.ts'
import { decodeBatch } from '../../shared/batch/decode.ts'
import { assert } from '../../shared/kernel/assert.ts'
import { FIELD_NAMES, type FieldName } from '../../shared/reading/fields.ts'
import { type Reading, readingOf } from '../../shared/reading/reading.ts'
import type { Columns } from '../../shared/schema/readings.ts'
import type { BatchRow } from '../store/store.ts'

export interface RawPage {
  timeS: number[]
  columns: Columns
  /** Where the next page begins; undefined if this one reaches the end of the range. */
  nextFromS: number | undefined
}

/**
 * At most `limit` readings (a few more if one second holds them) with fromS <= time < toS, ascending. `wanted` are field numbers; undefined
 * takes all. `batches` ascend by fromS and may overlap in time: a clock was set, a dongle replaced.
 */
export async function readRaw(
  batches: AsyncIterable<{ row: BatchRow; bytes: Uint8Array }>,
  fromS: number,
  toS: number,
  wanted: number[] | undefined,
  limit: number,
): Promise<RawPage> {
  const page = new Page(fromS, toS, wanted)
  let hasMore = false
  for await (const { row, bytes } of batches) {
    if (page.timeS.length >= limit && row.fromS > page.newestS) {
      hasMore = true
      break
    }
    page.add(openBatch(bytes, wanted), row.dongleNo)
  }
  page.sort()
  const cut = page.cutAt(limit)
  if (cut === page.timeS.length && !hasMore)
    return { timeS: page.timeS, columns: page.columns(cut), nextFromS: undefined }
  const timeS = page.timeS.slice(0, cut)
  return { timeS, columns: page.columns(cut), nextFromS: (timeS[cut - 1] as number) + 1 }
}

/** What was decoded and checked when it came decodes again. */
export function openBatch(bytes: Uint8Array, wanted?: number[]): Batch {
  const decoded = decodeBatch(bytes, wanted === undefined ? {} : { fieldsUpTo: Math.max(-1, ...wanted) })
  assert(decoded.ok, 'a stored batch decodes: it was decoded before it was stored')
  return decoded.value
}

/** All readings of a batch, ascending by time. */
export function readingsOf(batch: Batch): Reading[] {
  const readings: Reading[] = []
  for (let i = 0; i < batch.timeS.length; i++) {
    const values: (number | undefined)[] = []
    batch.fields.forEach((field, column) => {
      values[field] = batch.columns[column]?.[i]
    })
    readings.push(readingOf(batch.timeS[i] as number, values))
  }
  return readings.sort((a, b) => a.timeS - b.timeS)
}

class Page {
  timeS: number[] = []
  newestS = 0
  private readonly dongles: number[] = []
  private hasSeveral = false
  private readonly byField = new Map<number, (number | null)[]>()
  private readonly fromS: number
  private readonly toS: number
  private readonly wanted: number[] | undefined

  constructor(fromS: number, toS: number, wanted: number[] | undefined) {
    this.fromS = fromS
    this.toS = toS
    this.wanted = wanted
  }

  add(batch: Batch, dongleNo: number): void {
    const rows: number[] = []
    for (let i = 0; i < batch.timeS.length; i++) {
      const timeS = batch.timeS[i] as number
      if (timeS < this.fromS || timeS >= this.toS) continue
      rows.push(i)
      if (timeS > this.newestS) this.newestS = timeS
    }
    const before = this.timeS.length
    for (const i of rows) {
      this.timeS.push(batch.timeS[i] as number)
      this.dongles.push(dongleNo)
    }
    this.hasSeveral ||= dongleNo !== this.dongles[0]
    batch.fields.forEach((field, at) => {
      if (this.wanted !== undefined && !this.wanted.includes(field)) return
      const values = batch.columns[at]
      if (values === undefined) return // beyond where the decoder was told to stop
      const column = this.columnOf(field)
      while (column.length < before) column.push(null)
      for (const i of rows) column.push(values[i] as number)
    })
  }

  private columnOf(field: number): (number | null)[] {
    let column = this.byField.get(field)
    if (column !== undefined) return column
    column = []
    this.byField.set(field, column)
    return column
  }

  sort(): void {
    if (!this.hasSeveral && this.timeS.every((timeS, i) => i === 0 || timeS >= (this.timeS[i - 1] as number))) return
    const all = this.timeS.map((_, i) => i).sort((a, b) => (this.timeS[a] as number) - (this.timeS[b] as number))
    const order = this.hasSeveral ? this.onceEach(all) : all
    for (const [field, column] of this.byField)
      this.byField.set(
        field,
        order.map(i => column[i] ?? null),
      )
    this.timeS = order.map(i => this.timeS[i] as number)
  }

  /** While one dongle replaces another both tell of the same second: the first that did is shown. */
  private onceEach(order: number[]): number[] {
    let [shownS, shownBy] = [-1, -1]
    return order.filter(i => {
      const [timeS, dongleNo] = [this.timeS[i] as number, this.dongles[i] as number]
      if (timeS === shownS && dongleNo !== shownBy) return false
      ;[shownS, shownBy] = [timeS, dongleNo]
      return true
    })
  }

  /** Where to cut so that no second is torn between two pages. */
  cutAt(limit: number): number {
    let cut = Math.min(limit, this.timeS.length)
    while (cut > 0 && cut < this.timeS.length && this.timeS[cut] === this.timeS[cut - 1]) cut++
    return cut
  }

  columns(length: number): Columns {
    const columns: Columns = {}
    for (const [field, column] of [...this.byField].sort((a, b) => a[0] - b[0])) {
      while (column.length < this.timeS.length) column.push(null)
      columns[FIELD_NAMES[field] as FieldName] = column.slice(0, length)
    }
    return columns
  }
}
