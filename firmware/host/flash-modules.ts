// require("Flash") and require("Storage") as the script sees them: the chip and its file log behind the engine's argument
// checks. Flash reaches every address, as on the ESP32: which of them are free is for flash.config.json to say.

import { toBinary, toBytes } from './bytes.ts'
import { FLASH_BYTES, type FlashChip, PAGE_BYTES } from './flash.ts'
import type { Realm } from './realm.ts'
import { openStorage } from './storage.ts'

export function openFlashModule(chip: FlashChip, realm: Realm): Record<string, unknown> {
  return {
    read: (length: number, address: number) => (length > 0 ? realm.bytes(chip.read(address, length)) : undefined),
    write: (data: unknown, address: number) => {
      if (data === undefined) throw realm.error('Data is not defined')
      chip.write(address, toBytes(data))
    },
    erasePage: (address: unknown) => {
      if (typeof address !== 'number') throw realm.error(`Address should be an integer, got ${typeof address}`)
      chip.erasePage(address)
    },
    getPage: (address: number) =>
      address >= 0 && address < FLASH_BYTES
        ? { addr: address - (address % PAGE_BYTES), length: PAGE_BYTES }
        : undefined,
    // what the ESP32 build says; the last area overlaps Storage and must not be used (reference: jshardware.c)
    getFree: () => [
      { addr: 0xe000, length: 0x2000 },
      { addr: 0x310000, length: 0x10000 },
      { addr: 0x360000, length: 0xa0000 },
    ],
  }
}

export function openStorageModule(chip: FlashChip, realm: Realm): Record<string, unknown> {
  const storage = openStorage(chip)
  const text = (name: string, offset?: number, length?: number): string | undefined => {
    const bytes = storage.read(name, offset, length)
    return bytes && toBinary(bytes)
  }
  const write = (name: string, data: unknown, offset?: number, size?: number): boolean => {
    try {
      storage.write(name, toBytes(data), offset, size)
    } catch (thrown) {
      throw chip.isDead ? thrown : realm.error((thrown as Error).message)
    }
    return true
  }
  return {
    read: text,
    readArrayBuffer: (name: string) => {
      const bytes = storage.read(name)
      return bytes && realm.arrayBuffer(bytes)
    },
    readJSON: (name: string) => {
      const found = text(name)
      return found === undefined ? undefined : JSON.parse(found)
    },
    write,
    writeJSON: (name: string, value: unknown) => write(name, JSON.stringify(value)),
    erase: (name: string) => storage.erase(name),
    list: (pattern?: RegExp) => storage.list().filter(name => !pattern || pattern.test(name)),
    getFree: () => storage.freeBytes(),
    compact: () => storage.compact(),
  }
}
