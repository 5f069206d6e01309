// What group commit is on every engine: who hands in batches waits in a queue until a group is taken from it, and what a write came to says how
// the store is. When a group is taken, and what writing it means, is each engine's own.

import type { ArrivedBatch, Readiness } from '../../shared/port/ingest-port.ts'
import { StoreFault } from './fault.ts'
import type { Committed, GroupObserver } from './store.ts'

const GROUP_BATCHES_MAX = 1000

export interface Waiting {
  arrivals: ArrivedBatch[]
  resolve(committed: Committed[]): void
  reject(error: unknown): void
}

/** Takes the next group from the front of `queue`: as many as come to GROUP_BATCHES_MAX batches, and one at least. */
export function takeGroup(queue: Waiting[]): Waiting[] {
  let taken = 0
  let batches = 0
  while (taken < queue.length && batches < GROUP_BATCHES_MAX) batches += queue[taken++]?.arrivals.length ?? 0
  return queue.splice(0, taken)
}

export interface Health {
  readiness(): Readiness
  /** `work` itself; what it came to says how the store is. */
  told<T>(work: Promise<T>): Promise<T>
}

/** `saysWell`: whether a write that worked says now that all is well. */
export function createHealth(observer: GroupObserver, saysWell = () => true): Health {
  let readiness: Readiness = { isReady: true }

  function set(next: Readiness): void {
    const isSame = readiness.isReady ? next.isReady : !next.isReady && next.reason === readiness.reason
    readiness = next
    if (!isSame) observer.readinessChanged(next)
  }

  return {
    readiness: () => readiness,
    async told(work) {
      try {
        const result = await work
        if (saysWell()) set({ isReady: true })
        return result
      } catch (error) {
        if (error instanceof StoreFault) set({ isReady: false, reason: error.reason })
        throw error
      }
    },
  }
}
