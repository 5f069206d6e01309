// What was set aside, or is held, comes back in: dead letters after a fix, held readings after a bind. Everything takes the same way as a
// fresh batch, so "stored once" holds here too. In chunks: nobody waits long for the writer.

import { spanOf } from '../../shared/batch/batch.ts'
import { decodeBatch } from '../../shared/batch/decode.ts'
import { assert } from '../../shared/kernel/assert.ts'
import { asidePlace, batchPlace, type Committer, type OpenedBatch } from './commit.ts'
import { emptyHeld } from './erasure.ts'
import type { TenureKeys } from './key-ring.ts'
import type { Placement } from './placement.ts'
import { unseal } from './sealing.ts'
import { all, first, run, type Steps } from './steps.ts'
import type { Replayed } from './store.ts'

const CHUNK = 200

export interface Aside {
  /** The next chunk of dead letters, or `only` one, opened as far as it goes. */
  letters(after: number, only?: number): Steps<OpenedLetter[]>
  /** Inside a write transaction, as release(). */
  replay(after: number, only?: number): Steps<LetterChunk>
  /** False: none of this number waits. */
  drop(no: number): Steps<boolean>
  /** `newest` bounds the work: what comes back in behind it is not taken again. */
  release(dongleId: string, after: number, newest: number): Steps<HeldChunk>
  /** Removes what is held for a dongle: it never gets an owner. Gives the tenures whose keys have to be forgotten. */
  discard(dongleId: string): Steps<number[]>
}

/** `next` is where the next chunk begins; undefined: there is none. */
export interface LetterChunk {
  replayed: Replayed
  next: number | undefined
}

export interface HeldChunk {
  released: number
  next: number | undefined
}

/** `opened` is missing for what still cannot be read, or never again. */
export interface OpenedLetter {
  no: number
  dongleNo: number
  opened: OpenedBatch | undefined
}

interface LetterRow {
  no: number
  dongleId: string
  dongleNo: number
  tenureNo: number
  receivedAtMs: number
  sealed: Uint8Array
}

interface HeldRow {
  no: number
  tenureNo: number
  dongleNo: number
  boot: number
  firstSeq: number
  periodS: number
  receivedAtMs: number
  sealed: Uint8Array
}

const LETTER = `SELECT l.no, d.id AS dongleId, l.dongleNo, l.tenureNo, l.receivedAtMs, l.sealed
  FROM deadLetter l JOIN dongle d ON d.no = l.dongleNo WHERE l.outcome IS NULL`
const LETTERS = `${LETTER} AND l.no > ? ORDER BY l.no LIMIT ${CHUNK}`
const ONE_LETTER = `${LETTER} AND l.no = ?`
const DROP_LETTER = `UPDATE deadLetter SET outcome = 'dropped', sealed = ? WHERE no = ? AND outcome IS NULL RETURNING no`
const ANSWER_LETTER = 'UPDATE deadLetter SET outcome = ? WHERE no = ?'
const HELD = `SELECT b.no, s.tenureNo, b.dongleNo, b.boot, b.firstSeq, b.periodS, b.receivedAtMs, b.sealed
  FROM tenure t JOIN series s ON s.tenureNo = t.no JOIN batch b ON b.seriesNo = s.no
  WHERE t.dongleNo = ? AND b.no > ? ORDER BY b.no LIMIT ${CHUNK}`
const REMOVE_BATCH = 'DELETE FROM batch WHERE no = ?'
const REMOVE_HOLES =
  'DELETE FROM hole WHERE dongleNo = ? AND boot = ? AND fromSeq >= ? AND fromSeq < ? AND seriesNo IS NOT NULL'

/** `attempt` undoes what a step wrote if it fails for another reason than the disk; undefined then. */
export function createAside(
  keys: TenureKeys,
  placement: Placement,
  committer: Committer,
  attempt: <T>(work: Steps<T>) => Steps<T | undefined>,
): Aside {
  return { letters, replay, drop, release, discard }

  function* discard(dongleId: string): Steps<number[]> {
    const dongleNo = yield* placement.dongleNo(dongleId)
    return dongleNo === undefined ? [] : yield* emptyHeld(keys, dongleNo)
  }

  function* drop(no: number): Steps<boolean> {
    return (yield* first(DROP_LETTER, new Uint8Array(0), no)) !== undefined
  }

  function* replay(after: number, only?: number): Steps<LetterChunk> {
    const replayed: Replayed = { stored: 0, duplicate: 0, stillBad: 0 }
    const chunk = yield* letters(after, only)
    for (const letter of chunk) replayed[yield* replayOne(letter)]++
    return { replayed, next: only === undefined ? chunk.at(-1)?.no : undefined }
  }

  function* letters(after: number, only?: number): Steps<OpenedLetter[]> {
    const rows = only === undefined ? all<LetterRow>(LETTERS, after) : all<LetterRow>(ONE_LETTER, only)
    const chunk: OpenedLetter[] = []
    for (const row of yield* rows) chunk.push({ ...row, opened: yield* openLetter(row) })
    return chunk
  }

  function* openLetter(row: LetterRow): Steps<OpenedBatch | undefined> {
    const key = yield* placement.keyOf(row.tenureNo)
    if (key === undefined) return undefined
    const bytes = unseal(key, row.sealed, asidePlace(row.dongleNo))
    const decoded = bytes === undefined ? undefined : decodeBatch(bytes)
    if (bytes === undefined || !decoded?.ok) return undefined
    return { dongleId: row.dongleId, receivedAtMs: row.receivedAtMs, batch: decoded.value, bytes }
  }

  function* replayOne({ no, opened }: OpenedLetter): Steps<keyof Replayed> {
    if (opened === undefined) return 'stillBad'
    const kind = (yield* attempt(committer.commitOne(opened)))?.outcome.kind
    if (kind !== 'stored' && kind !== 'duplicate') return 'stillBad'
    yield* run(ANSWER_LETTER, kind, no)
    return kind
  }

  /** Batches that still find no tenure at their time stay held: commitOne puts them back where they were. */
  function* release(dongleId: string, after: number, newest: number): Steps<HeldChunk> {
    const dongleNo = yield* placement.dongleNo(dongleId)
    assert(dongleNo !== undefined, 'only a registered dongle has readings held for it')
    const rows = (yield* all<HeldRow>(HELD, dongleNo, after)).filter(row => row.no <= newest)
    let released = 0
    for (const row of rows) if (yield* releaseOne(dongleId, row)) released++
    return { released, next: rows.at(-1)?.no }
  }

  function* releaseOne(dongleId: string, row: HeldRow): Steps<boolean> {
    const arrived = yield* openHeld(dongleId, row)
    yield* run(REMOVE_BATCH, row.no)
    yield* run(REMOVE_HOLES, row.dongleNo, row.boot, row.firstSeq, arrived.batch.firstSeq + arrived.span)
    return (yield* committer.commitOne(arrived)).tenureNo !== undefined
  }

  function* openHeld(dongleId: string, row: HeldRow): Steps<OpenedBatch & { span: number }> {
    const key = yield* placement.keyOf(row.tenureNo)
    assert(key !== undefined, 'what is held for a dongle is not erased while it is held')
    const bytes = unseal(key, row.sealed, batchPlace(row.dongleNo, row.boot, row.firstSeq, row.periodS))
    assert(bytes !== undefined, 'a batch opens with the key of its tenure')
    const decoded = decodeBatch(bytes)
    assert(decoded.ok, 'what was decoded when it came can be decoded again')
    return { dongleId, batch: decoded.value, bytes, receivedAtMs: row.receivedAtMs, span: spanOf(decoded.value) }
  }
}
