// What every start begins with, and what no update ever changes: it chooses the slot whose program runs, by hash and marks, and watches over one
// that is on trial. The program is evaluated behind this file's end (scripts/build-loader.ts), in the global scope, from flash.
// It knows no network; where no program is whole, the rescue program runs instead.

import type { NorFlash } from '../shared/session/nor-flash.ts'
import { chooseSlot, isOnTrial, markBad, RESCUE_SLOT, readHead, SLOT_SECTORS } from '../shared/update/slots.ts'
import { UNHEALTHY } from '../shared/update/states.ts'
import { SECTOR_BYTES, SLOTS_AT } from './config.ts'
import { openRegion } from './flash.ts'

/** So much longer than its soak a program on trial has to prove itself. */
const TRIAL_MS = 600000
/** A program that does not come round while it starts. It sets its own time when it runs. */
const WATCHDOG_S = 300
/** RTC_CNTL_RESET_STATE_REG of the ESP32: why this core started, in its low six bits. */
const RESET_STATE = 0x3ff48034
const BY_POWER = 1
const BY_BROWN_OUT = 15

function judgeAfter(slot: NorFlash, ms: number): void {
  setTimeout(() => {
    const head = readHead(slot)
    if (!isOnTrial(head)) return
    print('loader: not healthy in time')
    markBad(slot, UNHEALTHY)
    E.reboot()
  }, ms)
}

function programAt(slot: number, bytes: number): string {
  return E.memoryArea((SLOTS_AT[slot] as number) + SECTOR_BYTES, bytes)
}

const flash = globalThis.require('Flash')
const crypto = globalThis.require('crypto')
const slots: NorFlash[] = []
for (let i = 0; i < 2; i++) slots.push(openRegion(flash, SLOTS_AT[i] as number, SLOT_SECTORS))
const cause = peek32(RESET_STATE) & 63
const chosen = chooseSlot(
  slots,
  // the engine hashes a text in flash where it lies, as it does bytes
  (slot, bytes) => new Uint8Array(crypto.SHA256(programAt(slot, bytes) as unknown as Uint8Array)),
  cause === BY_POWER || cause === BY_BROWN_OUT,
)
E.enableWatchdog(WATCHDOG_S, false)
let program: string | undefined
let isTrial = false
if (chosen === RESCUE_SLOT) program = globalThis.require('Storage').read('rescue')
else {
  const slot = slots[chosen] as NorFlash
  const head = readHead(slot)
  isTrial = isOnTrial(head)
  if (isTrial) judgeAfter(slot, head.soakS * 1000 + TRIAL_MS)
  program = programAt(chosen, head.bytes)
}
print(
  'loader: ' +
    (chosen === RESCUE_SLOT ? 'rescue' : 'slot ' + chosen + (isTrial ? ', on trial' : '')) +
    ', reset ' +
    cause,
)
globalThis.SLOT = chosen
globalThis.PROGRAM = program
globalThis.TRIAL = isTrial
