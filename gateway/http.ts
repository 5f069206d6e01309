// Probes and metrics: as functions for whoever has an HTTP server already (the backend in one process), and as a small
// listener of its own for a gateway that runs apart. It serves three paths, and two more to a broker that asks who may connect.

import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Registry } from 'prom-client'
import { HOOK_BODY_BYTES_MAX, type Hooks } from './broker/hooks.ts'

export type GatewayReadiness = { isReady: true } | { isReady: false; reason: string }

interface Page {
  status: number
  contentType: string
  body: string
}

export interface Probes {
  /** 200 as long as this process can answer at all. */
  healthz(): Page
  /** 200 when batches are taken and stored; 503 with the reason otherwise. */
  readyz(): Page
  /** Prometheus text. */
  metrics(): Promise<Page>
}

export function createProbes(readiness: () => GatewayReadiness, registry: Registry): Probes {
  return {
    healthz: () => json(200, { isAlive: true }),
    readyz() {
      const now = readiness()
      return json(now.isReady ? 200 : 503, now)
    },
    async metrics() {
      return { status: 200, contentType: registry.contentType, body: await registry.metrics() }
    },
  }
}

export interface ProbeServer {
  readonly port: number
  close(): Promise<void>
}

export async function openProbeServer(probes: Probes, port: number, host: string, hooks?: Hooks): Promise<ProbeServer> {
  const server: Server = createServer((request, response) => {
    const isHook = hooks !== undefined && request.method === 'POST' && request.url?.startsWith('/broker/')
    const page = isHook ? hooked(hooks, request) : pageFor(probes, request.method, request.url)
    page.then(
      page => answer(response, page),
      () => answer(response, json(500, { code: 'probe.failed' })),
    )
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, resolve)
  })
  return {
    port: (server.address() as AddressInfo).port,
    async close() {
      server.closeAllConnections()
      await new Promise<void>(resolve => server.close(() => resolve()))
    },
  }
}

async function hooked(hooks: Hooks, request: IncomingMessage): Promise<Page> {
  let body = ''
  for await (const part of request.setEncoding('utf8') as AsyncIterable<string>) {
    if (body.length + part.length > HOOK_BODY_BYTES_MAX) return json(413, { code: 'body.too-large' })
    body += part
  }
  const answer = await hooks.answer(request.url ?? '', request.headers.authorization, body)
  return answer === undefined ? json(404, { code: 'path.unknown' }) : json(answer.status, answer.body)
}

async function pageFor(probes: Probes, method: string | undefined, url: string | undefined): Promise<Page> {
  if (method !== 'GET' && method !== 'HEAD') return json(405, { code: 'method.not-allowed' })
  const path = (url ?? '').split('?')[0]
  if (path === '/healthz') return probes.healthz()
  if (path === '/readyz') return probes.readyz()
  if (path === '/metrics') return probes.metrics()
  return json(404, { code: 'path.unknown' })
}

function answer(response: ServerResponse, page: Page): void {
  response.writeHead(page.status, { 'content-type': page.contentType })
  response.end(page.body)
}

function json(status: number, body: object): Page {
  return { status, contentType: 'application/json', body: JSON.stringify(body) }
}
