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
export function readHistory(bytes: Uint8Array, valueAt: number, lineEnd: number, columnEnd: string): History {
  const groups = groupsOf(latin1(bytes, valueAt, lineEnd))
  const count = parseInt(groups[0] ?? '', 10)
  let at = 1
  // Each column is named twice, once for its moment and once for its value.
  const columns: string[] = []
  while (at < groups.length && (groups[at] as string).includes(':')) columns.push(groups[at++] as string)
  const wanted = columns.findIndex(code => code.endsWith(':' + columnEnd))
  const rowLength = 1 + columns.length
  const peaks: MonthPeak[] = []
  let isOdd = !(count >= 0) || !/^\d+$/.test(groups[0] as string)
  if (columns.length === 0 && groups.length === 1) return { peaks, isOdd }
  if (wanted < 0) return { peaks, isOdd: true }
  while (!isOdd && peaks.length < count && at + rowLength <= groups.length) {
    const peak = readRow(groups[at] as string, groups.slice(at + 1 + wanted, at + 3 + wanted))
    if (peak === undefined) isOdd = true
    else peaks.push(peak)
    at += rowLength
  }
  const rest = groups.slice(at).filter(group => group !== '').length
  return { peaks, isOdd: isOdd || peaks.length !== count || rest > 0 }
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
