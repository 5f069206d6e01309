// Cuts with real starts: the engine starts on what each cut left, and the writes of that start are cut in their turn. Some engines at a time.

import type { NorModel } from '../support/nor.ts'
import type { Verdict } from './check.ts'
import type { CutRow } from './cut.ts'
import type { Kit } from './record.ts'
import type { Started, Starter } from './starts.ts'
import { type Cut, cutsOf } from './tape.ts'

const STARTERS = 3
const FAILURES_SHOWN = 5

export const newRow = (kit: Kit, name: string): CutRow => ({
  flow: `${kit.version}: ${name}`,
  cuts: 0,
  recovered: 0,
  lostAcknowledged: 0,
  missingUncounted: 0,
  failures: [],
})

/** Every so many-th time, the first included. */
export function everySo(stride: number): () => boolean {
  let turn = 0
  return () => turn++ % stride === 0
}

/**
 * `cuts` of the first depth, one after the other; of the second those that `take` wants. `check` throws, or counts, what is wrong with a
 * start on `image`, which one cut or two have left.
 */
export async function cutStarts<C extends Cut>(
  row: CutRow,
  open: () => Starter,
  cuts: Generator<C>,
  take: () => boolean,
  check: (started: Started, image: NorModel, cut: C) => Verdict,
): Promise<void> {
  async function tried(starter: Starter, image: NorModel, first: C, where: string): Promise<Started | undefined> {
    row.cuts++
    try {
      const started = await starter.start(image)
      const { lostKept, missingUncounted } = check(started, image, first)
      row.lostAcknowledged += lostKept
      row.missingUncounted += missingUncounted
      if (lostKept + missingUncounted > 0) throw new Error(`${lostKept} lost, ${missingUncounted} uncounted`)
      row.recovered++
      return started
    } catch (error) {
      if (row.failures.length < FAILURES_SHOWN) row.failures.push(`${where}: ${(error as Error).message}`)
      return undefined
    }
  }

  async function work(): Promise<void> {
    const starter = open()
    try {
      for (const first of cuts) {
        const recovery = await tried(starter, first.cut, first, first.where)
        for (const second of cutsOf(first.cut, recovery?.operations ?? [], take))
          await tried(starter, second.cut, first, `${first.where}, then ${second.where}`)
      }
    } finally {
      starter.close()
    }
  }
  await Promise.all(Array.from({ length: STARTERS }, work))
}
