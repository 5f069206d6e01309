// What a dongle on a tape has promised by the time the power goes, outside everything a cut can take: what it was given, what lay in its ring
// and what the gateway had stored. And the judgement of what the next start made of it.

import { getOrMake } from '../support/get-or-make.ts'
import type { Verdict } from './check.ts'
import type { Found } from './look.ts'
import type { Tape, Taped } from './record.ts'

/**
 * Of the telegrams that came whole, so many may be on their way to the journal when the power goes: one is framed and waits for its
 * turn, and the mark of the one before is the write that was cut. More would be a loss that nobody counts.
 */
const UNDER_WAY = 2

export interface Ledger {
  /** By boot: how many telegrams were noticed at least; and sequence numbers that lay in the ring, and that are stored. */
  noticed: Map<number, number>
  kept: Map<number, Set<number>>
  stored: Map<number, Set<number>>
  storedCount: number
}

export const newLedger = (): Ledger => ({ noticed: new Map(), kept: new Map(), stored: new Map(), storedCount: 0 })

const setOf = (sets: Map<number, Set<number>>, boot: number): Set<number> => getOrMake(sets, boot, () => new Set())

/** Flash before the operation that will be cut, and what the tape says of that moment. */
export function note(ledger: Ledger, tape: Tape, operation: Taped, found: Found): void {
  for (const [boot, seqs] of found.waiting) {
    for (const seq of seqs) {
      setOf(ledger.kept, boot).add(seq)
      noteNoticed(ledger, boot, seq + 1)
    }
  }
  for (; ledger.storedCount < operation.stored; ledger.storedCount++) {
    const [boot, seq] = tape.stored[ledger.storedCount] as [number, number]
    setOf(ledger.stored, boot).add(seq)
  }
  noteNoticed(ledger, operation.boot, operation.given - UNDER_WAY)
  for (const { boot, noticed } of found.unkept) noteNoticed(ledger, boot, noticed)
}

function noteNoticed(ledger: Ledger, boot: number, count: number): void {
  if (boot > 0 && count > (ledger.noticed.get(boot) ?? 0)) ledger.noticed.set(boot, count)
}

/** `before`: what the power left; `found`: what the start made of it. Throws when more than an interval was in memory only. */
export function judge(ledger: Ledger, before: Found, found: Found, intervalS: number): Verdict {
  const verdict: Verdict = { lostKept: 0, missingUncounted: 0 }
  for (const [name, bytes] of before.records) if (found.records.get(name) !== bytes) verdict.lostKept++
  const counts = new Map(ledger.noticed)
  for (const { boot, noticed } of before.unkept) counts.set(boot, Math.max(noticed, counts.get(boot) ?? 0))
  for (const [boot, count] of counts) {
    let power = 0
    for (let seq = 0; seq < count; seq++) {
      if (found.waiting.get(boot)?.has(seq) || ledger.stored.get(boot)?.has(seq)) continue
      const reason = found.lost.get(boot)?.get(seq)
      if (reason === undefined) verdict.missingUncounted++
      else if (reason === 'power') power++
      // what fell out of a full ring is told as such, and lies thinned in a coarser one
      if ((reason === 'power' || reason === 'flash') && ledger.kept.get(boot)?.has(seq)) verdict.lostKept++
    }
    if (power > intervalS + UNDER_WAY) throw new Error(`${power} readings of boot ${boot} were in memory only`)
  }
  return verdict
}
