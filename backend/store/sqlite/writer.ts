// The one that writes readings. A group is durable in the inbox before it is put in its places, in a transaction that groups share
// (transactions.ts); every other job is a transaction of its own. It lives in a thread (writer-thread.ts), so that a commit's computing and its
// fsync stop neither a socket nor a page; it knows rows and trouble, and no thread.

import { randomBytes } from 'node:crypto'
import { existsSync, statfsSync } from 'node:fs'
import { dirname } from 'node:path'
import type { DatabaseSync } from 'node:sqlite'
import type { DeadLetter } from '../../../shared/port/ingest-port.ts'
import { StoreFault, troubleOf } from '../fault.ts'
import { keyRingOf } from '../key-ring.ts'
import type { Committed } from '../store.ts'
import { createAside, type HeldChunk, type LetterChunk } from './aside.ts'
import { createCommitter } from './commit.ts'
import { openPacked, type Packed, type PackedOutcomes, packOutcomes, unpackGroup } from './group-codec.ts'
import { guestPath } from './guest.ts'
import { type Inbox, openInbox } from './inbox.ts'
import { createPlacement } from './placement.ts'
import { createTransactions } from './transactions.ts'

const DISK_FULL_BELOW_BYTES = 1_048_576

/** Every job is whole: it throws StoreFault, or what it found unforeseen, when nothing of it is durable. Arguments and results can be cloned. */
export interface Writer {
  /** Durable when it returns; in its place, for other connections, after settle(). */
  commit(block: Uint8Array): CommittedGroup
  /** What was committed can be read by other connections, and nothing is locked. */
  settle(): void
  /** Groups have shared a transaction long enough. */
  isDue(): boolean
  /** Puts what a crash left in the inbox in its places; the first commit does it too. */
  recover(): void
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
  const keys = keyRingOf(kek)
  const placement = createPlacement(db, keys)
  const committer = createCommitter(db, placement)
  const transactions = createTransactions(db, path, committer.flush)
  const aside = createAside(db, placement, committer, attempt)
  const touch = db.prepare("INSERT OR REPLACE INTO meta (name, value) VALUES ('probe', ?)")
  const eraseKey = db.prepare('UPDATE tenure SET wrappedKey = NULL, erasedAtS = ? WHERE no = ?')
  /** Opened by the first who commits, because it locks out every other process; one that only writes registers never does. */
  let inbox: Inbox | undefined
  /** Groups may stand in the inbox and not in their places: after a crash, and when a shared transaction failed. */
  let isBehind = true
  let newestNo = 0
  let poisoned = 0

  return {
    commit(block) {
      const startedMs = performance.now()
      poisoned = 0
      const outcomes = packOutcomes(guarded(() => commitGroup(block)))
      if (existsSync(guestPath(path))) guarded(settle)
      return { ...outcomes, seconds: (performance.now() - startedMs) / 1000, poisoned }
    },
    settle: () => guarded(settle),
    isDue: transactions.isDue,
    recover: () => void guarded(catchUp),
    bury: letters => alone(() => letters.forEach(committer.buryOne)),
    replay: after => alone(() => aside.replay(after)),
    release: (dongleId, after, newest) => alone(() => aside.release(dongleId, after, newest)),
    discard: dongleId => forgetKeys(() => aside.discard(dongleId)),
    erase: (tenureNo, atS) => forgetKeys(() => eraseKey.run(atS, tenureNo)),
    probe: () => void alone(() => touch.run(randomBytes(8))),
    forget: placement.forget,
    exec(sql) {
      guarded(settle)
      db.exec(sql)
    },
    close,
  }

  /**
   * Nothing of it may wait in the inbox when a key goes. secure_delete overwrites the key's bytes in the page, the checkpoint those in the log.
   */
  function forgetKeys(work: () => unknown): void {
    guarded(catchUp)
    alone(() => touch.run(randomBytes(8)))
    guarded(() => inbox?.erase())
    db.exec('PRAGMA secure_delete = ON')
    alone(work)
    placement.forget()
    committer.discard()
    db.exec('PRAGMA secure_delete = OFF; PRAGMA wal_checkpoint(TRUNCATE)')
  }

  function commitGroup(block: Uint8Array): Committed[] {
    if (isBehind) catchUp()
    // First the lock, then the inbox: a group that cannot get its place is not taken.
    transactions.share()
    const no = (inbox as Inbox).put(block)
    try {
      const committed = unpackGroup(block).map(packed => committer.commitOne(openPacked(packed)))
      newestNo = no
      return committed
    } catch (error) {
      return tryAgain(no, error)
    }
  }

  /** What shared the transaction with the group that failed goes back to its places from the inbox. */
  function tryAgain(no: number, error: unknown): Committed[] {
    undo()
    // Not the disk: one batch of the group does something we did not foresee. It must not hold up the others.
    if (troubleOf(error, isDiskFull) === undefined) return catchUp()
    try {
      inbox?.remove(no)
      catchUp()
    } catch {
      // the same trouble: they wait in the inbox, and so does the group, which comes again
    }
    throw error
  }

  /** Gives the outcomes of the newest group that stood there. */
  function catchUp(): Committed[] {
    settle()
    inbox ??= openInbox(path, keys)
    const waiting = inbox.all()
    let newest: Committed[] = []
    if (waiting.length > 0)
      transactions.whole(() => {
        for (const { block } of waiting) newest = unpackGroup(block).map(commitOrBury)
      })
    inbox.drop(waiting.at(-1)?.no ?? 0)
    isBehind = false
    return newest
  }

  function settle(): void {
    const upTo = newestNo
    transactions.settle(() => inbox?.drop(upTo))
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

  function alone<T>(work: () => T): T {
    return guarded(() => {
      if (inbox !== undefined && isBehind) catchUp()
      settle()
      return transactions.whole(work)
    })
  }

  /** Turns the engine's errors into words; what the transaction had is undone. */
  function guarded<T>(work: () => T): T {
    try {
      return work()
    } catch (error) {
      undo()
      const trouble = troubleOf(error, isDiskFull)
      throw trouble === undefined ? error : new StoreFault(trouble, error)
    }
  }

  function undo(): void {
    isBehind ||= transactions.isShared()
    transactions.rollback()
    committer.discard()
    placement.forget() // what was looked up may have been inserted, and is gone again
  }

  /** On a well disk the inbox is left empty. */
  function close(): void {
    try {
      alone(() => touch.run(randomBytes(8)))
      inbox?.erase()
    } catch {
      // what is not in its place stays in the inbox, for the next start
    }
    inbox?.close()
    transactions.close()
    db.close()
  }

  function isDiskFull(): boolean {
    const { bavail, bsize } = statfsSync(dirname(path))
    return bavail * bsize < DISK_FULL_BELOW_BYTES
  }
}
