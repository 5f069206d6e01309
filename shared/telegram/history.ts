// The history of month peaks, `(n)(1-0:1.6.0)(1-0:1.6.0)` and n times (month end)(moment)(kW), eMUCS-P1 1.3 section 3.3 and its
// forms in the field: empty with or without a last `()`, the bare count, and the A1 business port's two columns. For node.

import { latin1 } from './bytes.ts'
import type { MonthPeak } from './telegram.ts'
import { groupsOf, timedValue } from './timed-value.ts'
import { timeOf } from './timestamp.ts'

export interface History {
  /** Peaks of the column asked for, oldest first as the meter prints them. */
  peaks: MonthPeak[]
  isOdd: boolean
}

/** `columnEnd` is what the wanted column's code ends with: `1.6.0` offtake, `2.6.0` injection. */
export function readHistory(bytes: Uint8Array, from: number, to: number, columnEnd: string): History {
  const groups = groupsOf(latin1(bytes, from, to))
  const countText = groups[0] ?? ''
  const count = /^\d{1,3}$/.test(countText) ? Number(countText) : -1
  // Each column is named twice, once for its moment and once for its value.
  const columns: string[] = []
  while (groups[1 + columns.length]?.includes(':')) columns.push(groups[1 + columns.length] as string)
  if (count < 0) return { peaks: [], isOdd: true }
  if (columns.length === 0 && groups.length === 1) return { peaks: [], isOdd: false }
  const wanted = columns.findIndex(code => code.endsWith(`:${columnEnd}`))
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
