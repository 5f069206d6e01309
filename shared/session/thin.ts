// What falls out of a full ring is not lost whole: before its oldest sector goes, the first reading of each period is copied from it
// into the coarser ring behind it, and from there, when that is full, into the next. Between second and quarter-hour detail
// gives way, registers never. It knows rings and batches; when there is time for a step, the shell says.

import type { BatchId, Thinned } from '../batch/batch.ts'
import { createReader, readBytes, readUint, skipItem } from '../batch/cbor.ts'
import { beginEncoding, endEncoding, stepEncoding } from '../batch/encode-steps.ts'
import { LIMITS } from '../batch/limits.ts'
import { type Bits, takeColumn, takeSized, takeStill } from '../batch/unpack.ts'
import { KEY_BODY, KEY_METER } from '../batch/versions.ts'
import { readBody } from './messages.ts'
import type { NorFlash } from './nor-flash.ts'
import { appendRecord, lookOn, STEP_RECORDS } from './ring.ts'
import { findRecord, readBatchBytes } from './ring-sector.ts'
import {
  advance,
  countRecords,
  dropOldest,
  FREE_WANTED,
  givesWay,
  LOSS_BYTES_MAX,
  noteWalked,
  type OpenThinned,
  type Pool,
  type Ring,
  seekThinning,
  type Thinning,
  UNCOUNTED,
} from './ring-state.ts'

/** Readings in a thinned batch. */
const READINGS_MAX = 16
/** The readings of a batch lie within two hours: who reads a range looks back no further. */
const REACH_S = 7200
/** What a thinned reading keeps: all but the powers of each phase, which voltages and currents tell nearly (fields 0-23); */
const KEPT = 0xffffff
const WIDTH = 24
/** from this period on only what is cumulative: registers, tariff, gas, water, heat (fields 0-3, 6-8, 12-17). */
const REGISTERS_FROM_S = 900
const REGISTERS = 0x3f1cf
/** Work in one turn: two columns that stand still, or one thing else. */
const TURN = 2
/** Enough for the busiest meter that is read each second (test/unit/session/capacity.test.ts). */
const TURNS = 8

/** How many turns the rings want in this second: nearly always none. */
export function ringTurns(ring: Ring): number {
  const pool = ring.pool
  return pool.free < FREE_WANTED || pool.waitingIn.indexOf(UNCOUNTED) >= 0 ? TURNS : 0
}

/** One short turn: makes room, and with room enough it counts. A power cut at any moment leaves the sector or the thinned copy, mostly both. */
export function tendRing(ring: Ring): void {
  if (ring.pool.free < FREE_WANTED) makeRoom(ring.pool)
  else lookOn(ring.pool)
}

function makeRoom(pool: Pool): void {
  let left = TURN
  while (pool.free < FREE_WANTED && left > 0) {
    const ring = givesWay(pool)
    const coarser = ring.coarser
    const thinning = ring.thinning
    const oldest = thinning === undefined ? -1 : pool.sequenceOf.indexOf(thinning.sequence)
    if (thinning === undefined || oldest < 0) {
      // first where the coarser one goes on, then, in two other turns, where this one begins
      if (coarser === undefined || countRecords(pool, coarser.head, STEP_RECORDS)) ring.thinning = seekThinning(ring)
      return
    }
    if (oldest === ring.head) return
    // with one free sector left it is the finest's, for the losses: thinning goes on where the coarser ring has room without it, else what is left goes as it is
    const hasRoom = coarser !== undefined && (pool.free > 1 || coarser.writeAt < LOSS_BYTES_MAX)
    const work = hasRoom ? thinOn(thinning, pool.flash, coarser, oldest) : 0
    if (work > 0) {
      left -= work
      continue
    }
    // a turn of its own, and one for the sector into which the losses go
    if (left < TURN) return
    if (ring.periodS === 0 && ring.writeAt + LOSS_BYTES_MAX > pool.flash.sectorBytes) advance(ring)
    else {
      ring.thinning = undefined
      dropOldest(ring, thinning)
    }
    return
  }
}

// A unit of work at a sector, and how much it was: 0 when there is nothing left to do, as all its readings are in the coarser ring.
function thinOn(thinning: Thinning, flash: NorFlash, coarser: Ring, sector: number): number {
  const encoding = thinning.encoding
  if (encoding !== undefined) {
    if (stepEncoding(encoding, 1)) return TURN
    const batch = encoding.batch
    const bytes = thinning.bytes
    // written in a turn of its own: a sector may have to be begun for it
    if (bytes === undefined) {
      thinning.bytes = endEncoding(encoding)
      return TURN
    }
    const id = { boot: batch.boot, firstSeq: batch.firstSeq, span: (batch.thinned as Thinned).span }
    thinning.encoding = thinning.bytes = undefined
    // A record that the flash does not take is gone: its loss was, or will be, told with the sector it came from.
    appendRecord(coarser, id, bytes)
    return TURN
  }
  if (thinning.picks !== undefined) return takeField(thinning)
  // read in one turn, looked through in the next
  let head = thinning.head
  thinning.head = undefined
  if (head === undefined) {
    head = findRecord(flash, sector, thinning.offset)
    if (head === undefined) {
      if (thinning.open === undefined) return 0
      close(thinning, coarser)
      return TURN
    }
    const bytes = head.isWaiting && !head.isLoss ? readBatchBytes(flash, sector, head) : undefined
    if (bytes !== undefined && openBody(thinning, bytes)) {
      thinning.head = head
      return TURN
    }
  } else if (!pick(thinning, coarser, head.id)) return TURN
  thinning.offset = head.next
  thinning.row = 0
  noteWalked(thinning, head)
  return TURN
}

