// Keys that protect keys. One key-encryption key (KEK), from the environment or a file, wraps every data key and every dongle key;
// the database holds wrapped ones only. Erasing a person's data is forgetting one wrapped data key.

import { createSecretKey, type KeyObject, randomBytes } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { failed, ok, type Result } from '../../shared/kernel/result.ts'
import { seal, unseal } from './sealing.ts'

export const KEY_BYTES = 32

/** What a tenure's wrapped data key is bound to. */
export function tenureKeyPlace(tenureNo: number): string {
  return `tenure|${tenureNo}`
}

export interface KeyRing {
  /** A fresh random key, wrapped. */
  newWrappedKey(place: string): Uint8Array
  wrap(key: Uint8Array, place: string): Uint8Array
  /** Undefined when the KEK is another one or the bytes were altered. */
  unwrap(wrapped: Uint8Array, place: string): Uint8Array | undefined
  unwrapKey(wrapped: Uint8Array, place: string): KeyObject | undefined
}

export type KekFault =
  | { code: 'kek.malformed'; where: string }
  | { code: 'kek.missing'; where: string }
  | { code: 'kek.wrong'; where: string }

export function keyRingOf(kek: Uint8Array): KeyRing {
  const kekObject = createSecretKey(kek)
  const unwrap = (wrapped: Uint8Array, place: string) => unseal(kekObject, wrapped, place)
  return {
    newWrappedKey: place => seal(kekObject, randomBytes(KEY_BYTES), place),
    wrap: (key, place) => seal(kekObject, key, place),
    unwrap,
    unwrapKey: (wrapped, place) => {
      const key = unwrap(wrapped, place)
      return key === undefined ? undefined : createSecretKey(key)
    },
  }
}

/**
 * The KEK: 64 hexadecimal digits in `text` (NRT_KEK), else in the file. `mayCreate` is true only for a new database: a lost file must
 * be said, not replaced by a key that opens nothing. A created file is readable by its owner alone.
 */
export function loadKek(text: string | undefined, file: string, mayCreate: boolean): Result<Uint8Array, KekFault> {
  if (text !== undefined) return kekOfText(text, 'NRT_KEK')
  if (existsSync(file)) return kekOfText(readFileSync(file, 'latin1'), file)
  if (!mayCreate) return failed({ code: 'kek.missing', where: file })
  const kek = randomBytes(KEY_BYTES)
  writeFileSync(file, `${kek.toString('hex')}\n`, { mode: 0o600, flag: 'wx', flush: true })
  return ok(kek)
}

function kekOfText(text: string, where: string): Result<Uint8Array, KekFault> {
  const digits = text.trim()
  if (!/^[0-9a-fA-F]{64}$/.test(digits)) return failed({ code: 'kek.malformed', where })
  return ok(Buffer.from(digits, 'hex'))
}
