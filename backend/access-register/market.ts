// What a market's event does to a metering point, as a pure core. Who holds the point follows from the event with the latest effect among those whose time has
// come, and of two with the same effect from the one that was said later: so it is the same in whatever order they arrive, and however often. Two that
// say different things with the same weight settle nothing: the first stays, and a person has to look.

import type { MarketEvent, MarketKind, MarketOutcome } from '../../shared/schema/market.ts'

/** What is known of one point: the event that stands, those that are planned, and the ids of all that were told with what they said. */
export interface MarketPoint {
  standing: MarketEvent | undefined
  planned: MarketEvent[]
}

export interface MarketStep {
  outcome: MarketOutcome
  point: MarketPoint
}

export const NO_EVENTS: MarketPoint = { standing: undefined, planned: [] }

/** `nowS`: epoch seconds. That its id was told before the caller has seen to. */
export function stepMarket(point: MarketPoint, event: MarketEvent, nowS: number): MarketStep {
  if (!isWellFormed(event)) return { outcome: 'malformed', point }
  const all = point.standing === undefined ? point.planned : [point.standing, ...point.planned]
  const rival = all.find(one => weightOf(one) === weightOf(event))
  if (rival !== undefined) return { outcome: isSame(rival, event) ? 'repeated' : 'contradictory', point }
  if (event.effectiveS > nowS) {
    return { outcome: 'planned', point: { ...point, planned: [...point.planned, event].sort(byWeight) } }
  }
  if (point.standing !== undefined && byWeight(event, point.standing) < 0) return { outcome: 'late', point }
  return { outcome: 'applied', point: { ...point, standing: event } }
}

/** Planned events whose time has come take effect; undefined: none has. */
export function dueMarket(point: MarketPoint, nowS: number): MarketPoint | undefined {
  const due = point.planned.filter(({ effectiveS }) => effectiveS <= nowS)
  if (due.length === 0) return undefined
  const known = point.standing === undefined ? due : [point.standing, ...due]
  return {
    standing: known.sort(byWeight).at(-1),
    planned: point.planned.filter(({ effectiveS }) => effectiveS > nowS),
  }
}

/** Why a tenure ended at `atS`, as far as the market has said. */
export function causeAt({ standing }: MarketPoint, atS: number): Exclude<MarketKind, 'meter-change'> | undefined {
  if (standing === undefined || standing.effectiveS !== atS || standing.kind === 'meter-change') return undefined
  return standing.kind
}

function isWellFormed({ kind, holderId }: MarketEvent): boolean {
  return (kind === 'contract-end') === (holderId === null)
}

function weightOf({ effectiveS, issuedS }: MarketEvent): string {
  return `${effectiveS} ${issuedS}`
}

function byWeight(a: MarketEvent, b: MarketEvent): number {
  return a.effectiveS - b.effectiveS || a.issuedS - b.issuedS
}

function isSame(a: MarketEvent, b: MarketEvent): boolean {
  return a.kind === b.kind && a.holderId === b.holderId && a.meterSerial === b.meterSerial
}
