// A phone at the setup network: a browser whose every way out is the dongle's own access point, while that is on and the password known.
// It is reached as an HTTP proxy, so that the page has its real address.

import { createServer, request, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { WifiHouse } from '../../firmware/host/wifi.ts'

export const SETUP_ADDRESS = 'http://192.168.4.1/'

export interface Phone {
  /** For a browser's `proxy` option. */
  proxy: string
  leave(): Promise<void>
}

/** Joins by what the label says. `reach` gives the port of this machine behind which the dongle's port 80 is, if it is open now. */
export async function joinSetup(
  house: WifiHouse,
  label: { ssid: string; password: string },
  reach: () => number | undefined,
): Promise<Phone> {
  const server: Server = createServer((asked, answer) => {
    const { own } = house
    const port = own?.ssid === label.ssid && own.password === label.password ? reach() : undefined
    if (port === undefined) return void asked.socket.destroy()
    const { pathname } = new URL(asked.url ?? '/', 'http://192.168.4.1')
    const { 'proxy-connection': _, ...headers } = asked.headers
    const onward = request({ host: '127.0.0.1', port, method: asked.method, path: pathname, headers, agent: false })
    onward.on('error', () => asked.socket.destroy())
    onward.on('response', got => {
      got.on('error', () => asked.socket.destroy())
      answer.writeHead(got.statusCode ?? 502, got.headers)
      got.pipe(answer)
    })
    asked.pipe(onward)
  })
  // nothing but the dongle's page: a tunnel leads nowhere
  server.on('connect', (_asked, socket) => socket.destroy())
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  return {
    proxy: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    leave: () =>
      new Promise(resolve => {
        server.closeAllConnections()
        server.close(() => resolve())
      }),
  }
}
