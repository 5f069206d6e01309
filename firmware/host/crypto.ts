// require("crypto") as the engine has it (libs/crypto/jswrap_crypto.c): hashes, PBKDF2, AES without padding. CTR ignores its
// IV there, so it does here; what fails prints an ERROR line and returns undefined, it does not throw.

import { createCipheriv, createDecipheriv, createHash, pbkdf2Sync } from 'node:crypto'
import { toBytes } from './bytes.ts'
import type { Realm } from './realm.ts'

const HASHES = ['SHA1', 'SHA224', 'SHA256', 'SHA384', 'SHA512']
const BLOCK_BYTES = 16

interface AesOptions {
  iv?: unknown
  mode?: string
}

/** The cipher by the engine's mode; undefined where the engine says "Feature unavailable". */
function cipherName(mode: string, keyBytes: number): string | undefined {
  const suffix = { CBC: 'cbc', CFB: 'cfb8', CTR: 'ctr', ECB: 'ecb' }[mode]
  return suffix ? `aes-${keyBytes * 8}-${suffix}` : undefined
}

function ivOf(mode: string, iv: unknown): Buffer | null {
  if (mode === 'ECB') return null
  const bytes = Buffer.alloc(BLOCK_BYTES)
  if (iv !== undefined && mode !== 'CTR') Buffer.from(toBytes(iv)).copy(bytes)
  return bytes
}

export function openCryptoModule(realm: Realm, printError: (text: string) => void): Record<string, unknown> {
  function aes(message: unknown, key: unknown, options: AesOptions | undefined, isEncrypting: boolean) {
    const mode = options?.mode ?? 'CBC'
    if (!['CBC', 'CFB', 'CTR', 'OFB', 'ECB'].includes(mode)) throw realm.error(`Unknown Crypto mode "${mode}"`)
    const plain = toBytes(message)
    const keyBytes = toBytes(key)
    if (![16, 24, 32].includes(keyBytes.length)) return printError('Unknown error: -0x20')
    const name = cipherName(mode, keyBytes.length)
    if (!name) return printError('Feature unavailable')
    if (mode === 'CBC' && plain.length % BLOCK_BYTES !== 0) return printError('Invalid input length')
    const open = isEncrypting || mode === 'CTR' ? createCipheriv : createDecipheriv
    const cipher = open(name, keyBytes, ivOf(mode, options?.iv)).setAutoPadding(false)
    // ECB takes whole blocks only and leaves the rest of the result zero
    const whole = mode === 'ECB' ? plain.length - (plain.length % BLOCK_BYTES) : plain.length
    const out = Buffer.alloc(plain.length)
    Buffer.concat([cipher.update(plain.subarray(0, whole)), cipher.final()]).copy(out)
    return realm.arrayBuffer(out)
  }

  const hash = (name: string) => (message: unknown) =>
    realm.arrayBuffer(createHash(name.toLowerCase()).update(toBytes(message)).digest())

  return {
    ...Object.fromEntries(HASHES.map(name => [name, hash(name)])),
    PBKDF2: (
      passphrase: unknown,
      salt: unknown,
      options?: { keySize?: number; iterations?: number; hasher?: string },
    ) => {
      const hasher = options?.hasher ?? 'SHA1'
      if (!HASHES.includes(hasher)) throw realm.error(`Unknown Hasher "${hasher}"`)
      const keyBytes = (options?.keySize || 4) * 4
      const iterations = Math.max(options?.iterations ?? 1, 1)
      return realm.arrayBuffer(
        pbkdf2Sync(toBytes(passphrase), toBytes(salt), iterations, keyBytes, hasher.toLowerCase()),
      )
    },
    AES: {
      encrypt: (message: unknown, key: unknown, options?: AesOptions) => aes(message, key, options, true),
      decrypt: (message: unknown, key: unknown, options?: AesOptions) => aes(message, key, options, false),
    },
  }
}
