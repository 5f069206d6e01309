// setTimeout and its kin as the engine runs them (src/jsinteractive.c, src/jswrap_interactive.c): ids count from 1; what is due
// runs in the order in which it was made, not in which it came due, from the first again as soon as a callback changed a timer;
// an interval that came late catches up a round a pass; clearTimeout() without an argument clears everything.

import type { HostClock } from './clock.ts'

interface Timer {
  id: number
  dueMs: number
  /** Absent for a timeout. */
  intervalMs?: number
  callback: unknown
  args: unknown[]
}

export interface Timers {
  setTimeout(callback: unknown, ms?: number, ...args: unknown[]): number
  setInterval(callback: unknown, ms?: number, ...args: unknown[]): number
  /** Throws the engine's Error for an explicit undefined. */
  clear(name: string, args: unknown[]): void
  changeInterval(id: number, ms: number): void
  stop(): void
}

/** The engine rounds shorter times up to this. */
const SHORTEST_MS = 0.1

/** `call` runs a callback inside the engine and deals with what it throws. */
export function openTimers(
  clock: HostClock,
  call: (callback: unknown, args: unknown[]) => void,
  error: (message: string) => Error,
): Timers {
  let timers: Timer[] = []
  let lastId = 0
  let isStopped = false
  /** A callback made, changed or cleared a timer. */
  let isChanged = false
  let cancel = (): void => {}

  function arm(): void {
    cancel()
    if (timers.length === 0 || isStopped) return
    const dueMs = Math.min(...timers.map(one => one.dueMs))
    cancel = clock.after(Math.max(0, dueMs - clock.nowMs()), runDue)
  }

  function changed(): void {
    isChanged = true
    arm()
  }

  function runDue(): void {
    const nowMs = clock.nowMs()
    do {
      isChanged = false
      for (const timer of timers.slice()) {
        if (isStopped) return
        if (isChanged) break
        if (timer.dueMs > nowMs) continue
        if (timer.intervalMs === undefined) timers = timers.filter(one => one !== timer)
        else timer.dueMs += timer.intervalMs
        call(timer.callback, timer.args)
      }
    } while (isChanged)
    arm()
  }

  function add(callback: unknown, ms: number | undefined, isInterval: boolean, args: unknown[]): number {
    const intervalMs = Math.max(Number(ms) || 0, SHORTEST_MS)
    const timer: Timer = { id: ++lastId, dueMs: clock.nowMs() + intervalMs, callback, args }
    if (isInterval) timer.intervalMs = intervalMs
    timers.push(timer)
    changed()
    return timer.id
  }

  return {
    setTimeout: (callback, ms, ...args) => add(callback, ms, false, args),
    setInterval: (callback, ms, ...args) => add(callback, ms, true, args),
    clear: (name, args) => {
      if (args.length === 0) timers = []
      else if (args[0] === undefined) throw error(`${name}(undefined) not allowed. Use ${name}() instead`)
      else timers = timers.filter(one => one.id !== args[0])
      changed()
    },
    changeInterval: (id, ms) => {
      const timer = timers.find(one => one.id === id)
      if (!timer) throw error('Unknown Interval')
      timer.intervalMs = Math.max(ms, SHORTEST_MS)
      timer.dueMs = clock.nowMs() + timer.intervalMs
      changed()
    },
    stop: () => {
      isStopped = true
      timers = []
      cancel()
    },
  }
}
