// How many telegrams each boot noticed, how many of them reached the ring, and why the boot ended. With it the next boot
// can say exactly how many readings were in memory only when the power went. It knows sectors and slots; it refuses to
// know telegrams and batches. Bits are only cleared, four bytes at a time; a sector is erased when the one before it is
// full, so the newest slots always outlive a cut.

import { isErased, type NorFlash } from '../shared/session/nor-flash.ts'

/*  A slot, 64 bytes, 0xff where nothing was said yet:
 *   0      0x4a
 *   1..4   boot, big-endian
 *   5..8   base: telegrams noticed in this boot before this slot, big-endian
 *   9      check: the low byte of the CRC-32 of bytes 0..8
 *  10      bits 0..6: why the boot ended (all set: power, or nobody said); bit 7 cleared: it lived for a while
 *  11      0x00: its losses, and those of earlier boots, are in the ring; in a boot's last slot
 *  12..34  noticed: one bit cleared per telegram
 *  35      quick restarts: boots in a row before this one that the power cut off soon after their start
 *  36..58  kept: the bit of the last telegram of a batch is cleared when the ring has the batch
 *  59      boots in a row before this one that ended for want of a network
 *  60..63  the newest meter: its number, two bytes of its serial's hash, check; anything else where none was met
 *
 *  Behind the last slot of a boot that restarted itself, as long as one:
 *   0      0x4c
 *   1..4   the last telegram's time by its meter, big-endian; 5..8 seconds from one telegram to the next; 9 check */
export const SLOT_BYTES = 64
export const MAGIC = 0x4a
const LAST_MAGIC = 0x4c
export const REASON_AT = 10
const SETTLED_AT = 11
const NOTICED_AT = 12
const KEPT_AT = 36
const QUICK_AT = 35
const RESTARTS_AT = 59
const METER_AT = 60
export const NOT_SAID = 127
const COUNT_MAX = 254
const MARK_BYTES = 23
const MARKS = MARK_BYTES * 8

/** Why a boot ended, as far as the program could say so itself. Numbers in flash: append only. */
export const endReasons = () => ['power', 'asked', 'error', 'memory', 'network', 'setup'] as const
/** For those with memory to spare: a table lives for ever. */
export const END_REASONS = /* @__PURE__ */ endReasons()
export type EndReason = (typeof END_REASONS)[number]

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
  /** How many boots in a row, up to the one before, the power cut off before noteSteady, and how many ended for want of a network. */
  quickRestarts: number
  restarts: number
  /** meterWord of the newest meter this dongle has met, 0 before the first. */
  meter: number
  /** The last telegram before this start, where the dongle restarted itself, and how often they came; else 0. */
  lastTimeS: number
  periodS: number
  noticed: number
  /** Address of the current slot, and of the one before it (of the same boot, else -1), with their bases. */
  at: number
  base: number
  beforeAt: number
  beforeBase: number
  /** The last slots of earlier boots whose losses are not in the ring yet. */
  unsettled: number[]
}

/** A slot's head; its marks are read only where they count. */
interface Slot {
  at: number
  boot: number
  base: number
  reason: number
  isSettled: boolean
}

function checkOf(flash: NorFlash, bytes: Uint8Array): number {
  return flash.crc32(bytes.subarray(0, 9)) & 255
}

/** Position after the last cleared bit, 0 when none is. */
function marksIn(flash: NorFlash, at: number): number {
  const bytes = flash.read(at, MARK_BYTES + 1)
  for (let i = MARK_BYTES - 1; i >= 0; i--) {
    const value = bytes[i] as number
    if (value === 255) continue
    for (let bit = 7; bit >= 0; bit--) if ((value & (1 << bit)) === 0) return i * 8 + bit + 1
  }
  return 0
}

function readSlot(flash: NorFlash, at: number): Slot | undefined {
  const bytes = flash.read(at, NOTICED_AT)
  if (bytes[0] !== MAGIC || checkOf(flash, bytes) !== bytes[9]) return undefined
  const view = new DataView(bytes.buffer, bytes.byteOffset, NOTICED_AT)
  return {
    at: at,
    boot: view.getUint32(1),
    base: view.getUint32(5),
    reason: bytes[REASON_AT] as number,
    isSettled: bytes[SETTLED_AT] === 0,
  }
}

/** Clears bits of one byte: writes its word, with ones everywhere else. */
function clearBits(flash: NorFlash, at: number, value: number): void {
  const word = new Uint8Array([255, 255, 255, 255])
  word[at & 3] = value
  flash.write(at - (at & 3), word)
}

/** The next free slot after `at`; enters and erases the next sector when this one is full. */
function nextSlotAt(journal: Journal): number {
  const sectorBytes = journal.flash.sectorBytes
  let at = journal.at < 0 ? 0 : journal.at + SLOT_BYTES
  // a torn slot is skipped, not written over
  while (at % sectorBytes !== 0 && !isErased(journal.flash, journal.flash.read(at, SLOT_BYTES))) at += SLOT_BYTES
  if (at % sectorBytes !== 0) return at
  const sector = (at / sectorBytes) % journal.flash.sectorCount
  journal.flash.erase(sector)
  return sector * sectorBytes
}

