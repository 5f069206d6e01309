// The one that writes readings: a transaction per job, whatever the job is. It lives in a thread of its own (writer-thread.ts), so that a
// commit's computing and its fsync stop neither a socket nor a page; it knows rows and trouble, and no thread.

import { randomBytes } from 'node:crypto'
import { statfsSync } from 'node:fs'
import { dirname } from 'node:path'
import type { DatabaseSync } from 'node:sqlite'
import type { DeadLetter } from '../../../shared/port/ingest-port.ts'
import { StoreFault, troubleOf } from '../fault.ts'
import { keyRingOf } from '../key-ring.ts'
import type { Committed } from '../store.ts'
import { createAside, type HeldChunk, type LetterChunk } from './aside.ts'
import { createCommitter } from './commit.ts'
import { openPacked, type Packed, type PackedOutcomes, packOutcomes, unpackGroup } from './group-codec.ts'
import { createPlacement } from './placement.ts'

const DISK_FULL_BELOW_BYTES = 1_048_576

/** Every job is whole: it throws StoreFault, or what it found unforeseen, when nothing of it is durable. Arguments and results can be cloned. */
export interface Writer {
  commit(block: Uint8Array): CommittedGroup
  bury(letters: DeadLetter[]): void
  /** Dead letters after number `after`, a chunk at a time. */
  replay(after: number): LetterChunk
  /** Batches held for a dongle, a chunk at a time. */
  release(dongleId: string, after: number, newest: number): HeldChunk
  /** Erases what is held for a dongle, with its key. */
  discard(dongleId: string): void
  erase(tenureNo: number, atS: number): void
  /** A small write, to see whether writing works. */
  probe(): void
  forget(): void
  /** Plain SQL, for tests and benchmarks that hurt or measure the file itself. */
  exec(sql: string): void
  close(): void
}

export interface CommittedGroup extends PackedOutcomes {
  seconds: number
  poisoned: number
}

export function createWriter(db: DatabaseSync, path: string, kek: Uint8Array): Writer {
  const placement = createPlacement(db, keyRingOf(kek))
  const committer = createCommitter(db, placement)
  const aside = createAside(db, placement, committer, attempt)
  const touch = db.prepare("INSERT OR REPLACE INTO meta (name, value) VALUES ('probe', ?)")
  const eraseKey = db.prepare('UPDATE tenure SET wrappedKey = NULL, erasedAtS = ? WHERE no = ?')
  let poisoned = 0

  return {
    commit(block) {
      const startedMs = performance.now()
      poisoned = 0
      const outcomes = packOutcomes(commitAll(unpackGroup(block)))
      return { ...outcomes, seconds: (performance.now() - startedMs) / 1000, poisoned }
    },
    bury: letters => transaction(() => letters.forEach(committer.buryOne)),
    replay: after => transaction(() => aside.replay(after)),
    release: (dongleId, after, newest) => transaction(() => aside.release(dongleId, after, newest)),
    discard: dongleId => forgetKeys(() => aside.discard(dongleId)),
    erase: (tenureNo, atS) => forgetKeys(() => eraseKey.run(atS, tenureNo)),
    probe: () => void transaction(() => touch.run(randomBytes(8))),
    forget: placement.forget,
    exec: sql => db.exec(sql),
    close: () => db.close(),
  }

  /** secure_delete overwrites the keys' bytes in the page, the checkpoint those in the log. */
  function forgetKeys(work: () => unknown): void {
    db.exec('PRAGMA secure_delete = ON')
    transaction(work)
    placement.forget()
    committer.discard()
    db.exec('PRAGMA secure_delete = OFF; PRAGMA wal_checkpoint(TRUNCATE)')
  }

  function commitAll(group: Packed[]): Committed[] {
    try {
      return transaction(() => group.map(packed => committer.commitOne(openPacked(packed))))
    } catch (error) {
      if (error instanceof StoreFault) throw error
      // Not the disk: one batch of the group does something we did not foresee. It must not hold up the others.
      return transaction(() => group.map(commitOrBury))
    }
  }

  function commitOrBury(packed: Packed): Committed {
    const committed = attempt(() => committer.commitOne(openPacked(packed)))
    if (committed !== undefined) return committed
    poisoned++
    committer.buryOne({ ...packed, reason: 'poison' })
    return { outcome: { kind: 'refused', reason: 'poison' } }
  }

  /** Within a transaction: undoes what `work` wrote if it fails for another reason than the disk; undefined then. */
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
      placement.forget()
      return undefined
    }
  }

  function transaction<T>(work: () => T): T {
    try {
      db.exec('BEGIN IMMEDIATE')
      const result = work()
      committer.flush()
      db.exec('COMMIT')
      return result
    } catch (error) {
      if (db.isTransaction) db.exec('ROLLBACK')
      committer.discard()
      placement.forget() // what was looked up may have been inserted, and is gone again
      const trouble = troubleOf(error, isDiskFull)
      throw trouble === undefined ? error : new StoreFault(trouble, error)
    }
  }

  function isDiskFull(): boolean {
    const { bavail, bsize } = statfsSync(dirname(path))
    return bavail * bsize < DISK_FULL_BELOW_BYTES
  }
}
