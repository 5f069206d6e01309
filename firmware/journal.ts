// How many telegrams each boot noticed, how many of them reached the ring, and why the boot ended. With it the next boot
// can say exactly how many readings were in memory only when the power went. It knows sectors and slots; it refuses to
// know telegrams and batches. Bits are only cleared, four bytes at a time; a sector is erased when the one before it is
// full, so the newest slots always outlive a cut.

import type { NorFlash } from '../shared/session/nor-flash.ts'

/*  A slot, 64 bytes, 0xff where nothing was said yet:
 *   0      0x4a
 *   1..4   boot, big-endian
 *   5..8   base: telegrams noticed in this boot before this slot, big-endian
 *   9      check: exclusive or of bytes 0..8 with 0xa5
 *  10      why the boot ended (0xff: power, or nobody said)
 *  11      0x00: its losses are in the ring
 *  12..35  noticed: one bit cleared per telegram
 *  36..59  kept: the bit of the last telegram of a batch is cleared when the ring has the batch
 *  60      restarts for want of a network in a row, up to the one that ended this boot */
const SLOT_BYTES = 64
const MAGIC = 0x4a
const REASON_AT = 10
const SETTLED_AT = 11
const NOTICED_AT = 12
const KEPT_AT = 36
const RESTARTS_AT = 60
const MARK_BYTES = 24
const MARKS = MARK_BYTES * 8

/** Why a boot ended, as far as the program could say so itself. Numbers in flash: append only. */
export const END_REASONS = ['power', 'asked', 'error', 'memory', 'network'] as const
export type EndReason = (typeof END_REASONS)[number]
const NETWORK = 4

/** An earlier boot with telegrams that reached memory only: sequence numbers kept ... noticed - 1. */
export interface Unkept {
  boot: number
  kept: number
  noticed: number
}

export interface Journal {
  flash: NorFlash
  boot: number
  /** How the boot before ended; undefined for the first. */
  endedBy: EndReason | undefined
  /** How many boots in a row, up to the one before, ended for want of a network. */
  restarts: number
  noticed: number
  /** Address of the current slot, and of the one before it (of the same boot, else -1), with their bases. */
  at: number
  base: number
  beforeAt: number
  beforeBase: number
}

/** What all slots of one boot tell together. */
interface Told extends Unkept {
  isSettled: boolean
}

interface Slot {
  at: number
  boot: number
  base: number
  reason: number
  restarts: number
  isSettled: boolean
  noticed: number
  /** 0 when no batch that ends in this slot was kept. */
  kept: number
}

function uint32At(bytes: Uint8Array, at: number): number {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length).getUint32(at)
}

function checkOf(bytes: Uint8Array): number {
  let check = 0xa5
  for (let i = 0; i < 9; i++) check ^= bytes[i] as number
  return check
}

/** Position after the last cleared bit, 0 when none is. */
function marksIn(bytes: Uint8Array, from: number): number {
  for (let i = MARK_BYTES - 1; i >= 0; i--) {
    const value = bytes[from + i] as number
    if (value === 255) continue
    for (let bit = 7; bit >= 0; bit--) if ((value & (1 << bit)) === 0) return i * 8 + bit + 1
  }
  return 0
}

function readSlot(flash: NorFlash, at: number): Slot | undefined {
  const bytes = flash.read(at, SLOT_BYTES)
  if (bytes[0] !== MAGIC || checkOf(bytes) !== bytes[9]) return undefined
  const base = uint32At(bytes, 5)
  const kept = marksIn(bytes, KEPT_AT)
  return {
    at: at,
    boot: uint32At(bytes, 1),
    base: base,
    reason: bytes[REASON_AT] as number,
    restarts: bytes[RESTARTS_AT] as number,
    isSettled: bytes[SETTLED_AT] === 0,
    noticed: base + marksIn(bytes, NOTICED_AT),
    kept: kept > 0 ? base + kept : 0,
  }
}

/** Clears bits of one byte: writes its word, with ones everywhere else. */
function clearBits(flash: NorFlash, at: number, value: number): void {
  const word = new Uint8Array([255, 255, 255, 255])
  word[at & 3] = value
  flash.write(at - (at & 3), word)
}

function isErased(flash: NorFlash, at: number, length: number): boolean {
  const bytes = flash.read(at, length)
  for (let i = 0; i < bytes.length; i++) if (bytes[i] !== 255) return false
  return true
}

/** The next free slot after `at`; enters and erases the next sector when this one is full. */
function nextSlotAt(journal: Journal): number {
  const sectorBytes = journal.flash.sectorBytes
  let at = journal.at < 0 ? 0 : journal.at + SLOT_BYTES
  // a torn slot is skipped, not written over
  while (at % sectorBytes !== 0 && !isErased(journal.flash, at, SLOT_BYTES)) at += SLOT_BYTES
  if (at % sectorBytes !== 0) return at
  const sector = (at / sectorBytes) % journal.flash.sectorCount
  journal.flash.erase(sector)
  return sector * sectorBytes
}

