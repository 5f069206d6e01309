// Updates on the dongle: the door to what the installer's tool wrote for them (updater.ts). It takes memory only while it is open; whoever started
// without a loader has no slots and is never updated.

import type { CborReader } from '../shared/batch/cbor.ts'
import type { Self } from './identity.ts'

/** Phase (shared/update/updater.ts), soak in ms, whether something else is on trial, and what the updater keeps for itself. */
export type Update = [number, number, boolean, unknown]

/** What tendUpdate gives: a message for the gateway, its kind first, or none. */
export function tendSlots(
  self: Self,
  update: Update,
  occasion: number,
  nowMs: number,
  body?: CborReader,
): number[] | undefined {
  if (typeof SLOT === 'undefined') return undefined
  // As a member: a direct eval would forbid the build to rename anything.
  // biome-ignore lint/security/noGlobalEval: the engine runs code from flash by it only, and the file was written with the loader
  const tend = globalThis.eval(globalThis.require('Storage').read('update') as string) as (
    update: Update,
    occasion: number,
    nowMs: number,
    self: [string, Uint8Array],
    body: Uint8Array | undefined,
  ) => number[] | undefined
  const bytes = body ? body.bytes.subarray(body.at) : undefined
  return tend(update, occasion, nowMs, [self.identity.dongleId, self.keys.ota], bytes)
}
