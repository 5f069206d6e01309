// A clock for the virtual dongle that does not wait: as soon as nothing else is to do, it jumps to the next moment somebody
// asked for. Order is kept exactly; nothing takes real time. Not for tests with real sockets, which it would outrun.

import type { HostClock } from '../../firmware/host/clock.ts'

export function openSteppedClock(): HostClock & { stop(): void } {
  let nowMs = 0
  let isStopped = false
  let isTurning = false
  const waiting: { atMs: number; order: number; callback: () => void }[] = []
  let order = 0

  function turn(): void {
    isTurning = false
    if (isStopped) return
    waiting.sort((a, b) => a.atMs - b.atMs || a.order - b.order)
    const next = waiting.shift()
    if (!next) return
    nowMs = Math.max(nowMs, next.atMs)
    next.callback()
    schedule()
  }
  function schedule(): void {
    if (isTurning || waiting.length === 0) return
    isTurning = true
    setImmediate(turn)
  }

  return {
    nowMs: () => nowMs,
    after: (ms, callback) => {
      const one = { atMs: nowMs + Math.max(0, ms), order: order++, callback }
      waiting.push(one)
      schedule()
      return () => {
        const at = waiting.indexOf(one)
        if (at >= 0) waiting.splice(at, 1)
      }
    },
    stop: () => {
      isStopped = true
    },
  }
}
