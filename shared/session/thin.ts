// What falls out of a full ring is not lost whole: before its oldest sector goes, the first reading of each period is copied from it
// into the coarser ring behind it, and from there, when that is full, into the next. Between second and quarter-hour detail
// gives way, registers never. It knows rings and batches; when there is time for a step, the shell says.

import type { BatchId } from '../batch/batch.ts'
import { createReader, readBytes, readUint, skipItem } from '../batch/cbor.ts'
import { encodeBatch } from '../batch/encode.ts'
import { LIMITS } from '../batch/limits.ts'
import { takeColumn, takeSized } from '../batch/unpack.ts'
import { KEY_BODY, KEY_METER } from '../batch/versions.ts'
import { readBody } from './messages.ts'
import { appendRecord } from './ring.ts'
import { findRecord, readBatchBytes, SECTOR_HEAD_BYTES } from './ring-sector.ts'
import {
  advance,
  dropOldest,
  LOSS_BYTES_MAX,
  type OpenThinned,
  oldestSector,
  type Ring,
  type Thinning,
} from './ring-state.ts'

/** Readings in a thinned batch: with all fields, whatever their values, it fits in a record. */
const READINGS_MAX = 8
/** The readings of a batch lie within two hours: who reads a range looks back no further. */
const REACH_S = 7200
/** What a thinned reading keeps: all but the powers of each phase, which voltages and currents tell nearly (fields 0-23); */
const KEPT = 0xffffff
/** from this period on only what is cumulative: registers, tariff, gas, water, heat (fields 0-3, 6-8, 12-17). */
const REGISTERS_FROM_S = 900
const REGISTERS = 0x3f1cf
/** With fewer free sectors the oldest is thinned, a record at a time; with two or less it must be over now. */
const FREE_WANTED = 4
const FREE_LEAST = 3

/**
 * One step of making room in `ring` and the coarser ones behind it, the coarsest first; nearly always it has nothing to do. Call it
 * about once a second, right after a telegram. A power cut at any moment leaves the sector or the thinned copy, mostly both.
 */
export function makeRoom(ring: Ring): void {
  let one = ring
  while (one.coarser !== undefined) {
    if (one.free < FREE_WANTED && one.scanned === one.flash.sectorCount) {
      makeRoomNow(ring)
      return
    }
    one = one.coarser
  }
}

function makeRoomNow(ring: Ring): void {
  const coarser = ring.coarser
  if (coarser === undefined) return
  makeRoomNow(coarser)
  if (ring.scanned < ring.flash.sectorCount) return
  while (ring.free < FREE_WANTED) {
    const oldest = oldestSector(ring)
    if (oldest === ring.head) return
    if (thinNext(ring, coarser, oldest)) {
      const sequence = ring.sequenceOf[oldest]
      if (ring.writeAt + LOSS_BYTES_MAX > ring.flash.sectorBytes) advance(ring)
      if (ring.sequenceOf[oldest] === sequence) dropOldest(ring)
    } else if (ring.free >= FREE_LEAST) return
  }
}

// Thins the next waiting batch of a sector; true when there is none left and all its readings are in the coarser ring.
function thinNext(ring: Ring, coarser: Ring, sector: number): boolean {
  const sequence = ring.sequenceOf[sector] as number
  let thinning = ring.thinning
  if (thinning === undefined || thinning.sequence !== sequence) {
    thinning = { sequence: sequence, offset: SECTOR_HEAD_BYTES, slot: -1, open: undefined }
    ring.thinning = thinning
  }
  for (;;) {
    const head = findRecord(ring.flash, sector, thinning.offset, ring.flash.sectorBytes)
    if (head === undefined) {
      close(thinning, coarser)
      ring.thinning = undefined
      return true
    }
    thinning.offset = head.next
    const bytes = head.isWaiting && !head.isLoss ? readBatchBytes(ring.flash, sector, head) : undefined
    if (bytes !== undefined) {
      thin(thinning, coarser, head.id, bytes)
      return false
    }
  }
}

