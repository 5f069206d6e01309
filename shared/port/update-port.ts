// Where the gateway asks about updates: which order a dongle has, the bytes of a program, and where it says what dongles report. The
// backend's rollouts implement it; gateways keep nothing of it. Types only.

import type { MacedOrder, UpdateReport } from '../update/messages.ts'

export interface UpdatePort {
  /**
   * The order that this dongle should have now, its number durable before it is given, the MAC made under the key of `epoch`, under which the
   * dongle speaks. The same one again until its end is reported (good, returned, refused, failed); undefined when there is none or it
   * has to wait (rollout paused, outside its maintenance window). Asked when a session begins, after each report, and when CommandPort.wake says so.
   */
  next(dongleId: string, epoch: number): Promise<MacedOrder | undefined>
  /**
   * `bytes` of the program of order `number` from `at` on, fewer at its end. later: not now (paused): the dongle asks again by itself.
   * withdrawn: never (cancelled, or no such order): the dongle gives up and keeps what it has.
   */
  readChunk(dongleId: string, number: number, at: number, bytes: number): Promise<Uint8Array | 'later' | 'withdrawn'>
  /** Durable when it resolves. The same report may come again: at the start of each session, and whenever something changed. */
  note(dongleId: string, report: UpdateReport): Promise<void>
}
