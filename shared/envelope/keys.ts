// One device key, five uses: each use has its own key, derived per epoch, so that a key that leaks from one use opens
// no other and rotating the epoch renews all five. It knows names and epochs, not who holds which key.

import { asciiBytes, type EnvelopeCrypto } from './crypto.ts'

/** Five keys of 32 bytes: proof of identity, encryption, message tags, updates, commands. Never logged, never sent. */
export interface DongleKeys {
  /** 1 … 255; the last byte of an envelope's key id. */
  epoch: number
  auth: Uint8Array
  enc: Uint8Array
  /** `enc` again, for the hash that makes an iv: a dongle has it prepared (crypto.ts, hmacKey), like `mac`. */
  iv: Uint8Array
  mac: Uint8Array
  ota: Uint8Array
  cmd: Uint8Array
}

/** K_x = HMAC-SHA-256(deviceKey, "nrt/<x>|v<epoch>") for x in auth, enc, mac, ota, cmd. `deviceKey` is 32 bytes. */
export function deriveKeys(
  crypto: Pick<EnvelopeCrypto, 'hmacSha256'>,
  deviceKey: Uint8Array,
  epoch: number,
): DongleKeys {
  function derive(use: string): Uint8Array {
    return crypto.hmacSha256(deviceKey, asciiBytes('nrt/' + use + '|v' + epoch))
  }
  const enc = derive('enc')
  return {
    epoch: epoch,
    auth: derive('auth'),
    enc: enc,
    iv: enc,
    mac: derive('mac'),
    ota: derive('ota'),
    cmd: derive('cmd'),
  }
}