/** With `lastTimeS` it is no slot but what stands behind the last one. */
function openSlot(journal: Journal, lastTimeS?: number, periodS?: number): void {
  const at = nextSlotAt(journal)
  const bytes = new Uint8Array(SLOT_BYTES)
  const view = new DataView(bytes.buffer)
  bytes.fill(255)
  bytes[0] = lastTimeS ? LAST_MAGIC : MAGIC
  view.setUint32(1, lastTimeS || journal.boot)
  view.setUint32(5, lastTimeS ? (periodS as number) : journal.noticed)
  bytes[9] = checkOf(journal.flash, bytes)
  if (lastTimeS) {
    journal.flash.write(at, bytes)
    return
  }
  bytes[QUICK_AT] = journal.quickRestarts
  bytes[RESTARTS_AT] = journal.restarts
  view.setUint32(METER_AT, journal.meter)
  journal.flash.write(at, bytes)
  journal.beforeAt = journal.noticed > 0 ? journal.at : -1
  journal.beforeBase = journal.base
  journal.at = at
  journal.base = journal.noticed
}

/** How a meter stands in flash: `number` 0 … 255, 16 bits of a hash of its serial, and a check, for a write may be cut. */
export function meterWord(number: number, hash: number): number {
  return number * 16777216 + hash * 256 + ((0xa5 ^ number ^ hash ^ (hash >> 8)) & 255)
}

/** Another meter than before: from now on every slot names it, so the next boot knows it again. Its number is above the last. */
export function noteMeter(journal: Journal, word: number): void {
  if (word === journal.meter) return
  journal.meter = word
  openSlot(journal)
}

/** A count behind the marks, and one more; what a cut left unwritten counts as none. */
function countAt(flash: NorFlash, at: number): number {
  const count = flash.read(at - (at & 3), 4)[at & 3] as number
  return count >= COUNT_MAX ? (count === 255 ? 1 : COUNT_MAX) : count + 1
}

/** How the boot before this one ended, from its last slot. A later slot than its first is a sign of life too. */
function noteBefore(journal: Journal, slot: Slot): void {
  const reason = endReasons()[slot.reason & NOT_SAID] ?? 'power'
  journal.at = slot.at
  journal.endedBy = reason
  // said before the end was, and then the power went
  if (reason !== 'asked' && reason !== 'network') journal.lastTimeS = 0
  const isQuick = slot.reason === 255 && slot.base === 0 && slot.boot === journal.boot - 1
  if (isQuick) journal.quickRestarts = countAt(journal.flash, slot.at + QUICK_AT)
  if (reason === 'network') journal.restarts = countAt(journal.flash, slot.at + RESTARTS_AT)
}

/** The meter that a slot names, 0 when it names none. */
function meterIn(flash: NorFlash, slot: Slot): number {
  const bytes = flash.read(slot.at + METER_AT, 4)
  const word = new DataView(bytes.buffer, bytes.byteOffset, 4).getUint32(0)
  return word === meterWord(word >>> 24, (word >>> 8) & 0xffff) ? word : 0
}

/** Nothing was ever written into the slot's head, not even by half. */
function isBlank(flash: NorFlash, at: number): boolean {
  return isErased(flash, flash.read(at, NOTICED_AT))
}

/** Where the newest slot lies, good or torn; -1 in a blank journal. */
function newestAt(flash: NorFlash): number {
  let newest: Slot | undefined
  for (let sector = 0; sector < flash.sectorCount; sector++) {
    const from = sector * flash.sectorBytes
    let first = readSlot(flash, from)
    for (let at = from + SLOT_BYTES; first === undefined && at < from + flash.sectorBytes; at += SLOT_BYTES) {
      if (isBlank(flash, at)) break
      first = readSlot(flash, at)
    }
    if (first === undefined) continue
    const isNewer =
      newest === undefined || first.boot > newest.boot || (first.boot === newest.boot && first.base > newest.base)
    if (isNewer) newest = first
  }
  if (newest === undefined) return -1
  // Slots are used one after the other: halving finds the first that is blank.
  const from = newest.at - (newest.at % flash.sectorBytes)
  let used = 1
  let end = flash.sectorBytes / SLOT_BYTES
  while (used < end) {
    const middle = (used + end) >> 1
    if (isBlank(flash, from + middle * SLOT_BYTES)) end = middle
    else used = middle + 1
  }
  return from + (used - 1) * SLOT_BYTES
}

/** What is told by the last slot of a boot and the one before it, when that is a loss; a batch's end is marked in one of the two. */
function note(flash: NorFlash, unkept: Unkept[], last: Slot, before: Slot | undefined): void {
  const marks = marksIn(flash, last.at + KEPT_AT)
  let kept = marks > 0 ? last.base + marks : 0
  if (marks === 0 && before !== undefined && before.boot === last.boot) {
    const earlier = marksIn(flash, before.at + KEPT_AT)
    if (earlier > 0) kept = before.base + earlier
  }
  const noticed = last.base + marksIn(flash, last.at + NOTICED_AT)
  if (noticed > kept) unkept.unshift({ boot: last.boot, kept: kept, noticed: noticed })
}

