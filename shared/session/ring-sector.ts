// How a sector of the ring looks in flash: its head, the heads of its records, and how to find the next record, also behind
// one that was torn by a power cut. Reading and writing bytes only; which sectors hold what is the ring's (ring.ts).

import type { BatchId } from '../batch/batch.ts'
import { isErased, type NorFlash } from './nor-flash.ts'

/*  sector head, 16 bytes, numbers big-endian
 *    0  magic "nrR1"        4  sequence number of the sector, u32, rises for ever
 *    8  CRC-32 of 0 … 7, little-endian: then the CRC-32 of 0 … 11 is always the same     12  0xFFFFFFFF
 *  A sector that is free again has zeros here until it is erased.
 *
 *  record, at multiples of 4 from 16 on
 *    0  state: FFFFFFFF waits, 00000000 released; by majority, so that one bad bit changes nothing
 *    4  length of the batch, u16       6  1 = loss record, 0 = batch, u16
 *    8  boot, u32     12  firstSeq, u32     16  span, u32
 *   20  CRC-32 of the batch            24  CRC-32 of 4 … 23
 *   28  the batch, filled up with FF to a multiple of 4
 */
export const SECTOR_HEAD_BYTES = 16
const RECORD_HEAD_BYTES = 28
const SECTOR_MAGIC = 0x6e725231
const NOT_WRITTEN = 4294967295
/** CRC-32 of anything with its own CRC-32 behind it, little-endian. */
const CHECKED = 558161692

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
 * Reads `count` sector heads from `from` on into `sequences`: 0 where there is no whole head (free, torn, or being erased). One loop
 * without calls of ours and one check for all 12 bytes: the dongle does this hundreds of times after a start.
 */
export function readSectorHeads(flash: NorFlash, sequences: Uint32Array, from: number, count: number): void {
  const size = flash.sectorBytes
  for (let i = from; i < from + count; i++) {
    const bytes = flash.read(i * size, 12)
    if (flash.crc32(bytes) !== CHECKED) continue
    sequences[i] =
      (bytes[4] as number) * 16777216 +
      (((bytes[5] as number) << 16) | ((bytes[6] as number) << 8) | (bytes[7] as number))
  }
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
  bytes.fill(255)
  const view = viewOf(bytes)
  view.setUint16(4, batch.length)
  view.setUint16(6, isLoss ? 1 : 0)
  view.setUint32(8, id.boot)
  view.setUint32(12, id.firstSeq)
  view.setUint32(16, id.span)
  view.setUint32(20, flash.crc32(batch))
  view.setUint32(24, flash.crc32(bytes.subarray(4, 24)))
  bytes.set(batch, RECORD_HEAD_BYTES)
  return bytes
}

/** The state word that says: released. */
export function writeReleased(flash: NorFlash, sector: number, offset: number): void {
  flash.write(sector * flash.sectorBytes + offset, new Uint8Array(4))
}

/**
 * The first record at or after `offset` and before `end`, whatever its state; undefined when none follows. Behind a head that does
 * not check (torn, or a bad bit) it looks for the next good one word by word.
 */
export function findRecord(flash: NorFlash, sector: number, offset: number, end: number): RecordHead | undefined {
  const from = sector * flash.sectorBytes
  let isLost = false
  for (let at = offset; at + RECORD_HEAD_BYTES <= end; at += 4) {
    const bytes = flash.read(from + at, RECORD_HEAD_BYTES)
    // no record is so long that its length begins with FF
    if (bytes[4] === 255 && isErased(flash, bytes)) {
      if (!isLost) return undefined
      continue
    }
    const view = new DataView(bytes.buffer, bytes.byteOffset, RECORD_HEAD_BYTES)
    const length = view.getUint16(4)
    const next = at + RECORD_HEAD_BYTES + ((length + 3) & -4)
    if (length > 0 && next <= flash.sectorBytes && view.getUint32(24) === flash.crc32(bytes.subarray(4, 24))) {
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
  const bytes = flash.read(at, (head.length + 3) & -4).slice(0, head.length)
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

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
}
