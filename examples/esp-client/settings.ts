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

/** PEM: the machine's certificate and its key, where the ESP has registered one; and who signed the server's, where that is nobody public. */
export interface Tls {
  cert?: string
  key?: string
  ca?: string
}

export interface Settings {
  /** Of REST, such as https://nrt.example. */
  server: string
  /** Of the streams, such as mqtts://nrt.example:8883. */
  broker: string
  key: EspKey
  tls: Tls
  /** Port of this machine on which webhooks are taken; absent: none are. */
  hookPort: number | undefined
}

export function readSettings(): Settings {
  const { values } = parseArgs({
    options: {
      server: { type: 'string' },
      broker: { type: 'string' },
      key: { type: 'string' },
      cert: { type: 'string' },
      'cert-key': { type: 'string' },
      ca: { type: 'string' },
      hook: { type: 'string' },
    },
  })
  const { server, broker, key, cert, 'cert-key': certKey, ca, hook } = values
  const isCertWhole = (cert === undefined) === (certKey === undefined)
  if (server === undefined || broker === undefined || key === undefined || !isCertWhole) {
    console.error(
      'usage: node main.ts --server URL --broker URL --key FILE [--cert FILE --cert-key FILE] [--ca FILE] [--hook PORT]',
    )
    process.exit(2)
  }
  const hookPort = hook === undefined ? undefined : Number(hook)
  const tls: Tls = {
    ...(cert !== undefined && certKey !== undefined && { cert: textOf(cert), key: textOf(certKey) }),
    ...(ca !== undefined && { ca: textOf(ca) }),
  }
  return { server, broker, key: JSON.parse(textOf(key)), tls, hookPort }
}

function textOf(file: string): string {
  return readFileSync(file, 'utf8')
}
