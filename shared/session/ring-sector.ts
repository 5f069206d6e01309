// How a sector of the ring looks in flash: its head, the heads of its records, and how to find the next record, also behind
// one that was torn by a power cut. Reading and writing bytes only; which sectors hold what is the ring's (ring.ts).

import type { BatchId } from '../batch/batch.ts'
import { isErased, type NorFlash } from './nor-flash.ts'

/*  sector head, 16 bytes, numbers big-endian
 *    0  magic "nrR2"        4  sequence number of the sector, u32, rises for ever; the lowest two bits are the tier, 0 the finest
 *    8  CRC-32 of 0 … 7, little-endian: then the CRC-32 of 0 … 11 is always the same     12  0xFFFFFFFF
 *  A sector that is free again has zeros here until it is erased.
 *
 *  record, at multiples of 4 from 16 on
 *    0  state: FFFFFFFF waits, 00000000 released; by majority, so that one bad bit changes nothing
 *    4  length of the batch, u16       6  1 = loss record, 0 = batch, u16
 *    8  boot, u32     12  firstSeq, u32     16  span, u32
 *   20  CRC-32 of the batch            24  CRC-32 of 4 … 23, little-endian
 *   28  the batch, filled up with FF to a multiple of 4
 *  28 zeros in the place of a record's head: nothing more comes in this sector.
 *
 *  One bit of either head that turned over is mended when it is read: the CRC says which.
 */
export const SECTOR_HEAD_BYTES = 16
const RECORD_HEAD_BYTES = 28
const SECTOR_MAGIC = 0x6e725232
const NOT_WRITTEN = 4294967295
/** CRC-32 of anything with its own CRC-32 behind it, little-endian. */
export const CHECKED = 558161692

/** A record's head as found at `offset` of its sector; `next` is where the following record begins. */
export interface RecordHead {
  offset: number
  next: number
  isWaiting: boolean
  isLoss: boolean
  id: BatchId
  length: number
  batchCrc: number
}

/**
 * Whether the 12 bytes of a sector's head that do not check are right after one bit was mended. One bit leaves one of the first two bytes as
 * it was: zeros, erased sectors and rubbish, of which there may be hundreds at a start, are not tried, at some 4 M instructions each.
 */
export function isMended(flash: NorFlash, bytes: Uint8Array): boolean {
  return (bytes[0] === 0x6e || bytes[1] === 0x72) && mend(flash, bytes)
}

// Turns the one bit back that makes bytes with their CRC behind them right; false when there is none.
function mend(flash: NorFlash, bytes: Uint8Array): boolean {
  for (let bit = 0; bit < bytes.length * 8; bit++) {
    const good = bytes[bit >> 3] as number
    bytes[bit >> 3] = good ^ (1 << (bit & 7))
    if (flash.crc32(bytes) === CHECKED) return true
    bytes[bit >> 3] = good
  }
  return false
}

export function writeSectorHead(flash: NorFlash, sector: number, sequence: number): void {
  const bytes = new Uint8Array(SECTOR_HEAD_BYTES)
  const view = viewOf(bytes)
  view.setUint32(0, SECTOR_MAGIC)
  view.setUint32(4, sequence)
  view.setUint32(8, flash.crc32(bytes.subarray(0, 8)), true)
  view.setUint32(12, NOT_WRITTEN)
  flash.write(sector * flash.sectorBytes, bytes)
}

/**
 * The sector is free from now on. The head is written to zeros before any erase: an erase that is cut half-way may turn released
 * records back into waiting ones, but never this head into a valid one.
 */
export function clearSectorHead(flash: NorFlash, sector: number): void {
  flash.write(sector * flash.sectorBytes, new Uint8Array(SECTOR_HEAD_BYTES))
}

/** The bytes of one record, ready to be written in one go. */
export function encodeRecord(flash: NorFlash, id: BatchId, isLoss: boolean, batch: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(RECORD_HEAD_BYTES + ((batch.length + 3) & -4))
  const view = viewOf(bytes)
  view.setUint32(0, NOT_WRITTEN)
  // not fill(): the engine takes 1,600 instructions for each byte of the whole record
  for (let i = RECORD_HEAD_BYTES + batch.length; i < bytes.length; i++) bytes[i] = 255
  view.setUint16(4, batch.length)
  view.setUint16(6, isLoss ? 1 : 0)
  view.setUint32(8, id.boot)
  view.setUint32(12, id.firstSeq)
  view.setUint32(16, id.span)
  view.setUint32(20, flash.crc32(batch))
  view.setUint32(24, flash.crc32(bytes.subarray(4, 24)), true)
  bytes.set(batch, RECORD_HEAD_BYTES)
  return bytes
}

/** The state word that says: released. */
export function writeReleased(flash: NorFlash, sector: number, offset: number): void {
  flash.write(sector * flash.sectorBytes + offset, new Uint8Array(4))
}

