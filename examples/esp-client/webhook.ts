// Webhooks: a small server that believes a message only when its signature and its time are right (Standard Webhooks), and answers quickly; what has to be done
// with it is done afterwards. Anything but 2xx is tried again by the platform.

import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Webhook } from 'standardwebhooks'

export interface Event {
  id: string
  type: string
  // biome-ignore lint/suspicious/noExplicitAny: what an event carries depends on its type
  data: any
}

/** Resolves when it listens, with its port. `secret` is asked for each message: it is known only when the platform has been told the address. */
export function takeWebhooks(
  port: number,
  secret: () => string,
  take: (event: Event) => void,
): Promise<{ server: Server; port: number }> {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', chunk => chunks.push(chunk))
    request.on('end', () => {
      const body = Buffer.concat(chunks).toString()
      try {
        const event = new Webhook(secret()).verify(body, request.headers as Record<string, string>) as Event
        response.writeHead(204).end()
        take(event)
      } catch {
        response.writeHead(401).end()
      }
    })
  })
  return new Promise(resolve =>
    server.listen(port, () => resolve({ server, port: (server.address() as AddressInfo).port })),
  )
}
