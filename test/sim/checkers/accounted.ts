// I3 and I4: every telegram a dongle noticed is stored, waits in its ring, is in memory of the boot that runs, or is a counted
// loss. The one exception is the telegram during which the power went: nobody can have counted it.
// I7 with it: what the ring dropped is older than anything that still waits in it.

import type { Loss } from '../../../shared/batch/batch.ts'
import { decodeBatch } from '../../../shared/batch/decode.ts'
import { nextNewer } from '../../../shared/session/ring.ts'
import { getOrMake } from '../../support/get-or-make.ts'
import { invariant } from '../broken.ts'
import type { SimDongle } from '../sim-dongle.ts'
import type { World } from '../world.ts'
import type { StoredIndex } from './stored-once.ts'

/** What became of a sequence number; stored wins over all others, because a loss never overrides a reading. */
type Fate = 'lost' | 'dropped' | 'waiting' | 'stored'

export interface Account {
  noticed: number
  stored: number
  waiting: number
  lost: number
  inMemory: number
  atPowerCut: number
}

/** Undefined while the dongle is dark: what is in its flash, its next start must say. */
export function checkAccount(world: World, dongle: SimDongle, index: StoredIndex): Account | undefined {
  if (!dongle.running) return undefined
  const account: Account = { noticed: 0, stored: 0, waiting: 0, lost: 0, inMemory: 0, atPowerCut: 0 }
  const fates = fatesOf(world, dongle, index)
  let newestDropped = 0
  let oldestWaiting = Number.POSITIVE_INFINITY
  for (const [boot, { noticed, keptAt }] of dongle.ledger.boots) {
    const fate = fates.get(boot) ?? []
    account.noticed += noticed.length
    for (let seq = 0; seq < noticed.length; seq++) {
      const is = fate[seq]
      const rank = keptAt.get(seq)
      if (is === 'dropped' && rank !== undefined) newestDropped = Math.max(newestDropped, rank)
      if (is === 'waiting' && rank !== undefined) oldestWaiting = Math.min(oldestWaiting, rank)
      if (is === 'stored' || is === 'waiting') account[is]++
      else if (is) account.lost++
      else if (boot === dongle.running.boot && rank === undefined) account.inMemory++
      else {
        const isLast = boot !== dongle.running.boot && seq === noticed.length - 1
        invariant(isLast, 'I3', () => `boot ${boot}, seq ${seq} is neither stored, waiting, in memory nor a loss`)
        account.atPowerCut++
      }
    }
    invariant(
      fate.length <= noticed.length,
      'I4',
      () => `boot ${boot} accounts for ${fate.length} of ${noticed.length}`,
    )
  }
  invariant(newestDropped <= oldestWaiting, 'I7', () => 'a reading was dropped while an older one still waits')
  return account
}

function fatesOf(world: World, dongle: SimDongle, index: StoredIndex): Map<number, Fate[]> {
  const fates = new Map<number, Fate[]>()
  const of = (boot: number): Fate[] => getOrMake(fates, boot, () => [])
  for (const [boot, rows] of world.store.rows.get(dongle.dongleId) ?? []) {
    for (const loss of rows.losses) markLoss(of(boot), loss)
  }
  for (let record = nextInRing(dongle, -1); record; record = nextInRing(dongle, record.place)) {
    const batch = decodeBatch(record.bytes)
    invariant(batch.ok, 'I3', () => 'a record of the ring does not decode')
    if (!batch.ok) continue
    const fate = of(record.id.boot)
    const lost: Fate[] = []
    for (const loss of batch.value.losses) markLoss(lost, loss)
    for (let seq = record.id.firstSeq; seq < record.id.firstSeq + record.id.span; seq++)
      fate[seq] = lost[seq] ?? 'waiting'
  }
  for (const [boot, rows] of world.store.rows.get(dongle.dongleId) ?? []) {
    for (const seq of index.get(rows)?.seqs ?? []) of(boot)[seq] = 'stored'
  }
  return fates
}

function nextInRing(dongle: SimDongle, place: number) {
  return dongle.running && nextNewer(dongle.running.keeper.ring, place)
}

function markLoss(fate: Fate[], loss: Loss): void {
  for (let i = 0; i < loss.count; i++) fate[loss.fromSeq + i] = loss.reason === 'ring-full' ? 'dropped' : 'lost'
}
