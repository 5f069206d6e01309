// One permission on one channel: what may go out at once, what has to be read from the store, what is under way. It is the outbox's core: readings,
// confirmations and time come in, readings to send come out. What it must remember over a restart is a handful of stretches of time (`remembered`),
// never a reading: what lies in them is read from the store and cut anew, so that it is delivered at least once. Pure.

import { type Cut, type Delivered, periodStartS, reduce } from './cut.ts'
import { type Range, withoutRange, withRange } from './ranges.ts'

/** Readings of slots up to this long are kept in memory until the slot is over; those of longer ones are read from the store then. */
const KEPT_SLOT_MAX_S = 60
/** A slot is over when a newer reading came, or this long after its end: nothing newer comes from a meter that is dark. */
export const SLOT_GRACE_S = 120

interface Slot {
  startS: number
  rows: Delivered[]
  /** It was seen from its begin, and in order. */
  isWhole: boolean
}

export interface Lane {
  readonly cut: Cut
  /** Seconds that are delivered together: a period, or the schedule's. 0: as they come. */
  readonly slotS: number
  /** Stored and not on its way: to be read from the store. */
  pending: readonly Range[]
  /** By delivery, not confirmed yet. */
  readonly underWay: Map<string, Range>
  newestS: number
  slot: Slot | undefined
}

export function createLane(cut: Cut, everyS: number, pending: readonly Range[]): Lane {
  const slotS = cut.periodS === 1 && everyS <= 1 ? 0 : Math.max(cut.periodS, everyS)
  return { cut, slotS, pending, underWay: new Map(), newestS: 0, slot: undefined }
}

/**
 * Readings of one batch that have just been stored, cut and ascending. Returns those to send now, if `hasRoom`; what is not sent is pending. A reading
 * that comes late makes its slot pending: it goes out again, whole.
 */
export function arrive(lane: Lane, rows: readonly Delivered[], hasRoom: boolean): Delivered[] {
  const [first, last] = [rows[0], rows[rows.length - 1]]
  if (first === undefined || last === undefined) return []
  if (lane.slotS === 0) {
    lane.newestS = Math.max(lane.newestS, last.timeS)
    if (hasRoom) return [...rows]
    addPending(lane, { fromS: first.timeS, toS: last.timeS + 1 })
    return []
  }
  if (lane.slotS > KEPT_SLOT_MAX_S) {
    lane.newestS = Math.max(lane.newestS, last.timeS)
    addPending(lane, { fromS: first.timeS, toS: last.timeS + 1 })
    return []
  }
  const out: Delivered[] = []
  for (const row of rows) out.push(...arriveInSlot(lane, row, hasRoom))
  return out
}

function arriveInSlot(lane: Lane, row: Delivered, hasRoom: boolean): Delivered[] {
  const startS = periodStartS(row.timeS, lane.slotS)
  const isLate = row.timeS <= lane.newestS
  if (isLate && lane.slot?.startS === startS) lane.slot.isWhole = false
  else if (isLate) addPending(lane, { fromS: row.timeS, toS: row.timeS + 1 })
  if (isLate) return []
  const isFirst = lane.newestS === 0
  lane.newestS = row.timeS
  if (lane.slot?.startS === startS) {
    lane.slot.rows.push(row)
    return []
  }
  const out = closeSlot(lane, hasRoom)
  lane.slot = { startS, rows: [row], isWhole: !isFirst || row.timeS === startS }
  return out
}

/** Time has passed: a slot whose meter is silent is over all the same. Returns what to send now. */
export function tick(lane: Lane, nowS: number, hasRoom: boolean): Delivered[] {
  const { slot, slotS } = lane
  return slot !== undefined && slot.startS + slotS + SLOT_GRACE_S <= nowS ? closeSlot(lane, hasRoom) : []
}

function closeSlot(lane: Lane, hasRoom: boolean): Delivered[] {
  const { slot, slotS, cut } = lane
  lane.slot = undefined
  if (slot === undefined) return []
  if (slot.isWhole && hasRoom) return reduce(slot.rows, cut)
  addPending(lane, { fromS: slot.startS, toS: slot.startS + slotS })
  return []
}

/** Puts a stretch back, or on: it will be read from the store. Whole slots, within the agreed time. */
export function addPending(lane: Lane, range: Range): void {
  const { fromS, toS } = inSlots(lane, range)
  const { cut } = lane
  lane.pending = withRange(lane.pending, { fromS: Math.max(fromS, cut.fromS), toS: Math.min(toS, cut.untilS) })
}

/** Whole slots around it. */
function inSlots({ slotS }: Lane, { fromS, toS }: Range): Range {
  if (slotS === 0) return { fromS, toS }
  return { fromS: periodStartS(fromS, slotS), toS: periodStartS(toS + slotS - 1, slotS) }
}

/** The first stretch that can be read now: of a slot that is not over nothing, and never from behind `nowS`. */
export function due(lane: Lane, nowS: number): Range | undefined {
  const first = lane.pending[0]
  if (first === undefined) return undefined
  const { slotS, newestS } = lane
  const overS = slotS === 0 ? nowS + 1 : periodStartS(Math.max(newestS, nowS - SLOT_GRACE_S), slotS)
  const toS = Math.min(first.toS, overS)
  return first.fromS < toS ? { fromS: first.fromS, toS } : undefined
}

/** It has been read from the store: the readings found are on their way, or there were none. */
export function taken(lane: Lane, range: Range): void {
  lane.pending = withoutRange(lane.pending, range)
}

/** What a restart must begin with: all that was not confirmed. */
export function remembered(lane: Lane): readonly Range[] {
  let ranges = lane.pending
  for (const range of lane.underWay.values()) ranges = withRange(ranges, range)
  const { slot, slotS } = lane
  return slot === undefined ? ranges : withRange(ranges, { fromS: slot.startS, toS: slot.startS + slotS })
}
