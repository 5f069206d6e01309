// The flash regions of the dongle as the pure logs see them: sectors with NOR rules (write clears bits, erase sets a whole
// sector to 0xFF). It knows where our regions lie (flash.config.json) and refuses to reach outside them: next to them lie
// the program and the engine's Storage, and Flash.getFree() lists an area that overlaps Storage.

import { assert } from '../shared/kernel/assert.ts'
import type { NorFlash } from '../shared/session/nor-flash.ts'
import { SECTOR_BYTES } from './config.ts'
import type { EngineFlash } from './engine.ts'

/** `sectorCount` sectors from `address` on. */
export function openRegion(native: EngineFlash, address: number, sectorCount: number): NorFlash {
  const bytes = sectorCount * SECTOR_BYTES

  function check(at: number, length: number): void {
    assert(at >= 0 && length >= 0 && at + length <= bytes, 'flash is used inside its region only')
  }

  return {
    sectorBytes: SECTOR_BYTES,
    sectorCount: sectorCount,
    read: (at, length) => {
      check(at, length)
      return native.read(length, address + at)
    },
    write: (at, data) => {
      check(at, data.length)
      native.write(data, address + at)
    },
    erase: sector => {
      check(sector * SECTOR_BYTES, SECTOR_BYTES)
      // | 0: the engine wants an integer, and what came out of a division is a float to it even when it is whole
      native.erasePage((address + sector * SECTOR_BYTES) | 0)
    },
    crc32: data => E.CRC32(data) >>> 0,
  }
}
