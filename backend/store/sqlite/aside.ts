// What was set aside, or is held, comes back in: dead letters after a fix, held readings after a bind. Everything takes the same way as a
// fresh batch, so "stored once" holds here too. In chunks: nobody waits long for the writer.

import type { DatabaseSync } from 'node:sqlite'
import { spanOf } from '../../../shared/batch/batch.ts'
import { decodeBatch } from '../../../shared/batch/decode.ts'
import { assert } from '../../../shared/kernel/assert.ts'
import { unseal } from '../sealing.ts'
import type { Replayed } from '../store.ts'
import { asidePlace, batchPlace, type Committer } from './commit.ts'
import type { OpenedBatch } from './group-codec.ts'
import type { Placement } from './placement.ts'

const CHUNK = 200

export interface Aside {
  /** Inside a write transaction, as release(). */
  replay(after: number, only?: number): LetterChunk
  /** False: none of this number waits. */
  drop(no: number): boolean
  /** `newest` bounds the work: what comes back in behind it is not taken again. */
  release(dongleId: string, after: number, newest: number): HeldChunk
  /** Removes what is held for a dongle, and its key: it never gets an owner. */
  discard(dongleId: string): void
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

export function createAside(
  db: DatabaseSync,
  placement: Placement,
  committer: Committer,
  attempt: <T>(work: () => T) => T | undefined,
): Aside {
  const letters = db.prepare(
    `SELECT l.no, d.id AS dongleId, l.dongleNo, l.tenureNo, l.receivedAtMs, l.sealed FROM deadLetter l JOIN dongle d ON d.no = l.dongleNo
     WHERE l.no > ? AND l.outcome IS NULL ORDER BY l.no LIMIT ${CHUNK}`,
  )
  const oneLetter = db.prepare(
    `SELECT l.no, d.id AS dongleId, l.dongleNo, l.tenureNo, l.receivedAtMs, l.sealed FROM deadLetter l JOIN dongle d ON d.no = l.dongleNo
     WHERE l.no = ? AND l.outcome IS NULL`,
  )
  const dropLetter = db.prepare(
    "UPDATE deadLetter SET outcome = 'dropped', sealed = zeroblob(0) WHERE no = ? AND outcome IS NULL",
  )
  const answerLetter = db.prepare('UPDATE deadLetter SET outcome = ? WHERE no = ?')
  const held = db.prepare(
    `SELECT b.no, s.tenureNo, b.dongleNo, b.boot, b.firstSeq, b.periodS, b.receivedAtMs, b.sealed
     FROM tenure t JOIN series s ON s.tenureNo = t.no JOIN batch b ON b.seriesNo = s.no
     WHERE t.dongleNo = ? AND b.no > ? ORDER BY b.no LIMIT ${CHUNK}`,
  )
  const removeBatch = db.prepare('DELETE FROM batch WHERE no = ?')
  const removeHoles = db.prepare(
    'DELETE FROM hole WHERE dongleNo = ? AND boot = ? AND fromSeq >= ? AND fromSeq < ? AND seriesNo IS NOT NULL',
  )

  const removeHeld = [
    'DELETE FROM batch WHERE seriesNo IN (SELECT s.no FROM series s JOIN tenure t ON t.no = s.tenureNo WHERE t.dongleNo = ?)',
    'DELETE FROM hole WHERE seriesNo IN (SELECT s.no FROM series s JOIN tenure t ON t.no = s.tenureNo WHERE t.dongleNo = ?)',
    'DELETE FROM series WHERE tenureNo IN (SELECT no FROM tenure WHERE dongleNo = ?)',
    'DELETE FROM tenure WHERE dongleNo = ?',
  ].map(sql => db.prepare(sql))

  return { replay, drop: no => dropLetter.run(no).changes === 1, release, discard }

  function discard(dongleId: string): void {
    const dongleNo = placement.dongleNo(dongleId)
    if (dongleNo !== undefined) for (const statement of removeHeld) statement.run(dongleNo)
  }

  function replay(after: number, only?: number): LetterChunk {
    const replayed: Replayed = { stored: 0, duplicate: 0, stillBad: 0 }
    const rows = (only === undefined ? letters.all(after) : oneLetter.all(only)) as unknown as LetterRow[]
    for (const row of rows) replayed[replayOne(row)]++
    return { replayed, next: only === undefined ? rows.at(-1)?.no : undefined }
  }

  function replayOne(row: LetterRow): keyof Replayed {
    const key = placement.keyOf(row.tenureNo)
    if (key === undefined) return 'stillBad'
    const bytes = unseal(key, row.sealed, asidePlace(row.dongleNo))
    const decoded = bytes === undefined ? undefined : decodeBatch(bytes)
    if (bytes === undefined || !decoded?.ok) return 'stillBad'
    const { outcome } = attempt(() => committer.commitOne({ ...row, batch: decoded.value, bytes })) ?? {}
    if (outcome?.kind !== 'stored' && outcome?.kind !== 'duplicate') return 'stillBad'
    answerLetter.run(outcome.kind, row.no)
    return outcome.kind
  }

  /** Batches that still find no tenure at their time stay held: commitOne puts them back where they were. */
  function release(dongleId: string, after: number, newest: number): HeldChunk {
    const dongleNo = placement.dongleNo(dongleId)
    assert(dongleNo !== undefined, 'only a registered dongle has readings held for it')
    const rows = (held.all(dongleNo, after) as unknown as HeldRow[]).filter(row => row.no <= newest)
    const released = rows.filter(row => releaseOne(dongleId, row)).length
    return { released, next: rows.at(-1)?.no }
  }

  function releaseOne(dongleId: string, row: HeldRow): boolean {
    const arrived = openHeld(dongleId, row)
    removeBatch.run(row.no)
    removeHoles.run(row.dongleNo, row.boot, row.firstSeq, arrived.batch.firstSeq + arrived.span)
    return committer.commitOne(arrived).tenureNo !== undefined
  }

  function openHeld(dongleId: string, row: HeldRow): OpenedBatch & { span: number } {
    const key = placement.keyOf(row.tenureNo)
    assert(key !== undefined, 'what is held for a dongle is not erased while it is held')
    const bytes = unseal(key, row.sealed, batchPlace(row.dongleNo, row.boot, row.firstSeq, row.periodS))
    assert(bytes !== undefined, 'a batch opens with the key of its tenure')
    const decoded = decodeBatch(bytes)
    assert(decoded.ok, 'what was decoded when it came can be decoded again')
    return { dongleId, batch: decoded.value, bytes, receivedAtMs: row.receivedAtMs, span: spanOf(decoded.value) }
  }
}
