// A door of our own for ESPs' machines that show a certificate: TLS that asks for one, in front of the same application. It believes no certificate by itself;
// the handshake proves that the other end has its key, and the register of certificates says whose it is (certificates.ts).

import { constants } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import type { FastifyInstance } from 'fastify'

export interface TlsDoorSetup {
  host: string
  /** 0 takes a free one. */
  port: number
  certFile: string
  keyFile: string
}

export interface TlsDoor {
  readonly port: number
  close(): Promise<void>
}

const HANDSHAKE_MS = 5000
const CONNECTIONS_MAX = 1024

/** Throws what reading the files and listening throw. */
export async function openTlsDoor(
  { host, port, certFile, keyFile }: TlsDoorSetup,
  app: FastifyInstance,
): Promise<TlsDoor> {
  const server = createServer(
    {
      cert: readFileSync(certFile),
      key: readFileSync(keyFile),
      minVersion: 'TLSv1.2',
      handshakeTimeout: HANDSHAKE_MS,
      requestCert: true,
      // A certificate that nobody has signed is as good as another: what counts is that it is registered.
      rejectUnauthorized: false,
      secureOptions: constants.SSL_OP_NO_RENEGOTIATION,
    },
    (request, response) => app.routing(request, response),
  )
  server.maxConnections = CONNECTIONS_MAX
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, () => {
      server.removeListener('error', reject)
      resolve()
    })
  })
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise(resolve => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