// The bits of a batch up to its time column; false when it has no readings.
function openBody(thinning: Thinning, bytes: Uint8Array): boolean {
  const bits = { bytes: bytes, at: 0 }
  const reader = createReader(bytes)
  thinning.bits = bits
  thinning.meter = 0
  readBody(reader, KEY_METER + 1, key => {
    if (key === KEY_BODY) bits.bytes = readBytes(reader, LIMITS.bytesMax)
    else if (key === KEY_METER) thinning.meter = readUint(reader, LIMITS.meterMax)
    else skipItem(reader)
  })
  takeSized(bits)
  takeSized(bits)
  thinning.count = takeSized(bits)
  thinning.all = takeSized(bits)
  return thinning.count > 0 && reader.fault === ''
}

// Chooses the readings of one batch that are the first of their period, as far as the open batch has room; true when it had.
function pick(thinning: Thinning, coarser: Ring, id: BatchId): boolean {
  const meter = thinning.meter
  const count = thinning.count
  const mask = thinning.all & (coarser.periodS < REGISTERS_FROM_S ? KEPT : REGISTERS)
  const timeS = takeColumn(thinning.bits as Bits, count)
  const picks: number[] = []
  let open = thinning.open
  let row = thinning.row
  let isFull = open !== undefined && (open.boot !== id.boot || open.meter !== meter || open.mask !== mask)
  while (row < count && mask !== 0 && !isFull) {
    const time = timeS[row] as number
    const slot = Math.floor(time / coarser.periodS)
    if (slot !== thinning.slot) {
      if (open === undefined) {
        open = openThinned(id.boot, id.firstSeq + row, meter, mask)
        thinning.open = open
      }
      const sinceS = open.count === 0 ? 0 : time - (open.timeS[0] as number)
      isFull = open.count === READINGS_MAX || sinceS < 0 || sinceS >= REACH_S
      if (isFull) break
      open.timeS[open.count++] = time
      thinning.slot = slot
      picks.push(row)
    }
    row++
  }
  if (open !== undefined && open.boot === id.boot) open.end = id.firstSeq + (isFull ? row : id.span)
  if (picks.length > 0) {
    thinning.picks = picks
    thinning.field = 0
    thinning.row = row
  } else if (isFull) close(thinning, coarser)
  return !isFull
}

// One more column of the batch from which readings were picked; how much work it was.
function takeField(thinning: Thinning): number {
  const open = thinning.open as OpenThinned
  const picks = thinning.picks as number[]
  while ((thinning.all & (1 << thinning.field)) === 0 && thinning.field < WIDTH) thinning.field++
  const field = thinning.field++
  // behind the highest that is kept
  if (open.mask >> field === 0) {
    thinning.picks = undefined
    return TURN
  }
  const bits = thinning.bits as Bits
  const still = takeStill(bits)
  const column = still === undefined ? takeColumn(bits, thinning.count) : []
  let at = (open.count - picks.length) * WIDTH + field
  for (let i = 0; i < picks.length; i++) {
    open.values[at] = still === undefined ? (column[picks[i] as number] as number) : still
    at += WIDTH
  }
  return still === undefined ? TURN : TURN / 2
}

function openThinned(boot: number, firstSeq: number, meter: number, mask: number): OpenThinned {
  return {
    boot: boot,
    firstSeq: firstSeq,
    end: firstSeq,
    meter: meter,
    mask: mask,
    count: 0,
    timeS: new Float64Array(READINGS_MAX),
    values: new Float64Array(READINGS_MAX * WIDTH),
  }
}

// The open batch is full, or no other reading belongs to it: it is on its way into bytes.
function close(thinning: Thinning, coarser: Ring): void {
  const open = thinning.open as OpenThinned
  const fields: number[] = []
  for (let field = 0; field < WIDTH; field++) if ((open.mask & (1 << field)) !== 0) fields.push(field)
  thinning.open = undefined
  thinning.encoding = beginEncoding(
    {
      boot: open.boot,
      firstSeq: open.firstSeq,
      meter: open.meter,
      timeS: open.timeS.subarray(0, open.count),
      fields: fields,
      columns: [],
      losses: [],
      thinned: { periodS: coarser.periodS, span: open.end - open.firstSeq },
      rows: { values: open.values, width: WIDTH },
    },
    coarser.pool.flash.packing,
  )
}
