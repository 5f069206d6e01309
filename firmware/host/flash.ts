// The dongle's flash chip: NOR memory of 4 MB at the ESP32's own addresses, kept in a file if a path is given. Writing only
// clears bits, erasing sets a page of 4 kB to 0xFF, and the power may fail before, in the middle of, or after any of them.
// The image is the one that the engine's Linux build uses (espruino.flash) and that a flash tool would write.

import { closeSync, existsSync, openSync, readFileSync, writeSync } from 'node:fs'

export const FLASH_BYTES = 0x400000
export const PAGE_BYTES = 4096

/** Where the power fails: `half` leaves an operation half done, the byte in the middle torn. */
export type Cut = 'none' | 'before' | 'half' | 'after'

export interface FlashOperation {
  /** Counts writes and erases since the chip was opened, from 0. */
  index: number
  kind: 'write' | 'erase'
  at: number
  length: number
}

/** Thrown out of the operation in which the power failed, and by every later one. */
export class PowerCut extends Error {}

export interface FlashChip {
  readonly isDead: boolean
  /** Writes and erases so far. */
  readonly operations: number
  read(at: number, length: number): Uint8Array
  write(at: number, data: Uint8Array): void
  erasePage(at: number): void
  close(): void
}

export interface FlashChipOptions {
  /** Kept in this file; in memory only if absent. A missing file is a blank chip; a shorter one is filled up with 0xFF. */
  path?: string
  /** The chip as it was when the power failed, to boot again from memory. */
  image?: Uint8Array
  /** Asked before each write and erase. */
  fault?: (operation: FlashOperation) => Cut
}

/** NOR: each byte becomes old AND new. */
function norWrite(memory: Uint8Array, at: number, data: Uint8Array): void {
  for (let i = 0; i < data.length; i++) memory[at + i] = memory[at + i]! & data[i]!
}

/** NOR: the page that holds `at` becomes 0xFF. Returns where that page starts. */
function norErase(memory: Uint8Array, at: number): number {
  const start = at - (at % PAGE_BYTES)
  memory.fill(0xff, start, start + PAGE_BYTES)
  return start
}

/** A torn operation: the first half is done, the byte in the middle has changed some of its bits only. */
function tear(memory: Uint8Array, target: Uint8Array, start: number): void {
  const half = target.length >> 1
  const torn = (memory[start + half]! & 0x55) | (target[half]! & 0xaa)
  memory.set(target.subarray(0, half), start)
  memory[start + half] = torn
}

/** What was there before, filled up; a file of the chip's size is not copied once more. */
function memoryOf({ image, path }: FlashChipOptions): { memory: Uint8Array; isWhole: boolean } {
  const stored = image === undefined && path !== undefined && existsSync(path) ? readFileSync(path) : undefined
  if (stored !== undefined && stored.length === FLASH_BYTES) {
    return { memory: new Uint8Array(stored.buffer, stored.byteOffset, FLASH_BYTES), isWhole: true }
  }
  const memory = new Uint8Array(FLASH_BYTES).fill(0xff)
  memory.set((image ?? stored ?? memory).subarray(0, FLASH_BYTES))
  return { memory, isWhole: false }
}

/** Opens a chip; throws what the file system throws. Addresses outside the chip throw RangeError: a bug in the bundle. */
export function openFlashChip(options: FlashChipOptions): FlashChip & { memory: Uint8Array } {
  const { memory, isWhole } = memoryOf(options)
  const isNewFile = options.path !== undefined && !existsSync(options.path)
  const file = options.path === undefined ? undefined : openSync(options.path, isNewFile ? 'w+' : 'r+')
  let isDead = false
  let operations = 0

  function save(at: number, length: number): void {
    if (file !== undefined) writeSync(file, memory, at, length, at)
  }
  if (!isWhole) save(0, FLASH_BYTES)

  function check(at: number, length: number): void {
    if (isDead) throw new PowerCut('no power')
    if (at < 0 || length < 0 || at + length > FLASH_BYTES) throw new RangeError(`flash address ${at}+${length}`)
  }

  /** Runs one write or erase of `start..start+length`, of which `apply` changes memory to the outcome. */
  function run(kind: 'write' | 'erase', start: number, length: number, apply: () => void): void {
    const cut = options.fault?.({ index: operations, kind, at: start, length }) ?? 'none'
    operations++
    if (cut !== 'before') {
      const old = cut === 'half' ? memory.slice(start, start + length) : undefined
      apply()
      if (old) {
        const target = memory.slice(start, start + length)
        memory.set(old, start)
        tear(memory, target, start)
      }
      save(start, length)
    }
    if (cut !== 'none') {
      isDead = true
      throw new PowerCut(`power failed ${cut} ${kind} ${operations - 1}`)
    }
  }

  return {
    memory,
    get isDead() {
      return isDead
    },
    get operations() {
      return operations
    },
    read: (at, length) => {
      check(at, length)
      return memory.slice(at, at + length)
    },
    write: (at, data) => {
      check(at, data.length)
      if (data.length > 0) run('write', at, data.length, () => norWrite(memory, at, data))
    },
    erasePage: at => {
      check(at, 1)
      run('erase', at - (at % PAGE_BYTES), PAGE_BYTES, () => norErase(memory, at))
    },
    close: () => {
      isDead = true
      if (file !== undefined) closeSync(file)
    },
  }
}
