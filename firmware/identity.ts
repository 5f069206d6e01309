// Who this dongle is and how it is set up, from the system pages; what to say when a page is missing or damaged. It hands
// keys to the envelope and prints none of them, nor the id.

import type { EnvelopeCrypto } from '../shared/envelope/crypto.ts'
import { type DongleKeys, deriveKeys } from '../shared/envelope/keys.ts'
import type { NorFlash } from '../shared/session/nor-flash.ts'
import { type DongleConfig, type Identity, readConfig, readIdentity } from '../shared/session/system-page.ts'

export interface Self {
  identity: Identity
  keys: DongleKeys
  /** undefined: readings are kept, nothing can be sent. */
  config: DongleConfig | undefined
}

/** undefined when there is no usable identity: `say` was told why. */
export function readSelf(system: NorFlash, crypto: EnvelopeCrypto, say: (line: string) => void): Self | undefined {
  const identity = readIdentity(system)
  if (!identity.ok) {
    say('identity: ' + identity.fault.code)
    return undefined
  }
  const config = readConfig(system)
  if (!config.ok) say('config: ' + config.fault.code + ', readings are kept and not sent')
  const keys = deriveKeys(crypto, identity.value.deviceKey, identity.value.epoch)
  keys.mac = crypto.hmacKey(keys.mac)
  keys.iv = crypto.hmacKey(keys.enc)
  return {
    identity: identity.value,
    keys: keys,
    config: config.ok ? config.value : undefined,
  }
}
