// What a market has told, newest first, and what each event has set off here: the tenure that ended at that moment with its permissions, whether the ESPs have
// acknowledged the word, and whether the dongles have stopped. Nobody's name is in it, and of an EAN its last four digits.

import { MARKET_TROUBLES, type MarketEvent, type MarketOutcome, type MarketStory } from '../../shared/schema/market.ts'
import type { Newest, Numbered } from '../api/pages.ts'
import type { Store } from '../store/store.ts'
import { endOfTenure } from '../tenures/stops.ts'

/** `isTrouble`: only those that somebody has to look at. */
export async function marketStory(
  store: Store,
  { before, limit }: Newest,
  isTrouble: boolean,
): Promise<Numbered<MarketStory>[]> {
  const all = store.registers
    .selectFrom('marketEvent')
    .select(['no', 'atMs', 'body', 'outcome'])
    .where('no', '<', before)
    .orderBy('no', 'desc')
    .limit(limit)
  const rows = await (isTrouble ? all.where('outcome', 'in', MARKET_TROUBLES) : all).execute()
  const items: Numbered<MarketStory>[] = []
  for (const { no, atMs, body, outcome } of rows) {
    items.push({ no, item: await storyOf(store, JSON.parse(body), outcome as MarketOutcome, atMs) })
  }
  return items
}

async function storyOf(
  store: Store,
  event: MarketEvent,
  outcome: MarketOutcome,
  toldAtMs: number,
): Promise<MarketStory> {
  const { eventId, kind, ean, effectiveS, issuedS } = event
  const point = await store.registers
    .selectFrom('meteringPoint')
    .select(['no', 'id'])
    .where('ean', '=', ean)
    .executeTakeFirst()
  const mayEnd = kind !== 'meter-change' && (outcome === 'applied' || outcome === 'planned')
  return {
    ...{ eventId, kind, outcome, toldAtMs, effectiveS, issuedS, eanEnd: ean.slice(-4) },
    meteringPointId: point?.id ?? null,
    setOff: point !== undefined && mayEnd ? await setOffBy(store, point.no, effectiveS) : null,
  }
}

async function setOffBy(store: Store, meteringPointNo: number, toS: number): Promise<MarketStory['setOff']> {
  const tenure = await store.registers
    .selectFrom('tenure')
    .select('no')
    .where('meteringPointNo', '=', meteringPointNo)
    .where('toS', '=', toS)
    .executeTakeFirst()
  const end = tenure && (await endOfTenure(store, tenure.no))
  if (tenure === undefined || end === undefined) return null
  const stopped = end.dongles.filter(({ isConfirmed }) => isConfirmed).length
  return {
    endedAtMs: end.endedAtMs,
    permissions: end.permissions,
    esps: await espsTold(store, tenure.no),
    dongles: { stopped, waiting: end.dongles.length - stopped },
  }
}

/** Of what the register ended: what the ESP itself or the customer ended before is no notice of this. */
async function espsTold({ registers }: Store, tenureNo: number): Promise<{ told: number; acknowledged: number }> {
  const rows = await registers
    .selectFrom('notice')
    .innerJoin('permission', 'permission.no', 'notice.permissionNo')
    .select('acknowledgedAtMs')
    .where('permission.tenureNo', '=', tenureNo)
    .where('notice.kind', '=', 'withdrawn')
    .where('notice.espNo', 'is not', null)
    .execute()
  return { told: rows.length, acknowledged: rows.filter(({ acknowledgedAtMs }) => acknowledgedAtMs !== null).length }
}
