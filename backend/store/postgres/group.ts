// Group commit: whatever waits when the writer is free is one transaction. There is no linger timer; while a group is written, the next gathers by
// itself. It also says when the database is in trouble and when it is well again.

import type { ArrivedBatch, Readiness } from '../../../shared/port/ingest-port.ts'
import { StoreFault } from '../fault.ts'
import { createHealth, takeGroup, type Waiting } from '../group-queue.ts'
import type { Committed, GroupObserver } from '../store.ts'
import type { Writer } from './writer.ts'

export interface GroupCommit {
  commit(arrivals: ArrivedBatch[]): Promise<Committed[]>
  /** Runs `work`, which asks the writer, while this program writes no group; rejects with StoreFault when the store is in trouble. */
  write<T>(work: () => Promise<T>): Promise<T>
  readiness(): Readiness
  /** Takes nothing new; resolves when what waited is answered. */
  close(): Promise<void>
}

export function createGroupCommit(writer: Writer, observer: GroupObserver): GroupCommit {
  const waiting: Waiting[] = []
  let isAsked = false
  let isClosed = false
  /** The end of the last job; the next begins there. */
  let last: Promise<unknown> = Promise.resolve()

  const health = createHealth(observer)
  const { told } = health

  return { commit, write, readiness: health.readiness, close }

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
    const group = takeGroup(waiting)
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
}
