// The engine's settings as they lie in flash before its first start: Bluetooth off, so that its stack takes no memory from Wi-Fi and the
// program (some 1,800 variables). Espressif's NVS format ("Non-Volatile Storage Library", internals); the rest of it the engine writes itself.

import { crc32 } from 'node:zlib'

const PAGE_BYTES = 4096
const ENTRY_BYTES = 32
const ENTRIES_AT = 64
/** State: active. */
const ACTIVE = 0xfffffffe
const U8 = 0x01
const U32 = 0x04
/** The engine opens the namespace "nvs" and asks for these (its targets/esp32: 0 off, 1 on; absent: on). */
const NAMESPACE = 'nvs'
const BLUETOOTH = 'bleStatus'

/**
 * One active page, version 1, which every version of the library reads:
 * ```
 *  0  state 4, sequence number 4, version 1, unused 19, CRC of bytes 4 to 27
 * 32  two bits an entry: 10 written, 11 empty
 * 64  entries of 32: namespace 1, type 1, span 1, chunk 1, CRC of the others 4, key 16, value 8
 * ```
 */
export function engineSettings(): Uint8Array {
  const page = new Uint8Array(PAGE_BYTES).fill(0xff)
  const view = new DataView(page.buffer)
  view.setUint32(0, ACTIVE, true)
  view.setUint32(4, 0, true)
  view.setUint32(28, sum(page.subarray(4, 28)), true)
  const entries = [entry(0, U8, NAMESPACE, [1]), entry(1, U32, BLUETOOTH, [0, 0, 0, 0])]
  entries.forEach((bytes, i) => {
    page.set(bytes, ENTRIES_AT + i * ENTRY_BYTES)
    page[32 + (i >> 2)] = (page[32 + (i >> 2)] as number) & ~(1 << ((i & 3) * 2))
  })
  return page
}

function entry(namespace: number, type: number, key: string, value: number[]): Uint8Array {
  const bytes = new Uint8Array(ENTRY_BYTES).fill(0xff)
  bytes.set([namespace, type, 1])
  bytes.fill(0, 8, 24)
  bytes.set(Buffer.from(key, 'latin1'), 8)
  bytes.set(value, 24)
  const covered = new Uint8Array(28)
  covered.set(bytes.subarray(0, 4))
  covered.set(bytes.subarray(8), 4)
  new DataView(bytes.buffer).setUint32(4, sum(covered), true)
  return bytes
}

/** The ROM's CRC-32 as the library starts it. */
function sum(bytes: Uint8Array): number {
  return crc32(bytes, 0xffffffff)
}
