// The life of a dongle, from the bench to the drawer: which state may follow which. Pure; each step becomes an event with its actor.

import type { DongleState } from '../../shared/port/dongle-directory.ts'

const NEXT: { [state in DongleState]: readonly DongleState[] } = {
  flashed: ['registered'],
  registered: ['claimed', 'bound', 'lost', 'retired'],
  claimed: ['registered', 'bound', 'suspended', 'transfer', 'lost', 'retired'],
  bound: ['suspended', 'transfer', 'lost', 'retired'],
  suspended: ['bound', 'transfer', 'lost', 'retired'],
  transfer: ['registered', 'claimed', 'lost', 'retired'],
  lost: ['registered', 'claimed', 'retired'],
  retired: [],
}

export const DONGLE_STATES = Object.keys(NEXT) as DongleState[]

/** Nobody holds it yet: its label may be made anew. */
export function isFree(state: DongleState): boolean {
  return state === 'registered' || state === 'transfer'
}

/** It has an owner: it may be repaired on the bench, and its label stays void as it is. */
export function isOwned(state: DongleState): boolean {
  return state === 'claimed' || state === 'bound' || state === 'suspended'
}

export function canBecome(from: DongleState, to: DongleState): boolean {
  return NEXT[from].includes(to)
}
