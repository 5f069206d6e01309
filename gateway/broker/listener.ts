// The doors to the embedded broker: TCP and, where a certificate is given, TLS, with or without asking for the other end's. Turns away whom the entrance
// (entrance.ts) does not let in, before a socket is made of the connection, and gives handshakes their turn. It refuses to know MQTT.

import { constants } from 'node:crypto'
import { readFileSync } from 'node:fs'
import {
  type AddressInfo,
  BlockList,
  createServer as createTcpServer,
  type Server,
  type Socket,
  type SocketAddress,
} from 'node:net'
import { createServer as createTlsServer, type TLSSocket, type Server as TlsServer } from 'node:tls'
import type { Clock } from '../../shared/kernel/clock.ts'
import type { Refusal } from '../refusal.ts'
import { createTurnstile } from '../turnstile.ts'
import { createEntrance, disprove, type EntranceLimits, excuse, knock, leave, prove, type Visit } from './entrance.ts'
import { awaitHello } from './hello-gate.ts'

// The engine on ESP32 has ECDHE with GCM; its Linux build (mbedTLS 2.1) only RSA and DHE-RSA. All of these are forward secret
// and authenticated, so nothing weaker is needed for it. Neither speaks TLS 1.3; others do.
const TLS_CIPHERS = [
  'ECDHE-ECDSA-AES128-GCM-SHA256',
  'ECDHE-RSA-AES128-GCM-SHA256',
  'ECDHE-ECDSA-AES256-GCM-SHA384',
  'ECDHE-RSA-AES256-GCM-SHA384',
  'DHE-RSA-AES128-GCM-SHA256',
  'DHE-RSA-AES256-GCM-SHA384',
].join(':')

const TICKET_S = 3600

// One read of a socket: what a dongle can have in this process beyond the queue's own limits.
const READ_BYTES = 16 * 1024

/** Handshakes that are begun in one turn, where somebody has proven himself before: half a millisecond each. */
const HELLOS_PER_TURN = 2

// Nothing is read, and nothing made ready for it, before a connection may stay: most of what a flood costs is what is done for each.
const ACCEPTING = { highWaterMark: READ_BYTES, pauseOnConnect: true }

interface ListenerLimits extends EntranceLimits {
  connectTimeoutMs: number
}

export interface ListenerOptions {
  host: string
  port: number
  /** `port`: for whoever comes. `streamPort`: asks for a certificate, for readers of streams that have one (dongles' engines are not to meet the question). */
  tls?: { port?: number; streamPort?: number; certFile: string; keyFile: string }
  limits: ListenerLimits
  clock: Clock
  /** Those who are there wait too long to be proven. */
  isLate(): boolean
  onConnection(door: Door): void
  onRefused(reason: Refusal): void
}

/** One accepted connection. */
export interface Door {
  readonly socket: Socket
  /** DER of what the other end has shown and proved to have the key of. */
  readonly certificate?: Uint8Array | undefined
  /** The dongle behind it is proven: no more deadline. */
  admit(): void
  /** It has said who it is; whether that is true is ours to find out: if it leaves meanwhile, that is not held against its address. */
  excuse(): void
  /** What it said is not true. */
  blame(): void
}

export interface Listener {
  readonly port: number
  readonly tlsPort: number | undefined
  readonly streamTlsPort: number | undefined
  connections(): number
  strangers(): number
  /** TLS clients that have said their hello and wait for their turn. */
  hellosWaiting(): number
  stopAccepting(): Promise<void>
  /** Ends what is still open. */
  closeAll(): void
}

