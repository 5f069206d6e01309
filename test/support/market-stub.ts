// A market system that plays switches, moves, ends of contracts and changed meters over REST, as a real one would be heard: also late, twice, in another order
// and in contradiction. What it says is drawn from a seed.

import type { MarketEvent, MarketKind, MarketOutcome } from '../../shared/schema/market.ts'
import type { ConsentWorld } from './consent-world.ts'

export interface MarketStub {
  /** Says these, in this order; what was answered to each. */
  say(...events: MarketEvent[]): Promise<MarketOutcome[]>
}

export function aMarketEvent(change: Partial<MarketEvent> & Pick<MarketEvent, 'ean' | 'effectiveS'>): MarketEvent {
  const { effectiveS, issuedS = effectiveS, kind = 'switch' as MarketKind } = change
  const eventId = `${kind}-${effectiveS}-${issuedS}`
  return { eventId, kind, issuedS, holderId: kind === 'contract-end' ? null : 'person-B', ...change }
}

export function openMarketStub(w: Pick<ConsentWorld, 'ask'>, operatorKey: string): MarketStub {
  return {
    async say(...events) {
      const { body } = await w.ask('POST', '/access-register/market-events', operatorKey, { items: events })
      return body.items.map(({ outcome }: { outcome: MarketOutcome }) => outcome)
    },
  }
}
