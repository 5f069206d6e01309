// From a commit to whoever watches, in memory. It knows tenures and listeners; how a stream looks on the wire is routes.ts. While nobody
// watches a tenure it costs one lookup per batch. Across processes the same events will go over the broker.

import type { Batch } from '../../shared/batch/batch.ts'
import type { Reading } from '../../shared/reading/reading.ts'
import { readingsOf } from '../metering-points/raw.ts'

interface Listener {
  /** Newly stored readings, ascending; also old ones of a backlog. */
  readings(readings: Reading[], receivedAtMs: number): void
  /** The server stops. */
  end(): void
}

export interface FanOut {
  publish(tenureNo: number, batch: Batch, receivedAtMs: number): void
  /** Returns the way to leave again. */
  join(tenureNo: number, listener: Listener): () => void
  count(): number
  endAll(): void
}

export function createFanOut(): FanOut {
  const rooms = new Map<number, Set<Listener>>()
  let joined = 0

  return { publish, join, count: () => joined, endAll }

  function publish(tenureNo: number, batch: Batch, receivedAtMs: number): void {
    const room = rooms.get(tenureNo)
    if (room === undefined || batch.timeS.length === 0) return
    const readings = readingsOf(batch)
    for (const listener of [...room]) listener.readings(readings, receivedAtMs)
  }

  function join(tenureNo: number, listener: Listener): () => void {
    const room = rooms.get(tenureNo) ?? new Set()
    rooms.set(tenureNo, room.add(listener))
    joined++
    return () => {
      if (!room.delete(listener)) return
      joined--
      if (room.size === 0 && rooms.get(tenureNo) === room) rooms.delete(tenureNo)
    }
  }

  function endAll(): void {
    for (const room of [...rooms.values()]) for (const listener of [...room]) listener.end()
  }
}
