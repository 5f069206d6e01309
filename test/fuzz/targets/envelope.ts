// Sealed bytes at both ends. Nothing but the genuine messages may open, however near to them it comes: the corpus holds only what was
// refused on another way each.

import { nodeCrypto } from '../../../gateway/node-crypto.ts'
import { deriveKeys } from '../../../shared/envelope/keys.ts'
import { seal, unseal } from '../../../shared/envelope/seal.ts'
import { dongleIdFrom } from '../../../shared/kernel/ids.ts'

const DONGLE_ID = dongleIdFrom([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12])
const KEYS = deriveKeys(nodeCrypto, new Uint8Array(32).fill(3), 1)
const genuine = [0, 1, 15, 16, 17, 240, 1000].map(length =>
  seal(nodeCrypto, KEYS, DONGLE_ID, 'up', new Uint8Array(16).fill(length), new Uint8Array(length).fill(9)),
)
const names = new Set(genuine.map(bytes => Buffer.from(bytes).toString('latin1')))

export function run(bytes: Uint8Array): undefined {
  if (unseal(nodeCrypto, KEYS, DONGLE_ID, 'down', bytes).ok) throw new Error('a message went the wrong way')
  const isOpened = unseal(nodeCrypto, KEYS, DONGLE_ID, 'up', bytes).ok
  if (isOpened !== names.has(Buffer.from(bytes).toString('latin1')))
    throw new Error(isOpened ? 'a forgery was opened' : 'a genuine message was refused')
}

export const seeds = (): Uint8Array[] => genuine

export const tokens = [
  Uint8Array.of(0xd1, 0x84),
  Uint8Array.of(0xa0, 0x59),
  Uint8Array.of(0x83, 0x40, 0xa2, 0x01, 0x39, 0xff, 0xf8, 0x05, 0x50),
  Uint8Array.of(0x58, 0x20),
  Uint8Array.of(0x5a, 0, 0, 0, 16),
]
