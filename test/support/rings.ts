// The dongle's rings on NOR flash in memory, as firmware/config.ts lays them out or smaller, and what a test wants to know of them.

import { RINGS } from '../../firmware/config.ts'
import { type Batch, spanOf } from '../../shared/batch/batch.ts'
import { decodeBatch } from '../../shared/batch/decode.ts'
import { nextNewer, openRing, type Ring } from '../../shared/session/ring.ts'
import { createNor, type NorModel } from './nor.ts'

/** The coarsest first, as RINGS has them. */
export function createRingFlash(sectors: readonly number[] = RINGS.map(plan => plan.sectors)): NorModel[] {
  return sectors.map(count => createNor(count))
}

/** The finest ring, with the others behind it. */
export function openRings(
  flash: readonly NorModel[],
  periodsS: readonly number[] = RINGS.map(plan => plan.periodS),
): Ring {
  let ring: Ring | undefined
  flash.forEach((one, i) => {
    ring = openRing(one, periodsS[i], ring)
  })
  return ring as Ring
}

/** The finest first. */
export function chainOf(ring: Ring): Ring[] {
  return ring.coarser === undefined ? [ring] : [ring, ...chainOf(ring.coarser)]
}

/** What waits in one ring, oldest first. Throws on a record that does not decode or has another name than its batch. */
export function batchesIn(ring: Ring): Batch[] {
  const batches: Batch[] = []
  for (let record = nextNewer(ring, -1); record; record = nextNewer(ring, record.place)) {
    const decoded = decodeBatch(record.bytes)
    if (!decoded.ok) throw new Error(`a record does not decode: ${decoded.fault.code}`)
    const { boot, firstSeq } = decoded.value
    const span = spanOf(decoded.value)
    const { id } = record
    if (boot !== id.boot || firstSeq !== id.firstSeq || span !== id.span) throw new Error('a record with another name')
    batches.push(decoded.value)
  }
  return batches
}
