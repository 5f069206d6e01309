// The one that writes readings: it puts groups, which are durable in the inbox already, in their places, in a transaction that groups share
// (transactions.ts); every other job is a transaction of its own. It lives in a thread (writer-thread.ts), so that computing and commits stop
// neither a socket nor a page; it knows rows and trouble, and no thread.

import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import type { DatabaseSync } from 'node:sqlite'
import type { DeadLetter } from '../../../shared/port/ingest-port.ts'
import { createAside, type HeldChunk, type LetterChunk } from '../aside.ts'
import { attempts } from '../attempts.ts'
import { createCommitter } from '../commit.ts'
import { eraseTenure } from '../erasure.ts'
import { StoreFault, type StoreTrouble, troubleOf } from '../fault.ts'
import type { TenureKeys } from '../key-ring.ts'
import { createPlacement } from '../placement.ts'
import type { Steps } from '../steps.ts'
import type { Committed } from '../store.ts'
import { type Lesson, UNSURE } from './certainty.ts'
import { openPacked, type Packed, type PackedOutcomes, packOutcomes, unpackGroup } from './group-codec.ts'
import { guestPath } from './guest.ts'
import type { WaitingGroup } from './inbox.ts'
import { stepsOn } from './run-steps.ts'
import { guarded, isDiskFull } from './thread-jobs.ts'
import { createTransactions } from './transactions.ts'

/** A guest that waits for the lock asks for it at moments of its own: the writer, with a group waiting always, would take it again at once. */
const GUEST_MOMENT_MS = 5

/** Every job is whole: it throws StoreFault, or what it found unforeseen, when nothing of it is durable. Arguments and results can be cloned. */
export interface Writer {
  /**
   * Puts a group of the inbox in its places; other connections see it after settle(). `tenures` is what was said of its batches already
   * (UNSURE or BEHIND: nothing yet). Once it has thrown, it throws until recover() was called.
   */
  place(no: number, block: Uint8Array, tenures: Float64Array): PlacedGroup
  /** What was placed can be read by other connections, and nothing is locked. */
  settle(): void
  /** Groups have shared a transaction long enough. */
  isDue(): boolean
  /** Puts in their places what waits in the inbox, oldest first, as far as the disk lets it; durable when it returns. */
  recover(groups: WaitingGroup[]): Recovered
  /** A small write: all that was placed is durable in its place when it returns, and writing works. */
  sync(): void
  bury(letters: DeadLetter[]): void
  /** Dead letters after number `after`, a chunk at a time; or `only` one. */
  replay(after: number, only?: number): LetterChunk
  /** Erases the bytes of a dead letter. */
  dropLetter(no: number): boolean
  /** Batches held for a dongle, a chunk at a time. */
  release(dongleId: string, after: number, newest: number): HeldChunk
  /** Erases what is held for a dongle, with its key. */
  discard(dongleId: string): void
  erase(tenureNo: number, atS: number, actor: string): void
  forget(): void
  /** Plain SQL, for tests and benchmarks that hurt or measure the file itself. */
  exec(sql: string): void
  close(): void
}

export interface PlacedGroup extends PackedOutcomes {
  /** For batches that were UNSURE, and that are in their place now. */
  lessons: Lesson[]
  /** Groups up to this number are durable in their places. */
  placedUpTo: number
}

export interface Recovered {
  /** Of the groups that are in their places now, in their order. */
  placed: PackedOutcomes[]
  poisoned: number
  /** Why the others are not. */
  trouble: StoreTrouble | undefined
}

