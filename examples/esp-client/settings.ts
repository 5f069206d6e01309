// What this client is started with: where the platform is, and the ESP's own key. The key file holds {espId, kid, jwk}: jwk is a private P-256 key whose
// public half the platform knows; it never leaves this machine.

import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import type { JWK } from 'jose'

export interface EspKey {
  espId: string
  kid: string
  jwk: JWK
}

export interface Settings {
  /** Of REST, such as https://nrt.example. */
  server: string
  /** Of the streams, such as mqtts://nrt.example:8883. */
  broker: string
  key: EspKey
  /** Port of this machine on which webhooks are taken; absent: none are. */
  hookPort: number | undefined
}

export function readSettings(): Settings {
  const { values } = parseArgs({
    options: {
      server: { type: 'string' },
      broker: { type: 'string' },
      key: { type: 'string' },
      hook: { type: 'string' },
    },
  })
  const { server, broker, key, hook } = values
  if (server === undefined || broker === undefined || key === undefined) {
    console.error('usage: node main.ts --server URL --broker URL --key FILE [--hook PORT]')
    process.exit(2)
  }
  const hookPort = hook === undefined ? undefined : Number(hook)
  return { server, broker, key: JSON.parse(readFileSync(key, 'utf8')), hookPort }
}
