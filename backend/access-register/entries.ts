// Entries of the access register as text and back: JSON and CSV, every wrong line named by its number, never by its EAN. Pure.

import { Compile } from 'typebox/compile'
import { failed, ok, type Result } from '../../shared/kernel/result.ts'
import { type RegisterEntry, RegisterEntrySchema } from '../../shared/schema/access-register.ts'
import { plainText } from '../../shared/telegram/text.ts'

/** `lines` count from 1, the head of a CSV included; of JSON they are the places in its list. */
export interface EntriesFault {
  code: 'entries.invalid'
  wrong: { line: number; column: string }[]
}

const COLUMNS = ['ean', 'holderId', 'sinceS', 'meterSerial', 'country', 'timeZone'] as const
const WRONG_MAX = 20
const entrySchema = Compile(RegisterEntrySchema)

/** Serials are compared as people read them: the hexadecimal form of the P1 port is decoded, capitals, no blanks around. */
export function plainSerial(serial: string): string | undefined {
  return plainText(serial)?.toUpperCase()
}

export function isSameEntry(a: RegisterEntry, b: RegisterEntry): boolean {
  return COLUMNS.every(column => a[column] === b[column])
}

/** All of them, or which lines are wrong: nothing is taken in by halves. The same EAN twice is wrong. */
export function checkEntries(candidates: readonly unknown[], firstLine = 1): Result<RegisterEntry[], EntriesFault> {
  const wrong: EntriesFault['wrong'] = []
  const seen = new Set<string>()
  const entries: RegisterEntry[] = []
  candidates.forEach((candidate, at) => {
    const column = entrySchema.Check(candidate) ? oddityOf(candidate, seen) : wrongColumn(candidate)
    if (column === undefined) entries.push(tidied(candidate as RegisterEntry))
    else if (wrong.length < WRONG_MAX) wrong.push({ line: firstLine + at, column })
  })
  return wrong.length === 0 ? ok(entries) : failed({ code: 'entries.invalid', wrong })
}

function oddityOf({ ean, timeZone }: RegisterEntry, seen: Set<string>): string | undefined {
  if (seen.has(ean)) return 'ean'
  seen.add(ean)
  return isTimeZone(timeZone) ? undefined : 'timeZone'
}

function wrongColumn(candidate: unknown): string {
  const path = entrySchema.Errors(candidate)[0]?.instancePath.slice(1).split('/')[0] ?? ''
  return COLUMNS.find(column => column === path) ?? 'columns'
}

function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== ''
  } catch {
    return false // RangeError is how Intl says that it does not know the name
  }
}

/** With its serial in plain form. */
export function tidied(entry: RegisterEntry): RegisterEntry {
  return { ...entry, meterSerial: entry.meterSerial === null ? null : (plainSerial(entry.meterSerial) ?? null) }
}

/** A head with the columns' names in any order, commas or semicolons, quotes where a value needs them; nothing in between is null. */
export function entriesOfCsv(text: string): Result<RegisterEntry[], EntriesFault> {
  const lines = text.replace(/^\uFEFF/, '').split(/\r\n|\n|\r/)
  while (lines.at(-1)?.trim() === '') lines.pop()
  const head = lines[0] ?? ''
  const separator = head.includes(';') ? ';' : ','
  const names = cellsOf(head, separator)
  if (COLUMNS.some(column => !names.includes(column)) || names.length !== COLUMNS.length) {
    return failed({ code: 'entries.invalid', wrong: [{ line: 1, column: 'columns' }] })
  }
  return checkEntries(
    lines.slice(1).map(line => candidateOf(names, cellsOf(line, separator))),
    2,
  )
}

function candidateOf(names: string[], cells: string[]): unknown {
  if (cells.length !== names.length) return undefined
  const values: { [name: string]: unknown } = {}
  names.forEach((name, at) => {
    const cell = cells[at] as string
    values[name] = cell === '' ? null : name === 'sinceS' && /^[0-9]{1,10}$/.test(cell) ? Number(cell) : cell
  })
  return values
}

function cellsOf(line: string, separator: string): string[] {
  const cells: string[] = []
  const pattern = new RegExp(`(?:"((?:[^"]|"")*)"|([^${separator}]*))(${separator}|$)`, 'y')
  for (;;) {
    const match = pattern.exec(line)
    if (match === null) return [] // a quote that does not end: no such number of cells fits
    cells.push((match[1]?.replaceAll('""', '"') ?? match[2] ?? '').trim())
    if (match[3] === '') return cells
  }
}

export function csvOf(entries: readonly RegisterEntry[]): string {
  const rows = entries.map(entry => COLUMNS.map(column => quoted(String(entry[column] ?? ''))).join(','))
  return `${[COLUMNS.join(','), ...rows].join('\r\n')}\r\n`
}

function quoted(cell: string): string {
  return /[",;]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell
}
