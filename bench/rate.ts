// How much of something comes about in a second, counted over a stretch of time after a warm-up. `--quick` makes both short.

import { setTimeout as delay } from 'node:timers/promises'

export interface Stretch {
  warmUpMs: number
  measureMs: number
  /** Of what a load sends to a broker alone, again and again; absent: as startLoad has it. */
  lastsS?: number
}

/** Of `count`, which is asked at the beginning and at the end of the stretch. */
export async function ratePerS(count: () => Promise<number>, { warmUpMs, measureMs }: Stretch): Promise<number> {
  await delay(warmUpMs)
  const before = await count()
  const startedMs = performance.now()
  await delay(measureMs)
  const after = await count()
  return ((after - before) * 1000) / (performance.now() - startedMs)
}
