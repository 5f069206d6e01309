// What happened to which board of a tray: a CSV file that only grows, each line on the disk before the next step. A board goes by its
// chip's address; after a crash the same command skips those that are done. It holds no secret, so it may be kept and sent.

import { closeSync, existsSync, fsyncSync, openSync, readFileSync, writeSync } from 'node:fs'
import { Trouble } from './trouble.ts'

const COLUMNS = ['at', 'tray', 'mac', 'port', 'dongleId', 'outcome', 'code'] as const

/** `done`: sealed, registered and its label written. */
export interface JournalLine {
  mac: string
  port: string
  dongleId: string
  outcome: 'started' | 'flashed' | 'registered' | 'done' | 'failed'
  code: string
}

export interface Journal {
  /** Boards of this tray that are done, by address. */
  isDone(mac: string): boolean
  note(line: JournalLine): void
  close(): void
}

/** Throws Trouble journal.unusable. `nowIso` gives the time of a line. */
export function openJournal(path: string, tray: string, nowIso: () => string): Journal {
  const unusable = (error: unknown) => new Trouble('journal.unusable', { path, why: (error as Error).message }, error)
  let done: Set<string>
  let file: number
  try {
    const isNew = !existsSync(path)
    const text = isNew ? '' : readFileSync(path, 'utf8')
    done = doneIn(text, tray)
    file = openSync(path, 'a', 0o644)
    // a line torn by a crash ends here, so that the next one is its own
    if (isNew) append(file, COLUMNS.join(','))
    else if (text !== '' && !text.endsWith('\n')) writeSync(file, '\n')
  } catch (error) {
    throw unusable(error)
  }
  return {
    isDone: mac => done.has(mac),
    note(line) {
      if (line.outcome === 'done') done.add(line.mac)
      const row = [nowIso(), tray, line.mac, line.port, line.dongleId, line.outcome, line.code]
      try {
        append(file, row.map(quoted).join(','))
      } catch (error) {
        throw unusable(error)
      }
    },
    close: () => closeSync(file),
  }
}

function append(file: number, line: string): void {
  writeSync(file, `${line}\n`)
  fsyncSync(file)
}

/** RFC 4180. */
function quoted(value: string): string {
  return /[",\r\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value
}

/** Lines that are not whole are passed over: the board is then done again, which is harmless. */
function doneIn(text: string, tray: string): Set<string> {
  const done = new Set<string>()
  for (const line of text.split('\n')) {
    const cells = cellsOf(line)
    if (cells.length === COLUMNS.length && cells[1] === tray && cells[5] === 'done') done.add(cells[2] as string)
  }
  return done
}

function cellsOf(line: string): string[] {
  const cells = line.match(/("([^"]|"")*"|[^,]*)(,|$)/g) ?? []
  return cells
    .map(cell => cell.replace(/,$/, ''))
    .map(cell => (cell.startsWith('"') ? cell.slice(1, -1).replaceAll('""', '"') : cell))
    .slice(0, COLUMNS.length)
}
