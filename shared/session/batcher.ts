// Readings and losses become batches: every telegram the dongle noticed takes one sequence number of its boot, and a batch
// closes on time, size, another set of fields, another meter, or a clock that jumps. It knows no flash and no network.

import type { Batch, Loss, LossReason } from '../batch/batch.ts'
import { LONG_BITS, TABLED_BITS } from '../kernel/differences.ts'
import { FIELD_COUNT, type FieldValues } from '../reading/fields.ts'
import { freshTexts, type Slots, withoutLast } from '../reading/slots.ts'

export { recordsOf } from './batch-records.ts'

/** A meter's clock that differs more than this from our own since the last telegram has been set, or lies. */
const TIME_STEP_MAX_S = 90
/** Loss records in one batch; neighbours with the same reason are one. */
const LOSSES_MAX = 32
const GAP_MS_MAX = 10000
/** Of a record's bits, what a batch's differences may take. */
const CODED_BITS_MAX = 14400
/** Above this a row of values needs eight bytes each. */
const NARROW_MAX = 2147483647

/**
 * The batch being filled: one typed array, so that 60 readings of 13 fields take 7 kB of RAM and not three times as much; a
 * reading is a row, because the engine copies a row in one native step.
 */
interface OpenBatch {
  openedMs: number
  firstSeq: number
  meter: number
  count: number
  capacity: number
  timeS: Float64Array
  /** Set by the first reading: the fields that are there, and the array of values that was seen to have them. */
  fields: number[]
  values: FieldValues | undefined
  /** The batcher's when this opened. */
  wanted: number
  /** What numbers mean, the first reading's numbers, and how many wild differences there may be; undefined: there are rows of values. */
  slots: Slots | undefined
  first: Int32Array | undefined
  wildMax: number
  /** Reading r begins at r * width. */
  width: number
  /** Of four bytes, not eight, each. */
  isNarrow: boolean
  rows: Float64Array | Uint32Array
  losses: Loss[]
}

/** `nextSeq` is the number that the next telegram takes; `intervalMs` may be changed at any time. The rest is the batcher's own. */
export interface Batcher {
  boot: number
  nextSeq: number
  intervalMs: number
  countMax: number
  /** Which fields are kept, a bit each; 0: all. May be changed at any time. */
  fields: number
  open: OpenBatch | undefined
  /** When the last telegram was noticed, and how long after the one before. */
  noticedMs: number
  gapMs: number
  /** The last reading's time, 0 before the first; when that was. */
  lastTimeS: number
  lastTimeMs: number
}

/** `countMax` readings at most in a batch (it sizes the columns in RAM). Sequence numbers start at 0. */
export function createBatcher(boot: number, intervalMs: number, countMax: number): Batcher {
  return {
    boot: boot,
    nextSeq: 0,
    intervalMs: intervalMs,
    countMax: countMax,
    fields: 0,
    open: undefined,
    noticedMs: -1,
    gapMs: 1000,
    lastTimeS: 0,
    lastTimeMs: 0,
  }
}

/**
 * One good telegram. `nowMs` is monotonic (milliseconds since start); `timeS` what the meter's clock said, undefined when it said
 * nothing usable: then the time goes on from the last reading, and before any it is the seconds since start (a time in 1970 is an
 * uptime). `meter` counts the meters this dongle has met. An array of values that is given again has the same fields. With `slots`
 * what changes are `numbers`, whose first says nothing, and their differences are in `slots` already; other slots begin a new batch. Gives
 * the batches that closed, oldest first (none, one or two).
 */
export function addReading(
  batcher: Batcher,
  nowMs: number,
  meter: number,
  timeS: number | undefined,
  values: FieldValues,
  numbers?: number[],
  slots?: Slots,
): Batch[] {
  const closed: Batch[] = []
  const sinceS = Math.round((nowMs - batcher.lastTimeMs) / 1000)
  const time = timeS === undefined ? batcher.lastTimeS + sinceS : timeS
  const stepS = time - batcher.lastTimeS - sinceS
  let open = batcher.open
  if (open !== undefined && open.count > 0) {
    const isJump = stepS > TIME_STEP_MAX_S || stepS < -TIME_STEP_MAX_S || time < batcher.lastTimeS
    const isOther = open.slots !== slots || (open.values !== values && !hasFields(open, values))
    if (isJump || isOther || open.meter !== meter || open.wanted !== batcher.fields) {
      if (slots !== undefined && open.slots === slots) withoutLast(slots)
      close(batcher, closed)
    }
  }
  open = batcher.open
  if (open === undefined || open.count === 0) open = startColumns(batcher, nowMs, meter, values, numbers, slots)
  open.timeS[open.count] = time
  if (slots === undefined) {
    open.values = values
    open.rows.set(values as number[], open.count * open.width)
  }
  open.count++
  batcher.nextSeq++
  batcher.lastTimeS = time
  batcher.lastTimeMs = nowMs
  closeIfDue(batcher, nowMs, closed)
  return closed
}

/** `count` telegrams were noticed and are lost. They take sequence numbers too. */
export function addLoss(batcher: Batcher, nowMs: number, count: number, reason: LossReason): Batch[] {
  const closed: Batch[] = []
  const open = batcher.open === undefined ? openBatch(batcher, nowMs) : batcher.open
  const last = open.losses[open.losses.length - 1]
  if (last !== undefined && last.reason === reason && last.fromSeq + last.count === batcher.nextSeq) last.count += count
  else open.losses.push({ fromSeq: batcher.nextSeq, count: count, reason: reason })
  batcher.nextSeq += count
  closeIfDue(batcher, nowMs, closed)
  return closed
}

