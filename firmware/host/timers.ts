// setTimeout and its kin as the engine runs them: ids count from 1, an interval that came late catches up round by round,
// and clearTimeout() without an argument clears everything (src/jswrap_interactive.c).

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
  let cancel = (): void => {}

  const byDue = (a: Timer, b: Timer): number => a.dueMs - b.dueMs || a.id - b.id

  function arm(): void {
    cancel()
    const first = timers.toSorted(byDue)[0]
    if (first && !isStopped) cancel = clock.after(Math.max(0, first.dueMs - clock.nowMs()), runDue)
  }

  function runDue(): void {
    const nowMs = clock.nowMs()
    for (const timer of timers.filter(one => one.dueMs <= nowMs).sort(byDue)) {
      if (isStopped) return
      if (!timers.includes(timer)) continue
      if (timer.intervalMs === undefined) timers = timers.filter(one => one !== timer)
      else timer.dueMs += timer.intervalMs
      call(timer.callback, timer.args)
    }
    arm()
  }

  function add(callback: unknown, ms: number | undefined, isInterval: boolean, args: unknown[]): number {
    const intervalMs = Math.max(Number(ms) || 0, SHORTEST_MS)
    const timer: Timer = { id: ++lastId, dueMs: clock.nowMs() + intervalMs, callback, args }
    if (isInterval) timer.intervalMs = intervalMs
    timers.push(timer)
    arm()
    return timer.id
  }

  return {
    setTimeout: (callback, ms, ...args) => add(callback, ms, false, args),
    setInterval: (callback, ms, ...args) => add(callback, ms, true, args),
    clear: (name, args) => {
      if (args.length === 0) timers = []
      else if (args[0] === undefined) throw error(`${name}(undefined) not allowed. Use ${name}() instead`)
      else timers = timers.filter(one => one.id !== args[0])
      arm()
    },
    changeInterval: (id, ms) => {
      const timer = timers.find(one => one.id === id)
      if (!timer) throw error('Unknown Interval')
      timer.intervalMs = Math.max(ms, SHORTEST_MS)
      timer.dueMs = clock.nowMs() + timer.intervalMs
      arm()
    },
    stop: () => {
      isStopped = true
      timers = []
      cancel()
    },
  }
}
