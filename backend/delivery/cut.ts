// What leaves under a permission is exactly its data need (R51, R57): the fields agreed, times within the agreed period, one reading per period made as
// the need says. Values are never interpolated and an absent one stays absent. Pure: it knows columns of readings and a permission, nothing of where
// either came from.

import { FIELD_NAMES, type FieldName } from '../../shared/reading/fields.ts'
import type { Aggregation } from '../../shared/schema/data-need.ts'
import type { Permission } from '../consent/permission.ts'

/** What a permission lets out. */
export interface Cut {
  readonly fields: readonly FieldName[]
  /** fromS <= time < untilS. */
  readonly fromS: number
  readonly untilS: number
  /** 1: every reading, as it was measured. */
  readonly periodS: number
  readonly aggregation: Aggregation
}

/**
 * A reading as it is delivered. Of a period longer than a second `timeS` is its begin, `lastS` the time of the last reading in it and `count` how many it
 * was made of: the same period with a higher count replaces the one delivered before.
 */
export type Delivered = { timeS: number; lastS?: number; count?: number } & { [field in FieldName]?: number }

/** Columns of readings; a column may be absent, and a value within it. */
export interface Rows {
  timeS: ArrayLike<number>
  columnOf(field: FieldName): ArrayLike<number | null | undefined> | undefined
}

/** Powers, voltages and currents; what the meter itself has averaged, counts up or names is only ever taken as the last. */
const IS_MEANED = /^(offtakeW|injectionW|voltageL\ddV|currentL\dcA|(offtake|injection)L\dW)$/
const MEANED: ReadonlySet<FieldName> = new Set(FIELD_NAMES.filter(field => IS_MEANED.test(field)))

export function cutOf({ need, readingsFromS, untilMs }: Permission): Cut {
  const { fields, periodS, aggregation } = need
  return { fields, fromS: readingsFromS, untilS: Math.ceil(untilMs / 1000), periodS, aggregation }
}

/** How each field of a period came to be, to be said with every delivery. */
export function aggregationOf(cut: Cut): { [field in FieldName]?: Aggregation } {
  return Object.fromEntries(
    cut.fields.map(field => [field, cut.aggregation === 'mean' && isMeaned(field) ? 'mean' : 'last']),
  )
}

function isMeaned(field: FieldName): boolean {
  return MEANED.has(field)
}

/** The readings that may leave, with the agreed fields only, ascending; not yet reduced. One without any agreed value is none. */
export function cutRows({ timeS, columnOf }: Rows, { fields, fromS, untilS }: Cut): Delivered[] {
  const columns = fields.flatMap(field => {
    const column = columnOf(field)
    return column === undefined ? [] : [{ field, column }]
  })
  const rows: Delivered[] = []
  let isAscending = true
  for (let i = 0; i < timeS.length; i++) {
    const atS = timeS[i] as number
    if (atS < fromS || atS >= untilS) continue
    const row: Delivered = { timeS: atS }
    let isEmpty = true
    for (const { field, column } of columns) {
      const value = column[i]
      if (value === undefined || value === null) continue
      row[field] = value
      isEmpty = false
    }
    if (isEmpty) continue
    if (rows.length > 0 && (rows[rows.length - 1] as Delivered).timeS > atS) isAscending = false
    rows.push(row)
  }
  return isAscending ? rows : rows.sort((a, b) => a.timeS - b.timeS)
}

/** Begin of the period in which a time lies; periods start on whole multiples of their length, UTC. */
export function periodStartS(timeS: number, periodS: number): number {
  return timeS - (timeS % periodS)
}

/** One reading per whole period within the agreed time; readings of a period that reaches beyond it are left out. `rows`: from cutRows, of whole periods. */
export function reduce(rows: readonly Delivered[], cut: Cut): Delivered[] {
  const { periodS, fromS, untilS } = cut
  if (periodS === 1) return [...rows]
  const reduced: Delivered[] = []
  for (let i = 0; i < rows.length; ) {
    const startS = periodStartS((rows[i] as Delivered).timeS, periodS)
    let end = i
    while (end < rows.length && (rows[end] as Delivered).timeS < startS + periodS) end++
    if (startS >= fromS && startS + periodS <= untilS) reduced.push(oneOf(rows.slice(i, end), startS, cut))
    i = end
  }
  return reduced
}

function oneOf(rows: readonly Delivered[], startS: number, { fields, aggregation }: Cut): Delivered {
  const one: Delivered = { timeS: startS, lastS: (rows[rows.length - 1] as Delivered).timeS, count: rows.length }
  for (const field of fields) {
    const values = rows.flatMap(row => row[field] ?? [])
    if (values.length === 0) continue
    one[field] =
      aggregation === 'mean' && isMeaned(field)
        ? Math.round(values.reduce((sum, value) => sum + value, 0) / values.length)
        : values[values.length - 1]
  }
  return one
}
