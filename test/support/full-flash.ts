// The flash of a dongle that has been without a network for months: every ring full and gone round, every slot of the journal used.
// What a start has to look through at most.

import { coarseRings, JOURNAL_SECTORS, POOL_SECTORS } from '../../firmware/config.ts'
import { createHousehold } from '../../firmware/host/household.ts'
import { openJournal } from '../../firmware/journal.ts'
import { createKeeper, keepOnTime, keepReading } from '../../firmware/keeper.ts'
import { valuesOf } from '../../shared/reading/reading.ts'
import { createBatcher } from '../../shared/session/batcher.ts'
import { openRing } from '../../shared/session/ring.ts'
import { ringTurns } from '../../shared/session/thin.ts'
import { keepClosed } from './keep-closed.ts'
import { createNor, type NorModel } from './nor.ts'

export interface FullFlash {
  pool: NorModel
  journal: NorModel
  boot: number
}

/** `days` of a household whose meter sends every `stepS` seconds from `startS` on, in one boot. */
export function createFullFlash(days: number, stepS: number, startS = 1_790_000_000): FullFlash {
  const pool = createNor(POOL_SECTORS)
  const journalFlash = createNor(JOURNAL_SECTORS)
  const boot = 7
  const { journal } = openJournal(journalFlash, boot)
  const keeper = createKeeper(openRing(pool, coarseRings()), createBatcher(boot, 10_000, 60), journal)
  const household = createHousehold({ seed: 5, startS })
  for (let atS = 0; atS < days * 86_400; atS += stepS) {
    const timeS = startS + atS
    keepReading(keeper, atS * 1000, 0, timeS, valuesOf(household.next(timeS)))
    // in each second of the step the rings have their turns
    for (let second = 0; second === 0 || (second < stepS && ringTurns(keeper.ring) > 0); second++) {
      keepOnTime(keeper, (atS + second) * 1000)
      keepClosed(keeper)
    }
  }
  return { pool, journal: journalFlash, boot }
}
