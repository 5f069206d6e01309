// Storing one batch inside an open transaction: place it, judge it, append it, merge its rollups, note its losses. It knows rows and
// rules; when the transaction begins and ends, and what a full disk means, is
// for each engine to say.

import { createHmac, type KeyObject } from 'node:crypto'
import { spanOf, type Thinned } from '../../shared/batch/batch.ts'
import { decodeBatch } from '../../shared/batch/decode.ts'
import { encodeBatch } from '../../shared/batch/encode.ts'
import { LIMITS } from '../../shared/batch/limits.ts'
import type { ArrivedBatch, DeadLetter, StoreOutcome } from '../../shared/port/ingest-port.ts'
import { type Hole, holesOf, SILENCE_MIN_S } from '../ingest/holes.ts'
import { isSameRange, judge, type SeqRange } from '../ingest/judge.ts'
import { implausibility, type TimeRange, timeRangeOf } from '../ingest/plausible.ts'
import { newOfThinned } from '../ingest/thinned.ts'
import type { Place, Placement } from './placement.ts'
import { createRollupWriter } from './rollup-writer.ts'
import { seal, unseal } from './sealing.ts'
import type { Lesson } from './sqlite/certainty.ts'
import { all, first, run, type Steps } from './steps.ts'
import type { BatchRow, Committed } from './store.ts'

/** A batch with what the store looks at decoded. */
export type OpenedBatch = Omit<ArrivedBatch, 'readings' | 'losses'>

type SealedRow = BatchRow & { sealed: Uint8Array }

/** A batch reaches over this much time at most, or begins right before the range: further back nothing can touch it. */
export const REACH_S = 7200

export interface Committer {
  /** Batches of one dongle one after the other; those of different dongles may be committed side by side (rollup-writer.ts has the one condition). */
  commitOne(arrived: OpenedBatch): Steps<Committed>
  /** What is certain of the batches after this one, which lies under a tenure now; undefined if nothing is. */
  lessonOf(arrived: OpenedBatch): Steps<Lesson | undefined>
  buryOne(letter: DeadLetter): Steps<void>
  /** Writes the rollups of what was committed since, one run of steps per series; before each commit and release. */
  flush(): Steps<void>[]
  /** Forgets rollups in memory: after a rollback, and when a key is erased. */
  discard(): void
}

/** What a stored batch's bytes are bound to. */
export function batchPlace(dongleNo: number, boot: number, firstSeq: number, periodS: number): string {
  const place = `batch|${dongleNo}|${boot}|${firstSeq}`
  return periodS === 0 ? place : `${place}|${periodS}`
}

/** What bytes set aside are bound to: only whose they are, their content tells the rest. */
export function asidePlace(dongleNo: number): string {
  return `aside|${dongleNo}`
}

/** Recognises bytes set aside before; keyed, so that the digest says nothing once the tenure's key is gone. */
function digestOf(key: KeyObject, bytes: Uint8Array): Uint8Array {
  return createHmac('sha256', key).update(bytes).digest().subarray(0, 16)
}

const NEIGHBOUR = `SELECT no, firstSeq, span, seriesNo, toS FROM batch
  WHERE dongleNo = ? AND boot = ? AND firstSeq <= ? AND periodS = 0 ORDER BY firstSeq DESC LIMIT 1`
const SEALED_OF = 'SELECT sealed FROM batch WHERE no = ?'
const TENURE_OF_SERIES = 'SELECT tenureNo FROM series WHERE no = ?'
const INSERT_BATCH = `INSERT INTO batch (dongleNo, boot, firstSeq, span, seriesNo, fromS, toS, receivedAtMs, isJoined, sealed, periodS)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`
const JOIN_NEXT = `UPDATE batch SET isJoined = 1
  WHERE dongleNo = ? AND boot = ? AND firstSeq = ? AND periodS = 0 AND seriesNo = ? AND fromS BETWEEN ? AND ?`
const BESIDE_IN_TIME = `SELECT firstSeq, fromS, toS, periodS, sealed FROM batch
  WHERE seriesNo = ? AND boot = ? AND fromS >= ? AND fromS <= ? AND toS >= ?`
const INSERT_DETAIL_LOSS = `INSERT INTO hole (dongleNo, boot, fromSeq, count, reason, seriesNo, fromS, toS, receivedAtMs)
  VALUES (?, ?, ?, ?, 'ring-full', ?, ?, ?, ?) ON CONFLICT (dongleNo, boot, fromSeq, count, reason)
  DO UPDATE SET seriesNo = excluded.seriesNo, fromS = excluded.fromS, toS = excluded.toS`
