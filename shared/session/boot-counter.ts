// The boot counter: one bit of flash is cleared per start, so counting needs no erase and a cut can only skip a number,
// never repeat one. Two sectors take turns when one is used up; when one cannot be read the counter jumps ahead by 2^16,
// further than anything that was written there. Gateways refuse a boot number that is not above the last one.

import { isErased, type NorFlash } from './nor-flash.ts'
import { SYSTEM_SECTORS } from './system-page.ts'

/*  sector, numbers big-endian
 *    0  magic "nrB1"     4  base, u32     8  CRC-32 of 0 … 7     12  0xFFFFFFFF
 *   16  1020 words of 32 bits, cleared from the first word on and from the highest bit on
 *  value = base + cleared bits
 */
const MAGIC = 0x6e724231
const HEAD_BYTES = 16
const NOT_WRITTEN = 4294967295

/** How far the counter jumps when a page of it cannot be read: more than one page can count (32,640). */
const BOOT_JUMP = 65536

const FIRST = SYSTEM_SECTORS.bootCounter

/** `at` is the offset of the word to write next, 0 when the page is used up. */
interface WholePage {
  state: 'whole'
  value: number
  at: number
  word: number
  sector: number
}

/** blank: never written, or erased. bad: neither blank nor whole. */
type CounterPage = WholePage | { state: 'blank' | 'bad'; value: 0 }

/**
 * This start's number, 1 … 2^32-1, durable before it is given. `atLeast` is the highest boot number seen elsewhere (newestBoot of
 * the ring): the result is above it.
 */
export function nextBoot(system: NorFlash, atLeast: number): number {
  const page = pageToCountOn(system, atLeast)
  const boot = count(system, page)
  if (readPage(system, page.sector).value === boot) return boot
  // The memory did not take the bit: leave that page for good.
  const sector = page.sector === FIRST ? FIRST + 1 : FIRST
  return count(system, startPage(system, sector, boot + BOOT_JUMP))
}

function pageToCountOn(system: NorFlash, atLeast: number): WholePage {
  const a = readPage(system, FIRST)
  const b = readPage(system, FIRST + 1)
  const newest = a.value >= b.value ? a : b
  if (a.state === 'bad' || b.state === 'bad' || newest.value < atLeast) {
    // Over the bad page, or else over the older one.
    const sector = a.state === 'bad' || (b.state !== 'bad' && newest === b) ? FIRST : FIRST + 1
    return startPage(system, sector, Math.max(newest.value, atLeast) + BOOT_JUMP)
  }
  if (newest.state === 'whole' && newest.at > 0) return newest
  return startPage(system, newest === a && a.state === 'whole' ? FIRST + 1 : FIRST, newest.value)
}

function startPage(system: NorFlash, sector: number, base: number): WholePage {
  system.erase(sector)
  system.write(sector * system.sectorBytes, pageHead(system, base))
  return { state: 'whole', value: base, at: HEAD_BYTES, word: NOT_WRITTEN, sector: sector }
}

// Clears the next bit.
function count(system: NorFlash, page: WholePage): number {
  const bytes = new Uint8Array(4)
  new DataView(bytes.buffer).setUint32(0, page.word >>> 1)
  system.write(page.sector * system.sectorBytes + page.at, bytes)
  return page.value + 1
}

function pageHead(system: NorFlash, base: number): Uint8Array {
  const bytes = new Uint8Array(HEAD_BYTES)
  const view = new DataView(bytes.buffer)
  view.setUint32(0, MAGIC)
  view.setUint32(4, base)
  view.setUint32(8, system.crc32(bytes.subarray(0, 8)))
  view.setUint32(12, NOT_WRITTEN)
  return bytes
}

function readPage(system: NorFlash, sector: number): CounterPage {
  const bytes = system.read(sector * system.sectorBytes, system.sectorBytes)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const isWhole = view.getUint32(0) === MAGIC && view.getUint32(8) === system.crc32(bytes.subarray(0, 8))
  if (!isWhole) return { state: isErased(system, bytes) ? 'blank' : 'bad', value: 0 }
  // Words are cleared one after the other: halving finds the first that is not all zeros, and nothing may be written behind it.
  let at = HEAD_BYTES
  let end = bytes.length
  while (at < end) {
    const middle = ((at + end) >> 1) & -4
    if (view.getUint32(middle) === 0) at = middle + 4
    else end = middle
  }
  const value = view.getUint32(4) + (at - HEAD_BYTES) * 8
  if (at === bytes.length) return { state: 'whole', value: value, at: 0, word: 0, sector: sector }
  const word = view.getUint32(at)
  const inWord = clearedBits(word)
  if (inWord < 0 || !isErased(system, bytes.subarray(at + 4))) return { state: 'bad', value: 0 }
  return { state: 'whole', value: value + inWord, at: at, word: word, sector: sector }
}

// How many upper bits of a word are cleared, when all the lower ones are set; -1 otherwise.
function clearedBits(word: number): number {
  let bits = 0
  let lower = NOT_WRITTEN
  while (lower !== word && bits < 32) {
    lower = lower >>> 1
    bits++
  }
  return lower === word ? bits : -1
}
