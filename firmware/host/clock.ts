// Time as the virtual dongle sees it: real, or real times `speed`, so that a day passes in minutes. Tests bring their own
// clock of this shape and step it by hand.

export interface HostClock {
  /** Milliseconds since some fixed start; never runs backwards. */
  nowMs(): number
  /** Calls back once after `ms` of this clock's time; the returned function cancels. */
  after(ms: number, callback: () => void): () => void
}

const TIMER_MS_MAX = 0x7fffffff

export function openClock(speed: number): HostClock {
  const startMs = performance.now()
  return {
    nowMs: () => (performance.now() - startMs) * speed,
    after: (ms, callback) => {
      const timer = setTimeout(callback, Math.min(ms / speed, TIMER_MS_MAX))
      return () => clearTimeout(timer)
    },
  }
}
