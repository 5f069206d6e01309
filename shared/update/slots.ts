// The two places that a program may lie in, and which of them runs: a head that is written once, marks that only clear bits, and a
// choice at every start that no power cut can confuse. The loader asks here, and so does the program that loads the next one.

import type { NorFlash } from '../session/nor-flash.ts'
import { CRASHED, DAMAGED } from './states.ts'

/*  slot: a sector of head, then the program from its first byte on. Numbers big-endian.
 *    0 magic "nrU1"      4 generation, u32: of two good programs the higher runs      8 version      12 floor
 *   16 bytes            20 number of the order: high u32, low u32                     28 soak, s     32 SHA-256
 *   64 CRC-32 of 0 … 63
 *  marks, a word each, FFFFFFFF until set; a word of which any bit is cleared is set:
 *  128 whole: all there, hash right       132 good: has proved itself       136 bad: its low byte says why (states.ts)
 *  144 4 x a start on trial that was not ended by the power     160 32 x a start on trial     288 96 x a chunk of 1 kB is there
 */
const MAGIC = 0x6e725531
const RECORD_BYTES = 68
const CRC_AT = 64
const SHA_AT = 32
const WHOLE_AT = 128
const GOOD_AT = 132
const BAD_AT = 136
const CRASHES_AT = 144
const STARTS_AT = 160
const CHUNKS_AT = 288
const HEAD_BYTES = 672
const NOT_SET = 4294967295
const TWO_32 = 4294967296

export const SLOT_SECTORS = 25
const CHUNKS_MAX = 96
/** So often a program on trial may end by itself: then it is bad. What the power ends does not count, up to STARTS_MAX times. */
const CRASHES_MAX = 3
const STARTS_MAX = 32
/** In the place of a slot's number: neither slot has a whole program. */
export const RESCUE_SLOT = 2

export interface Release {
  generation: number
  version: number
  floor: number
  bytes: number
  number: number
  soakS: number
  sha256: Uint8Array
}

/** `generation` 0: there is none. `bad`: a code of states.ts, 0 when it is not. `chunks`, `starts`, `crashes`: how many. */
export interface Head extends Release {
  isWhole: boolean
  isGood: boolean
  bad: number
  crashes: number
  starts: number
  chunks: number
}

function marksFrom(view: DataView, at: number, most: number): number {
  let count = 0
  while (count < most && view.getUint32(at + 4 * count) !== NOT_SET) count++
  return count
}

export function readHead(slot: NorFlash): Head {
  const bytes = slot.read(0, HEAD_BYTES)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const isThere = view.getUint32(0) === MAGIC && view.getUint32(CRC_AT) === slot.crc32(bytes.subarray(0, CRC_AT))
  const bad = view.getUint32(BAD_AT)
  return {
    generation: isThere ? view.getUint32(4) : 0,
    version: view.getUint32(8),
    floor: view.getUint32(12),
    bytes: view.getUint32(16),
    number: view.getUint32(20) * TWO_32 + view.getUint32(24),
    soakS: view.getUint32(28),
    sha256: bytes.slice(SHA_AT, CRC_AT),
    isWhole: isThere && view.getUint32(WHOLE_AT) !== NOT_SET,
    isGood: isThere && view.getUint32(GOOD_AT) !== NOT_SET,
    // a mark that was cut says at least that it is bad
    bad: !isThere || bad === NOT_SET ? 0 : (bad & 255) > 0 && (bad & 255) <= DAMAGED ? bad & 255 : CRASHED,
    crashes: marksFrom(view, CRASHES_AT, CRASHES_MAX),
    starts: marksFrom(view, STARTS_AT, STARTS_MAX),
    chunks: marksFrom(view, CHUNKS_AT, CHUNKS_MAX),
  }
}

/** The record of a slot, RECORD_BYTES. */
export function releaseBytes(release: Release, flash: Pick<NorFlash, 'crc32'>): Uint8Array {
  const bytes = new Uint8Array(RECORD_BYTES)
  const view = new DataView(bytes.buffer)
  const words = [
    MAGIC,
    release.generation,
    release.version,
    release.floor,
    release.bytes,
    Math.floor(release.number / TWO_32),
    release.number % TWO_32,
    release.soakS,
  ]
  for (let i = 0; i < words.length; i++) view.setUint32(4 * i, words[i] as number)
  bytes.set(release.sha256, SHA_AT)
  view.setUint32(CRC_AT, flash.crc32(bytes.subarray(0, CRC_AT)))
  return bytes
}

function mark(slot: NorFlash, at: number, value: number): void {
  const word = new Uint8Array(4)
  word[3] = value
  slot.write(at, word)
}

export function markWhole(slot: NorFlash): void {
  mark(slot, WHOLE_AT, 0)
}

export function markGood(slot: NorFlash): void {
  mark(slot, GOOD_AT, 0)
}

/** `code` of states.ts. */
export function markBad(slot: NorFlash, code: number): void {
  mark(slot, BAD_AT, code)
}

export function markChunk(slot: NorFlash, chunk: number): void {
  mark(slot, CHUNKS_AT + 4 * chunk, 0)
}

/** Empties a slot for another program, a sector a call: 0 first. Its record goes to zero before it is erased: an erase that is cut may bring marks back, but never that. */
export function clearSector(slot: NorFlash, sector: number): void {
  if (sector === 0) slot.write(0, new Uint8Array(RECORD_BYTES))
  slot.erase(sector)
}

/** Below this version nothing runs and nothing is taken. */
export function floorOf(heads: Head[]): number {
  let floor = 0
  for (let i = 0; i < heads.length; i++) {
    const head = heads[i] as Head
    if (head.isGood && head.floor > floor) floor = head.floor
  }
  return floor
}

export function isOnTrial(head: Head): boolean {
  return head.isWhole && !head.isGood && head.bad === 0
}

export function isSame(a: Uint8Array, b: Uint8Array): boolean {
  for (let i = 0; i < b.length; i++) if (a[i] !== b[i]) return false
  return a.length === b.length
}

/**
 * Which slot runs at this start, or RESCUE_SLOT. A start on trial is marked before it is given. `sha256Of(slot, bytes)` of the program that lies
 * there; `isPowerLoss`: the start before was ended by the power, a brown-out included: it says nothing about a program.
 */
export function chooseSlot(
  slots: NorFlash[],
  sha256Of: (slot: number, bytes: number) => Uint8Array,
  isPowerLoss: boolean,
): number {
  const heads = [readHead(slots[0] as NorFlash), readHead(slots[1] as NorFlash)]
  const floor = floorOf(heads)
  const newer = (heads[0] as Head).generation >= (heads[1] as Head).generation ? 0 : 1
  for (let i = 0; i < 2; i++) {
    const head = heads[i] as Head
    const slot = slots[i] as NorFlash
    if (!isOnTrial(head)) continue
    let crashes = head.crashes
    if (head.starts > 0 && !isPowerLoss) mark(slot, CRASHES_AT + 4 * crashes++, 0)
    if (crashes >= CRASHES_MAX || head.starts >= STARTS_MAX) markBad(slot, CRASHED)
    else if (!isSame(head.sha256, sha256Of(i, head.bytes))) markBad(slot, DAMAGED)
    else {
      mark(slot, STARTS_AT + 4 * head.starts, 0)
      return i
    }
  }
  for (let i = 0; i < 2; i++) {
    const at = newer ^ i
    const head = heads[at] as Head
    if (!head.isGood || head.bad > 0 || head.version < floor) continue
    if (isSame(head.sha256, sha256Of(at, head.bytes))) return at
  }
  return RESCUE_SLOT
}
