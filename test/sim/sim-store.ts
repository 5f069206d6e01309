// The backend's half with a fake disk: the real rule of "stored once" (backend/ingest/judge.ts) over rows in memory, and commits
// that take time, can fail, and vanish when the process is killed before the sync.

import { createHash } from 'node:crypto'
import { judge } from '../../backend/ingest/judge.ts'
import { timeRangeOf } from '../../backend/ingest/plausible.ts'
import { newOfThinned } from '../../backend/ingest/thinned.ts'
import { type Batch, type Loss, spanOf } from '../../shared/batch/batch.ts'
import type { DongleDirectory, SessionMark } from '../../shared/port/dongle-directory.ts'
import type { ArrivedBatch, StoreOutcome } from '../../shared/port/ingest-port.ts'
import { getOrMake } from '../support/get-or-make.ts'
import type { Broken } from './broken.ts'

export interface StoredBatch {
  firstSeq: number
  span: number
  digest: string
  batch: ArrivedBatch['batch']
}

export interface BootRows {
  batches: StoredBatch[]
  losses: Loss[]
  thinned: StoredBatch[]
}

export interface Commit {
  /** The gateway that waits for it. */
  owner: object
  group: ArrivedBatch[]
  doneTick: number
  /** With the outcomes after the sync, or undefined when nothing became durable. */
  settle(outcomes: StoreOutcome[] | undefined): void
}

export interface SimStore {
  rows: Map<string, Map<number, BootRows>>
  marks: Map<string, SessionMark>
  quarantined: number
  storedBatches: number
  /** The commit that is under way: nothing of it is durable before `doneTick`. */
  pending: Commit | undefined
  troubleUntilTick: number
  broken: Broken
  /** Told of each batch when it is durable and its gateway has been told. */
  onStored(arrived: ArrivedBatch): void
}

export function createStore(broken: Broken): SimStore {
  return {
    rows: new Map(),
    marks: new Map(),
    quarantined: 0,
    storedBatches: 0,
    pending: undefined,
    troubleUntilTick: 0,
    broken,
    onStored: () => {},
  }
}

export function rowsOf(store: SimStore, dongleId: string, boot: number): BootRows {
  const boots = getOrMake(store.rows, dongleId, () => new Map<number, BootRows>())
  return getOrMake(boots, boot, () => ({ batches: [], losses: [], thinned: [] }))
}

/** Moves the mark up, as the directory does. */
export function advanceMark(
  store: SimStore,
  dongleId: string,
  mark: SessionMark,
): Awaited<ReturnType<DongleDirectory['advance']>> {
  const last = store.marks.get(dongleId)
  if (last && (mark.boot < last.boot || (mark.boot === last.boot && mark.session <= last.session))) return 'old'
  store.marks.set(dongleId, mark)
  return 'advanced'
}

function storeOne(store: SimStore, arrived: ArrivedBatch): StoreOutcome {
  const { batch } = arrived
  const rows = rowsOf(store, arrived.dongleId, batch.boot)
  if (batch.timeS.length === 0) {
    rows.losses.push(...batch.losses)
    return { kind: 'stored' }
  }
  if (batch.thinned) return storeThinned(rows, batch)
  const range = { firstSeq: batch.firstSeq, span: spanOf(batch) }
  const digest = createHash('sha256').update(arrived.bytes).digest('base64')
  let neighbour: StoredBatch | undefined
  for (const row of rows.batches) {
    if (row.firstSeq < range.firstSeq + range.span && (!neighbour || row.firstSeq > neighbour.firstSeq)) neighbour = row
  }
  const verdict = store.broken === 'store-twice' ? 'new' : judge(range, neighbour, () => neighbour?.digest === digest)
  if (verdict === 'duplicate') return { kind: 'duplicate' }
  if (verdict === 'quarantine') {
    store.quarantined++
    return { kind: 'quarantined', reason: 'other content' }
  }
  rows.batches.push({ ...range, digest, batch })
  rows.losses.push(...batch.losses)
  store.storedBatches++
  return { kind: 'stored' }
}

function storeThinned(rows: BootRows, batch: Batch): StoreOutcome {
  const fine = rows.batches.flatMap(row => timeRangeOf(row.batch) ?? [])
  const known = new Set(rows.thinned.flatMap(row => Array.from(row.batch.timeS)))
  const added = newOfThinned(batch, fine, known)
  if (!added) return { kind: 'duplicate' }
  rows.thinned.push({ firstSeq: batch.firstSeq, span: spanOf(batch), digest: '', batch: added })
  return { kind: 'stored' }
}

export function isInTrouble(store: SimStore, tick: number): boolean {
  return tick < store.troubleUntilTick
}

/** Finishes a commit that is due. */
export function tickStore(store: SimStore, tick: number): void {
  const { pending } = store
  if (!pending || tick < pending.doneTick) return
  store.pending = undefined
  if (isInTrouble(store, tick)) {
    pending.settle(undefined)
    return
  }
  const outcomes = pending.group.map(arrived => storeOne(store, arrived))
  pending.settle(outcomes)
  for (const [i, arrived] of pending.group.entries()) if (outcomes[i]?.kind === 'stored') store.onStored(arrived)
}

/** kill -9: what was not synced is gone; with `isSynced` the sync had just happened, but nobody was told. */
export function killStore(store: SimStore, isSynced: boolean): void {
  const { pending } = store
  store.pending = undefined
  if (pending && isSynced) for (const arrived of pending.group) storeOne(store, arrived)
  pending?.settle(undefined)
}
