// A fleet of scripted dongles that send by themselves against a platform that is being hurt: when each of them is answered again, and afterwards
// what they sent beside what the store has.

import { setTimeout as delay } from 'node:timers/promises'
import { compareWithStore, type StoreReport } from '../kill/compare.ts'
import type { Apart } from './apart.ts'
import { type DriveOptions, driveDongle } from './driven-dongle.ts'
import type { ScriptedDongle } from './scripted-dongle.ts'

const READINGS = 10

export interface DrivenFleet {
  /** Resolves when every dongle has been answered for a batch that it made after now. */
  answered(): Promise<void>
  acknowledged(): number
  /** Makes nothing new, waits until all is answered, stops, and compares what was sent with the store. */
  settle(): Promise<StoreReport>
  stop(): Promise<void>
  /** The number that each goes on with. */
  nextSeqs(): number[]
}

/** How a fleet sends that waits for nothing longer than it must. */
export const EAGER: DriveOptions = { windowCount: 2, perSecond: 40, resendMs: 400, reconnectMs: 50, greetMs: 1000 }

/** Dongle i is number i of `apart`'s fleet, its readings begin at `t0S`, and it begins with number `firstSeqs[i]` (0). */
export function driveFleet(
  apart: Apart,
  dongles: ScriptedDongle[],
  t0S: number,
  options: DriveOptions = EAGER,
  firstSeqs: number[] = dongles.map(() => 0),
): DrivenFleet {
  const driven = dongles.map((dongle, i) =>
    driveDongle(dongle, { ...options, readingsPerBatch: READINGS, firstSeq: firstSeqs[i], t0S }),
  )
  const seqOf = (i: number): number => (firstSeqs[i] as number) + (driven[i]?.made() ?? 0) * READINGS
  const isAnswered = (i: number, seq: number): boolean => dongles[i]?.acknowledged.has(`1.${seq}.${READINGS}`) === true
  const stop = async (): Promise<void> => void (await Promise.all(driven.map(one => one.stop())))

  return {
    async answered() {
      const next = driven.map((_, i) => seqOf(i))
      for (const [i, seq] of next.entries()) while (!isAnswered(i, seq)) await delay(5)
    },
    acknowledged: () => dongles.reduce((sum, { acknowledged }) => sum + acknowledged.size, 0),
    async settle() {
      await Promise.all(driven.map(one => one.drain()))
      await stop()
      const sent = dongles.map((dongle, number) => ({
        dongle,
        number,
        seqFrom: firstSeqs[number] as number,
        seqEnd: seqOf(number),
      }))
      const { httpPort, accessKey } = apart
      return compareWithStore(sent, { httpPort, accessKey, t0S, readings: READINGS })
    },
    stop,
    nextSeqs: () => driven.map((_, i) => seqOf(i)),
  }
}