/** What a boot that restarted itself left behind its last slot. */
function readLast(journal: Journal, at: number): void {
  const bytes = journal.flash.read(at, NOTICED_AT)
  if (bytes[0] !== LAST_MAGIC || checkOf(journal.flash, bytes) !== bytes[9]) return
  const view = new DataView(bytes.buffer, bytes.byteOffset, NOTICED_AT)
  journal.lastTimeS = view.getUint32(1)
  journal.periodS = view.getUint32(5)
}

/**
 * Reads the journal, the whole of `flash` (at least two sectors), and begins `boot`. `unkept` says what earlier boots lost and
 * have not accounted for: put that in the ring, then call `settle`. It looks back from the newest slot, over each boot in one
 * leap, until it finds a boot that is settled and a meter.
 */
export function openJournal(flash: NorFlash, boot: number): { journal: Journal; unkept: Unkept[] } {
  const unkept: Unkept[] = []
  const journal: Journal = {
    flash: flash,
    boot: boot,
    endedBy: undefined,
    quickRestarts: 0,
    restarts: 0,
    meter: 0,
    lastTimeS: 0,
    periodS: 0,
    noticed: 0,
    at: -1,
    base: 0,
    beforeAt: -1,
    beforeBase: 0,
    unsettled: [],
  }
  const size = flash.sectorCount * flash.sectorBytes
  const newest = newestAt(flash)
  if (newest >= 0) readLast(journal, newest)
  let last: Slot | undefined
  let isSettled = false
  // how far back there are slots: this sector up to the newest, and the others whole
  const reach = newest < 0 ? -1 : size - flash.sectorBytes + (newest % flash.sectorBytes)
  for (let back = 0; back <= reach; ) {
    const at = (newest - back + size) % size
    const slot = readSlot(flash, at)
    if (slot === undefined && isBlank(flash, at)) break
    back += SLOT_BYTES
    if (slot === undefined) continue
    if (journal.meter === 0) journal.meter = meterIn(flash, slot)
    if (journal.at < 0) noteBefore(journal, slot)
    if (slot.isSettled) isSettled = true
    if (isSettled && journal.meter !== 0) break
    if (isSettled || (last !== undefined && slot.boot === last.boot)) continue
    const before = slot.base > 0 && back <= reach ? readSlot(flash, (newest - back + size) % size) : undefined
    note(flash, unkept, slot, before)
    journal.unsettled.push(slot.at)
    back += Math.floor(slot.base / MARKS) * SLOT_BYTES
    last = slot
  }
  openSlot(journal)
  return { journal: journal, unkept: unkept }
}

/** The losses of all earlier boots are in the ring: they are not reported again. */
export function settle(journal: Journal): void {
  for (let i = 0; i < journal.unsettled.length; i++) {
    clearBits(journal.flash, (journal.unsettled[i] as number) + SETTLED_AT, 0)
  }
  journal.unsettled = []
}

function clearMark(flash: NorFlash, from: number, position: number): void {
  clearBits(flash, from + (position >> 3), 255 ^ (1 << (position & 7)))
}

/** One more telegram has taken a sequence number (the first takes 0). */
export function noteNoticed(journal: Journal): void {
  if (journal.noticed - journal.base >= MARKS) openSlot(journal)
  const position = journal.noticed++ - journal.base
  clearBits(journal.flash, journal.at + NOTICED_AT + (position >> 3), 255 ^ (1 << (position & 7)))
}

/** The ring has this boot's sequence numbers below `end`. */
export function noteKept(journal: Journal, end: number): void {
  if (end > journal.base) clearMark(journal.flash, journal.at + KEPT_AT, end - 1 - journal.base)
  else if (journal.beforeAt >= 0 && end > journal.beforeBase) {
    clearMark(journal.flash, journal.beforeAt + KEPT_AT, end - 1 - journal.beforeBase)
  }
}

/**
 * Why this boot is about to end. The first word counts: bits are only cleared. `lastTimeS`: the last telegram's, so that the next boot can
 * count those that come while the chip starts; 0 where its time is not known.
 */
export function noteEnd(journal: Journal, reason: EndReason, lastTimeS?: number, periodS?: number): void {
  if (((journal.flash.read(journal.at, 12)[REASON_AT] as number) & NOT_SAID) !== NOT_SAID) return
  if (lastTimeS) {
    // at the head of a sector it would hide the slots of the one before
    if ((journal.at + SLOT_BYTES) % journal.flash.sectorBytes === 0) openSlot(journal)
    openSlot(journal, lastTimeS, periodS)
  }
  clearBits(journal.flash, journal.at + REASON_AT, 128 | endReasons().indexOf(reason))
}

/** This boot has lived for a while: whatever ends it, it was no quick restart. */
export function noteSteady(journal: Journal): void {
  clearBits(journal.flash, journal.at + REASON_AT, NOT_SAID)
}
