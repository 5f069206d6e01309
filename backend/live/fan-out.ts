// From a commit to whoever watches, in memory. It knows tenures and listeners; how a stream looks on the wire is routes.ts. While nobody
// watches a tenure it costs one lookup per batch. Across processes the same events will go over the broker.

import type { ArrivedBatch } from '../../shared/port/ingest-port.ts'
import type { Reading } from '../../shared/reading/reading.ts'
import { readingsOf } from '../metering-points/raw.ts'

interface Listener {
  /** Newly stored readings, ascending; also old ones of a backlog. */
  readings(readings: Reading[], receivedAtMs: number): void
  /** The server stops, or the tenure is over. */
  end(): void
}

export interface FanOut {
  publish(tenureNo: number, arrived: ArrivedBatch): void
  /** Returns the way to leave again. */
  join(tenureNo: number, listener: Listener): () => void
  count(): number
  /** Whoever watches this tenure no longer may. */
  end(tenureNo: number): void
  endAll(): void
}

export function createFanOut(): FanOut {
  const rooms = new Map<number, Set<Listener>>()
  let joined = 0

  return { publish, join, count: () => joined, end, endAll }

  function publish(tenureNo: number, arrived: ArrivedBatch): void {
    const room = rooms.get(tenureNo)
    if (room === undefined || arrived.readings === 0) return
    const readings = readingsOf(arrived.batch)
    for (const listener of [...room]) listener.readings(readings, arrived.receivedAtMs)
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

  function end(tenureNo: number): void {
    for (const listener of [...(rooms.get(tenureNo) ?? [])]) listener.end()
  }

  function endAll(): void {
    for (const room of [...rooms.values()]) for (const listener of [...room]) listener.end()
  }
}
