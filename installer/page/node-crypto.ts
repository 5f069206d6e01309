// In place of node:crypto when the tool is built for a browser: the few calls it makes, with the browser's chance and @noble/hashes.

import { md5 } from '@noble/hashes/legacy'
import { scrypt } from '@noble/hashes/scrypt'
import { sha256 } from '@noble/hashes/sha2'

const HASHES = { md5, sha256 }

export function createHash(name: 'md5' | 'sha256') {
  const state = HASHES[name].create()
  const hash = {
    update(bytes: Uint8Array) {
      state.update(bytes)
      return hash
    },
    digest: (as: 'hex') => Buffer.from(state.digest()).toString(as),
  }
  return hash
}

export function randomBytes(count: number): Buffer {
  return Buffer.from(crypto.getRandomValues(new Uint8Array(count)))
}

export function scryptSync(text: string, salt: Uint8Array, bytes: number, cost: { N: number; r: number; p: number }) {
  return Buffer.from(scrypt(text, salt, { ...cost, dkLen: bytes }))
}