export function createWriter(db: DatabaseSync, path: string, keys: TenureKeys): Writer {
  const go = stepsOn(db)
  const placement = createPlacement(keys)
  const committer = createCommitter(placement)
  const transactions = createTransactions(db, path, () => committer.flush().forEach(go))
  const attempt = attempts(placement, committer, error => troubleOf(error, () => isDiskFull(path)) !== undefined)
  const aside = createAside(keys, placement, committer, attempt)
  const touch = db.prepare("INSERT OR REPLACE INTO meta (name, value) VALUES ('probe', ?)")
  /** Why groups of the inbox may not be in their places: what a transaction had is undone. */
  let behind: { cause: unknown } | undefined
  let newestNo = 0
  let placedUpTo = 0
  let poisoned = 0

  return {
    place(no, block, tenures) {
      const group = guarded(
        path,
        () => placeGroup(block, tenures),
        cause => {
          undo(cause)
          behind ??= { cause }
        },
      )
      newestNo = Math.max(newestNo, no)
      if (existsSync(guestPath(path))) {
        settle()
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, GUEST_MOMENT_MS)
      }
      return { ...group, placedUpTo }
    },
    settle,
    isDue: transactions.isDue,
    recover,
    sync: () => void alone(() => touch.run(randomBytes(8))),
    bury: letters => alone(() => letters.forEach(letter => void go(committer.buryOne(letter)))),
    replay: (after, only) => alone(() => go(aside.replay(after, only))),
    dropLetter: no => alone(() => go(aside.drop(no))),
    release: (dongleId, after, newest) => alone(() => go(aside.release(dongleId, after, newest))),
    discard: dongleId => forgetKeys(() => go(aside.discard(dongleId))),
    erase: (tenureNo, atS, actor) => forgetKeys(() => go(eraseTenure(keys, tenureNo, atS, actor))),
    forget: placement.forget,
    exec(sql) {
      settle()
      db.exec(sql)
    },
    close() {
      transactions.close()
      db.close()
    },
  }

  function placeGroup(block: Uint8Array, tenures: Float64Array): Omit<PlacedGroup, 'placedUpTo'> {
    if (behind !== undefined) throw behind.cause
    transactions.share()
    const opened = unpackGroup(block).map(openPacked)
    const committed = opened.map(one => go(committer.commitOne(one)))
    const unsure = opened.filter((_, i) => tenures[i] === UNSURE && committed[i]?.tenureNo !== undefined)
    return { ...packOutcomes(committed), lessons: unsure.flatMap(one => go(committer.lessonOf(one)) ?? []) }
  }

  /**
   * The first alone: where the disk is still in trouble, finding that out costs one group, however many wait, and whoever waits for a register
   * hardly notices. Then the others at once; if that is too much for the disk one by one, so that what was said to be stored can be read.
   */
  function recover(groups: WaitingGroup[]): Recovered {
    behind = undefined
    const all: Recovered = { placed: [], poisoned: 0, trouble: undefined }
    const others = groups.slice(1)
    if (add(groups.slice(0, 1)) && others.length > 0 && !add(others) && others.length > 1) {
      others.every(group => add([group]))
    }
    if (all.trouble !== undefined) behind = { cause: new StoreFault(all.trouble, undefined) }
    return all

    function add(part: WaitingGroup[]): boolean {
      const { placed, poisoned, trouble } = recoverWhole(part)
      all.placed.push(...placed)
      all.poisoned += poisoned
      all.trouble = trouble
      return trouble === undefined
    }
  }

  function recoverWhole(groups: WaitingGroup[]): Recovered {
    poisoned = 0
    try {
      const placed = alone(() =>
        groups.map(({ block }) => packOutcomes(unpackGroup(block).map(one => go(commitOrBury(one))))),
      )
      newestNo = Math.max(newestNo, groups.at(-1)?.no ?? 0)
      placedUpTo = Math.max(placedUpTo, groups.at(-1)?.no ?? 0)
      return { placed, poisoned, trouble: undefined }
    } catch (cause) {
      if (cause instanceof StoreFault) return { placed: [], poisoned: 0, trouble: cause.reason }
      behind = { cause }
      throw cause
    }
  }

  /**
   * secure_delete overwrites the key's bytes in the page, the checkpoint those in the log. The tree forgets last, before the commit: if the disk does not let
   * it nothing is erased, and if the commit fails then nothing of it can be read all the same.
   */
  function forgetKeys(work: () => number[]): void {
    db.exec('PRAGMA secure_delete = ON')
    alone(() => keys.eraseTenures(work()))
    placement.forget()
    committer.discard()
    db.exec('PRAGMA secure_delete = OFF; PRAGMA wal_checkpoint(TRUNCATE)')
  }

  function settle(): void {
    const upTo = newestNo
    guarded(
      path,
      () =>
        transactions.settle(() => {
          placedUpTo = Math.max(placedUpTo, upTo)
        }),
      undo,
    )
  }

  function* commitOrBury(packed: Packed): Steps<Committed> {
    const committed = yield* attempt(opened(packed))
    if (committed !== undefined) return committed
    poisoned++
    yield* committer.buryOne({ ...packed, reason: 'poison' })
    return { outcome: { kind: 'refused', reason: 'poison' } }
  }

  /** Opened within the attempt: what cannot be opened is poison too. */
  function* opened(packed: Packed): Steps<Committed> {
    return yield* committer.commitOne(openPacked(packed))
  }

  function alone<T>(work: () => T): T {
    settle()
    if (behind !== undefined) throw behind.cause
    return guarded(path, () => transactions.whole(work), undo)
  }

  function undo(cause: unknown): void {
    if (transactions.isShared()) behind ??= { cause }
    transactions.rollback()
    committer.discard()
    placement.forget() // what was looked up may have been inserted, and is gone again
  }
}