function openSlot(journal: Journal): void {
  const at = nextSlotAt(journal)
  const bytes = new Uint8Array(12)
  const view = new DataView(bytes.buffer)
  bytes[0] = MAGIC
  view.setUint32(1, journal.boot)
  view.setUint32(5, journal.noticed)
  bytes[9] = checkOf(bytes)
  bytes[REASON_AT] = 255
  bytes[SETTLED_AT] = 255
  journal.flash.write(at, bytes)
  journal.beforeAt = journal.noticed > 0 ? journal.at : -1
  journal.beforeBase = journal.base
  journal.at = at
  journal.base = journal.noticed
}

/** Adds what a slot says to the list: one entry per boot. */
function note(list: Told[], slot: Slot): void {
  for (let i = 0; i < list.length; i++) {
    const entry = list[i] as Told
    if (entry.boot === slot.boot) {
      if (slot.noticed > entry.noticed) entry.noticed = slot.noticed
      if (slot.kept > entry.kept) entry.kept = slot.kept
      if (slot.isSettled) entry.isSettled = true
      return
    }
  }
  list.push({ boot: slot.boot, kept: slot.kept, noticed: slot.noticed, isSettled: slot.isSettled })
}

/**
 * Reads the journal, the whole of `flash` (at least two sectors), and begins `boot`. `unkept` says what earlier boots lost and
 * have not accounted for: put that in the ring, then call `settle`.
 */
export function openJournal(flash: NorFlash, boot: number): { journal: Journal; unkept: Unkept[] } {
  const list: Told[] = []
  let last: Slot | undefined
  const end = flash.sectorCount * flash.sectorBytes
  for (let at = 0; at < end; at += SLOT_BYTES) {
    const slot = readSlot(flash, at)
    if (!slot) continue
    note(list, slot)
    if (!last || slot.boot > last.boot || (slot.boot === last.boot && slot.base >= last.base)) last = slot
  }
  const journal: Journal = {
    flash: flash,
    boot: boot,
    endedBy: last ? (END_REASONS[last.reason] ?? 'power') : undefined,
    restarts: last && last.reason === NETWORK ? last.restarts : 0,
    noticed: 0,
    at: last ? last.at : -1,
    base: 0,
    beforeAt: -1,
    beforeBase: 0,
  }
  openSlot(journal)
  const unkept: Unkept[] = []
  for (let i = 0; i < list.length; i++) {
    const entry = list[i] as Told
    if (!entry.isSettled && entry.noticed > entry.kept) {
      unkept.push({ boot: entry.boot, kept: entry.kept, noticed: entry.noticed })
    }
  }
  return { journal: journal, unkept: unkept }
}

/** The losses of all earlier boots are in the ring: they are not reported again. */
export function settle(journal: Journal): void {
  const end = journal.flash.sectorCount * journal.flash.sectorBytes
  for (let at = 0; at < end; at += SLOT_BYTES) {
    const slot = readSlot(journal.flash, at)
    if (slot && slot.boot !== journal.boot && !slot.isSettled) clearBits(journal.flash, at + SETTLED_AT, 0)
  }
}

function clearMark(flash: NorFlash, from: number, position: number): void {
  clearBits(flash, from + (position >> 3), 255 ^ (1 << (position & 7)))
}

/** One more telegram has taken a sequence number (the first takes 0). */
export function noteNoticed(journal: Journal): void {
  if (journal.noticed - journal.base >= MARKS) openSlot(journal)
  clearMark(journal.flash, journal.at + NOTICED_AT, journal.noticed - journal.base)
  journal.noticed++
}

/** The ring has this boot's sequence numbers below `end`. */
export function noteKept(journal: Journal, end: number): void {
  if (end > journal.base) clearMark(journal.flash, journal.at + KEPT_AT, end - 1 - journal.base)
  else if (journal.beforeAt >= 0 && end > journal.beforeBase) {
    clearMark(journal.flash, journal.beforeAt + KEPT_AT, end - 1 - journal.beforeBase)
  }
}

/** Why this boot is about to end; `restarts` (1 ... 254) with 'network'. The first word counts: bits are only cleared. */
export function noteEnd(journal: Journal, reason: EndReason, restarts: number): void {
  if (journal.flash.read(journal.at, 12)[REASON_AT] !== 255) return
  if (restarts > 0) clearBits(journal.flash, journal.at + RESTARTS_AT, restarts > 254 ? 254 : restarts)
  clearBits(journal.flash, journal.at + REASON_AT, END_REASONS.indexOf(reason))
}
