// Somebody on the way who ends the dongle's TLS with a certificate of his own and opens another to the gateway: he sees and changes every
// MQTT packet. The dongle's engine checks no certificate, so this is what it must live with.

import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { connect as connectTls, createServer, type TLSSocket } from 'node:tls'
import { generate, type Packet, parser } from 'mqtt-packet'

export interface Tampering {
  /** What becomes of a packet on its way up, and on its way down; absent: it passes. */
  up?(packet: Packet, middle: Middle): Packet[]
  down?(packet: Packet, middle: Middle): Packet[]
}

export interface Middle {
  readonly port: number
  /** All that has passed, in the clear. */
  readonly seen: { up: Packet[]; down: Packet[] }
  /** Straight to the newest dongle. */
  toDongle(packet: Packet): void
  stop(): Promise<void>
}

export async function startMiddle(
  certificate: { cert: string; key: string },
  gatewayTlsPort: number,
  { up, down }: Tampering,
): Promise<Middle> {
  const seen: Middle['seen'] = { up: [], down: [] }
  const sockets = new Set<TLSSocket>()
  let dongle: TLSSocket | undefined

  function relay(from: TLSSocket, to: TLSSocket, kept: Packet[], tamper: Tampering['up']): void {
    const reader = parser({ protocolVersion: 4 })
    reader.on('packet', packet => {
      kept.push(packet)
      for (const changed of tamper?.(packet, middle) ?? [packet]) to.write(generate(changed, { protocolVersion: 4 }))
    })
    from.on('data', chunk => reader.parse(chunk))
    from.on('error', () => to.destroy())
    from.on('close', () => to.destroy())
    sockets.add(from)
  }

  const server = createServer({ ...certificate, maxVersion: 'TLSv1.2' }, near => {
    dongle = near
    const far = connectTls({ host: '127.0.0.1', port: gatewayTlsPort, rejectUnauthorized: false })
    relay(near, far, seen.up, up)
    relay(far, near, seen.down, down)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const middle: Middle = {
    port: (server.address() as AddressInfo).port,
    seen,
    toDongle: packet => void dongle?.write(generate(packet, { protocolVersion: 4 })),
    async stop() {
      for (const socket of sockets) socket.destroy()
      server.close()
    },
  }
  return middle
}
