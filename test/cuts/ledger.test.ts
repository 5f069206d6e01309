// The judgement over a start on the engine must see what is missing: images made on the host stand for what the engine would have left.

import { expect, test } from 'vitest'
import { JOURNAL_AT, JOURNAL_SECTORS, POOL_AT, POOL_SECTORS } from '../../firmware/config.ts'
import { openFlashChip } from '../../firmware/host/flash.ts'
import { prepareFlash } from '../../firmware/host/prepare-flash.ts'
import { openJournal } from '../../firmware/journal.ts'
import { createKeeper, keepAll, keepOldLosses, keepReading } from '../../firmware/keeper.ts'
import { createBatcher } from '../../shared/session/batcher.ts'
import { openRing } from '../../shared/session/ring.ts'
import type { NorModel } from '../support/nor.ts'
import { judge, type Ledger, newLedger, note } from './ledger.ts'
import { look } from './look.ts'
import type { Tape } from './record.ts'
import { copyOf, imageOf, part, put } from './tape.ts'
import { CONFIG, IDENTITY, START_S } from './world.ts'

const INTERVAL_S = 10

function blank(): NorModel {
  const chip = openFlashChip({})
  prepareFlash(chip, IDENTITY, CONFIG)
  return imageOf(chip)
}

/** A start on `image`, with so many telegrams, all of them kept if so. */
function lived(image: NorModel, boot: number, telegrams: number, isKept: boolean): NorModel {
  const after = copyOf(image)
  const pool = part(after, POOL_AT, POOL_SECTORS)
  const flash = part(after, JOURNAL_AT, JOURNAL_SECTORS)
  const { journal, unkept } = openJournal(flash, boot)
  const keeper = createKeeper(openRing(pool, []), createBatcher(boot, INTERVAL_S * 1000, 60), journal)
  keepOldLosses(keeper, unkept)
  for (let i = 0; i < telegrams; i++) keepReading(keeper, i, 0, START_S + i, [1000 + i])
  if (isKept) keepAll(keeper)
  put(after, POOL_AT, pool)
  put(after, JOURNAL_AT, flash)
  return after
}

const judged = (ledger: Ledger, cut: NorModel, after: NorModel) =>
  judge(ledger, look(cut, IDENTITY.dongleId), look(after, IDENTITY.dongleId), INTERVAL_S)

/** What had been promised when so many telegrams had been given and `image` was in flash. */
function ledgerOf(image: NorModel, given: number, stored: [number, number][] = []) {
  const ledger = newLedger()
  const tape: Tape = { start: image, operations: [], stored, lines: [] }
  const operation = { at: 0, bytes: undefined, boot: 1, given, stored: stored.length }
  note(ledger, tape, operation, look(image, IDENTITY.dongleId))
  return ledger
}

const NOTHING = { lostKept: 0, missingUncounted: 0 }

test('a start that tells what was in memory only is right, and one that tells nothing is caught', () => {
  const cut = lived(blank(), 1, 5, false)
  expect(judged(ledgerOf(cut, 5), cut, lived(cut, 2, 0, false))).toEqual(NOTHING)
  expect(judged(ledgerOf(cut, 5), cut, cut)).toMatchObject({ missingUncounted: 5 })
})

test('of what was given and never noticed all but two telegrams are missing', () => {
  expect(judged(ledgerOf(blank(), 7), blank(), blank())).toMatchObject({ missingUncounted: 5 })
})

test('a record that is gone is lost, unless the gateway had stored it', () => {
  const cut = lived(blank(), 1, 5, true)
  expect(judged(ledgerOf(cut, 5), cut, lived(cut, 2, 0, false))).toEqual(NOTHING)
  const gone = copyOf(cut)
  put(gone, POOL_AT, part(blank(), POOL_AT, POOL_SECTORS))
  expect(judged(ledgerOf(cut, 5), cut, gone)).toMatchObject({ lostKept: 1, missingUncounted: 5 })
  const stored = Array.from({ length: 5 }, (_, seq): [number, number] => [1, seq])
  expect(judged(ledgerOf(cut, 5, stored), gone, gone)).toEqual(NOTHING)
})

test('more than an interval in memory only is refused, and so is an image without the identity', () => {
  const cut = lived(blank(), 1, 20, false)
  expect(() => judged(ledgerOf(cut, 20), cut, lived(cut, 2, 0, false))).toThrow('in memory only')
  const without = copyOf(cut)
  without.cells.fill(255)
  expect(() => judged(ledgerOf(cut, 20), cut, without)).toThrow('the identity is gone')
})
