// Updates on their way: the order goes down when a dongle can be spoken to, each chunk when it is asked for, reports go to the backend.
// Nothing is kept here but which order was sent in this session; a dongle that comes to another gateway goes on where it was.

import type { UpdatePort } from '../shared/port/update-port.ts'
import { sealChunk, sealUpdate } from '../shared/session/receiver.ts'
import type { ChunkWanted, UpdateReport } from '../shared/update/messages.ts'
import { causeOf, type Log } from './log.ts'
import type { Session } from './session.ts'

export interface UpdateOptions {
  port: UpdatePort | undefined
  log: Log
  randomBytes(count: number): Uint8Array
}

export interface Updates {
  /** The dongle can be spoken to, or the backend has something new for it. */
  offer(session: Session): void
  wanted(session: Session, wanted: ChunkWanted): void
  report(session: Session, report: UpdateReport): void
}

/** Whatever fails here, the dongle asks again by itself: nobody else is told. */
export function createUpdates({ port, log, randomBytes }: UpdateOptions): Updates {
  async function quietly(session: Session, work: () => Promise<void>): Promise<void> {
    try {
      await work()
    } catch (cause) {
      log.debug({ dongle: session.pseudonym, cause: causeOf(cause) }, 'updates did not answer')
    }
  }

  async function offer(session: Session): Promise<void> {
    const order = await port?.next(session.dongleId, session.receiver.keys.epoch)
    if (order === undefined || order.number === session.updateNumber) return
    const sealed = sealUpdate(session.receiver, order, randomBytes(16))
    if (sealed !== undefined && session.link.send(sealed)) session.updateNumber = order.number
  }

  async function answer(session: Session, { number, at, bytes }: ChunkWanted): Promise<void> {
    const found = await port?.readChunk(session.dongleId, number, at, bytes)
    if (found === undefined || found === 'later') return
    const chunk = { number, at, bytes: found === 'withdrawn' ? new Uint8Array(0) : found }
    const sealed = sealChunk(session.receiver, chunk, randomBytes(16))
    if (sealed !== undefined) session.link.send(sealed)
  }

  return {
    offer: session => void quietly(session, () => offer(session)),
    wanted: (session, wanted) => void quietly(session, () => answer(session, wanted)),
    report: (session, report) =>
      void quietly(session, async () => {
        await port?.note(session.dongleId, report)
        await offer(session)
      }),
  }
}
