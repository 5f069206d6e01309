// Group commit: whatever waits when the writer is free is one transaction. There is no linger timer; while a group is written, the next gathers by
// itself. It also says when the database is in trouble and when it is well again.

import type { ArrivedBatch, Readiness } from '../../../shared/port/ingest-port.ts'
import { StoreFault } from '../fault.ts'
import type { Committed, GroupObserver } from '../store.ts'
import type { Writer } from './writer.ts'

const GROUP_BATCHES_MAX = 1000

export interface GroupCommit {
  commit(arrivals: ArrivedBatch[]): Promise<Committed[]>
  /** Runs `work`, which asks the writer, while this program writes no group; rejects with StoreFault when the store is in trouble. */
  write<T>(work: () => Promise<T>): Promise<T>
  readiness(): Readiness
  /** Takes nothing new; resolves when what waited is answered. */
  close(): Promise<void>
}

interface Waiting {
  arrivals: ArrivedBatch[]
  resolve(committed: Committed[]): void
  reject(error: unknown): void
}

export function createGroupCommit(writer: Writer, observer: GroupObserver): GroupCommit {
  let waiting: Waiting[] = []
  let isAsked = false
  let isClosed = false
  let readiness: Readiness = { isReady: true }
  /** The end of the last job; the next begins there. */
  let last: Promise<unknown> = Promise.resolve()

  return { commit, write, readiness: () => readiness, close }

  function commit(arrivals: ArrivedBatch[]): Promise<Committed[]> {
    if (isClosed) return Promise.reject(new StoreFault('stopping', undefined))
    if (arrivals.length === 0) return Promise.resolve([])
    return new Promise((resolve, reject) => {
      waiting.push({ arrivals, resolve, reject })
      if (!isAsked) askForGroup()
    })
  }

  /** A group takes its turn among the other jobs, and what has come until then with it. */
  function askForGroup(): void {
    isAsked = true
    last = last.then(writeGroup)
  }

  async function writeGroup(): Promise<void> {
    const group = takeWaiting()
    const arrivals = group.flatMap(one => one.arrivals)
    const atMs = performance.now()
    try {
      const { committed, poisoned } = await told(writer.commit(arrivals))
      observer.committed(arrivals.length, (performance.now() - atMs) / 1000)
      for (let i = 0; i < poisoned; i++) observer.poisoned()
      let at = 0
      for (const one of group) {
        one.resolve(committed.slice(at, at + one.arrivals.length))
        at += one.arrivals.length
      }
    } catch (error) {
      for (const one of group) one.reject(error)
    }
    isAsked = false
    if (waiting.length > 0) askForGroup()
  }

  function takeWaiting(): Waiting[] {
    let taken = 0
    let batches = 0
    while (taken < waiting.length && batches < GROUP_BATCHES_MAX) batches += waiting[taken++]?.arrivals.length ?? 0
    const group = waiting.slice(0, taken)
    waiting = waiting.slice(taken)
    return group
  }

  function write<T>(work: () => Promise<T>): Promise<T> {
    const done = last.then(() => told(work()))
    last = done.catch(() => undefined)
    return done
  }

  async function close(): Promise<void> {
    isClosed = true
    while (isAsked) await last
    await last
  }

  /** What a write came to says how the store is. */
  async function told<T>(work: Promise<T>): Promise<T> {
    try {
      const result = await work
      setReadiness({ isReady: true })
      return result
    } catch (error) {
      if (error instanceof StoreFault) setReadiness({ isReady: false, reason: error.reason })
      throw error
    }
  }

  function setReadiness(next: Readiness): void {
    const isSame = readiness.isReady ? next.isReady : !next.isReady && next.reason === readiness.reason
    readiness = next
    if (!isSame) observer.readinessChanged(next)
  }
}
