// A pool of rings after an outage of weeks at an interval of ten seconds: every sector used up and full of small records, some 35 in each, the
// coarser rings' sectors far apart between the finer ones'. The dearest that counting, looking and thinning can meet.

import { coarseRings, POOL_SECTORS } from '../../firmware/config.ts'
import { createHousehold } from '../../firmware/host/household.ts'
import type { Batch } from '../../shared/batch/batch.ts'
import { encodeBatch } from '../../shared/batch/encode.ts'
import type { FieldValues } from '../../shared/reading/fields.ts'
import { valuesOf } from '../../shared/reading/reading.ts'
import { appendRecord, type CoarsePlan, openRing, type Ring } from '../../shared/session/ring.ts'
import { advance, beginThinning, dropOldest, givesWay, LOSS_BYTES_MAX } from '../../shared/session/ring-state.ts'
import { createNor, type NorModel } from './nor.ts'

/** Which ring a sector is of, by its number: one of so many is the tier's. */
const ONE_OF = [1, 4, 12, 40]
/** More than a record takes. */
const RECORD_BYTES = 160
const FINEST_ROUNDS = 200
const ROUNDS = 92 * 40
const BOOT = 7
const READINGS = 10

export interface DensePlan {
  sectors: number
  coarse: CoarsePlan[]
  /** How many sectors are begun, most of which fall out again. */
  rounds: number
}

/** With `free` sectors free: with fewer than five thinning begins at once. The newest reading is from before `endS`. */
export function createDensePool(
  free: number,
  endS: number,
  plan: DensePlan = { sectors: POOL_SECTORS, coarse: coarseRings(), rounds: ROUNDS },
): NorModel {
  const pool = createNor(plan.sectors)
  const finest = openRing(pool, plan.coarse)
  const rings = finest.pool.rings
  const tiers = ONE_OF.slice(0, rings.length)
  const startS = endS - plan.rounds * 400
  const household = createHousehold({ seed: 5, startS, hasPhases: true })
  let seq = 0
  for (let round = 0; round < plan.rounds; round++) {
    const ring = rings[tiers.findLastIndex(one => round % one === 0)] as Ring
    while (finest.pool.free <= free) {
      const oldest = givesWay(finest.pool)
      if (oldest === finest && finest.writeAt + LOSS_BYTES_MAX > pool.sectorBytes) advance(finest)
      dropOldest(oldest, beginThinning(oldest))
    }
    advance(ring)
    // of the finest ring the last rounds are left
    const least = ring === finest && round < plan.rounds - FINEST_ROUNDS ? pool.sectorBytes : RECORD_BYTES
    do {
      const batch = batchOf(ring.periodS, seq, startS + seq, timeS => valuesOf(household.next(timeS)))
      const id = { boot: BOOT, firstSeq: seq, span: READINGS }
      if (!appendRecord(ring, id, encodeBatch(batch)).ok) throw new Error('the ring does not take a batch')
      seq += READINGS
    } while (ring.writeAt + least <= pool.sectorBytes)
  }
  return pool
}

function batchOf(periodS: number, firstSeq: number, startS: number, valuesAt: (timeS: number) => FieldValues): Batch {
  const timeS = Array.from({ length: READINGS }, (_, i) => startS + i)
  const rows = timeS.map(valuesAt)
  const fields = rows[0]!.flatMap((value, field) => (value === undefined ? [] : [field]))
  const columns = fields.map(field => rows.map(row => row[field] as number))
  const batch: Batch = { boot: BOOT, firstSeq, meter: 0, timeS, fields, columns, losses: [] }
  return periodS === 0 ? batch : { ...batch, thinned: { periodS, span: READINGS } }
}
