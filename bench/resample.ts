// How sure a ratio of two medians is: both sides drawn again from what was measured, with replacement, a thousand times (the bootstrap). The draws
// are the same in each run, so that the same measurements give the same figures.

import { type Random, randomBelow, seededRandom } from '../shared/kernel/random.ts'
import { percentile } from './fdatasync.ts'
import { median } from './figure.ts'

const DRAWS = 1000

export interface Ratio {
  ratio: number
  /** Nine of ten draws are between these. */
  low: number
  high: number
}

/** The median of `these` next to the median of `those`; NaN where there are none. */
export function ratioOf(these: number[], those: number[]): Ratio {
  const random = seededRandom(1)
  const drawn = Array.from({ length: DRAWS }, () => median(draw(these, random)) / median(draw(those, random)))
  drawn.sort((a, b) => a - b)
  return { ratio: median(these) / median(those), low: percentile(drawn, 5), high: percentile(drawn, 95) }
}

function draw(values: number[], random: Random): number[] {
  return values.map(() => values[randomBelow(random, values.length)] as number)
}
