// The sealed envelope: COSE_Mac0 (RFC 9052 section 6.2) with HMAC 256/256 (RFC 9053) around a COSE_Encrypt0 with
// AES-256-CBC (RFC 9459): encrypt, then MAC; the tag is checked before anything inside is believed. It does not know what
// the sealed bytes mean nor whether they are fresh: that is the session's. Every byte has one right form.

import { assert } from '../kernel/assert.ts'
import type { Result } from '../kernel/result.ts'
import type { EnvelopeCrypto } from './crypto.ts'
import type { DongleKeys } from './keys.ts'

/** `up` from dongle to gateway, `down` back; part of what the tag covers, so a message sent back to its sender fails. */
export type Direction = 'up' | 'down'

/**
 * malformed: not the one form that version 1 has (`at` = the first byte that differs). wrong-dongle, wrong-epoch: sealed
 * under another key id. forged: the tag does not fit (other key, other direction, any changed bit). padding: right tag, wrong padding.
 */
export type EnvelopeFault =
  | { code: 'envelope.malformed'; at: number }
  | { code: 'envelope.wrong-dongle' }
  | { code: 'envelope.wrong-epoch'; epoch: number }
  | { code: 'envelope.forged' }
  | { code: 'envelope.padding' }

/** `plain` sealed; `iv` is 16 bytes, never used twice under one key and not to be foreseen by others. */
export function seal(
  crypto: EnvelopeCrypto,
  keys: DongleKeys,
  dongleId: string,
  direction: Direction,
  iv: Uint8Array,
  plain: Uint8Array,
): Uint8Array {
  assert(false, 'soon')
}

/** The sealed bytes of an envelope, or why not. Never throws, whatever the bytes. */
export function unseal(
  crypto: EnvelopeCrypto,
  keys: DongleKeys,
  dongleId: string,
  direction: Direction,
  bytes: Uint8Array,
): Result<Uint8Array, EnvelopeFault> {
  assert(false, 'soon')
}

/** The key epoch an envelope says it is sealed under (to pick keys during a rotation), or undefined when it is not one. Proves nothing. */
export function epochOf(bytes: Uint8Array): number | undefined {
  assert(false, 'soon')
}
