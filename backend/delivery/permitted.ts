// Readings from the store as a permission lets them out: what REST answers with and what the outbox sends after a pause. It reads the permission's own
// tenure and nothing else.

import { FIELD_NAMES, type FieldName } from '../../shared/reading/fields.ts'
import { type RawPage, readRaw } from '../metering-points/raw.ts'
import type { ReadingReader } from '../store/store.ts'
import { type Cut, cutRows, type Delivered, periodStartS, reduce } from './cut.ts'
import type { Range } from './ranges.ts'

export interface PermittedPage {
  rows: Delivered[]
  /** Everything stored with fromS <= time < this is in the page. */
  untilS: number
}

/** One period holds at most this many readings, of two dongles in turn. */
const PERIOD_READINGS_MAX = 7200

/**
 * A page of what was stored in the range: at most about `limit` readings before they are reduced, in whole periods. `untilS` is the range's end when nothing
 * is left. The caller has waited for store.settled().
 */
export async function readPermitted(
  store: ReadingReader,
  tenureNo: number,
  cut: Cut,
  { fromS, toS }: Range,
  limit: number,
): Promise<PermittedPage> {
  const fencedFromS = Math.max(fromS, cut.fromS)
  const fencedToS = Math.min(toS, cut.untilS)
  if (fencedFromS >= fencedToS) return { rows: [], untilS: toS }
  const wanted = cut.fields.map(field => FIELD_NAMES.indexOf(field))
  const most = cut.periodS === 1 ? limit : Math.max(limit, PERIOD_READINGS_MAX)
  const page = await readRaw(store.batches(tenureNo, fencedFromS, fencedToS), fencedFromS, fencedToS, wanted, most)
  const untilS = wholeUntilS(page, cut, fencedFromS)
  const rows = cutRows(rowsOf(page), { ...cut, untilS: Math.min(cut.untilS, untilS ?? fencedToS) })
  return { rows: reduce(rows, cut), untilS: untilS ?? toS }
}

/** Where the page is cut; undefined when it holds all. */
function wholeUntilS({ nextFromS }: RawPage, { periodS }: Cut, fromS: number): number | undefined {
  if (nextFromS === undefined) return undefined
  const untilS = periodStartS(nextFromS, periodS)
  return untilS > fromS ? untilS : nextFromS
}

function rowsOf({ timeS, columns }: RawPage) {
  return { timeS, columnOf: (field: FieldName) => columns[field] }
}
