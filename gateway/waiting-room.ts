// Messages that were read but cannot be taken yet. Whoever waits is not read further, so what stands here is bounded by
// pressure.ts and by one read per connection. It keeps the order of each dongle and refuses to know what a message holds.

import { addLoad, dropLoad, isDongleRoom, isGlobalRoom, type Pressure } from './pressure.ts'
import type { Backlog } from './relay.ts'
import type { Session } from './session.ts'

export interface WaitingRoom {
  /** Resolves when the message has been taken, or will never be because its connection went. */
  enter(session: Session, backlog: Backlog, bytes: Uint8Array): Promise<void>
  /** Room was made: lets in, oldest first, whoever now fits. */
  admit(): void
  /** The connection is gone; the dongle still has the messages. */
  leave(session: Session): void
  readonly count: number
}

interface Held {
  session: Session
  backlog: Backlog
  bytes: Uint8Array
  resume(): void
}

export function createWaitingRoom(
  pressure: Pressure,
  take: (session: Session, bytes: Uint8Array) => Promise<void> | undefined,
  tidy: (dongleId: string) => void,
): WaitingRoom {
  let waiting: Held[] = []

  function forget(held: Held): void {
    dropLoad(held.backlog.held, held.bytes.length)
    dropLoad(pressure.held, held.bytes.length)
  }

  return {
    enter(session, backlog, bytes) {
      // Copied: the bytes are a window on the whole chunk that the socket delivered, and would keep all of it.
      const kept = Uint8Array.from(bytes)
      addLoad(backlog.held, kept.length)
      addLoad(pressure.held, kept.length)
      return new Promise<void>(resume => waiting.push({ session, backlog, bytes: kept, resume }))
    },

    admit() {
      if (waiting.length === 0 || !isGlobalRoom(pressure)) return
      const before = waiting
      waiting = []
      const stay: Held[] = []
      for (const held of before) {
        if (!isGlobalRoom(pressure) || !isDongleRoom(pressure, held.backlog.taken)) {
          stay.push(held)
          continue
        }
        forget(held)
        void Promise.resolve(take(held.session, held.bytes)).then(held.resume, held.resume)
      }
      waiting = stay.concat(waiting)
    },

    leave(session) {
      waiting = waiting.filter(held => {
        if (held.session !== session) return true
        forget(held)
        tidy(session.dongleId)
        held.resume()
        return false
      })
    },

    get count() {
      return waiting.length
    },
  }
}
