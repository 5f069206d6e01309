// I14: registers are never lost while the coarsest ring has room: of every period in which a reading came into the ring, one reading is
// in a ring, fine or coarse, or in the store.

import { batchesIn } from '../../support/rings.ts'
import { invariant } from '../broken.ts'
import { COARSE_RINGS, type SimDongle } from '../sim-dongle.ts'
import type { World } from '../world.ts'

const PERIOD_S = Math.max(...COARSE_RINGS.map(ring => ring.periodS))
const slotOf = (timeS: number) => Math.floor(timeS / PERIOD_S)

export function checkRegisters(world: World, dongle: SimDongle): void {
  if (!dongle.running) return
  const slots = new Set<number>()
  const add = (times: ArrayLike<number>) => {
    for (let i = 0; i < times.length; i++) slots.add(slotOf(times[i] as number))
  }
  for (const ring of dongle.running.keeper.ring.pool.rings) for (const batch of batchesIn(ring)) add(batch.timeS)
  for (const rows of world.store.rows.get(dongle.dongleId)?.values() ?? [])
    for (const { batch } of [...rows.batches, ...rows.thinned]) add(batch.timeS)
  for (const timeS of dongle.ledger.keptTimes)
    invariant(slots.has(slotOf(timeS)), 'I14', () => `no register of the period of ${timeS} is left`)
}
