// Merging a batch's rollups into their rows, inside the transaction that stores the batch: a chart never shows a reading that is not
// stored, and never misses one that is. Rows are sealed with the tenure's key, as the readings are. The hour's row is the truth and the one
// page that a batch dirties. Quarters that are over are copied to the day's row, once, and `settled` says which: a late batch that
// changes a settled quarter changes both rows.

import type { KeyObject } from 'node:crypto'
import type { Batch } from '../../shared/batch/batch.ts'
import { assert } from '../../shared/kernel/assert.ts'
import { keepLatest } from '../../shared/kernel/keep-latest.ts'
import { DAY_S, DAY_SLOTS, HOUR_QUARTERS, HOUR_S, HOUR_SLOTS, hoursOf, mergeRollups, type Rollup } from './rollup.ts'
import { decodeRollup, decodeSlots, encodeRollup, encodeSlots, type Slots } from './rollup-codec.ts'
import { seal, unseal } from './sealing.ts'
import { first, run, type Steps } from './steps.ts'

/** All quarters of an hour, as a mask. */
export const ALL_SETTLED = 2 ** HOUR_QUARTERS - 1

const SERIES_ROWS = 2 ** 20

/** A row's number: a series' hours (or days) lie side by side. Hours since 1970 stay below 2^20 until 2089, the whole below 2^53 for 8 billion series. */
export function rowNo(seriesNo: number, startS: number, rowS: number): number {
  return seriesNo * SERIES_ROWS + Math.floor(startS / rowS)
}

export function rowStartS(no: number, rowS: number): number {
  return (no % SERIES_ROWS) * rowS
}

/** What a rollup row's bytes are bound to. */
function place(rowS: number, no: number): string {
  return `rollup|${rowS}|${no}`
}

/** The bytes were written by us under this key; anything else means a damaged file or a wrong row, and a wrong sum would hide it. */
export function openRollups(key: KeyObject, sealed: Uint8Array, rowS: number, no: number): Uint8Array {
  const plain = unseal(key, sealed, place(rowS, no))
  assert(plain !== undefined, 'a rollup opens with the key of its tenure')
  return plain
}

interface Hour {
  no: number
  seriesNo: number
  startS: number
  /** As the row has them. */
  slots: Slots
  settled: number
  /** Slots that this transaction changed, decoded. Empty: the row is as it is here. */
  touched: Map<number, Rollup>
}

export interface RollupWriter {
  /** Adds a stored batch to its hours, in memory. */
  add(batch: Batch, seriesNo: number, key: KeyObject): Steps<void>
  /** Writes what changed, once per hour, however many of its batches a transaction has: one run of steps per series. Before each commit of the database. */
  flush(): Steps<void>[]
  /** Forgets what is not written, and what may have been rolled back or written by others. */
  discard(): void
}

/**
 * Beyond so many changed hours the one that has been left alone for longest is written, so that no commit has all of them to write. Enough for
 * the backlogs of a thousand dongles, each of which changes its hour some nine times in a transaction.
 */
const HOURS_CHANGED_MAX = 1536
/** Hours kept open from one transaction to the next: the ones that dongles are in. About 10 kB each. */
const HOURS_OPEN_MAX = 2000

const SELECT_HOUR = 'SELECT settled, sealed FROM rollupHour WHERE no = ?'
const UPSERT_HOUR = `INSERT INTO rollupHour (no, settled, sealed) VALUES (?, ?, ?)
  ON CONFLICT (no) DO UPDATE SET settled = excluded.settled, sealed = excluded.sealed`
const SELECT_DAY = 'SELECT sealed FROM rollupDay WHERE no = ?'
const UPSERT_DAY =
  'INSERT INTO rollupDay (no, sealed) VALUES (?, ?) ON CONFLICT (no) DO UPDATE SET sealed = excluded.sealed'

