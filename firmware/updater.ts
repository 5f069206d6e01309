// Updates as the installer's tool wrote them into a dongle, and as they stay: a file of Storage that the program, and the rescue program, evaluate
// for each occasion (update.ts). No release can break it, and it takes no room in one. What passes through its one function are
// numbers, texts and bytes in agreed places: the names of a later program are other names.

import { createReader } from '../shared/batch/cbor.ts'
import { SLOT_SECTORS } from '../shared/update/slots.ts'
import { createUpdating, IDLE, tendUpdate, type UpdateHost, type Updating } from '../shared/update/updater.ts'
import { BOARD, FLASH_MAP, SECTOR_BYTES, SLOTS_AT } from './config.ts'
import { openCrypto } from './crypto.ts'
import { openRegion } from './flash.ts'

/**
 * `kept`: 0 phase, 1 soak in ms, 2 something else is on trial (set by the caller), 3 its own. `self`: 0 dongle id, 1 K_ota. The rest as tendUpdate's; `body`
 * in bytes. It leaves nothing behind that would keep its scope alive: who calls it has seen to slice() (engine-fixes.ts).
 */
OUT[0] = function tend(
  kept: [number, number, boolean, unknown],
  occasion: number,
  nowMs: number,
  self: [string, Uint8Array],
  body?: Uint8Array,
): number[] | undefined {
  const flash = globalThis.require('Flash')
  const crypto = openCrypto(globalThis.require('crypto'), E)
  const updating = (kept[3] as Updating) || createUpdating()
  updating.isBusy = kept[2]
  const host: UpdateHost = {
    slots: [
      openRegion(flash, SLOTS_AT[0] as number, SLOT_SECTORS),
      openRegion(flash, SLOTS_AT[1] as number, SLOT_SECTORS),
    ],
    running: SLOT,
    crypto: crypto,
    keys: { ota: self[1] },
    dongleId: self[0],
    board: BOARD,
    engine: process.version,
    map: FLASH_MAP,
    // the engine hashes a text in flash where it lies, as it does bytes
    sha256Of: (slot, bytes) =>
      crypto.sha256(E.memoryArea((SLOTS_AT[slot] as number) + SECTOR_BYTES, bytes) as unknown as Uint8Array),
  }
  const message = tendUpdate(host, updating, occasion, nowMs, body ? createReader(body) : undefined)
  kept[0] = updating.phase
  kept[1] = updating.soakMs
  kept[3] = updating.phase === IDLE && updating.refused === 0 ? undefined : updating
  return message
}
