// The journal against NOR flash whose power can go before, half-way through or after any write or erase.

import { expect, test } from 'vitest'
import {
  END_REASONS,
  type Journal,
  noteEnd,
  noteKept,
  noteNoticed,
  noteSteady,
  openJournal,
  settle,
} from '../../../firmware/journal.ts'
import { type CutMoment, createNor, PowerCut } from '../../support/nor.ts'

test('a fresh journal knows nothing', () => {
  const { journal, unkept } = openJournal(createNor(2), 1)
  expect(journal.endedBy).toBeUndefined()
  expect(unkept).toEqual([])
})

test('the next boot knows exactly what was noticed and what was kept', () => {
  const nor = createNor(2)
  const { journal } = openJournal(nor, 7)
  for (let seq = 0; seq < 25; seq++) {
    noteNoticed(journal)
    if (seq % 10 === 9) noteKept(journal, seq + 1)
  }
  const next = openJournal(nor, 8)
  expect(next.unkept).toEqual([{ boot: 7, kept: 20, noticed: 25 }])
  expect(next.journal.endedBy).toBe('power')
})

test('a boot that kept everything has nothing to report; one that kept nothing reports all', () => {
  const nor = createNor(2)
  const first = openJournal(nor, 1).journal
  for (let i = 0; i < 3; i++) noteNoticed(first)
  noteKept(first, 3)
  const second = openJournal(nor, 2)
  expect(second.unkept).toEqual([])
  noteNoticed(second.journal)
  expect(openJournal(nor, 3).unkept).toEqual([{ boot: 2, kept: 0, noticed: 1 }])
})

test('reports until it is settled, then never again', () => {
  const nor = createNor(2)
  noteNoticed(openJournal(nor, 1).journal)
  noteNoticed(openJournal(nor, 2).journal)
  const { journal, unkept } = openJournal(nor, 3)
  expect(unkept).toHaveLength(2)
  settle(journal)
  noteNoticed(journal)
  expect(openJournal(nor, 4).unkept).toEqual([{ boot: 3, kept: 0, noticed: 1 }])
})

test.each(END_REASONS.slice(1))('remembers that a boot ended by %s, and the first word counts', reason => {
  const nor = createNor(2)
  const { journal } = openJournal(nor, 1)
  noteEnd(journal, reason)
  noteEnd(journal, reason === 'asked' ? 'error' : 'asked')
  expect(openJournal(nor, 2).journal.endedBy).toBe(reason)
})

test('the next boot knows the last telegram of one that restarted itself, wherever in a sector that was', () => {
  const slots = 2 * (4096 / 64) + 3
  for (let before = 0; before < slots; before++) {
    const nor = createNor(2)
    for (let boot = 1; boot <= before; boot++) openJournal(nor, boot)
    const { journal } = openJournal(nor, before + 1)
    noteNoticed(journal)
    noteEnd(journal, 'asked', 1_790_000_000, 10)
    const next = openJournal(nor, before + 2)
    expect(next.journal).toMatchObject({ endedBy: 'asked', lastTimeS: 1_790_000_000, periodS: 10 })
    expect(next.unkept.at(-1)).toEqual({ boot: before + 1, kept: 0, noticed: 1 })
    expect(openJournal(nor, before + 3).journal).toMatchObject({ endedBy: 'power', lastTimeS: 0 })
  }
})

test('and none where the power went between that and the word that it restarts', () => {
  const moments: CutMoment[] = ['before', 'half-way', 'after']
  for (const moment of moments) {
    for (let operation = 1; operation <= 2; operation++) {
      const nor = createNor(2)
      const { journal } = openJournal(nor, 1)
      nor.cutAt(operation, moment)
      expect(() => noteEnd(journal, 'network', 1_790_000_000, 1)).toThrow(PowerCut)
      nor.cutAt(0, 'after')
      const next = openJournal(nor, 2).journal
      const isSaid = next.endedBy === 'network'
      expect(next.lastTimeS).toBe(isSaid ? 1_790_000_000 : 0)
      expect(isSaid).toBe(operation === 2 && moment === 'after')
    }
  }
})

