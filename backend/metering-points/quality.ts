// The quality of one metering point's line: newest reading, its delay, the dongle's own words, and what is missing today.

import type { DongleStatus } from '../../shared/port/ingest-port.ts'
import type { Quality } from '../../shared/schema/quality.ts'
import type { DongleRegister } from '../dongles/dongle-register.ts'
import type { ReadingReader } from '../store/store.ts'
import type { Holding } from '../tenures/tenures.ts'
import { countsToday } from './today.ts'

/** Overdue when silent for this many of its own intervals, but never sooner than LATE_MIN_S. */
const LATE_INTERVALS = 3
const LATE_MIN_S = 30
const INTERVAL_DEFAULT_S = 10
const OFFLINE_S = 900
type State = NonNullable<Quality['dongle']>['state']

export async function qualityOf(
  store: ReadingReader,
  dongles: DongleRegister,
  holding: Holding,
  nowS: number,
): Promise<Quality> {
  const today = await countsToday(store, holding, nowS)
  // Asked after the counts: whoever counts readings has a newest one.
  const newest = (await store.newest(holding.tenureNo))?.row
  const bound = await dongles.ofMeteringPoint(holding.meteringPointNo)
  // More than one dongle is bound while one replaces another: the one that spoke last is the line.
  const status = bound.map(dongle => dongle.status).reduce(laterOf, undefined)
  const heardAtMs = Math.max(newest?.receivedAtMs ?? 0, status?.receivedAtMs ?? 0)
  const quality: Quality = { today }
  if (newest !== undefined) {
    quality.lastReadingS = newest.toS
    quality.delayMs = newest.receivedAtMs - newest.toS * 1000
  }
  if (bound.length > 0)
    quality.dongle = lineOf(stateOf(nowS - heardAtMs / 1000, status?.intervalS), status, newest?.boot)
  return quality
}

function laterOf(a: DongleStatus | undefined, b: DongleStatus | undefined): DongleStatus | undefined {
  if (a === undefined || b === undefined) return a ?? b
  return a.receivedAtMs > b.receivedAtMs ? a : b
}

/** Pure: what `silentS` seconds of silence mean for a dongle that speaks every `intervalS`. */
export function stateOf(silentS: number, intervalS: number = INTERVAL_DEFAULT_S): State {
  const lateS = Math.max(LATE_MIN_S, LATE_INTERVALS * intervalS)
  if (silentS <= lateS) return 'online'
  return silentS <= Math.max(OFFLINE_S, 2 * lateS) ? 'late' : 'offline'
}

function lineOf(state: State, status: DongleStatus | undefined, boot: number | undefined): Quality['dongle'] {
  const { firmware, rssiDbm, uptimeS, ringRecords, intervalS, resetReason } = status ?? {}
  return { state, boot: status?.boot ?? boot, firmware, rssiDbm, uptimeS, ringRecords, intervalS, resetReason }
}
