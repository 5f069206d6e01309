// A whole tray: one board after the other, whatever happens to each of them; what happened stands in the journal before the next step.
// With several ports each is done once; with one, the boards are exchanged by hand.

import type { Journal, JournalLine } from './journal.ts'
import { type Made, type Milestones, makeDongle, type Recipe } from './make-dongle.ts'
import type { Show } from './show.ts'
import { troubleOf } from './trouble.ts'

export interface Tally {
  made: number
  skipped: number
  failed: number
}

/** `ports` gives the port of the next board, or ends. Throws only when the journal itself cannot be written. */
export async function makeTray(
  recipe: Recipe,
  ports: AsyncIterable<string> | Iterable<string>,
  journal: Journal,
  show: Show,
): Promise<Tally> {
  const tally: Tally = { made: 0, skipped: 0, failed: 0 }
  for await (const port of ports) {
    const outcome = await makeOne(recipe, port, journal, show)
    tally[outcome]++
  }
  return tally
}

async function makeOne(recipe: Recipe, port: string, journal: Journal, show: Show): Promise<keyof Tally> {
  const line: JournalLine = { mac: '', port, dongleId: '', outcome: 'started', code: '' }
  const milestones: Milestones = {
    met(mac) {
      line.mac = mac
      if (journal.isDone(mac)) return true
      journal.note(line)
      return false
    },
    reached(outcome, dongleId) {
      line.dongleId = dongleId
      journal.note({ ...line, outcome })
    },
  }
  let made: Made | undefined
  try {
    made = await makeDongle(recipe, port, show, milestones)
  } catch (thrown) {
    const trouble = troubleOf(thrown)
    if (trouble.code === 'journal.unusable') throw trouble
    journal.note({ ...line, outcome: 'failed', code: trouble.code })
    show.trouble(trouble, port)
    return 'failed'
  }
  return made === undefined ? 'skipped' : 'made'
}
