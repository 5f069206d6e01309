// A new dongle's programs as they lie in flash, built on a host: the engine's Storage with the loader, the updater, the rescue program and one file that
// covers both slots, so that the engine never takes their room for free; and the same program, already good, in each slot.
// Storage is written once: updates change bytes inside the file, never the files (adr/0024).

import { assert } from '../kernel/assert.ts'
import type { NorFlash } from '../session/nor-flash.ts'
import { PROGRAM_BYTES_MAX } from './manifest.ts'
import { releaseBytes, SLOT_SECTORS } from './slots.ts'

export interface Programs {
  /** Texts of .bootcde, of the updater, of the rescue program and of the program. */
  loader: Uint8Array
  updater: Uint8Array
  rescue: Uint8Array
  program: Uint8Array
  /** Of the program. */
  version: number
  /** SHA-256 of the program. */
  sha256: Uint8Array
}

/** On whole sectors; everything between parts, up to the end of the Storage region, is blank. */
export interface ImagePart {
  name: string
  at: number
  data: Uint8Array
}

const SECTOR_BYTES = 4096
const FILE_HEADER_BYTES = 32
const NAME_BYTES = 28
const GOOD_FROM = 128
const GOOD_TO = 136

/** A file's header: {size u32 little-endian, name of 28 bytes, 0-padded} (Espruino, src/jsflash.c). */
function fileHeader(name: string, size: number): Uint8Array {
  const header = new Uint8Array(FILE_HEADER_BYTES)
  new DataView(header.buffer).setUint32(0, size, true)
  for (let i = 0; i < name.length && i < NAME_BYTES; i++) header[4 + i] = name.charCodeAt(i)
  return header
}

function sectors(bytes: number): number {
  return Math.ceil(bytes / SECTOR_BYTES) * SECTOR_BYTES
}

/** Newlines fill a program's file up to its sector: the next header begins one, and the engine reads over them. */
function textFile(name: string, text: Uint8Array): Uint8Array {
  const file = new Uint8Array(sectors(FILE_HEADER_BYTES + text.length)).fill(10)
  file.set(fileHeader(name, file.length - FILE_HEADER_BYTES))
  file.set(text, FILE_HEADER_BYTES)
  return file
}

/** A slot that holds the program and says that it is good. */
function slotImage(programs: Programs, crc32: NorFlash['crc32']): Uint8Array {
  const { program, version, sha256 } = programs
  const image = new Uint8Array(SECTOR_BYTES + sectors(program.length)).fill(255)
  const release = { generation: 1, version, floor: 0, bytes: program.length, number: 0, soakS: 0, sha256 }
  image.set(releaseBytes(release, { crc32 }))
  image.fill(0, GOOD_FROM, GOOD_TO)
  image.set(program, SECTOR_BYTES)
  return image
}

/** By address. `slotsAt`: two, one right behind the other. Undefined when a program does not fit. */
export function programImage(
  programs: Programs,
  storageAt: number,
  slotsAt: readonly number[],
  crc32: NorFlash['crc32'],
): ImagePart[] | undefined {
  const [first, second] = slotsAt as [number, number]
  const slotBytes = SLOT_SECTORS * SECTOR_BYTES
  assert(second === first + slotBytes && first % SECTOR_BYTES === 0, 'the second slot lies right behind the first')
  const loader = textFile('.bootcde', programs.loader)
  const updater = textFile('update', programs.updater)
  const rescue = textFile('rescue', programs.rescue)
  const rescueAt = storageAt + loader.length + updater.length
  const gapAt = rescueAt + rescue.length
  if (gapAt + 2 * SECTOR_BYTES > first || programs.program.length > PROGRAM_BYTES_MAX) return undefined
  const gap = new Uint8Array(SECTOR_BYTES).fill(255)
  gap.set(fileHeader('gap', first - FILE_HEADER_BYTES - gapAt - FILE_HEADER_BYTES))
  // the last bytes before the slots: the header of the file that they are
  const border = new Uint8Array(SECTOR_BYTES).fill(255)
  border.set(fileHeader('slots', 2 * slotBytes), SECTOR_BYTES - FILE_HEADER_BYTES)
  const slot = slotImage(programs, crc32)
  return [
    { name: 'loader', at: storageAt, data: loader },
    { name: 'updater', at: storageAt + loader.length, data: updater },
    { name: 'rescue program', at: rescueAt, data: rescue },
    { name: 'gap', at: gapAt, data: gap },
    { name: 'border of the slots', at: first - SECTOR_BYTES, data: border },
    { name: 'slot 0', at: first, data: slot },
    { name: 'slot 1', at: second, data: slot },
  ]
}
