// Which faults exist in one run, and how often: drawn per seed (swarm testing), so that some runs are all power cuts and others
// all lost messages. Chances are per thousand per tick or per message; a tick is one second.

import { type Random, randomBelow } from '../../shared/kernel/random.ts'

export interface Faults {
  dongles: number
  /** Seconds between batches. */
  intervalS: number
  poolSectors: number
  // messages, per thousand
  drop: number
  repeat: number
  delay: number
  corrupt: number
  forge: number
  replay: number
  // per thousand per tick
  cut: number
  /** Seconds that the longest cut lasts. */
  cutMostS: number
  halfOpen: number
  gatewayKill: number
  storeKill: number
  diskTrouble: number
  powerCut: number
  brownout: number
  live: number
  // per thousand per telegram
  badTelegram: number
  burst: number
  clockStep: number
  fieldsChange: number
}

/** A gentle chance of 1 … most, or none at all in about half of the runs. */
function maybe(random: Random, most: number): number {
  return randomBelow(random, 2) === 0 ? 0 : 1 + randomBelow(random, most)
}

export function drawFaults(random: Random): Faults {
  // short intervals fill the ring within a run: a batch of one takes about 60 bytes of a sector of 4096
  const intervals = [1, 1, 1, 2, 5, 10, 10]
  const fleets = [1, 1, 2, 2, 3]
  return {
    dongles: fleets[randomBelow(random, fleets.length)] as number,
    intervalS: intervals[randomBelow(random, intervals.length)] as number,
    poolSectors: 11 + randomBelow(random, 2),
    drop: maybe(random, 200),
    repeat: maybe(random, 200),
    delay: maybe(random, 300),
    corrupt: maybe(random, 100),
    forge: maybe(random, 60),
    replay: maybe(random, 60),
    cut: maybe(random, 20),
    cutMostS: randomBelow(random, 3) === 0 ? 400 : 40,
    halfOpen: maybe(random, 15),
    gatewayKill: maybe(random, 15),
    storeKill: maybe(random, 15),
    diskTrouble: maybe(random, 10),
    powerCut: maybe(random, 10),
    brownout: maybe(random, 10),
    live: maybe(random, 10),
    badTelegram: maybe(random, 60),
    burst: maybe(random, 20),
    clockStep: maybe(random, 10),
    fieldsChange: maybe(random, 10),
  }
}

export function happens(random: Random, perThousand: number): boolean {
  return perThousand > 0 && randomBelow(random, 1000) < perThousand
}
