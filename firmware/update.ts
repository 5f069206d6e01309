// Updates on the dongle: what shared/update needs of the engine, put together for one occasion and dropped again. Everything here is
// rare, so that it takes memory only while it runs; whoever started without a loader has no slots and is never updated.

import type { CborReader } from '../shared/batch/cbor.ts'
import type { EnvelopeCrypto } from '../shared/envelope/crypto.ts'
import { SLOT_SECTORS } from '../shared/update/slots.ts'
import { tendUpdate, type UpdateHost, type Updating } from '../shared/update/updater.ts'
import { BOARD, FLASH_MAP, SECTOR_BYTES, SLOTS_AT } from './config.ts'
import { openRegion } from './flash.ts'
import type { Self } from './identity.ts'

/** As tendUpdate, for the slots of this dongle. */
export function tendSlots(
  self: Self,
  crypto: EnvelopeCrypto,
  updating: Updating,
  occasion: number,
  nowMs: number,
  body?: CborReader,
): number[] | undefined {
  if (typeof SLOT === 'undefined') return undefined
  const flash = globalThis.require('Flash')
  const host: UpdateHost = {
    slots: [
      openRegion(flash, SLOTS_AT[0] as number, SLOT_SECTORS),
      openRegion(flash, SLOTS_AT[1] as number, SLOT_SECTORS),
    ],
    running: SLOT,
    crypto: crypto,
    keys: self.keys,
    dongleId: self.identity.dongleId,
    board: BOARD,
    engine: process.version,
    map: FLASH_MAP,
    // the engine hashes a text in flash where it lies, as it does bytes
    sha256Of: (slot, bytes) => crypto.sha256(programAt(slot, bytes) as unknown as Uint8Array),
  }
  return tendUpdate(host, updating, occasion, nowMs, body)
}

function programAt(slot: number, bytes: number): string {
  return E.memoryArea((SLOTS_AT[slot] as number) + SECTOR_BYTES, bytes)
}
