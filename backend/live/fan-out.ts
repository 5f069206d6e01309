// From a commit to whoever watches, in memory, and a word to siblings where one of them has a page of the same tenure open. It knows tenures and
// listeners; how a stream looks on the wire is routes.ts. While nobody watches a tenure it costs two lookups per batch.

import type { ArrivedBatch } from '../../shared/port/ingest-port.ts'
import type { Reading } from '../../shared/reading/reading.ts'
import { timeRangeOf } from '../ingest/plausible.ts'
import { readingsOf } from '../metering-points/raw.ts'
import { type Talk, tenureKey } from '../siblings/talk.ts'

interface Listener {
  /** Newly stored readings, ascending; also old ones of a backlog. */
  readings(readings: Reading[], receivedAtMs: number): void
  /** The server stops, or the tenure is over. */
  end(): void
}

export interface FanOut {
  /** Stored here: shown here, and said to siblings that want it. */
  publish(tenureNo: number, arrived: ArrivedBatch): void
  /** To those who watch here. */
  show(tenureNo: number, readings: Reading[], receivedAtMs: number): void
  isWatched(tenureNo: number): boolean
  /** Returns the way to leave again. */
  join(tenureNo: number, listener: Listener): () => void
  count(): number
  /** Whoever watches this tenure, here or at a sibling, no longer may. */
  end(tenureNo: number): void
  endAll(): void
}

export function createFanOut(talk: Talk): FanOut {
  const rooms = new Map<number, Set<Listener>>()
  let joined = 0
  talk.hear({ end: ({ tenureNo }) => endHere(tenureNo) })

  return { publish, show, isWatched: tenureNo => rooms.has(tenureNo), join, count: () => joined, end, endAll }

  function publish(tenureNo: number, arrived: ArrivedBatch): void {
    if (arrived.readings === 0) return
    if (rooms.has(tenureNo)) show(tenureNo, readingsOf(arrived.batch), arrived.receivedAtMs)
    if (talk.isWanted(tenureKey(tenureNo))) tellSiblings(tenureNo, arrived)
  }

  function tellSiblings(tenureNo: number, { batch, receivedAtMs }: ArrivedBatch): void {
    const range = timeRangeOf(batch)
    if (range === undefined) return
    const { boot, firstSeq } = batch
    talk.tell({ do: 'batch', tenureNo, boot, firstSeq, ...range, receivedAtMs })
  }

  function show(tenureNo: number, readings: Reading[], receivedAtMs: number): void {
    for (const listener of [...(rooms.get(tenureNo) ?? [])]) listener.readings(readings, receivedAtMs)
  }

  function join(tenureNo: number, listener: Listener): () => void {
    const room = rooms.get(tenureNo) ?? new Set()
    rooms.set(tenureNo, room.add(listener))
    joined++
    const unwant = talk.want(tenureKey(tenureNo))
    return () => {
      if (!room.delete(listener)) return
      joined--
      unwant()
      if (room.size === 0 && rooms.get(tenureNo) === room) rooms.delete(tenureNo)
    }
  }

  function end(tenureNo: number): void {
    endHere(tenureNo)
    talk.tell({ do: 'end', tenureNo })
  }

  function endHere(tenureNo: number): void {
    for (const listener of [...(rooms.get(tenureNo) ?? [])]) listener.end()
  }

  function endAll(): void {
    for (const room of [...rooms.values()]) for (const listener of [...room]) listener.end()
  }
}
