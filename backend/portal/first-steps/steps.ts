// What a new person has still to do, from what the server knows: an account, the terms of use, a dongle, the first reading. Derived each time and never
// stored: who has once had a dongle at their meter has done it all, on whichever device they come back.

import type { OwnDongle, OwnDongles, OwnTerms } from '../api/types.ts'
import { isAccepted } from '../sharing/accepted.ts'

/** In the order in which they are taken. Who sees them has an account. */
export const STEPS = ['account', 'terms', 'dongle', 'live'] as const
export type Step = (typeof STEPS)[number]

/** `left`: of somebody whose metering point is another's now. `done`: nothing is left to lead to. */
export type Standing = { at: Exclude<Step, 'account'>; dongle: OwnDongle | undefined } | 'left' | 'done'

export function standingOf(terms: OwnTerms, { items, events }: OwnDongles, hasPoint: boolean): Standing {
  if (events.some(({ event }) => event === 'tenure-ended')) return hasPoint ? 'done' : 'left'
  const isBound = items.some(({ state }) => state === 'bound')
  if (events.some(({ event }) => event === 'bound') && !isBound) return 'done'
  const dongle = items.find(({ state }) => state !== 'lost' && state !== 'retired')
  if (!isAccepted(terms)) return { at: 'terms', dongle }
  return { at: dongle === undefined ? 'dongle' : 'live', dongle }
}
