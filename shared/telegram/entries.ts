// The table of obis.ts made ready for bytes: an entry per code, found by the number that codeAt gives. For node.

import { codeAt } from './bytes.ts'
import { unitExponent } from './number.ts'
import { furtherRows, type ObisRow, readingRows } from './obis.ts'

export interface Entry {
  code: string
  name: string
  /** The unit of a number, or the kind (obis.ts; mbus). */
  unit: string
  isNumber: boolean
  unitBytes: Uint8Array
  exponent: number
  /** M-Bus channel; 0 for the electricity meter. */
  channel: number
  /** Place in the table: of two codes for one name the lower counts. */
  rank: number
  /** The parse in which it was last met; finds repeats without clearing anything. */
  seenIn: number
}

const KINDS = ['time', 'text', 'ean', 'peak', 'history', 'limits', 'limit', 'raw', 'mbus']

/** Objects of an M-Bus channel; of the captures an earlier one counts before a later one. */
export const MBUS_CAPTURES = ['24.2.1', '24.2.3', '24.3.0']
const MBUS_DETAILS = ['24.1.0', '96.1.0', '96.1.1', '96.1.2', '24.4.0', '96.3.10']

const ENTRIES = new Map<number, Entry>()
for (const row of readingRows()) addEntry(row, 0)
for (const row of furtherRows()) addEntry(row, 0)
for (let channel = 1; channel <= 4; channel++) {
  for (const code of [...MBUS_CAPTURES, ...MBUS_DETAILS]) addEntry([`0-${channel}:${code}`, code, 'mbus'], channel)
}

function addEntry(row: ObisRow, channel: number): void {
  const [code, name, unit] = row
  const isNumber = !KINDS.includes(unit)
  const entry: Entry = {
    code,
    name,
    unit,
    isNumber,
    unitBytes: bytesOf(isNumber ? unit : ''),
    exponent: isNumber ? unitExponent(unit) : 0,
    channel,
    rank: ENTRIES.size,
    seenIn: 0,
  }
  ENTRIES.set(codeAt(bytesOf(`${code}(`), 0), entry)
  if (code.startsWith('1-0:')) ENTRIES.set(codeAt(bytesOf(`${code.replace('1-0:', '1-1:')}(`), 0), entry)
}

function bytesOf(text: string): Uint8Array {
  return Uint8Array.from(text, character => character.charCodeAt(0))
}

/** The entry for what codeAt gave. */
export function entryOf(code: number): Entry | undefined {
  return ENTRIES.get(code)
}
