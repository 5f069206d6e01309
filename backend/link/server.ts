// The backend's end of the link: gateways that run apart connect here, and prove by a shared key that they are ours (TLS-PSK). It carries
// calls up to the ports (calls.ts) and commands down to every gateway, since any of them may be the one that a dongle is heard by.

import { hash } from 'node:crypto'
import {
  createSecureServer,
  constants as http2,
  type IncomingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2'
import type { AddressInfo, Socket } from 'node:net'
import type { Clock } from '../../shared/kernel/clock.ts'
import {
  LINK_BODY_BYTES_MAX,
  LINK_CALLS_MAX,
  LINK_IDENTITY,
  LINK_KEY_LABEL,
  LINK_TLS,
  LINK_VERSION,
} from '../../shared/link/link.ts'
import { toText } from '../../shared/link/texts.ts'
import type { CommandPort } from '../../shared/port/command-port.ts'
import { createCalls, type Greeting, type LinkPorts } from './calls.ts'
import { createDownlink } from './downlink.ts'

/** What the link needs of a pino logger. */
export interface Log {
  info(facts: object, sentence: string): void
  warn(facts: object, sentence: string): void
}

export interface LinkServerSetup {
  host: string
  /** 0 takes a free one. */
  port: number
  key: string
  /** Version of this program, for logs. */
  program: string
  ports: LinkPorts
  clock: Clock
  log: Log
}

export interface LinkServer {
  readonly port: number
  /** Goes to every gateway that is linked. */
  readonly commands: CommandPort
  /** Gateways that are linked. */
  gateways(): number
  /** Takes no call any more; resolves when those under way are answered. */
  close(): Promise<void>
}

/** A gateway has a pulse each second; without any for so long its line is dead. */
const SILENCE_MS = 15_000
/** Bodies that are being read or worked on, of all gateways together; beyond it they are told to come again. */
const BODIES_BYTES_MAX = 256 * 1024 * 1024
const WINDOW_BYTES = 4 * 1024 * 1024
const HANDSHAKE_MS = 5000
const CONNECTIONS_MAX = 1024
/** Between two lines about strangers, however many knock. */
const STRANGERS_EVERY_MS = 60_000

export async function openLinkServer(setup: LinkServerSetup): Promise<LinkServer> {
  const { ports, clock, log } = setup
  const psk = hash('sha256', LINK_KEY_LABEL + setup.key, 'buffer')
  const sessions = new Set<ServerHttp2Session>()
  const downlink = createDownlink(clock)
  const working = new Set<Promise<void>>()
  const saidOf = new Set<string>()
  let bodyBytes = 0
  let strangers = 0
  let sayStrangersMs = 0
  let isClosing = false

  const answer = createCalls(ports, greeting => {
    sayVersion(greeting)
    return { version: LINK_VERSION, program: setup.program, timeS: clock.wallS(), readiness: ports.ingest.readiness() }
  })

  /** Once for each version that is not ours: a gateway greets each second. */
  function sayVersion({ version, program }: Greeting): void {
    const other = `${version} ${program}`
    if ((version === LINK_VERSION && program === setup.program) || saidOf.has(other) || saidOf.size > 100) return
    saidOf.add(other)
    const facts = { theirs: program, ours: setup.program, theirLink: version, ourLink: LINK_VERSION }
    if (version === LINK_VERSION) log.info(facts, 'a gateway of another version is linked; both speak the same')
    else log.warn(facts, 'a gateway of another version cannot be served: bring both to one version')
  }

  /** Connections as TCP has them, with the bytes that each had brought at the last look. */
  const heard = new Map<Socket, number>()
  const looking = setInterval(() => {
    for (const [socket, bytes] of heard) {
      if (socket.bytesRead === bytes) socket.destroy()
      else heard.set(socket, socket.bytesRead)
    }
  }, SILENCE_MS)
  looking.unref()

  const server = createSecureServer({
    ...LINK_TLS,
    handshakeTimeout: HANDSHAKE_MS,
    pskCallback: (_socket, identity) => (identity === LINK_IDENTITY ? psk : null),
    settings: { initialWindowSize: WINDOW_BYTES, maxConcurrentStreams: LINK_CALLS_MAX, enablePush: false },
  })
  server.maxConnections = CONNECTIONS_MAX
  server.on('tlsClientError', cause => {
    strangers++
    if (clock.monotonicMs() < sayStrangersMs) return
    sayStrangersMs = clock.monotonicMs() + STRANGERS_EVERY_MS
    log.warn({ cause: cause.message, since: strangers }, 'somebody without the link key was refused')
    strangers = 0
  })
  // One whose TLS ended by a bad record may stay open in node's hands, with nobody behind it: it would count for ever, and hold up the end.
  server.on('connection', socket => {
    heard.set(socket, -1)
    socket.on('close', () => heard.delete(socket))
  })
  server.on('sessionError', () => {}) // its end is seen at the session
  server.on('session', session => {
    sessions.add(session)
    session.setLocalWindowSize(WINDOW_BYTES)
    session.setTimeout(SILENCE_MS, () => session.destroy())
    session.on('error', () => {})
    session.on('close', () => {
      sessions.delete(session)
      log.info({ gateways: sessions.size }, 'a gateway is gone')
    })
    log.info({ gateways: sessions.size }, 'a gateway is linked')
  })
  server.on('stream', (stream, headers) => {
    stream.on('error', () => {}) // the line went; what was under way comes again
    if (isClosing) return reply(stream, 503, '')
    const call = callOf(headers)
    if (call === 'commands') return downlink.join(stream)
    const work = serve(stream, call).catch(() => reply(stream, 503, toText(ports.ingest.readiness())))
    working.add(work)
    void work.finally(() => working.delete(work))
  })

  async function serve(stream: ServerHttp2Stream, call: string): Promise<void> {
    const parts: Buffer[] = []
    let bytes = 0
    try {
      for await (const part of stream as AsyncIterable<Buffer>) {
        bytes += part.length
        bodyBytes += part.length
        if (bytes > LINK_BODY_BYTES_MAX) return reply(stream, 413, '')
        if (bodyBytes > BODIES_BYTES_MAX) return reply(stream, 503, toText(ports.ingest.readiness()))
        parts.push(part)
      }
      const answered = await answer(call, Buffer.concat(parts))
      if (answered.ok) reply(stream, 200, answered.value)
      else reply(stream, answered.fault.code === 'link.unknown-call' ? 404 : 400, answered.fault.code)
    } finally {
      bodyBytes -= bytes
    }
  }

  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(setup.port, setup.host, resolve)
  })
  return {
    port: (server.address() as AddressInfo).port,
    commands: downlink.commands,
    gateways: () => sessions.size,
    async close() {
      isClosing = true
      downlink.close()
      const closed = new Promise<void>(resolve => server.close(() => resolve()))
      await Promise.all(working)
      // Answers that are written leave with the goodbye; a gateway that does not read it is not waited for.
      await Promise.all([...sessions].map(goodbye))
      clearInterval(looking)
      for (const socket of heard.keys()) socket.destroy()
      await closed
    },
  }
}

const GOODBYE_MS = 1000

async function goodbye(session: ServerHttp2Session): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<void>(resolve => {
    timer = setTimeout(resolve, GOODBYE_MS)
  })
  const gone = new Promise<void>(resolve => session.once('close', () => resolve()))
  session.close()
  if (!session.destroyed) await Promise.race([late, gone])
  clearTimeout(timer)
  session.destroy()
}

function callOf(headers: IncomingHttpHeaders): string {
  const isPost = headers[http2.HTTP2_HEADER_METHOD] === 'POST'
  return isPost ? String(headers[http2.HTTP2_HEADER_PATH]).slice(1) : ''
}

function reply(stream: ServerHttp2Stream, status: number, body: string): void {
  if (stream.destroyed || stream.closed || stream.headersSent) return
  stream.respond({ [http2.HTTP2_HEADER_STATUS]: status })
  stream.end(body)
}
