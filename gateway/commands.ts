// What the backend wants of dongles (CommandPort): live delivery while somebody watches, orders from its book, and cutting one off.
// Wishes for live delivery to dongles that are away are kept here, bounded, until they come or the wish is over; orders the book
// keeps. It seals through the dongle's session and refuses to know MQTT.

import type { Clock } from '../shared/kernel/clock.ts'
import type { CommandPort } from '../shared/port/command-port.ts'
import type { OrderBook } from '../shared/port/order-book.ts'
import type { CommandResult } from '../shared/session/messages-up.ts'
import { sealCommand, sealOrder } from '../shared/session/receiver.ts'
import { causeOf, type Log, pseudonymOf } from './log.ts'
import type { Metrics } from './metrics.ts'
import type { Session, Sessions } from './session.ts'

export interface CommandOptions {
  sessions: Sessions
  book: OrderBook | undefined
  clock: Clock
  log: Log
  metrics: Metrics
  randomBytes(count: number): Uint8Array
}

export interface Commands extends CommandPort {
  /** The dongle can be spoken to: a challenge went out, or a message with its token came in. */
  reachable(session: Session): void
  result(session: Session, result: CommandResult): void
  /** Wishes that are not over. */
  liveWindows(): number
}

interface Wish {
  untilS: number
  sentTo: Session | undefined
  sentUntilS: number
}

const WISHES_MAX = 10_000
/** The longest window one command can open (shared/session/messages.ts). */
const LIVE_SECONDS_MAX = 900
/** A wish that lengthens the window by less is already granted: a few viewers asking at once make one command. */
const SLACK_S = 15

export function createCommands(options: CommandOptions): Commands {
  const { sessions, book, clock, log, metrics } = options
  const wishes = new Map<string, Wish>()
  let lastNumber = 0

  /** Rises over restarts too: nothing is stored, time does it. Even, so that no order of the book (odd) has the same. */
  function nextNumber(): number {
    lastNumber = Math.max(lastNumber + 2, clock.wallS() * 1000)
    return lastNumber
  }

  /** The book's next order, once in a session: what was sent and lost goes again in the next one, under its old number. */
  async function sendOrder(session: Session): Promise<void> {
    try {
      const order = await book?.next(session.dongleId)
      if (order === undefined || order.number === session.orderNumber) return
      const sealed = sealOrder(session.receiver, order, options.randomBytes(16))
      if (sealed === undefined || !session.link.send(sealed)) return
      session.orderNumber = order.number
      metrics.command('sent')
    } catch (cause) {
      log.debug({ dongle: session.pseudonym, cause: causeOf(cause) }, 'the book of orders did not answer')
    }
  }

  async function takeResult(session: Session, result: CommandResult): Promise<void> {
    try {
      await book?.answered(session.dongleId, result)
    } catch (cause) {
      // the dongle says it again in its next session
      log.debug({ dongle: session.pseudonym, cause: causeOf(cause) }, 'a result was not written down')
    }
    await sendOrder(session)
  }

  function sendLive(session: Session, wish: Wish): void {
    const seconds = Math.min(LIVE_SECONDS_MAX, wish.untilS - clock.wallS())
    if (seconds <= 0) return
    if (wish.sentTo === session && clock.wallS() + seconds - wish.sentUntilS < SLACK_S) return
    const command = { number: nextNumber(), name: 'live', seconds } as const
    const sealed = sealCommand(session.receiver, command, options.randomBytes(16))
    if (sealed === undefined || !session.link.send(sealed)) return
    wish.sentTo = session
    wish.sentUntilS = clock.wallS() + seconds
    metrics.command('sent')
  }

  return {
    requestLive(dongleId, untilS) {
      if (untilS <= clock.wallS()) return
      const known = wishes.get(dongleId)
      const wish = known ?? { untilS, sentTo: undefined, sentUntilS: 0 }
      wish.untilS = Math.max(wish.untilS, untilS)
      // Re-inserted at the end: when the map is full, the wish that was repeated longest ago makes room.
      wishes.delete(dongleId)
      wishes.set(dongleId, wish)
      if (wishes.size > WISHES_MAX) forgetOldest(wishes)
      const session = sessions.ofDongle(dongleId)
      if (session !== undefined) sendLive(session, wish)
    },

    requestStatus(dongleId) {
      const session = sessions.ofDongle(dongleId)
      if (session === undefined) return
      const command = { number: nextNumber(), name: 'send-status' } as const
      const sealed = sealCommand(session.receiver, command, options.randomBytes(16))
      if (sealed !== undefined && session.link.send(sealed)) metrics.command('sent')
    },

    disconnect(dongleId, reason) {
      wishes.delete(dongleId)
      const session = sessions.ofDongle(dongleId)
      if (session === undefined) return
      log.info({ dongle: pseudonymOf(dongleId), reason }, 'disconnected on request')
      sessions.close(session.link)
      session.link.close()
    },

    wake(dongleId) {
      const session = sessions.ofDongle(dongleId)
      if (session?.receiver.token !== undefined) void sendOrder(session)
    },

    reachable(session) {
      // On a shared link every message comes by here.
      if (session.orderNumber < 0) {
        session.orderNumber = 0
        void sendOrder(session)
      }
      const wish = wishes.get(session.dongleId)
      if (wish === undefined) return
      if (wish.untilS <= clock.wallS()) wishes.delete(session.dongleId)
      else sendLive(session, wish)
    },

    result(session, result) {
      metrics.command(result.outcome)
      void takeResult(session, result)
    },

    liveWindows() {
      const nowS = clock.wallS()
      for (const [dongleId, wish] of wishes) if (wish.untilS <= nowS) wishes.delete(dongleId)
      return wishes.size
    },
  }
}

function forgetOldest(wishes: Map<string, Wish>): void {
  const first = wishes.keys().next()
  if (!first.done) wishes.delete(first.value)
}
