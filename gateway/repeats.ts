// A broker that delivers again what it delivered before: harmless, since every message has its number and every batch is stored once, but
// it costs twice and somebody should know. One line when it begins, one when it is over; a few repeats are what any lost link leaves.

import type { Clock } from '../shared/kernel/clock.ts'
import type { Log } from './log.ts'

export interface Repeats {
  /** A message that was seen before, or a batch that was stored before. */
  note(): void
}

const WINDOW_MS = 60_000
/** In one window. */
const MANY = 100

export function createRepeats(clock: Clock, log: Log): Repeats {
  let windowAtMs = clock.monotonicMs()
  let count = 0
  let isSaid = false

  return {
    note() {
      const nowMs = clock.monotonicMs()
      if (nowMs - windowAtMs > WINDOW_MS) {
        if (isSaid && count < MANY) {
          isSaid = false
          log.info({}, 'messages come once again')
        }
        windowAtMs = nowMs
        count = 0
      }
      count++
      if (count < MANY || isSaid) return
      isSaid = true
      log.warn(
        { count, seconds: WINDOW_MS / 1000 },
        'messages come again and again: each is stored once, but look at the broker',
      )
    },
  }
}
