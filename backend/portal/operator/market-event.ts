// A market's event as the form has it. The time is of the reader's own calendar. Pure but for that calendar.

import type { MarketEvent, MarketKind } from '../api/types.ts'

interface Typed {
  get(name: string): unknown
}

/** `nowMs`: it is said now. A contract's end names no holder; a meter only goes with its change. */
export function marketEventIn(typed: Typed, nowMs: number): MarketEvent {
  const text = (name: string): string => String(typed.get(name) ?? '').trim()
  const kind = text('kind') as MarketKind
  return {
    eventId: text('eventId'),
    ean: text('ean'),
    kind,
    effectiveS: Math.floor(new Date(text('effective')).getTime() / 1000),
    issuedS: Math.floor(nowMs / 1000),
    holderId: kind === 'contract-end' ? null : text('holderId'),
    ...(kind === 'meter-change' && { meterSerial: text('meterSerial') }),
  }
}
