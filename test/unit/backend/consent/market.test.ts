// Who holds a point after a market's events: the same whatever their order, and however often each is said.

import { expect, test } from 'vitest'
import { dueMarket, NO_EVENTS, stepMarket } from '../../../../backend/access-register/market.ts'
import type { MarketEvent } from '../../../../shared/schema/market.ts'
import fc from '../../../support/given-cases.ts'
import { aMarketEvent } from '../../../support/market-stub.ts'

const EAN = '999999990000000104'
const NOW_S = 1000

const anEvent = fc
  .record({
    effectiveS: fc.integer({ min: 1, max: 40 }),
    issuedS: fc.integer({ min: 1, max: 40 }),
    who: fc.nat({ max: 3 }),
  })
  .map(({ effectiveS, issuedS, who }): MarketEvent => {
    const holder = who === 0 ? { kind: 'contract-end' as const } : { kind: 'move' as const, holderId: `person-${who}` }
    return aMarketEvent({ ean: EAN, effectiveS, issuedS, ...holder })
  })
// No two of one weight: those are a contradiction, and stay with the first.
const aStory = fc.uniqueArray(anEvent, { selector: one => `${one.effectiveS} ${one.issuedS}`, maxLength: 12 })

const told = (events: MarketEvent[], nowS: number) =>
  events.reduce((point, event) => stepMarket(point, event, nowS).point, NO_EVENTS)

test('the order of arrival and repeats change nothing of who holds it now', () => {
  const story = aStory.chain(events =>
    fc.record({
      events: fc.constant(events),
      order: fc.shuffledSubarray([...events, ...events], { minLength: events.length * 2 }),
    }),
  )
  fc.assert(
    fc.property(story, ({ events, order }) => {
      const latest = [...events].sort((a, b) => a.effectiveS - b.effectiveS || a.issuedS - b.issuedS).at(-1)
      expect(told(order, NOW_S).standing).toEqual(latest)
    }),
    { seed: 48, numRuns: 300 },
  )
})

test('what is planned and waits comes to the same as what is told on its day', () => {
  fc.assert(
    fc.property(aStory, fc.integer({ min: 1, max: 40 }), (events, thenS) => {
      const planned = told(events, thenS)
      expect(dueMarket(planned, NOW_S)?.standing ?? planned.standing).toEqual(told(events, NOW_S).standing)
    }),
    { seed: 48, numRuns: 300 },
  )
})

test('two that contradict each other settle nothing: the first stays', () => {
  const first = aMarketEvent({ ean: EAN, effectiveS: 5, holderId: 'person-1' })
  const { point } = stepMarket(NO_EVENTS, first, NOW_S)
  const step = stepMarket(point, { ...first, eventId: 'x', holderId: 'person-2' }, NOW_S)
  expect([step.outcome, step.point.standing]).toEqual(['contradictory', first])
})
