// The engine's Storage as it lies in flash: a log of files, each a header {size u32 little-endian, flags in the top byte;
// name of 28 bytes, 0-padded} and its data, aligned to 4. A file is dropped by zeroing the first four bytes of its name
// (src/jsflash.c). Compaction erases pages before it writes them again, and a Storage that is not whole at boot is erased, the
// program with it: a power cut in between loses everything, here as there. StorageFile is left out.

import { type FlashChip, PAGE_BYTES } from './flash.ts'

export const STORAGE_AT = 0x320000
const STORAGE_BYTES = 896 * 1024
export const STORAGE_END = STORAGE_AT + STORAGE_BYTES
const HEADER_BYTES = 32
const NAME_BYTES = 28

interface File {
  name: string
  isDropped: boolean
  /** Where the data begins, and its bytes. */
  at: number
  length: number
}

export interface Storage {
  read(name: string, offset?: number, length?: number): Uint8Array | undefined
  /** Throws Error with the engine's sentences: existing other content, too much data, no room. */
  write(name: string, data: Uint8Array, offset?: number, size?: number): void
  erase(name: string): void
  list(): string[]
  /** Bytes behind the last file. */
  freeBytes(): number
  /** Moves the files together over those that were dropped. Not safe when the power fails. */
  compact(): void
  /** What the engine asks at boot; if not, it erases all. */
  isValid(): boolean
  eraseAll(): void
}

const BLANK = Buffer.alloc(STORAGE_BYTES, 0xff)

const aligned = (bytes: number): number => (bytes + 3) & ~3

/** The file whose header lies at `at`, or undefined where no header is. */
function fileAt(chip: FlashChip, at: number): File | undefined {
  if (at + HEADER_BYTES > STORAGE_END) return undefined
  const header = chip.read(at, HEADER_BYTES)
  const word = new DataView(header.buffer).getUint32(0, true)
  if (word === 0xffffffff || word === 0) return undefined
  const length = word & 0xffffff
  if (at + HEADER_BYTES + length > STORAGE_END) return undefined
  const name = Buffer.from(header.subarray(4, HEADER_BYTES)).toString('latin1')
  return { name: name.split('\0')[0]!, isDropped: header[4] === 0, at: at + HEADER_BYTES, length }
}

/** All files in order, and where the free room behind them begins. After a gap the log goes on at the next page or not at all. */
function scan(chip: FlashChip): { files: File[]; freeAt: number } {
  const files: File[] = []
  let freeAt = STORAGE_AT
  for (;;) {
    const file = fileAt(chip, freeAt) ?? fileAt(chip, freeAt - (freeAt % PAGE_BYTES) + PAGE_BYTES)
    if (!file) return { files, freeAt }
    files.push(file)
    freeAt = aligned(file.at + file.length)
  }
}

function isErased(chip: FlashChip, at: number, length: number): boolean {
  return Buffer.from(chip.read(at, length)).equals(BLANK.subarray(0, length))
}

/** The page from which on files move: the last one that begins with a file, at or before the first dropped file. */
function firstPageToMove(files: File[]): number | undefined {
  let pageAt = STORAGE_AT
  for (const file of files) {
    const headerAt = file.at - HEADER_BYTES
    if (headerAt % PAGE_BYTES === 0) pageAt = headerAt
    if (file.isDropped) return pageAt
  }
  return undefined
}

export function openStorage(chip: FlashChip): Storage {
  const find = (name: string): File | undefined =>
    scan(chip).files.find(file => !file.isDropped && file.name === name.slice(0, NAME_BYTES))

  function drop(file: File): void {
    chip.write(file.at - NAME_BYTES, new Uint8Array(4))
  }

  function create(name: string, length: number): File {
    const { freeAt } = scan(chip)
    if (freeAt + HEADER_BYTES + aligned(length) > STORAGE_END) throw new Error('Unable to find or create file')
    const header = new Uint8Array(HEADER_BYTES)
    new DataView(header.buffer).setUint32(0, length, true)
    header.set(Buffer.from(name.slice(0, NAME_BYTES), 'latin1'), 4)
    chip.write(freeAt, header)
    return { name, isDropped: false, at: freeAt + HEADER_BYTES, length }
  }

  return {
    read: (name, offset = 0, length = 0) => {
      const file = find(name)
      if (!file) return undefined
      const from = Math.min(Math.max(offset, 0), file.length)
      const count = length > 0 ? Math.min(length, file.length - from) : file.length - from
      return chip.read(file.at + from, count)
    },
    write: (name, data, offset = 0, size = 0) => {
      const length = size || data.length
      if (length === 0) throw new Error("Can't create zero length file")
      let file = find(name)
      if (file && offset === 0 && (file.length !== length || !isErased(chip, file.at, length))) {
        const isSame = file.length === data.length && Buffer.from(chip.read(file.at, file.length)).equals(data)
        if (isSame) return
        drop(file)
        file = undefined
      }
      if (!file) {
        if (offset !== 0) throw new Error('Unable to find or create file')
        file = create(name, length)
      }
      if (offset + data.length > file.length) throw new Error('Too much data for file size')
      if (!isErased(chip, file.at + offset, data.length)) {
        throw new Error('File already written with different data')
      }
      chip.write(file.at + offset, data)
    },
    erase: name => {
      const file = find(name)
      if (file) drop(file)
    },
    list: () =>
      scan(chip)
        .files.filter(file => !file.isDropped)
        .map(file => file.name),
    freeBytes: () => STORAGE_END - scan(chip).freeAt,
    compact: () => {
      const { files, freeAt } = scan(chip)
      const start = firstPageToMove(files)
      if (start === undefined) return
      const moving = files.filter(file => !file.isDropped && file.at > start)
      const content = Buffer.concat(
        moving.map(file => chip.read(file.at - HEADER_BYTES, HEADER_BYTES + aligned(file.length))),
      )
      for (let at = start; at < freeAt; at += PAGE_BYTES) {
        chip.erasePage(at)
        chip.write(at, content.subarray(at - start, at - start + PAGE_BYTES))
      }
    },
    isValid: () => {
      const { files, freeAt } = scan(chip)
      if (files.length === 0) return isErased(chip, STORAGE_AT, STORAGE_BYTES)
      // where a header was looked for last, and nothing may be
      const nextPageAt = freeAt - (freeAt % PAGE_BYTES) + PAGE_BYTES
      return nextPageAt + HEADER_BYTES > STORAGE_END || isErased(chip, nextPageAt, HEADER_BYTES)
    },
    eraseAll: () => {
      for (let at = STORAGE_AT; at < STORAGE_END; at += PAGE_BYTES) chip.erasePage(at)
    },
  }
}
