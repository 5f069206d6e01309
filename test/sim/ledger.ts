// The truth of a run, kept outside everything that can fail: what each dongle's meter produced, what was put into its ring, and
// what was released. Checkers compare the parts of the system with it.

import type { Reading } from '../../shared/reading/reading.ts'
import { getOrMake } from '../support/get-or-make.ts'

/** One telegram the dongle noticed: its reading, or undefined for a bad one. The index in the list is its seq. */
export type Noticed = Reading | undefined

export interface BootLedger {
  noticed: Noticed[]
  /** seq → rank of the append that took it into the ring (rises with time). */
  keptAt: Map<number, number>
}

export interface DongleLedger {
  dongleId: string
  boots: Map<number, BootLedger>
  appends: number
  /** How far the ring was looked through. */
  lastPlace: number
  /** Times of all readings that came into the ring. */
  keptTimes: number[]
}

export function createLedger(dongleId: string): DongleLedger {
  return { dongleId, boots: new Map(), appends: 0, lastPlace: -1, keptTimes: [] }
}

export function bootLedger(ledger: DongleLedger, boot: number): BootLedger {
  return getOrMake(ledger.boots, boot, () => ({ noticed: [], keptAt: new Map() }))
}
