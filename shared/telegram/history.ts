// The history of month peaks, `(n)(1-0:1.6.0)(1-0:1.6.0)` and n times (month end)(moment)(kW), eMUCS-P1 1.3 section 3.3 and its
// forms in the field: empty with or without a last `()`, the bare count, a month without a peak, and the A1 business port's two
// columns. For node.

import { closeAt, cursor, latin1, OPEN } from './bytes.ts'
import type { MonthPeak } from './telegram-fields.ts'
import { amountAt, behindStamp, KW, stampAt } from './timed-bytes.ts'
import { groupsOf, timedValue } from './timed-value.ts'
import { timeOf } from './timestamp.ts'

export interface History {
  /** Peaks of the column asked for, oldest first as the meter prints them. */
  peaks: MonthPeak[]
  isOdd: boolean
}

const USUAL_COLUMNS = '(1-0:1.6.0)(1-0:1.6.0)'

/** `column` is what the wanted column's code ends with: `1.6.0` offtake, `2.6.0` injection. */
export function readHistory(bytes: Uint8Array, from: number, to: number, column: string): History {
  const countEnd = closeAt(bytes, from, to) + 1
  const rowsAt = countEnd + USUAL_COLUMNS.length
  if (column === '1.6.0' && rowsAt < to && latin1(bytes, countEnd, rowsAt) === USUAL_COLUMNS) {
    const count = latin1(bytes, from, countEnd)
    const peaks = usualRows(bytes, rowsAt, to)
    if (peaks !== undefined && count === `(${peaks.length})`) return { peaks, isOdd: false }
  }
  return readGroups(groupsOf(latin1(bytes, from, to)), column)
}

/** Rows of plain moments and numbers, which is what nearly all are; undefined when one is not. */
function usualRows(bytes: Uint8Array, from: number, to: number): MonthPeak[] | undefined {
  const peaks: MonthPeak[] = []
  let at = from
  while (at < to) {
    const monthEndAtS = stampAt(bytes, at)
    const peakAtS = stampAt(bytes, behindStamp(at))
    const peakW = amountAt(bytes, behindStamp(behindStamp(at)), to, KW)
    if (monthEndAtS === undefined || peakAtS === undefined || peakW === undefined) return undefined
    peaks.push({ monthEndAtS, peakAtS, peakW })
    at = cursor + 1
    if (at < to && bytes[at] !== OPEN) return undefined
  }
  return peaks
}

function readGroups(groups: string[], column: string): History {
  const countText = groups[0] ?? ''
  if (!/^\d{1,3}$/.test(countText)) return { peaks: [], isOdd: true }
  const count = Number(countText)
  // Each column is named twice, once for its moment and once for its value.
  const columns: string[] = []
  while (groups[1 + columns.length]?.includes(':')) columns.push(groups[1 + columns.length] as string)
  if (columns.length === 0 && groups.length === 1) return { peaks: [], isOdd: false }
  const wanted = columns.findIndex(code => code.endsWith(`:${column}`))
  if (wanted < 0) return { peaks: [], isOdd: true }
  const cells = groups.slice(1 + columns.length)
  const rowLength = 1 + columns.length
  const peaks: MonthPeak[] = []
  for (let at = 0; at + rowLength <= cells.length && peaks.length < count; at += rowLength) {
    const peak = readRow(cells[at] as string, cells.slice(at + 1 + wanted, at + 3 + wanted))
    if (peak === undefined) return { peaks, isOdd: true }
    peaks.push(peak)
  }
  const isWhole = peaks.length === count && cells.slice(count * rowLength).every(cell => cell === '')
  return { peaks, isOdd: !isWhole }
}

function readRow(monthEnd: string, pair: string[]): MonthPeak | undefined {
  const endS = timeOf(monthEnd)
  const peak = timedValue(pair, 'kW')
  if (endS === 'bad' || peak.fault !== undefined) return undefined
  const row: MonthPeak = {}
  if (typeof endS === 'number') row.monthEndAtS = endS
  if (peak.atS !== undefined) row.peakAtS = peak.atS
  if (peak.value !== undefined) row.peakW = peak.value
  return row
}
