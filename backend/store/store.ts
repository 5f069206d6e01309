// The one door to what is stored. Rooms see this interface; only main.ts knows which engine is behind it. Readings are reached by tenure,
// never by EAN or dongle alone: a new holder of a metering point cannot see the old one's data, by construction.

import type { Kysely } from 'kysely'
import type { LossReason } from '../../shared/batch/batch.ts'
import type { ArrivedBatch, DeadLetter, Readiness, StoreOutcome } from '../../shared/port/ingest-port.ts'
import type { TenureKeys } from './key-ring.ts'
import type { Rollup, Width } from './rollup.ts'
import type { Siblings } from './siblings.ts'
import type { Tables } from './tables.ts'

/** A stored batch without its bytes. `seriesNo` is one meter behind one dongle within one tenure. */
export interface BatchRow {
  no: number
  seriesNo: number
  dongleNo: number
  boot: number
  firstSeq: number
  span: number
  fromS: number
  toS: number
  receivedAtMs: number
  /** Seconds from one reading to the next of a thinned batch; 0 for one in full detail. */
  periodS: number
}

/** Two batches of a series, neighbours in time, with something missing between them. */
export interface Seam {
  before: BatchRow
  after: BatchRow
}

/** Counted losses, and silences inside a batch (count 0); `fromS` is null while only the batches beside it tell its time. */
export interface HoleRow {
  dongleNo: number
  boot: number
  fromSeq: number
  count: number
  reason: LossReason | 'silence'
  fromS: number | null
  toS: number | null
}

/** `seriesNo` is the first series of the same meter, where one dongle replaced another. */
export interface BucketRow {
  seriesNo: number
  startS: number
  rollup: Rollup
}

/** What became of a batch, and under which tenure it lies now (undefined: refused, or held for a dongle without an owner). */
export interface Committed {
  outcome: StoreOutcome
  tenureNo?: number
}

/** Reads of one tenure's readings. An erased tenure has none. */
export interface ReadingReader {
  /** What was committed before this was called can be read when it resolves. Never rejects. */
  settled(): Promise<void>
  /** The batch with the newest readings. */
  newest(tenureNo: number): Promise<{ row: BatchRow; bytes: Uint8Array } | undefined>
  /** Batches that touch fromS <= time < toS, ascending by fromS, opened one by one: stop when you have enough. */
  batches(tenureNo: number, fromS: number, toS: number): AsyncIterable<{ row: BatchRow; bytes: Uint8Array }>
  /** Rollups with fromS <= start < toS, ascending by start, then by series. */
  buckets(tenureNo: number, width: Width, fromS: number, toS: number): Promise<BucketRow[]>
  /** Where batches do not follow each other without a hole, for holes that touch the range; ascending within a series. */
  seams(tenureNo: number, fromS: number, toS: number): Promise<Seam[]>
  /** The newest batch of each series. */
  ends(tenureNo: number): Promise<BatchRow[]>
  /** The oldest batch of each series. */
  begins(tenureNo: number): Promise<BatchRow[]>
  /** Losses and silences inside batches whose time lies in the range. */
  holesInTime(tenureNo: number, fromS: number, toS: number): Promise<HoleRow[]>
  /** Losses that touch these sequence numbers of one boot. */
  holesInSeq(dongleNo: number, boot: number, fromSeq: number, toSeq: number): Promise<HoleRow[]>
}

/** What has come since, for whoever follows: it sees what is in its place, not yet what was told a moment ago. */
export interface ArrivalReader {
  /** The number of the batch that came into its place last; 0 when there is none. Numbers rise. */
  newestNo(): Promise<number>
  /** Tenures with batches of higher numbers, and the times of their readings, first and last. */
  arrivedAfter(no: number): Promise<{ tenureNo: number; fromS: number; toS: number }[]>
}

/** Told of each commit and of each change of readiness; the shell logs and counts. */
export interface GroupObserver {
  committed(batches: number, seconds: number): void
  poisoned(): void
  readinessChanged(readiness: Readiness): void
  /** An older database was brought to this program's version of the schema. */
  migrated?(from: number, to: number): void
}

export interface Replayed {
  stored: number
  duplicate: number
  stillBad: number
}

export interface CopiedFile {
  name: string
  bytes: number
  /** Hexadecimal. */
  sha256: string
}

/** A dead letter that nobody has replayed or dropped. */
export interface WaitingLetter {
  no: number
  dongleId: string
  reason: string
  receivedAtMs: number
  /** What it takes, sealed. */
  sealedBytes: number
}

/** Reads of dead letters that wait. */
export interface LetterReader {
  countLetters(): Promise<number>
  /** Behind number `after`, oldest first, at most so many. */
  letters(after: number, most: number): Promise<WaitingLetter[]>
  /** The bytes as they came; undefined: it does not wait, or its key is gone. */
  openLetter(no: number): Promise<Uint8Array | undefined>
}

export interface Store extends ReadingReader, ArrivalReader, LetterReader {
  /** Queries of accounts, metering points, tenures and dongles. A transaction here keeps group commits waiting: make it short. */
  registers: Kysely<Tables>
  keys: TenureKeys
  /** Other programs on the same database. */
  siblings: Siblings
  /** Durable before it resolves, and readable after settled(); one outcome per batch, in order. Rejects with StoreFault when nothing of the group was taken. */
  commit(arrivals: ArrivedBatch[]): Promise<Committed[]>
  /** Puts what a crash left in its places; a commit does it too. Rejects with StoreFault. */
  recover(): Promise<void>
  bury(letters: DeadLetter[]): Promise<void>
  /** Decodes dead letters again (one, or all that wait), after a fix, and stores what is good now; the others stay. */
  replay(no?: number): Promise<Replayed>
  /** Erases a dead letter's bytes for good; the same bytes are not buried again. False: none of this number waits. */
  dropLetter(no: number): Promise<boolean>
  /**
   * Writes a copy of all that was stored before this was called into an empty folder, while everything goes on. Rejects with what went wrong;
   * then the folder is of no use. Undefined: the engine's own tools make copies.
   */
  copyTo: ((folder: string) => Promise<CopiedFile[]>) | undefined
  /** Places the readings held for a dongle under its metering point's tenures. Call after a bind. Returns how many batches moved. */
  release(dongleId: string): Promise<number>
  /** Erases what is held for a dongle, and its key: it will not get an owner who may see it. */
  discard(dongleId: string): Promise<void>
  /** Forgets what it remembers of dongles and tenures: call after every change of a binding or a tenure. */
  forget(): void
  /**
   * Erases the tenure's data key, and with it every reading stored under it: from the file, from memory, and from every copy, because the key tree has no
   * leaf for it any more. What is held for its dongles goes too.
   */
  erase(tenureNo: number, atS: number, actor: string): Promise<void>
  readiness(): Readiness
  /** Tries a small write and updates readiness. */
  probe(): Promise<Readiness>
  close(): Promise<void>
}