// Adds the readings of one batch that are the first of their period.
function thin(thinning: Thinning, coarser: Ring, id: BatchId, bytes: Uint8Array): void {
  let meter = 0
  const bits = { bytes: bytes, at: 0 }
  const reader = createReader(bytes)
  readBody(reader, KEY_METER + 1, key => {
    if (key === KEY_BODY) bits.bytes = readBytes(reader, LIMITS.bytesMax)
    else if (key === KEY_METER) meter = readUint(reader, LIMITS.meterMax)
    else skipItem(reader)
  })
  takeSized(bits)
  takeSized(bits)
  const count = takeSized(bits)
  if (count === 0 || reader.fault !== '') return
  const all = takeSized(bits)
  const mask = all & (coarser.periodS < REGISTERS_FROM_S ? KEPT : REGISTERS)
  const timeS = takeColumn(bits, count)
  const fields: number[] = []
  const columns: number[][] = []
  for (let field = 0; field < 30 && mask !== 0; field++) {
    if ((all & (1 << field)) === 0) continue
    const column = takeColumn(bits, count)
    if ((mask & (1 << field)) === 0) continue
    fields.push(field)
    columns.push(column)
  }
  for (let i = 0; i < count && mask !== 0; i++) {
    const time = timeS[i] as number
    const slot = Math.floor(time / coarser.periodS)
    if (slot === thinning.slot) continue
    thinning.slot = slot
    const seq = id.firstSeq + i
    let open = thinning.open
    if (open !== undefined && !belongs(open, id.boot, meter, mask, time)) {
      if (open.boot === id.boot) open.end = seq
      close(thinning, coarser)
      open = undefined
    }
    if (open === undefined) {
      open = openThinned(id.boot, seq, meter, mask, fields)
      thinning.open = open
    }
    open.timeS[open.count] = time
    for (let j = 0; j < columns.length; j++) {
      const column = open.columns[j] as Float64Array
      column[open.count] = (columns[j] as number[])[i] as number
    }
    open.count++
  }
  const open = thinning.open
  if (open !== undefined && open.boot === id.boot) open.end = id.firstSeq + id.span
}

function belongs(open: OpenThinned, boot: number, meter: number, mask: number, time: number): boolean {
  const sinceS = time - (open.timeS[0] as number)
  const isSame = open.boot === boot && open.meter === meter && open.mask === mask
  return isSame && open.count < READINGS_MAX && sinceS >= 0 && sinceS < REACH_S
}

function openThinned(boot: number, firstSeq: number, meter: number, mask: number, fields: number[]): OpenThinned {
  const columns: Float64Array[] = []
  for (let i = 0; i < fields.length; i++) columns.push(new Float64Array(READINGS_MAX))
  return {
    boot: boot,
    firstSeq: firstSeq,
    end: firstSeq,
    meter: meter,
    mask: mask,
    count: 0,
    timeS: new Float64Array(READINGS_MAX),
    fields: fields,
    columns: columns,
  }
}

// A record that the flash does not take is gone: its loss was, or will be, told with the sector it came from.
function close(thinning: Thinning, coarser: Ring): void {
  const open = thinning.open
  if (open === undefined) return
  thinning.open = undefined
  const columns: Float64Array[] = []
  for (let i = 0; i < open.columns.length; i++) columns.push((open.columns[i] as Float64Array).subarray(0, open.count))
  const id = { boot: open.boot, firstSeq: open.firstSeq, span: open.end - open.firstSeq }
  const bytes = encodeBatch({
    boot: open.boot,
    firstSeq: open.firstSeq,
    meter: open.meter,
    timeS: open.timeS.subarray(0, open.count),
    fields: open.fields,
    columns: columns,
    losses: [],
    thinned: { periodS: coarser.periodS, span: id.span },
  })
  appendRecord(coarser, id, bytes)
}
