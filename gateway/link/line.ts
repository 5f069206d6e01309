// One connection to a backend elsewhere, from dial to death: calls, the pulse that finds out whether it lives, and the stream of commands.
// It knows HTTP/2 and TLS; what is said over it is ports.ts, when to dial again link.ts.

import { hash } from 'node:crypto'
import { type ClientHttp2Session, connect, constants as http2 } from 'node:http2'
import { connect as connectTls } from 'node:tls'
import {
  LINK_BODY_BYTES_MAX,
  LINK_IDENTITY,
  LINK_KEY_LABEL,
  LINK_TLS,
  PULSE_PATIENCE_MS,
} from '../../shared/link/link.ts'

/** The backend did not take a call: `status` 503 means later, anything else never. */
export class NotTaken extends Error {
  readonly status: number
  readonly body: string

  constructor(status: number, body: string) {
    super(`the backend answered ${status} ${body}`.trim())
    this.status = status
    this.body = body
  }
}

export interface Line {
  /** Resolves with the answer's text; rejects with NotTaken, or with another error when the line went first. */
  call(name: string, body: Uint8Array | string): Promise<string>
  /** Calls `take` for each line of the stream; resolves when it ends. */
  listen(name: string, take: (line: string) => void): Promise<void>
  close(): void
  /** Resolves when it is gone, whoever ended it. */
  readonly gone: Promise<void>
}

const WINDOW_BYTES = 1_048_576
const LINE_CHARACTERS_MAX = 1000

/** Rejects when nobody answers in time, or whoever answers has another key. */
export async function dial({ host, port }: { host: string; port: number }, key: string): Promise<Line> {
  const psk = hash('sha256', LINK_KEY_LABEL + key, 'buffer')
  const session = connect(`https://${host.includes(':') ? `[${host}]` : host}:${port}`, {
    settings: { enablePush: false, initialWindowSize: WINDOW_BYTES },
    createConnection: () => {
      const socket = connectTls({
        ...LINK_TLS,
        host,
        port,
        ALPNProtocols: ['h2'],
        pskCallback: () => ({ psk, identity: LINK_IDENTITY }),
        // There is no certificate: who has the key is the backend.
        checkServerIdentity: () => undefined,
      })
      socket.setNoDelay(true)
      return socket
    },
  })
  const gone = new Promise<void>(resolve => session.once('close', () => resolve()))
  await connected(session)
  session.on('error', () => {}) // `gone` follows
  session.on('goaway', () => session.close())
  return {
    call: (name, body) => call(session, name, body),
    listen: listenOn(session),
    close: () => session.destroy(),
    gone,
  }
}

function connected(session: ClientHttp2Session): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => session.destroy(new Error('nobody answers')), PULSE_PATIENCE_MS)
    const fail = (cause?: Error): void => {
      clearTimeout(timer)
      reject(cause ?? new Error('the line went'))
    }
    session.once('error', fail)
    session.once('close', fail)
    session.once('connect', () => {
      clearTimeout(timer)
      session.off('error', fail)
      session.off('close', fail)
      resolve()
    })
  })
}

async function call(session: ClientHttp2Session, name: string, body: Uint8Array | string): Promise<string> {
  const stream = session.request({ [http2.HTTP2_HEADER_METHOD]: 'POST', [http2.HTTP2_HEADER_PATH]: `/${name}` })
  let status = 0
  stream.on('response', headers => {
    status = headers[':status'] ?? 0
  })
  stream.end(body)
  const parts: Buffer[] = []
  let bytes = 0
  for await (const part of stream as AsyncIterable<Buffer>) {
    bytes += part.length
    if (bytes > LINK_BODY_BYTES_MAX) stream.close()
    else parts.push(part)
  }
  const text = Buffer.concat(parts).toString()
  // A stream that is reset may end without a word.
  if (status === 0) throw new Error('the line went')
  if (status !== 200) throw new NotTaken(status, text)
  return text
}

function listenOn(session: ClientHttp2Session): Line['listen'] {
  return async (name, take) => {
    const stream = session.request({ [http2.HTTP2_HEADER_METHOD]: 'POST', [http2.HTTP2_HEADER_PATH]: `/${name}` })
    stream.end()
    stream.setEncoding('utf8')
    let rest = ''
    for await (const part of stream as AsyncIterable<string>) {
      const lines = (rest + part).split('\n')
      rest = (lines.pop() ?? '').slice(0, LINE_CHARACTERS_MAX)
      for (const line of lines) take(line)
    }
  }
}
