// What `nrt flash --app-only` says in a dongle's journal, evaluated here as the engine would, and read by the program's own journal.

import { expect, test } from 'vitest'
import { noteEnd, noteNoticed, noteSteady, openJournal } from '../../../firmware/journal.ts'
import { endNote } from '../../../installer/flash/end-note.ts'
import { createNor } from '../../support/nor.ts'

const JOURNAL_AT = 0x318000
const SECTORS = 2

function aJournal() {
  const nor = createNor(SECTORS)
  const flash = {
    read: (length: number, at: number) => nor.read(at - JOURNAL_AT, length),
    write: (bytes: Uint8Array, at: number) => nor.write(at - JOURNAL_AT, bytes),
  }
  const engine = { toString: (bytes: Uint8Array) => Buffer.from(bytes).toString('latin1') }
  const say = (reason: 'asked' | 'setup'): void => {
    const note = endNote({ name: 'journal', at: JOURNAL_AT, bytes: SECTORS * nor.sectorBytes }, reason)
    expect(new Function('require', 'E', `return ${note}`)(() => flash, engine)).toBe(1)
  }
  return { nor, say }
}

test('a program that the tool stops has not lost its power: the starts do not add up', () => {
  const { nor, say } = aJournal()
  for (let boot = 1; boot < 200; boot++) {
    const { journal } = openJournal(nor, boot)
    expect(journal.quickRestarts).toBe(0)
    if (boot > 1) expect(journal.endedBy).toBe('setup')
    say('setup')
  }
})

test('power cuts before it are forgotten, what a program said itself is kept', () => {
  const { nor, say } = aJournal()
  for (let boot = 1; boot <= 4; boot++) openJournal(nor, boot)
  const { journal } = openJournal(nor, 5)
  expect(journal.quickRestarts).toBe(4)
  noteSteady(journal)
  for (let i = 0; i < 300; i++) noteNoticed(journal)
  say('asked')
  const next = openJournal(nor, 6).journal
  expect([next.endedBy, next.quickRestarts]).toEqual(['asked', 0])
  noteEnd(next, 'memory')
  say('asked')
  expect(openJournal(nor, 7).journal.endedBy).toBe('memory')
})

test('a blank journal stays blank', () => {
  const { nor, say } = aJournal()
  say('setup')
  expect(openJournal(nor, 1).journal.endedBy).toBeUndefined()
})
