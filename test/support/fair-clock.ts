// Time for a virtual dongle among real sockets, `speed` times as fast as real time, on a machine that may be busy: while this process does not
// get to run, the dongle's time stands still with everything else in it. With a clock that goes on, a minute may pass for the dongle between a
// request and the answer that lies in its socket already. Without sockets, the stepped clock waits for nothing.

import type { HostClock } from '../../firmware/host/clock.ts'

/** How late a timer may be, in real ms, before the clock waits for it. */
export const PATIENCE_MS = 50
const TIMER_MS_MAX = 0x7fffffff

export function openFairClock(speed: number): HostClock {
  const startMs = performance.now()
  const waiting = new Set<{ atMs: number }>()
  let stoodMs = 0
  let lastMs = 0

  /** Never later than the next moment that somebody waits for, and the patience. */
  function nowMs(): number {
    const mostMs = [...waiting].reduce((most, { atMs }) => Math.min(most, atMs), Infinity) + PATIENCE_MS * speed
    const overMs = (performance.now() - startMs - stoodMs) * speed - mostMs
    if (overMs > 0) stoodMs += overMs / speed
    lastMs = Math.max(lastMs, Math.min(mostMs, (performance.now() - startMs - stoodMs) * speed))
    return lastMs
  }

  return {
    nowMs,
    after: (ms, callback) => {
      const one = { atMs: nowMs() + Math.max(0, ms) }
      let timer: NodeJS.Timeout
      const set = (restMs: number): void => {
        timer = setTimeout(ring, Math.min(restMs / speed, TIMER_MS_MAX))
      }
      const ring = (): void => {
        const restMs = one.atMs - nowMs()
        // node's timers may come a millisecond early
        if (restMs > speed) set(restMs)
        else {
          waiting.delete(one)
          callback()
        }
      }
      waiting.add(one)
      set(Math.max(0, ms))
      return () => {
        clearTimeout(timer)
        waiting.delete(one)
      }
    },
  }
}
