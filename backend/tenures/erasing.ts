// Erasing a tenure from end to end, for whoever has the right to ask for it, for the retention that is over, and once more after a restore: a backup knows the
// tenure as it was, the key tree knows better.

import type { Store } from '../store/store.ts'
import type { Tenures } from './tenures.ts'

export interface ErasingRooms {
  store: Store
  tenures: Tenures
  /** A tenure is over: who watches it is told, and dongles that are not the next one's stop. */
  tenureEnded(tenureNo: number, meteringPointNo: number): Promise<void>
}

/** An open tenure ends with every permission of it, and another of the same holder begins at once. */
export async function eraseWhole(
  { store, tenures, tenureEnded }: ErasingRooms,
  { tenureNo, isOpen }: { tenureNo: number; isOpen: boolean },
  nowS: number,
  actor: string,
): Promise<void> {
  const renewed = isOpen ? await tenures.renew(tenureNo, nowS) : undefined
  if (renewed !== undefined) await tenureEnded(tenureNo, renewed.meteringPointNo)
  await store.erase(tenureNo, nowS, actor)
}

/** At a start: what either of the two says is erased, database or key tree, is erased in both. Gives how many tenures the database did not know of. */
export async function eraseAgain(rooms: ErasingRooms, nowS: number): Promise<number> {
  const { registers, keys, discard } = rooms.store
  await registers.transaction().execute(async trx => {
    const erased = await trx.selectFrom('tenure').select('no').where('erasedAtS', 'is not', null).execute()
    keys.eraseTenures(erased.map(({ no }) => no))
  })
  const kept = await registers
    .selectFrom('tenure')
    .leftJoin('dongle', 'dongle.no', 'tenure.dongleNo')
    .select(['tenure.no', 'tenure.toS', 'dongle.id as dongleId'])
    .where('tenure.wrappedKey', 'is not', null)
    .execute()
  const unknown = kept.filter(({ no }) => keys.isErased(no))
  for (const { no, toS, dongleId } of unknown) {
    if (dongleId !== null) await discard(dongleId)
    else await eraseWhole(rooms, { tenureNo: no, isOpen: toS === null }, nowS, 'system')
  }
  return unknown.length
}
