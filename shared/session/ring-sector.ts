// How a sector of the ring looks in flash: its head, the heads of its records, and how to find the next record, also behind
// one that was torn by a power cut. Reading and writing bytes only; which sectors hold what is the ring's (ring.ts).

import type { BatchId } from '../batch/batch.ts'
import type { NorFlash } from './nor-flash.ts'

/*  sector head, 16 bytes, numbers big-endian
 *    0  magic "nrR1"        4  sequence number of the sector, u32, rises for ever
 *    8  CRC-32 of 0 … 7    12  0xFFFFFFFF
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

/** Bytes of a record that holds a batch of `length` bytes. */
function recordBytes(length: number): number {
  return RECORD_HEAD_BYTES + ((length + 3) & -4)
}

/** The sequence number of a sector, 0 when it has no whole head (free, torn, or being erased). */
export function readSectorHead(flash: NorFlash, sector: number): number {
  const bytes = flash.read(sector * flash.sectorBytes, SECTOR_HEAD_BYTES)
  if (uint32At(bytes, 0) !== SECTOR_MAGIC) return 0
  return uint32At(bytes, 8) === flash.crc32(bytes.subarray(0, 8)) ? uint32At(bytes, 4) : 0
}

export function writeSectorHead(flash: NorFlash, sector: number, sequence: number): void {
  const bytes = new Uint8Array(SECTOR_HEAD_BYTES)
  const view = viewOf(bytes)
  view.setUint32(0, SECTOR_MAGIC)
  view.setUint32(4, sequence)
  view.setUint32(8, flash.crc32(bytes.subarray(0, 8)))
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
  const bytes = new Uint8Array(recordBytes(batch.length))
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
  let isLost = false
  for (let at = offset; at + RECORD_HEAD_BYTES <= end; at += 4) {
    const bytes = flash.read(sector * flash.sectorBytes + at, RECORD_HEAD_BYTES)
    if (isBlank(bytes)) {
      if (!isLost) return undefined
      continue
    }
    const head = readRecordHead(flash, bytes, at)
    if (head !== undefined) return head
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

/** Where writing may go on after `offset`: behind the last byte of the sector that is not blank, at a multiple of 4. */
export function endOfWritten(flash: NorFlash, sector: number, offset: number): number {
  if (offset >= flash.sectorBytes) return flash.sectorBytes
  const bytes = flash.read(sector * flash.sectorBytes + offset, flash.sectorBytes - offset)
  let last = bytes.length - 1
  while (last >= 0 && bytes[last] === 255) last--
  return offset + ((last + 4) & -4)
}

function readRecordHead(flash: NorFlash, bytes: Uint8Array, offset: number): RecordHead | undefined {
  if (uint32At(bytes, 24) !== flash.crc32(bytes.subarray(4, 24))) return undefined
  const length = ((bytes[4] as number) << 8) | (bytes[5] as number)
  const next = offset + recordBytes(length)
  if (length === 0 || next > flash.sectorBytes) return undefined
  return {
    offset: offset,
    next: next,
    isWaiting: isWaitingState(bytes),
    isLoss: bytes[7] === 1,
    id: { boot: uint32At(bytes, 8), firstSeq: uint32At(bytes, 12), span: uint32At(bytes, 16) },
    length: length,
    batchCrc: uint32At(bytes, 20),
  }
}

function isWaitingState(bytes: Uint8Array): boolean {
  let changed = 0
  for (let i = 0; i < 4; i++) if (bytes[i] !== 255) changed++
  return changed < 2
}

function isBlank(bytes: Uint8Array): boolean {
  for (let i = 0; i < bytes.length; i++) if (bytes[i] !== 255) return false
  return true
}

// Heads are read far more often than written, and a DataView of a small array costs node more than all the rest.
function uint32At(bytes: Uint8Array, at: number): number {
  const low = ((bytes[at + 1] as number) << 16) | ((bytes[at + 2] as number) << 8) | (bytes[at + 3] as number)
  return (bytes[at] as number) * 16777216 + low
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
}
