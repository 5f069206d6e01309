// What is asked of a dongle and stays asked until it answers: the backend keeps the book, the gateway that holds the dongle's session
// reads from it. Types only.

import type { Command } from '../session/messages.ts'
import type { CommandResult } from '../session/messages-up.ts'

export interface OrderBook {
  /**
   * The order to send now, its number durable before it is given; the same one again until it is answered. undefined when nothing
   * waits, or when the dongle has begun something whose end is still to come.
   */
  next(dongleId: string): Promise<Command | undefined>
  /** A dongle's result; numbers that are not in the book are no news. */
  answered(dongleId: string, result: CommandResult): Promise<void>
}