/** Series may be added to side by side; `hoursChangedMax` must be without bound then, because beyond it one writes another's hours. */
export function createRollupWriter(hoursChangedMax = HOURS_CHANGED_MAX): RollupWriter {
  /** Both in the order in which they were last added to. */
  const open = new Map<number, Hour>()
  const changed = new Map<Hour, KeyObject>()

  return { add, flush, discard }

  function* add(batch: Batch, seriesNo: number, key: KeyObject): Steps<void> {
    for (const [startS, rollups] of hoursOf(batch)) {
      const no = rowNo(seriesNo, startS, HOUR_S)
      const hour = open.get(no) ?? (yield* hourAt(seriesNo, startS, key)) ?? (yield* newHour(seriesNo, startS, key))
      merge(hour, rollups)
      // bounded elsewhere: an hour is written before it may be forgotten
      keepLatest(open, no, hour, Number.POSITIVE_INFINITY)
      keepLatest(changed, hour, key, Number.POSITIVE_INFINITY)
    }
    if (changed.size > hoursChangedMax) yield* writeOldest()
  }

  function* writeOldest(): Steps<void> {
    const [oldest] = changed
    if (oldest === undefined) return
    const [hour, key] = oldest
    changed.delete(hour)
    yield* write(hour, key, dueQuarters(hour))
  }

  function flush(): Steps<void>[] {
    const bySeries = Map.groupBy(changed, ([hour]) => hour.seriesNo)
    changed.clear()
    for (const no of open.keys()) {
      if (open.size <= HOURS_OPEN_MAX) break
      open.delete(no)
    }
    return Array.from(bySeries.values(), writeAll)
  }

  function* writeAll(hours: [Hour, KeyObject][]): Steps<void> {
    for (const [hour, key] of hours) yield* write(hour, key, dueQuarters(hour))
  }

  function discard(): void {
    changed.clear()
    open.clear()
  }

  /** The first batch of an hour finds the hour before over. */
  function* newHour(seriesNo: number, startS: number, key: KeyObject): Steps<Hour> {
    const before = yield* hourAt(seriesNo, startS - HOUR_S, key)
    if (before !== undefined && before.settled !== ALL_SETTLED) {
      yield* write(before, key, ALL_SETTLED)
      changed.delete(before)
    }
    const hour = {
      no: rowNo(seriesNo, startS, HOUR_S),
      seriesNo,
      startS,
      slots: [],
      settled: 0,
      touched: new Map<number, Rollup>(),
    }
    open.set(hour.no, hour)
    return hour
  }

  function* write(hour: Hour, key: KeyObject, due: number): Steps<void> {
    for (const [slot, rollup] of hour.touched) hour.slots[slot] = encodeRollup(rollup)
    hour.touched.clear()
    if (due !== 0) yield* copyToDay(hour, due, key)
    hour.settled |= due
    const sealed = seal(key, encodeSlots(hour.slots, HOUR_SLOTS), place(HOUR_S, hour.no))
    yield* run(UPSERT_HOUR, hour.no, hour.settled, sealed)
  }

  function* hourAt(seriesNo: number, startS: number, key: KeyObject): Steps<Hour | undefined> {
    const no = rowNo(seriesNo, startS, HOUR_S)
    const known = open.get(no)
    if (known !== undefined) return known
    const row = yield* first<{ settled: number; sealed: Uint8Array }>(SELECT_HOUR, no)
    if (row === undefined) return undefined
    const slots = decodeSlots(openRollups(key, row.sealed, HOUR_S, no), HOUR_SLOTS)
    const hour = { no, seriesNo, startS, slots, settled: row.settled, touched: new Map<number, Rollup>() }
    open.set(no, hour)
    return hour
  }

  function* copyToDay(hour: Hour, quarters: number, key: KeyObject): Steps<void> {
    const no = rowNo(hour.seriesNo, hour.startS, DAY_S)
    const row = yield* first<{ sealed: Uint8Array }>(SELECT_DAY, no)
    const slots = row === undefined ? [] : decodeSlots(openRollups(key, row.sealed, DAY_S, no), DAY_SLOTS)
    const firstSlot = ((hour.startS % DAY_S) / HOUR_S) * HOUR_QUARTERS
    for (let quarter = 0; quarter < HOUR_QUARTERS; quarter++) {
      if (quarters & (1 << quarter)) slots[firstSlot + quarter] = hour.slots[quarter]
    }
    yield* run(UPSERT_DAY, no, seal(key, encodeSlots(slots, DAY_SLOTS), place(DAY_S, no)))
  }
}

function merge({ slots, touched }: Hour, rollups: Map<number, Rollup>): void {
  for (const [slot, rollup] of rollups) {
    const row = slots[slot]
    const known = touched.get(slot) ?? (row && decodeRollup(row))
    touched.set(slot, known === undefined ? rollup : mergeRollups(known, rollup))
  }
}

/** Quarters to copy now: settled ones that changed, and unsettled ones with a later one begun. As a mask. */
function dueQuarters({ settled, touched: slots }: Hour): number {
  const touched = [...slots.keys()].filter(slot => slot < HOUR_QUARTERS)
  const changed = touched.reduce((mask, quarter) => mask | (1 << quarter), 0)
  const over = (1 << Math.max(...touched)) - 1
  return (changed & settled) | (over & ~settled)
}
