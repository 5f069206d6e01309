// What node's TLS client says first, without a network.

import { Duplex } from 'node:stream'
import { type ConnectionOptions, connect } from 'node:tls'

export function clientHello(options: ConnectionOptions = {}): Promise<Uint8Array> {
  return new Promise(resolve => {
    const line = new Duplex({ read() {}, write: (chunk: Uint8Array) => resolve(chunk) })
    connect({ ...options, socket: line, rejectUnauthorized: false }).on('error', () => {})
  })
}
