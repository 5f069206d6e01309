// Group commit: whatever waits when the writer is free goes into one transaction and one fsync. There is no linger timer; while a group is
// written, the next gathers by itself. The registers' lock is held meanwhile. It also says when the disk is in trouble and when it is well again.

import type { Kysely } from 'kysely'
import type { ArrivedBatch, Readiness } from '../../../shared/port/ingest-port.ts'
import { StoreFault } from '../fault.ts'
import type { Committed } from '../store.ts'
import type { Tables } from '../tables.ts'
import { packGroup, unpackOutcomes } from './group-codec.ts'
import type { CommittedGroup } from './writer.ts'
import type { WriterLink } from './writer-link.ts'

const GROUP_BATCHES_MAX = 1000
/** So many groups follow each other before a register that waits has its turn. */
const GROUPS_A_TURN = 8

/** Told of each commit and of each change of readiness; the shell logs and counts. */
export interface GroupObserver {
  committed(batches: number, seconds: number): void
  poisoned(): void
  readinessChanged(readiness: Readiness): void
}

export interface GroupCommit {
  commit(arrivals: ArrivedBatch[]): Promise<Committed[]>
  /** Runs `work`, which asks the writer, while nobody else writes; rejects with StoreFault when the store is in trouble. */
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

type Answer = { result: CommittedGroup } | { error: unknown }

/** A group that the writer has; its answer never rejects. */
interface Asked {
  group: Waiting[]
  answer: Promise<Answer>
}

export function createGroupCommit(writer: WriterLink, lock: Kysely<Tables>, observer: GroupObserver): GroupCommit {
  let waiting: Waiting[] = []
  let draining: Promise<void> | undefined
  let isClosed = false
  let readiness: Readiness = { isReady: true }

  return { commit, write, readiness: () => readiness, close }

  function commit(arrivals: ArrivedBatch[]): Promise<Committed[]> {
    if (isClosed) return Promise.reject(new StoreFault('stopping', undefined))
    if (arrivals.length === 0) return Promise.resolve([])
    return new Promise((resolve, reject) => {
      waiting.push({ arrivals, resolve, reject })
      draining ??= drain()
    })
  }

  async function drain(): Promise<void> {
    // Asking for the lock takes a moment even when it is free: whoever hands in a batch in the same turn is in the same group.
    while (waiting.length > 0) await lock.connection().execute(commitGroups)
    draining = undefined
  }

  /** The writer has its next group before this side deals with the last one's outcomes: sealing twenty acks takes as long as a commit. */
  async function commitGroups(): Promise<void> {
    let next: Asked | undefined = askNext()
    for (let turn = 1; next !== undefined; turn++) {
      const asked: Asked = next
      const answer = await asked.answer
      next = turn < GROUPS_A_TURN && waiting.length > 0 ? askNext() : undefined
      deliver(asked.group, answer)
    }
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

  function askNext(): Asked {
    const group = takeGroup()
    const block = packGroup(group.length === 1 ? (group[0] as Waiting).arrivals : group.flatMap(one => one.arrivals))
    const answer = told(writer.ask('commit', block)).then(
      result => ({ result }),
      (error: unknown) => ({ error }),
    )
    return { group, answer }
  }

  function deliver(group: Waiting[], answer: Answer): void {
    if ('error' in answer) {
      for (const one of group) one.reject(answer.error)
      return
    }
    const { result } = answer
    observer.committed(result.kinds.length, result.seconds)
    for (let i = 0; i < result.poisoned; i++) observer.poisoned()
    const committed = unpackOutcomes(result)
    let at = 0
    for (const { arrivals, resolve } of group) {
      resolve(committed.slice(at, at + arrivals.length))
      at += arrivals.length
    }
  }

  function write<T>(work: () => Promise<T>): Promise<T> {
    return lock.connection().execute(() => told(work()))
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
