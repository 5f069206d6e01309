// One signed POST to somebody's server: its time is bounded, its answer is read no further than it matters, it follows nobody anywhere else. Bytes leave only
// when `mayLeave` says so in the turn in which they do: on a connection that stands.

import http from 'node:http'
import https from 'node:https'
import type { Socket } from 'node:net'
import { Webhook } from 'standardwebhooks'
import { publicLookup } from './safe-address.ts'

/** answered: the status line that came. failed: in a word, none came. held: it was not sent, because it may not be any more. */
export type Posted =
  | { kind: 'answered'; status: number; retryAfterS: number | undefined }
  | { kind: 'failed'; code: 'away' | 'late' | 'not-public' | 'garbage' }
  | { kind: 'held' }

export interface Message {
  /** Standard Webhooks: the same for the same content. */
  id: string
  body: string
}

export interface Poster {
  post(
    url: URL,
    secret: string,
    message: Message,
    mayLeave: () => boolean,
  ): { posted: Promise<Posted>; breakOff(): void }
  close(): void
}

const TIMEOUT_MS = 10_000
const ANSWER_HEADERS_MAX = 8192
const SOCKETS_PER_ENDPOINT = 4

export interface PosterOptions {
  mayBePrivate: boolean
  /** Epoch ms. */
  nowMs(): number
  timeoutMs?: number | undefined
}

export function createPoster({ mayBePrivate, nowMs, timeoutMs = TIMEOUT_MS }: PosterOptions): Poster {
  const common = {
    keepAlive: true,
    maxSockets: SOCKETS_PER_ENDPOINT,
    maxFreeSockets: SOCKETS_PER_ENDPOINT,
    scheduling: 'lifo' as const,
  }
  const agents = { 'http:': new http.Agent(common), 'https:': new https.Agent(common) }
  const lookup = publicLookup(mayBePrivate)

  return {
    post,
    close() {
      for (const agent of Object.values(agents)) agent.destroy()
    },
  }

  function post(url: URL, secret: string, { id, body }: Message, mayLeave: () => boolean) {
    const isSafe = url.protocol === 'https:'
    const sentAt = new Date(nowMs())
    const request = (isSafe ? https : http).request(url, {
      method: 'POST',
      agent: agents[isSafe ? 'https:' : 'http:'],
      lookup,
      maxHeaderSize: ANSWER_HEADERS_MAX,
      headers: {
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(body),
        'user-agent': 'nrt-webhook/1',
        'webhook-id': id,
        'webhook-timestamp': String(Math.floor(sentAt.getTime() / 1000)),
        'webhook-signature': new Webhook(secret).sign(id, sentAt, body),
      },
    })
    const posted = new Promise<Posted>(resolve => {
      const timer = setTimeout(() => end({ kind: 'failed', code: 'late' }), timeoutMs)
      function end(outcome: Posted): void {
        clearTimeout(timer)
        resolve(outcome)
        if (outcome.kind !== 'answered') request.destroy()
      }
      function go(): void {
        if (mayLeave()) request.end(body)
        else end({ kind: 'held' })
      }
      request.on('socket', (socket: Socket) => {
        if (socket.connecting) socket.once(isSafe ? 'secureConnect' : 'connect', go)
        else go()
      })
      request.on('response', response => {
        end({
          kind: 'answered',
          status: response.statusCode ?? 0,
          retryAfterS: secondsOf(response.headers['retry-after']),
        })
        // A short answer frees the connection for the next; who goes on talking loses it.
        let bytes = 0
        response.on('data', (chunk: Uint8Array) => {
          bytes += chunk.length
          if (bytes > ANSWER_HEADERS_MAX) response.destroy()
        })
        response.on('error', () => undefined)
        response.setTimeout(timeoutMs, () => response.destroy())
      })
      request.on('error', (error: NodeJS.ErrnoException) => end({ kind: 'failed', code: wordOf(error) }))
    })
    return { posted, breakOff: () => void request.destroy(Object.assign(new Error('broken off'), { code: 'EBROKEN' })) }
  }
}

function wordOf({ code = '' }: NodeJS.ErrnoException): 'away' | 'not-public' | 'garbage' {
  if (code === 'ENOTPUBLIC') return 'not-public'
  return code.startsWith('HPE_') ? 'garbage' : 'away'
}

function secondsOf(text: string | undefined): number | undefined {
  return text !== undefined && /^[0-9]{1,6}$/.test(text) ? Number(text) : undefined
}
