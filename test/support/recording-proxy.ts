// A TCP line between a dongle and a gateway that keeps a copy of every byte, both ways: what anybody on the way can read.

import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

export interface RecordingProxy {
  port: number
  /** Everything so far. */
  heard(): Buffer
  stop(): Promise<void>
}

export async function startRecordingProxy(toPort: number): Promise<RecordingProxy> {
  const chunks: Buffer[] = []
  const sockets = new Set<Socket>()
  const server = createServer(near => {
    const far = connect({ host: '127.0.0.1', port: toPort })
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(from)
      from.on('data', chunk => {
        chunks.push(chunk)
        to.write(chunk)
      })
      from.on('error', () => to.destroy())
      from.on('close', () => {
        sockets.delete(from)
        to.destroy()
      })
    }
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  return {
    port: (server.address() as AddressInfo).port,
    heard: () => Buffer.concat(chunks),
    stop: async () => {
      for (const socket of sockets) socket.destroy()
      await new Promise(resolve => server.close(resolve))
    },
  }
}