test('counts restarts for want of a network over boots; any other end begins at 0 again', () => {
  const nor = createNor(2)
  const counts: number[] = []
  for (let boot = 1; boot <= 4; boot++) {
    const { journal } = openJournal(nor, boot)
    counts.push(journal.restarts)
    for (let i = 0; i < 300; i++) noteNoticed(journal)
    noteEnd(journal, 'network')
  }
  expect(counts).toEqual([0, 1, 2, 3])
  const fifth = openJournal(nor, 5).journal
  expect(fifth.restarts).toBe(4)
  noteEnd(fifth, 'asked')
  expect(openJournal(nor, 6).journal.restarts).toBe(0)
  expect(openJournal(nor, 7).journal.restarts).toBe(0)
})

test('counts on through many slots and sectors, batches that end in the slot before included', () => {
  const nor = createNor(2)
  const { journal } = openJournal(nor, 1)
  for (let count = 1; count <= 40_000; count++) {
    noteNoticed(journal)
    if (count % 60 === 5 && count > 60) noteKept(journal, count - 5) // kept five telegrams late
  }
  expect(openJournal(nor, 2).unkept).toEqual([{ boot: 1, kept: 39_960, noticed: 40_000 }])
  expect(nor.erasesOf[0]).toBeLessThan(4)
})

test('after a cut at any operation the journal opens and is never wrong by more than the mark that was cut', () => {
  const moments: CutMoment[] = ['before', 'half-way', 'after']
  const marksPerSector = 64 * 184
  for (const moment of moments) {
    for (let operation = 1; operation <= 38; operation++) {
      const nor = createNor(2)
      let noticed = 0
      let kept = 0
      const work = (journal: Journal) => {
        for (let i = 0; i < 30; i++) {
          noteNoticed(journal)
          noticed = journal.noticed
          if (i % 5 === 4) {
            noteKept(journal, noticed)
            kept = noticed
          }
        }
      }
      // stands just before the end of the first sector, so that the erase and the new slot are among the cuts
      const { journal } = openJournal(nor, 1)
      while (journal.noticed < marksPerSector - 8) noteNoticed(journal)
      noteKept(journal, journal.noticed)
      noticed = kept = journal.noticed
      nor.cutAt(operation, moment)
      expect(() => work(journal)).toThrow(PowerCut)
      const next = openJournal(nor, 2)
      const found = next.unkept[0] ?? { boot: 1, noticed, kept: noticed }
      expect(found.noticed - noticed).toBeGreaterThanOrEqual(0)
      expect(found.noticed - noticed).toBeLessThanOrEqual(1)
      if (next.unkept.length > 0) expect(found.kept === kept || found.kept === noticed).toBe(true)
      noteNoticed(next.journal)
      expect(openJournal(nor, 3).unkept.at(-1)).toEqual({ boot: 2, kept: 0, noticed: 1 })
    }
  }
})

test('counts the boots in a row that the power cut off soon, and no others', () => {
  const nor = createNor(2)
  const quickAt = (boot: number, live: (journal: Journal) => void): number => {
    const { journal } = openJournal(nor, boot)
    live(journal)
    return journal.quickRestarts
  }
  const soon = () => {}
  expect(quickAt(1, noteSteady)).toBe(0)
  expect([2, 3, 4].map(boot => quickAt(boot, soon))).toEqual([0, 1, 2])
  expect(quickAt(5, journal => noteEnd(journal, 'asked'))).toBe(3)
  expect(quickAt(6, soon)).toBe(0)
  // a number that a cut skipped ends the row: it is not known how that boot went
  expect(quickAt(8, soon)).toBe(0)
  const steady = openJournal(nor, 9).journal
  expect(steady.quickRestarts).toBe(1)
  for (let i = 0; i < 200; i++) noteNoticed(steady)
  expect(openJournal(nor, 10).journal.quickRestarts).toBe(0)
})

test('a boot that lived and was then asked to end says both', () => {
  const nor = createNor(2)
  const { journal } = openJournal(nor, 1)
  noteSteady(journal)
  noteEnd(journal, 'memory')
  noteEnd(journal, 'asked')
  const next = openJournal(nor, 2).journal
  expect([next.endedBy, next.quickRestarts]).toEqual(['memory', 0])
})
