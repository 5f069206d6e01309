// The flash regions of the dongle as the pure logs see them: sectors with NOR rules (write clears bits, erase sets a whole
// sector to 0xFF). It knows where our regions lie (flash.config.json) and refuses to reach outside them: next to them lie
// the program and the engine's Storage, and Flash.getFree() lists an area that overlaps Storage.

import { assert } from '../shared/kernel/assert.ts'
import type { Packing } from '../shared/kernel/natives.ts'
import type { NorFlash } from '../shared/session/nor-flash.ts'
import { SECTOR_BYTES } from './config.ts'
import type { EngineFlash } from './engine.ts'

interface Region extends NorFlash {
  native: EngineFlash
  address: number
  size: number
}

// | 0 below: the engine wants an integer, and what came out of a division is a float to it even when it is whole.
// Functions with `this` and not closures: all regions share them, at 15 variables of the dongle's memory each. A start reads hundreds
// of times, so read() does nothing else: what it reads elsewhere is no harm, and no record.
function read(this: Region, at: number, length: number): Uint8Array {
  return this.native.read(length, (this.address + at) | 0)
}

// Each telegram makes a mark: nothing is called that need not be.
function write(this: Region, at: number, data: Uint8Array): void {
  assert(at >= 0 && at + data.length <= this.size, 'flash is used inside its region only')
  this.native.write(data, (this.address + at) | 0)
}

function erase(this: Region, sector: number): void {
  assert(sector >= 0 && sector < this.sectorCount, 'flash is used inside its region only')
  this.native.erasePage((this.address + sector * SECTOR_BYTES) | 0)
}

// An image of eight bits a pixel drawn on one of a bit a pixel: '0' and '1' are even and odd, which is all that two colours look at.
function packBits(bits: string): Uint8Array {
  const width = bits.length & -8
  const graphics = Graphics.createArrayBuffer(width, 1, 1, { msb: true })
  graphics.drawImage({ width: width, height: 1, bpp: 8, palette: new Uint16Array([0, 1]), buffer: bits })
  return new Uint8Array(graphics.buffer)
}

/** One picture over another, of eight bits a pixel: the engine has no copying of bytes with a mask by another name. */
export function drawOver(bytes: Uint8Array, image: Uint8Array): void {
  const graphics = Graphics.createArrayBuffer(image.length, 1, 8, { buffer: bytes.buffer as ArrayBuffer })
  graphics.drawImage({ width: image.length, height: 1, bpp: 8, transparent: 255, buffer: image.buffer as ArrayBuffer })
}

/** How the engine makes a batch's bytes. */
export const PACKING: Packing = { packBits: packBits, toUint8Array: E.toUint8Array, sum: E.sum }

/** `sectorCount` sectors from `address` on. */
export function openRegion(native: EngineFlash, address: number, sectorCount: number): NorFlash {
  const region: Region = {
    native: native,
    address: address,
    size: sectorCount * SECTOR_BYTES,
    sectorBytes: SECTOR_BYTES,
    sectorCount: sectorCount,
    read: read,
    write: write,
    erase: erase,
    packing: PACKING,
    crc32: E.CRC32,
  }
  return region
}