/** Nothing more comes in this sector from `offset` on: a reader stops there, and does not look for records in what a cut left. */
export function writeStop(flash: NorFlash, sector: number, offset: number): void {
  if (offset + RECORD_HEAD_BYTES > flash.sectorBytes) return
  flash.write(sector * flash.sectorBytes + offset, new Uint8Array(RECORD_HEAD_BYTES))
}

/**
 * The first record at or after `offset`, whatever its state; undefined when none follows. Behind a head that cannot
 * be mended it looks for the next good one word by word.
 */
export function findRecord(flash: NorFlash, sector: number, offset: number): RecordHead | undefined {
  const from = sector * flash.sectorBytes
  let isLost = false
  for (let at = offset; at + RECORD_HEAD_BYTES <= flash.sectorBytes; at += 4) {
    const bytes = flash.read(from + at, RECORD_HEAD_BYTES)
    // no record is so long that its length begins with FF
    if (bytes[4] === 255 && isErased(flash, bytes)) {
      if (!isLost) return undefined
      continue
    }
    const view = new DataView(bytes.buffer, bytes.byteOffset, RECORD_HEAD_BYTES)
    if (!isLost && view.getUint32(4) === 0 && view.getUint32(24) === 0) return undefined
    const checked = bytes.subarray(4)
    const isWhole = flash.crc32(checked) === CHECKED || (!isLost && mend(flash, checked))
    const length = view.getUint16(4)
    const next = at + RECORD_HEAD_BYTES + ((length + 3) & -4)
    if (isWhole && length > 0 && next <= flash.sectorBytes) {
      return {
        offset: at,
        next: next,
        isWaiting: view.getUint32(0) === NOT_WRITTEN || isWaitingState(bytes),
        isLoss: bytes[7] === 1,
        id: { boot: view.getUint32(8), firstSeq: view.getUint32(12), span: view.getUint32(16) },
        length: length,
        batchCrc: view.getUint32(20),
      }
    }
    isLost = true
  }
  return undefined
}

/** The batch of a record, or undefined when its bytes are not what was written. */
export function readBatchBytes(flash: NorFlash, sector: number, head: RecordHead): Uint8Array | undefined {
  const at = sector * flash.sectorBytes + head.offset + RECORD_HEAD_BYTES
  const bytes = flash.read(at, (head.length + 3) & -4).subarray(0, head.length)
  return flash.crc32(bytes) === head.batchCrc ? bytes : undefined
}

/** Whether nothing was written into a sector from `offset` on. */
export function isBlankFrom(flash: NorFlash, sector: number, offset: number): boolean {
  const left = flash.sectorBytes - offset
  return left <= 0 || isErased(flash, flash.read(sector * flash.sectorBytes + offset, left))
}

function isWaitingState(bytes: Uint8Array): boolean {
  let changed = 0
  for (let i = 0; i < 4; i++) if (bytes[i] !== 255) changed++
  return changed < 2
}

/**
 * A walk over the records of a sector that begin before `below`, in steps: where it goes on, how many of them wait, where the last that waits is and the last
 * of all (-1: none), and how many the last step met.
 */
export interface Skim {
  sequence: number
  below: number
  at: number
  waiting: number
  lastWaiting: number
  last: number
  met: number
  isWhole: boolean
}

export function beginSkim(sequence: number, below: number): Skim {
  return {
    sequence: sequence,
    below: below,
    at: SECTOR_HEAD_BYTES,
    waiting: 0,
    lastWaiting: -1,
    last: -1,
    met: 0,
    isWhole: false,
  }
}

/**
 * Goes on with at most `most` records, as findRecord would meet them, in less than half of its time: a whole record is stepped over by its length, and
 * nothing is made of what it says.
 */
export function skimOn(flash: NorFlash, sector: number, skim: Skim, most: number): void {
  const from = sector * flash.sectorBytes
  const until = Math.min(skim.below - 1, flash.sectorBytes - RECORD_HEAD_BYTES)
  let at = skim.at
  let met = 0
  while (!skim.isWhole && met < most) {
    let isWaiting = true
    const bytes = at > until ? undefined : flash.read(from + at, RECORD_HEAD_BYTES)
    const length = bytes === undefined ? 0 : ((bytes[4] as number) << 8) | (bytes[5] as number)
    const next = at + RECORD_HEAD_BYTES + ((length + 3) & -4)
    if (bytes !== undefined && length > 0 && next <= flash.sectorBytes && flash.crc32(bytes.subarray(4)) === CHECKED) {
      skim.last = at
      at = next
      // the loop is for what has a bad bit
      if (bytes[0] !== 255 || bytes[1] !== 255 || bytes[2] !== 255)
        isWaiting = (bytes[0] !== 0 || bytes[1] !== 0) && isWaitingState(bytes)
    } else {
      const head = bytes === undefined ? undefined : findRecord(flash, sector, at)
      if (head === undefined || head.offset >= skim.below) {
        skim.isWhole = true
        break
      }
      skim.last = head.offset
      at = head.next
      isWaiting = head.isWaiting
    }
    met++
    if (!isWaiting) continue
    skim.waiting++
    skim.lastWaiting = skim.last
  }
  skim.at = at
  skim.met = met
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
}