const INSERT_HOLE = `INSERT INTO hole (dongleNo, boot, fromSeq, count, reason, seriesNo, fromS, toS, receivedAtMs)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING RETURNING no`
const INSERT_QUARANTINE = `INSERT INTO quarantine (dongleNo, tenureNo, boot, firstSeq, span, reason, digest, receivedAtMs, sealed)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`
const INSERT_LETTER = `INSERT INTO deadLetter (dongleNo, tenureNo, reason, digest, receivedAtMs, sealed)
  VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`

export function createCommitter(placement: Placement, hoursChangedMax?: number): Committer {
  const rollups = createRollupWriter(hoursChangedMax)

  return { commitOne, lessonOf, buryOne, flush: rollups.flush, discard: rollups.discard }

  function* commitOne(arrived: OpenedBatch): Steps<Committed> {
    const { batch, dongleId, receivedAtMs } = arrived
    const range = timeRangeOf(batch)
    const place = yield* placement.placeOf(dongleId, batch.meter, range?.fromS ?? Math.floor(receivedAtMs / 1000))
    if (place === undefined) return refused('unknown-dongle')
    if ('refusal' in place) return refused(place.refusal)
    if (place.key === undefined) return refused('erased')
    const oddity = implausibility(batch, range, receivedAtMs)
    if (oddity !== undefined) return yield* quarantined(arrived, place, place.key, oddity)
    if (range === undefined) return committed((yield* insertHoles(arrived, place)) ? 'stored' : 'duplicate', place)
    if (batch.thinned !== undefined) return yield* commitThinned(arrived, batch.thinned, place, place.key, range)

    const span = spanOf(batch)
    const beside = yield* first<Beside>(NEIGHBOUR, place.dongleNo, batch.boot, batch.firstSeq + span - 1)
    const own = { firstSeq: batch.firstSeq, span }
    const isRepeat = beside !== undefined && isSameRange(own, beside) && (yield* isSame(arrived, place, beside))
    const verdict = judge(own, beside, () => isRepeat)
    if (verdict === 'quarantine') return yield* quarantined(arrived, place, place.key, 'other-content')
    if (verdict === 'duplicate') return committed('duplicate', place)

    const sealed = seal(place.key, arrived.bytes, batchPlace(place.dongleNo, batch.boot, batch.firstSeq, 0))
    yield* run(
      INSERT_BATCH,
      place.dongleNo,
      batch.boot,
      batch.firstSeq,
      span,
      place.seriesNo,
      range.fromS,
      range.toS,
      receivedAtMs,
      follows(beside, batch.firstSeq, range.fromS, place.seriesNo) ? 1 : 0,
      sealed,
      0,
    )
    // The one after may have come before: a backlog arrives behind the live readings.
    yield* run(
      JOIN_NEXT,
      place.dongleNo,
      batch.boot,
      batch.firstSeq + span,
      place.seriesNo,
      range.toS,
      range.toS + SILENCE_MIN_S,
    )
    yield* insertHoles(arrived, place)
    if (!place.isHeld) yield* rollups.add(batch, place.seriesNo, place.key)
    return committed('stored', place)
  }

  function* lessonOf({ dongleId, batch }: OpenedBatch): Steps<Lesson | undefined> {
    const range = timeRangeOf(batch)
    if (range === undefined || batch.thinned !== undefined) return undefined
    const place = yield* placement.placeOf(dongleId, batch.meter, range.fromS)
    if (place === undefined || 'refusal' in place || place.isHeld) return undefined
    const { boot, meter } = batch
    const { tenureNo, fromS, toS } = place
    const newest = yield* first<Beside>(NEIGHBOUR, place.dongleNo, boot, LIMITS.seqMax)
    const nextSeq = newest === undefined ? 0 : newest.firstSeq + newest.span
    return { dongleId, boot, meter, tenureNo, fromS, toS, nextSeq }
  }

  /** Only what the store has as a loss so far; that the detail between is lost stays visible. */
  function* commitThinned(
    { batch, bytes, receivedAtMs }: OpenedBatch,
    { periodS, span }: Thinned,
    place: Place,
    key: KeyObject,
    range: TimeRange,
  ): Steps<Committed> {
    const { dongleNo, seriesNo } = place
    const { boot, firstSeq } = batch
    const beside = yield* all<SealedRow>(BESIDE_IN_TIME, seriesNo, boot, range.fromS - REACH_S, range.toS, range.fromS)
    const fine = beside.filter(row => row.periodS === 0)
    const known = beside.filter(row => row.periodS > 0).flatMap(timesOf)
    const added = newOfThinned(batch, fine, new Set(known))
    if (added === undefined) return committed('duplicate', place)
    const addedRange = timeRangeOf(added) as TimeRange
    const { fromS, toS } = addedRange
    const kept = added === batch ? bytes : encodeBatch(added)
    const sealed = seal(key, kept, batchPlace(dongleNo, boot, firstSeq, periodS))
    yield* run(INSERT_BATCH, dongleNo, boot, firstSeq, span, seriesNo, fromS, toS, receivedAtMs, 0, sealed, periodS)
    const lost = span - batch.timeS.length
    if (lost > 0) yield* run(INSERT_DETAIL_LOSS, dongleNo, boot, firstSeq, lost, seriesNo, fromS, toS, receivedAtMs)
    if (!place.isHeld) yield* rollups.add(added, seriesNo, key)
    return committed('stored', place)

    function timesOf(row: SealedRow): number[] {
      const opened = unseal(key, row.sealed, batchPlace(dongleNo, boot, row.firstSeq, row.periodS))
      const decoded = opened === undefined ? undefined : decodeBatch(opened, { fieldsUpTo: -1 })
      return decoded?.ok ? Array.from(decoded.value.timeS) : []
    }
  }

  type Beside = SeqRange & { no: number; seriesNo: number; toS: number }

  function follows(before: Beside | undefined, firstSeq: number, fromS: number, seriesNo: number): boolean {
    if (before === undefined || before.seriesNo !== seriesNo || before.firstSeq + before.span !== firstSeq) return false
    return fromS >= before.toS && fromS <= before.toS + SILENCE_MIN_S
  }

  /** The neighbour may lie under another tenure than the arrival (held before, bound since): it opens with the key of its own. */
  function* isSame(arrived: OpenedBatch, place: Place, beside: Beside): Steps<boolean> {
    const { tenureNo } = (yield* first<{ tenureNo: number }>(TENURE_OF_SERIES, beside.seriesNo)) as { tenureNo: number }
    const key = yield* placement.keyOf(tenureNo)
    if (key === undefined) return true // erased: the same span is all that can be compared, and a repeat is what it nearly always is
    const { sealed } = (yield* first<{ sealed: Uint8Array }>(SEALED_OF, beside.no)) as { sealed: Uint8Array }
    const bytes = unseal(key, sealed, batchPlace(place.dongleNo, arrived.batch.boot, beside.firstSeq, 0))
    return bytes !== undefined && Buffer.compare(bytes, arrived.bytes) === 0
  }

  /** A loss is a union fact: the same one twice is one, and none ever takes a reading away. True if any was new. */
  function* insertHoles({ batch, receivedAtMs }: OpenedBatch, place: Place): Steps<boolean> {
    let hasNew = false
    for (const hole of holesOf(batch)) hasNew = (yield* insertOneHole(hole, batch.boot, receivedAtMs, place)) || hasNew
    return hasNew
  }

  function* insertOneHole(hole: Hole, boot: number, receivedAtMs: number, place: Place): Steps<boolean> {
    const { fromSeq, count, reason, fromS = null, toS = null } = hole
    const seriesNo = fromS === null ? null : place.seriesNo
    const { dongleNo } = place
    return (
      (yield* first(INSERT_HOLE, dongleNo, boot, fromSeq, count, reason, seriesNo, fromS, toS, receivedAtMs)) !==
      undefined
    )
  }

  function* quarantined(arrived: OpenedBatch, place: Place, key: KeyObject, reason: string): Steps<Committed> {
    const { batch, bytes, receivedAtMs } = arrived
    const { dongleNo, tenureNo } = place
    const sealed = seal(key, bytes, asidePlace(dongleNo))
    const digest = digestOf(key, bytes)
    yield* run(
      INSERT_QUARANTINE,
      dongleNo,
      tenureNo,
      batch.boot,
      batch.firstSeq,
      spanOf(batch),
      reason,
      digest,
      receivedAtMs,
      sealed,
    )
    return { outcome: { kind: 'quarantined', reason } }
  }

  function* buryOne({ dongleId, reason, bytes, receivedAtMs }: DeadLetter): Steps<void> {
    const place = yield* placement.placeOf(dongleId, 0, Math.floor(receivedAtMs / 1000))
    // Not in the register, revoked or erased: there is nobody whose bytes these could be.
    if (place === undefined || 'refusal' in place || place.key === undefined) return
    const sealed = seal(place.key, bytes, asidePlace(place.dongleNo))
    const digest = digestOf(place.key, bytes)
    yield* run(INSERT_LETTER, place.dongleNo, place.tenureNo, reason, digest, receivedAtMs, sealed)
  }
}

function refused(reason: string): Committed {
  return { outcome: { kind: 'refused', reason } }
}

function committed(kind: 'stored' | 'duplicate', place: Place): Committed {
  const outcome: StoreOutcome = { kind }
  return place.isHeld ? { outcome } : { outcome, tenureNo: place.tenureNo }
}
