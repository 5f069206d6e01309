// Group commit: whatever waits when the writer is free goes into one transaction and one fsync. There is no linger timer; while a commit
// syncs, the next group gathers by itself. It also says when the disk is in trouble and when it is well again.

import { statfsSync } from 'node:fs'
import { dirname } from 'node:path'
import type { DatabaseSync } from 'node:sqlite'
import type { Kysely } from 'kysely'
import type { ArrivedBatch, Readiness } from '../../../shared/port/ingest-port.ts'
import { StoreFault, troubleOf } from '../fault.ts'
import type { Committed } from '../store.ts'
import type { Tables } from '../tables.ts'
import type { Committer } from './commit.ts'

const GROUP_BATCHES_MAX = 1000
const DISK_FULL_BELOW_BYTES = 1_048_576

/** Told of each commit and of each change of readiness; the shell logs and counts. */
export interface GroupObserver {
  committed(batches: number, seconds: number): void
  poisoned(): void
  readinessChanged(readiness: Readiness): void
}

export interface GroupCommit {
  commit(arrivals: ArrivedBatch[]): Promise<Committed[]>
  /** Runs `work` in a write transaction of its own turn; rejects with StoreFault when the store is in trouble. */
  write<T>(work: () => T): Promise<T>
  /** Within write(): undoes what `work` wrote if it fails for another reason than the disk; undefined then. */
  attempt<T>(work: () => T): T | undefined
  readiness(): Readiness
  /** Takes nothing new; resolves when what waited is answered. */
  close(): Promise<void>
}

interface Waiting {
  arrivals: ArrivedBatch[]
  resolve(committed: Committed[]): void
  reject(error: unknown): void
}

export function createGroupCommit(
  db: DatabaseSync,
  path: string,
  lock: Kysely<Tables>,
  committer: Committer,
  forget: () => void,
  observer: GroupObserver,
): GroupCommit {
  let waiting: Waiting[] = []
  let draining: Promise<void> | undefined
  let isClosed = false
  let readiness: Readiness = { isReady: true }

  return { commit, write, attempt, readiness: () => readiness, close }

  function commit(arrivals: ArrivedBatch[]): Promise<Committed[]> {
    if (isClosed) return Promise.reject(new StoreFault('stopping', undefined))
    if (arrivals.length === 0) return Promise.resolve([])
    return new Promise((resolve, reject) => {
      waiting.push({ arrivals, resolve, reject })
      draining ??= drain()
    })
  }

  async function drain(): Promise<void> {
    while (waiting.length > 0) {
      // One turn of the event loop lets everybody who is ready to hand in a batch do so: the commit itself blocks the loop.
      await new Promise(resume => setImmediate(resume))
      await lock.connection().execute(async () => commitGroup(takeGroup()))
    }
    draining = undefined
  }

  async function close(): Promise<void> {
    isClosed = true
    await draining
  }

  function takeGroup(): Waiting[] {
    let taken = 0
    let batches = 0
    while (taken < waiting.length && batches < GROUP_BATCHES_MAX) batches += waiting[taken++]?.arrivals.length ?? 0
    const group = waiting.slice(0, taken)
    waiting = waiting.slice(taken)
    return group
  }

  function commitGroup(group: Waiting[]): void {
    try {
      const started = performance.now()
      const committed = commitAll(group.flatMap(one => one.arrivals))
      observer.committed(committed.length, (performance.now() - started) / 1000)
      let at = 0
      for (const { arrivals, resolve } of group) {
        resolve(committed.slice(at, at + arrivals.length))
        at += arrivals.length
      }
    } catch (error) {
      for (const one of group) one.reject(error)
    }
  }

  function commitAll(arrivals: ArrivedBatch[]): Committed[] {
    try {
      return transaction(() => arrivals.map(committer.commitOne))
    } catch (error) {
      if (error instanceof StoreFault) throw error
      // Not the disk: one batch of the group does something we did not foresee. It must not hold up the others.
      return transaction(() => arrivals.map(commitOrBury))
    }
  }

  function commitOrBury(arrived: ArrivedBatch): Committed {
    const committed = attempt(() => committer.commitOne(arrived))
    if (committed !== undefined) return committed
    observer.poisoned()
    committer.buryOne({ ...arrived, reason: 'poison' })
    return { outcome: { kind: 'refused', reason: 'poison' } }
  }

  function attempt<T>(work: () => T): T | undefined {
    db.exec('SAVEPOINT attempt')
    try {
      const result = work()
      committer.flush()
      db.exec('RELEASE attempt')
      return result
    } catch (error) {
      if (troubleOf(error, isDiskFull) !== undefined) throw error
      db.exec('ROLLBACK TO attempt; RELEASE attempt')
      committer.discard()
      forget()
      return undefined
    }
  }

  function write<T>(work: () => T): Promise<T> {
    return lock.connection().execute(async () => transaction(work))
  }

  function transaction<T>(work: () => T): T {
    try {
      db.exec('BEGIN IMMEDIATE')
      const result = work()
      committer.flush()
      db.exec('COMMIT')
      setReadiness({ isReady: true })
      return result
    } catch (error) {
      if (db.isTransaction) db.exec('ROLLBACK')
      committer.discard()
      forget() // what was looked up may have been inserted, and is gone again
      const trouble = troubleOf(error, isDiskFull)
      if (trouble === undefined) throw error
      setReadiness({ isReady: false, reason: trouble })
      throw new StoreFault(trouble, error)
    }
  }

  function isDiskFull(): boolean {
    const { bavail, bsize } = statfsSync(dirname(path))
    return bavail * bsize < DISK_FULL_BELOW_BYTES
  }

  function setReadiness(next: Readiness): void {
    const isSame = readiness.isReady ? next.isReady : !next.isReady && next.reason === readiness.reason
    readiness = next
    if (!isSame) observer.readinessChanged(next)
  }
}
