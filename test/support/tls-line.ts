// TLS around a line, as whoever runs the platform puts it in front of pages (docs/operating.md): a near end that takes plain connections, and a far end that
// gives them on in plain. What was turned on the way is noticed by it, and the connection is over on both sides.

import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { connect as connectTls, createServer as createTlsServer } from 'node:tls'
import { selfSignedCertificate } from './self-signed-certificate.ts'

export interface End {
  readonly port: number
  stop(): Promise<void>
}

/** Takes TLS, and leads to `toPort`. */
export function startFarEnd(toPort: number): Promise<End> {
  const open = new Set<Duplex>()
  const server = createTlsServer(selfSignedCertificate('page'), socket =>
    join(open, socket, connect(toPort, '127.0.0.1')),
  )
  return listening(server, open)
}

/** Takes plain connections, and leads to the far end by way of `toPort`. */
export function startNearEnd(toPort: number): Promise<End> {
  const open = new Set<Duplex>()
  const server = createServer(socket =>
    join(open, socket, connectTls({ port: toPort, host: '127.0.0.1', rejectUnauthorized: false })),
  )
  return listening(server, open)
}

function join(open: Set<Duplex>, one: Socket, other: Socket): void {
  for (const [from, to] of [[one, other] as const, [other, one] as const]) {
    open.add(from)
    from.setNoDelay(true)
    from.on('error', () => {})
    from.once('close', () => {
      open.delete(from)
      to.destroy()
    })
    from.pipe(to)
  }
}

async function listening(server: Server, open: Set<Duplex>): Promise<End> {
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  return {
    port: (server.address() as AddressInfo).port,
    async stop() {
      const closed = new Promise(resolve => server.close(resolve))
      for (const one of open) one.destroy()
      await closed
    },
  }
}