export async function openListener(options: ListenerOptions): Promise<Listener> {
  const { limits, clock } = options
  const open = new Set<Socket>()
  // First of all, so that a wrong certificate file stops the start before a port is open.
  const plain = options.tls?.port === undefined ? undefined : createHandshakes(options.tls, limits, false)
  const asking = options.tls?.streamPort === undefined ? undefined : createHandshakes(options.tls, limits, true)
  const entrance = createEntrance(limits)
  /** Handshakes of who has been here before, and of who has not: as fast as turns come, and no faster than strangers may come at all. */
  const known = createTurnstile(HELLOS_PER_TURN, setImmediate)
  const unknown = createTurnstile(1, step => setTimeout(step, 1000 / limits.strangerConnectsPerSecond))

  function visitFrom(address: string): Visit | undefined {
    const answer = knock(entrance, address, options.isLate(), clock.monotonicMs())
    if (typeof answer !== 'string') return answer
    options.onRefused(answer)
    return undefined
  }

  const doorkeeper = new Doorkeeper(visitFrom)
  const accepting = { ...ACCEPTING, blockList: doorkeeper }

  /** Everything that is decided about a raw socket, before TLS or MQTT see a byte. */
  function accept(socket: Socket): { visit: Visit; door: Omit<Door, 'socket'> } | undefined {
    const visit = doorkeeper.takeVisit() ?? visitFrom(socket.remoteAddress ?? '')
    if (visit === undefined) {
      socket.destroy()
      return undefined
    }
    open.add(socket)
    const deadline = setTimeout(() => {
      options.onRefused('connect-timeout')
      socket.destroy()
    }, limits.connectTimeoutMs)
    function admit(): void {
      clearTimeout(deadline)
      if (!open.has(socket)) return
      prove(entrance, visit as Visit, clock.monotonicMs())
      socket.setKeepAlive(true, 60_000)
    }
    socket.setNoDelay(true)
    socket.on('error', () => socket.destroy())
    socket.once('close', () => {
      clearTimeout(deadline)
      open.delete(socket)
      leave(entrance, visit, clock.monotonicMs())
    })
    const blame = (): void => disprove(entrance, visit, clock.monotonicMs())
    return { visit, door: { admit, excuse: () => excuse(entrance, visit), blame } }
  }

  const tcp = createTcpServer(accepting, socket => {
    const admitted = accept(socket)
    if (admitted === undefined) return
    options.onConnection({ socket, ...admitted.door })
    socket.resume()
  })
  const servers: Server[] = [tcp]
  const port = await listen(tcp, options.port, options.host)

  async function openTls(handshakes: TlsServer | undefined, wanted: number | undefined): Promise<number | undefined> {
    if (handshakes === undefined || wanted === undefined) return undefined
    const waiting = new Map<string, Omit<Door, 'socket'>>()
    handshakes.on('secureConnection', (tlsSocket: TLSSocket) => {
      const admitted = waiting.get(peerOf(tlsSocket))
      const certificate = handshakes === asking ? tlsSocket.getPeerX509Certificate()?.raw : undefined
      if (admitted !== undefined) options.onConnection({ socket: tlsSocket, certificate, ...admitted })
      else tlsSocket.destroy()
    })
    handshakes.on('tlsClientError', (_error, tlsSocket) => {
      options.onRefused('tls-handshake')
      tlsSocket.destroy()
    })
    // An own TCP server in front: the address' bucket is asked, and the handshake's turn waited for, before it costs anything.
    const front = createTcpServer(accepting, socket => {
      const admitted = accept(socket)
      if (admitted === undefined) return
      const peer = peerOf(socket)
      waiting.set(peer, admitted.door)
      socket.once('close', () => waiting.delete(peer))
      const refuse = (reason: Refusal): void => {
        options.onRefused(reason)
        socket.destroy()
      }
      const turnstile = admitted.visit.standing === 'proven' ? known : unknown
      awaitHello(socket, turnstile, () => handshakes.emit('connection', socket), refuse)
    })
    servers.push(front)
    return listen(front, wanted, options.host)
  }
  const tlsPort = await openTls(plain, options.tls?.port)
  const streamTlsPort = await openTls(asking, options.tls?.streamPort)

  // The process has no file descriptors left: the connection is gone, the listener is not.
  for (const server of servers) server.on('error', () => options.onRefused('too-many-connections'))

  return {
    port,
    tlsPort,
    streamTlsPort,
    connections: () => entrance.open - entrance.strangers,
    strangers: () => entrance.strangers,
    hellosWaiting: () => known.waiting + unknown.waiting,
    async stopAccepting() {
      // close() resolves only when the last connection is gone, so it is not waited for; no new ones come from here on.
      for (const server of servers) server.close()
    },
    closeAll() {
      for (const socket of open) socket.destroy()
    },
  }
}

/** `isAsking`: for a certificate. Nobody's word is taken for whose it is: the handshake proves that its key is there, and who is let in decides the rest. */
function createHandshakes(
  tls: { certFile: string; keyFile: string },
  { connectTimeoutMs }: ListenerLimits,
  isAsking: boolean,
): TlsServer {
  return createTlsServer({
    requestCert: isAsking,
    rejectUnauthorized: false,
    cert: readFileSync(tls.certFile),
    key: readFileSync(tls.keyFile),
    minVersion: 'TLSv1.2',
    ciphers: 'TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:' + TLS_CIPHERS,
    honorCipherOrder: true,
    dhparam: 'auto',
    handshakeTimeout: connectTimeoutMs,
    // A second handshake on a connection serves only who wants to cost us one.
    secureOptions: constants.SSL_OP_NO_RENEGOTIATION,
    // Who kept its ticket comes back without the costly half of a handshake: after a short outage that is most of them. The engine
    // keeps none.
    sessionTimeout: TICKET_S,
  })
}

/** Node asks its block list for each connection before it makes a socket of it, which is half of what a connection that is refused would cost. */
class Doorkeeper extends BlockList {
  private visit: Visit | undefined
  private readonly visitFrom: (address: string) => Visit | undefined

  constructor(visitFrom: (address: string) => Visit | undefined) {
    super()
    this.visitFrom = visitFrom
  }

  /** True: it is turned away. */
  override check(address: SocketAddress | string): boolean {
    this.visit = this.visitFrom(typeof address === 'string' ? address : address.address)
    return this.visit === undefined
  }

  /** Of the connection that was asked about just now; none where the address could not be told. */
  takeVisit(): Visit | undefined {
    const { visit } = this
    this.visit = undefined
    return visit
  }
}

/** Names a connection while it is open; a TLS socket says the same as the TCP socket under it. */
function peerOf(socket: Socket): string {
  return `${socket.remoteAddress} ${socket.remotePort}`
}

async function listen(server: Server, port: number, host: string): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, () => {
      server.removeListener('error', reject)
      resolve()
    })
  })
  return (server.address() as AddressInfo).port
}
