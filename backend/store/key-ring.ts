// Keys that protect keys. One key-encryption key (KEK), from the environment or a file, wraps every dongle key and secret; the database holds wrapped
// ones only. A tenure's data key is wrapped with what the KEK and the tenure's leaf of the key tree give together: erasing a person's data is
// forgetting the leaf, and with it every copy of the wrapped key, in whatever backup it lies (docs/adr/0055).

import { createHmac, createSecretKey, type KeyObject, randomBytes } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { assert } from '../../shared/kernel/assert.ts'
import { failed, ok, type Result } from '../../shared/kernel/result.ts'
import type { KeyTree, KeyTreeFault } from './key-tree-file.ts'
import { seal, unseal } from './sealing.ts'

export const KEY_BYTES = 32

/** What a tenure's wrapped data key is bound to. */
function tenureKeyPlace(tenureNo: number): string {
  return `tenure|${tenureNo}`
}

export interface KeyRing {
  /** A fresh random key, wrapped. */
  newWrappedKey(place: string): Uint8Array
  wrap(key: Uint8Array, place: string): Uint8Array
  /** Undefined when the KEK is another one or the bytes were altered. */
  unwrap(wrapped: Uint8Array, place: string): Uint8Array | undefined
}

/** A key ring that opens readings too. */
export interface TenureKeys extends KeyRing {
  /** The first number from this one on whose leaf was never pruned: after a restore numbers come again. */
  freeTenureNo(from: number): number
  /** A fresh random data key, wrapped for this tenure, whose leaf is there. */
  newTenureKey(tenureNo: number): Uint8Array
  /** Undefined when the tenure is erased; else the bytes are this tenure's or were altered, which is said by 'altered'. */
  tenureKey(tenureNo: number, wrapped: Uint8Array): KeyObject | 'altered' | undefined
  /** A key that was wrapped before there was a tree, as it is wrapped now; undefined: it is erased, or is no such key. */
  rewrapped(tenureNo: number, wrapped: Uint8Array): Uint8Array | undefined
  isErased(tenureNo: number): boolean
  /** Nothing that these tenures' keys have sealed can be read again, from no copy; durable when it returns. The caller holds the writer's lock. */
  eraseTenures(tenureNos: readonly number[]): void
  /** Another thread has erased. */
  reload(): void
}

export type KekFault =
  | KeyTreeFault
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
  }
}

export function tenureKeysOf(kek: Uint8Array, tree: KeyTree): TenureKeys {
  const keys = keyRingOf(kek)
  return {
    ...keys,
    freeTenureNo(from) {
      let no = from
      while (tree.isPruned(no)) no++
      return no
    },
    newTenureKey(tenureNo) {
      const wrapping = wrappingOf(tenureNo)
      assert(wrapping !== undefined, 'a new tenure has a number that was never erased')
      return seal(wrapping, randomBytes(KEY_BYTES), tenureKeyPlace(tenureNo))
    },
    tenureKey(tenureNo, wrapped) {
      const wrapping = wrappingOf(tenureNo)
      if (wrapping === undefined) return undefined
      const key = unseal(wrapping, wrapped, tenureKeyPlace(tenureNo))
      return key === undefined ? 'altered' : createSecretKey(key)
    },
    rewrapped(tenureNo, wrapped) {
      const place = tenureKeyPlace(tenureNo)
      const [wrapping, key] = [wrappingOf(tenureNo), keys.unwrap(wrapped, place)]
      return wrapping === undefined || key === undefined ? undefined : seal(wrapping, key, place)
    },
    isErased: tree.isPruned,
    eraseTenures: tree.prune,
    reload: tree.reload,
  }

  /** Neither the key-encryption key nor the tree alone opens a tenure. */
  function wrappingOf(tenureNo: number): KeyObject | undefined {
    const secret = tree.secretOf(tenureNo)
    return secret && createSecretKey(createHmac('sha256', kek).update(secret).digest())
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
