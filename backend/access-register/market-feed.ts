// Takes a market system's events into the embedded register: each is written down with what came of it, and what it changes is an entry of the register, which
// the platform follows as any other. An adapter to a market's own system maps its messages to MarketEvent and calls take().

import type { MarketEvent, MarketOutcome } from '../../shared/schema/market.ts'
import type { EndCause } from '../../shared/schema/permission.ts'
import { seal } from '../audit/audit.ts'
import type { Trx } from '../consent/rows.ts'
import type { Store } from '../store/store.ts'
import type { EmbeddedRegister } from './embedded.ts'
import { causeAt, dueMarket, type MarketPoint, NO_EVENTS, stepMarket } from './market.ts'

export interface MarketFeed {
  /** One outcome per event, in their order. What was applied is in the register when it resolves; the platform follows it at its next look. */
  take(events: readonly MarketEvent[], actor: string): Promise<MarketOutcome[]>
  /** Planned events whose time has come take effect. */
  due(): Promise<void>
}

/** Of one id: more are answered and not written down. */
const TELLINGS_MAX = 10

export function openMarketFeed({ registers }: Store, register: EmbeddedRegister, nowMs: () => number): MarketFeed {
  return { take, due }

  async function take(events: readonly MarketEvent[], actor: string): Promise<MarketOutcome[]> {
    const outcomes: MarketOutcome[] = []
    // Each its own transaction: one that is wrong costs the others nothing.
    for (const event of events) outcomes.push(await registers.transaction().execute(trx => takeOne(trx, event, actor)))
    return outcomes
  }

  async function takeOne(trx: Trx, event: MarketEvent, actor: string): Promise<MarketOutcome> {
    const body = JSON.stringify(event)
    const told = await toldAs(trx, event.eventId)
    const at = told.findIndex(one => sameEvent(one, event))
    if (at >= 0) return at === 0 ? 'repeated' : 'contradictory'
    if (told.length >= TELLINGS_MAX) return 'contradictory'
    const outcome = told.length === 0 ? await applied(trx, event, actor) : 'contradictory'
    const row = { id: tellingId(event.eventId, told.length), atMs: nowMs(), actor, body, outcome }
    await seal(
      trx,
      'marketEvent',
      await trx.insertInto('marketEvent').values(row).returningAll().executeTakeFirstOrThrow(),
    )
    return outcome
  }

  /** What was told under this id, the first first: what says otherwise later settles nothing, and is written down once for a person to look at. */
  async function toldAs(trx: Trx, eventId: string): Promise<MarketEvent[]> {
    const told: MarketEvent[] = []
    for (;;) {
      const id = tellingId(eventId, told.length)
      const row = await trx.selectFrom('marketEvent').select('body').where('id', '=', id).executeTakeFirst()
      if (row === undefined) return told
      told.push(JSON.parse(row.body))
    }
  }

  async function applied(trx: Trx, event: MarketEvent, actor: string): Promise<MarketOutcome> {
    if ((await register.entryOf(trx, event.ean)) === undefined) return 'unknown-point'
    const step = stepMarket(await marketPoint(trx, event.ean), event, nowS())
    if (step.outcome === 'applied' || step.outcome === 'planned') await keep(trx, event.ean, step.point)
    if (step.outcome === 'applied') return (await enter(trx, event, actor)) ? 'applied' : 'late'
    return step.outcome
  }

  /** False: the register itself, by an import, knows something newer of the point. */
  async function enter(trx: Trx, event: MarketEvent, actor: string): Promise<boolean> {
    const known = await register.entryOf(trx, event.ean)
    if (known === undefined) return false
    const { kind, effectiveS, holderId, meterSerial = known.meterSerial } = event
    if (kind === 'meter-change') {
      await register.putIn(trx, [{ ...known, meterSerial }], actor)
      return true
    }
    if (effectiveS < known.sinceS) return false
    await register.putIn(trx, [{ ...known, holderId, sinceS: effectiveS, meterSerial }], actor)
    return true
  }

  async function due(): Promise<void> {
    const rows = await registers
      .selectFrom('marketPoint')
      .select(['ean', 'body'])
      .where('body', 'like', '%"planned":[{%')
      .execute()
    for (const { ean } of rows) {
      await registers.transaction().execute(async trx => {
        const next = dueMarket(await marketPoint(trx, ean), nowS())
        if (next?.standing === undefined) return
        await keep(trx, ean, next)
        await enter(trx, next.standing, 'market')
      })
    }
  }

  async function keep(trx: Trx, ean: string, point: MarketPoint): Promise<void> {
    const body = JSON.stringify(point)
    await trx
      .insertInto('marketPoint')
      .values({ ean, body })
      .onConflict(conflict => conflict.column('ean').doUpdateSet({ body }))
      .execute()
  }

  function nowS(): number {
    return Math.floor(nowMs() / 1000)
  }
}

/** Why the tenure that held this point ended at `atS`: what the market said, or what the register's entry alone tells. */
export async function endCause(trx: Trx, ean: string, atS: number, hasNext: boolean): Promise<EndCause> {
  const said = causeAt(await marketPoint(trx, ean), atS)
  return said ?? (hasNext ? 'holder-changed' : 'contract-end')
}

async function marketPoint(trx: Trx, ean: string): Promise<MarketPoint> {
  const row = await trx.selectFrom('marketPoint').select('body').where('ean', '=', ean).executeTakeFirst()
  return row === undefined ? NO_EVENTS : { ...NO_EVENTS, ...JSON.parse(row.body) }
}

/** The market's own id for the first; a blank, which the others have, is in none of those. */
function tellingId(eventId: string, before: number): string {
  return before === 0 ? eventId : `${eventId} ${before + 1}`
}

function sameEvent(a: MarketEvent, b: MarketEvent): boolean {
  const plain = ({ ean, kind, effectiveS, issuedS, holderId, meterSerial = null }: MarketEvent) =>
    JSON.stringify([ean, kind, effectiveS, issuedS, holderId, meterSerial])
  return plain(a) === plain(b)
}
