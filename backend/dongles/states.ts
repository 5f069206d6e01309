// The life of a dongle, from the bench to the drawer: which state may follow which. Pure; each step becomes an event with its actor.

import type { DongleState } from '../../shared/port/dongle-directory.ts'

const NEXT: { [state in DongleState]: readonly DongleState[] } = {
  flashed: ['registered'],
  registered: ['claimed', 'bound', 'lost', 'retired'],
  claimed: ['registered', 'bound', 'lost', 'retired'],
  bound: ['suspended', 'transfer', 'lost', 'retired'],
  suspended: ['bound', 'transfer', 'lost', 'retired'],
  transfer: ['registered', 'lost', 'retired'],
  lost: ['registered', 'retired'],
  retired: [],
}

export function canBecome(from: DongleState, to: DongleState): boolean {
  return NEXT[from].includes(to)
}