/** Closes the open batch when its interval is over though no telegram came. */
export function tickBatcher(batcher: Batcher, nowMs: number): Batch[] {
  const closed: Batch[] = []
  if (batcher.open !== undefined && nowMs - batcher.open.openedMs >= batcher.intervalMs) close(batcher, closed)
  return closed
}

/** Closes the open batch now: before a restart, or when the interval becomes shorter. */
export function flushBatcher(batcher: Batcher): Batch[] {
  const closed: Batch[] = []
  if (batcher.open !== undefined) close(batcher, closed)
  return closed
}

function openBatch(batcher: Batcher, nowMs: number): OpenBatch {
  const none: Float64Array = new Float64Array(0)
  batcher.open = {
    openedMs: nowMs,
    firstSeq: batcher.nextSeq,
    meter: 0,
    count: 0,
    capacity: 0,
    timeS: none,
    fields: [],
    values: undefined,
    wanted: 0,
    slots: undefined,
    first: undefined,
    wildMax: 0,
    width: 0,
    isNarrow: false,
    rows: none,
    losses: [],
  }
  return batcher.open
}

// Meters send once a second or less often, so an interval's seconds are room enough; a faster one only closes earlier.
function startColumns(
  batcher: Batcher,
  nowMs: number,
  meter: number,
  values: FieldValues,
  numbers: number[] | undefined,
  slots: Slots | undefined,
): OpenBatch {
  const open = batcher.open === undefined ? openBatch(batcher, nowMs) : batcher.open
  const perInterval = Math.floor(batcher.intervalMs / 1000) + 1
  open.meter = meter
  open.capacity = perInterval < batcher.countMax ? perInterval : batcher.countMax
  open.wanted = batcher.fields
  open.timeS = new Float64Array(open.capacity)
  if (slots !== undefined && open.wanted === 0) open.fields = slots.fields
  else
    for (let i = 0; i < values.length; i++) {
      if (values[i] === undefined || !isWanted(open, i)) continue
      open.fields.push(i)
      open.width = i + 1
    }
  if (slots !== undefined) {
    open.slots = slots
    open.values = values
    open.first = new Int32Array(numbers as number[])
    const width = open.first.length
    const room = Math.floor((CODED_BITS_MAX - open.capacity * width * TABLED_BITS) / LONG_BITS) - width
    // below 0 each reading would be a batch
    open.wildMax = room > 0 ? room : 0
    // to the first reading there is no difference
    freshTexts(slots)
    return open
  }
  open.isNarrow = isNarrow(values)
  // Rows are copied whole: behind the last there is room for fields that nobody wants.
  const length = open.capacity * open.width + FIELD_COUNT
  open.rows = open.isNarrow ? new Uint32Array(length) : new Float64Array(length)
  return open
}

function isWanted(open: OpenBatch, field: number): boolean {
  return open.wanted === 0 || (open.wanted & (1 << field)) !== 0
}

function isNarrow(values: FieldValues): boolean {
  for (let i = 0; i < values.length; i++) if ((values[i] as number) > NARROW_MAX) return false
  return true
}

function hasFields(open: OpenBatch, values: FieldValues): boolean {
  let count = 0
  if (open.isNarrow && !isNarrow(values)) return false
  for (let i = 0; i < values.length; i++) if (values[i] !== undefined && isWanted(open, i)) count++
  if (count !== open.fields.length) return false
  for (let i = 0; i < count; i++) if (values[open.fields[i] as number] === undefined) return false
  return true
}

// Due when waiting for the telegram after the next half gap would pass the interval: at an interval of one telegram each goes at
// once, at ten seconds the tenth closes the batch, and a little jitter changes nothing.
function closeIfDue(batcher: Batcher, nowMs: number, closed: Batch[]): void {
  if (batcher.noticedMs >= 0 && nowMs > batcher.noticedMs) {
    const gapMs = nowMs - batcher.noticedMs
    batcher.gapMs = gapMs < GAP_MS_MAX ? gapMs : GAP_MS_MAX
  }
  batcher.noticedMs = nowMs
  const open = batcher.open as OpenBatch
  const isFull = (open.capacity > 0 && open.count >= open.capacity) || open.losses.length >= LOSSES_MAX
  const slots = open.slots
  if (
    isFull ||
    (slots !== undefined && slots.wild > open.wildMax) ||
    nowMs - open.openedMs + batcher.gapMs * 1.5 > batcher.intervalMs
  )
    close(batcher, closed)
}

function close(batcher: Batcher, closed: Batch[]): void {
  const open = batcher.open as OpenBatch
  const slots = open.slots
  batcher.open = undefined
  closed.push({
    boot: batcher.boot,
    firstSeq: open.firstSeq,
    meter: open.meter,
    timeS: open.timeS.subarray(0, open.count),
    fields: open.fields,
    columns: [],
    losses: open.losses,
    rows: slots === undefined ? { values: open.rows, width: open.width } : undefined,
    coded: slots && { slots: slots, first: open.first as Int32Array, texts: slots.texts },
  })
  // the batch keeps its own
  if (slots !== undefined) freshTexts(slots)
}
