// The broker inside this process: aedes on the listener's sockets. It knows MQTT 3.1.1 and topics: a dongle publishes on its
// own up topic and reads its own down topic, nothing else exists. It refuses to know what is in a message, and keeps
// nothing for anybody who is away: sessions are clean, acks of the application are the truth (docs/adr/0011-gateway.md).

import type { Socket } from 'node:net'
import { Aedes, type AuthErrorCode, type Client, type PublishPacket } from 'aedes'
import { isDongleId } from '../../shared/kernel/ids.ts'
import { downTopic, upTopic } from '../../shared/session/topics.ts'
import type { Refusal } from '../refusal.ts'
import type { Broker, BrokerEvents, Link } from './broker.ts'
import { type Door, type ListenerOptions, openListener } from './listener.ts'

export interface EmbeddedOptions extends Omit<ListenerOptions, 'onConnection' | 'onRefused'> {
  /** Longest MQTT keep-alive accepted, in seconds; none at all is refused. */
  keepaliveMaxS: number
  /** Bytes that may wait in a socket for a dongle that does not read; above, messages to it are dropped (they come again). */
  unreadBytesMax: number
}

interface EmbeddedLink extends Link {
  client: Client
  upTopic: string
  downTopic: string
  isSubscribed: boolean
}

export async function openEmbeddedBroker(options: EmbeddedOptions, events: BrokerEvents): Promise<Broker> {
  const doors = new WeakMap<object, Door>()
  const links = new WeakMap<Client, EmbeddedLink>()
  const withWill = new WeakSet<Client>()
  let isAccepting = true

  const aedes = new Aedes({
    // The listener's own deadline is the one that counts; aedes' stays behind it.
    connectTimeout: options.limits.connectTimeoutMs * 2,
    keepaliveLimit: options.keepaliveMaxS,
    drainTimeout: 30_000,
    queueLimit: 8,
    maxTopicLevels: 8,

    preConnect(client, packet, done) {
      packet.clean = true
      if (packet.will !== undefined) withWill.add(client)
      if (!isAccepting) events.refused('stopping')
      done(isAccepting ? null : new RefusedError('stopping'), isAccepting)
    },

    authenticate(client, username, password, done) {
      const link = createLink(client, options.unreadBytesMax)
      const early: Refusal | undefined = withWill.has(client)
        ? 'protocol-violation'
        : username !== client.id || !isDongleId(client.id)
          ? 'bad-client-id'
          : undefined
      const verdict =
        early === undefined ? events.connect(link, password?.toString('latin1') ?? '') : Promise.resolve(early)
      verdict.then(
        refusal => {
          if (refusal !== undefined) events.refused(refusal)
          else if (client.closed) events.closed(link)
          else admit(client, link)
          done(refusal === undefined ? null : new RefusedError(refusal), refusal === undefined)
        },
        () => {
          events.refused('directory-failing')
          done(new RefusedError('directory-failing'), false)
        },
      )
    },

    authorizePublish(client, packet, done) {
      const link = client === null ? undefined : links.get(client)
      const refusal = link === undefined ? 'foreign-topic' : publishRefusal(link, packet)
      if (link === undefined || refusal !== undefined) {
        events.refused(refusal ?? 'foreign-topic')
        done(new RefusedError(refusal ?? 'foreign-topic'))
        return
      }
      const wait = events.message(link, packet.payload as Buffer)
      if (wait === undefined) done()
      else wait.then(() => done(), done)
    },

    authorizeSubscribe(client, subscription, done) {
      const link = links.get(client)
      if (link === undefined || subscription.topic !== link.downTopic) {
        events.refused('foreign-subscription')
        done(new RefusedError('foreign-subscription'))
        return
      }
      link.isSubscribed = true
      done(null, { ...subscription, qos: 0 })
    },

    authorizeForward: (client, packet) => (packet.topic === links.get(client)?.downTopic ? packet : null),
  })

  function admit(client: Client, link: EmbeddedLink): void {
    links.set(client, link)
    doors.get(client.conn)?.admit()
    client.conn.once('close', () => events.closed(link))
  }

  // What a dongle sends is taken in authorizePublish and has no other reader: routing it once more would only cost time.
  const publish = aedes.publish.bind(aedes) as (packet: PublishPacket, ...rest: unknown[]) => void
  aedes.publish = ((packet: PublishPacket, from: unknown, done: () => void) => {
    if (from !== null && typeof from === 'object') done()
    else publish(packet, from, done)
  }) as typeof aedes.publish

  aedes.on('clientError', (_client, error) => countError(error, events))
  aedes.on('connectionError', (_client, error) => countError(error, events))
  await aedes.listen()

  const listener = await openListener({
    ...options,
    onConnection(door) {
      doors.set(door.socket, door)
      aedes.handle(door.socket)
    },
    onRefused: reason => events.refused(reason),
  })

  return {
    port: listener.port,
    tlsPort: listener.tlsPort,
    isReady: () => isAccepting,
    connections: listener.connections,
    strangers: listener.strangers,
    async stopAccepting() {
      isAccepting = false
      await listener.stopAccepting()
    },
    async close() {
      isAccepting = false
      await listener.stopAccepting()
      await new Promise<void>(resolve => aedes.close(() => resolve()))
      listener.closeAll()
    },
  }
}

function createLink(client: Client, unreadBytesMax: number): EmbeddedLink {
  const dongleId = client.id
  const link: EmbeddedLink = {
    dongleId,
    isShared: false,
    client,
    upTopic: upTopic(dongleId),
    downTopic: downTopic(dongleId),
    isSubscribed: false,
    send(bytes) {
      const socket = client.conn as Socket
      if (client.closed || !link.isSubscribed || socket.writableLength > unreadBytesMax) return false
      const payload = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
      client.publish({ cmd: 'publish', topic: link.downTopic, payload, qos: 0, retain: false, dup: false }, ignore)
      return true
    },
    close: () => client.close(),
  }
  return link
}

function publishRefusal(link: EmbeddedLink, packet: PublishPacket): Refusal | undefined {
  if (packet.topic !== link.upTopic) return 'foreign-topic'
  if (packet.qos === 2 || packet.retain) return 'protocol-violation'
  return undefined
}

/** A refusal of ours on its way through aedes; counted where it was decided, never again where aedes reports it. */
class RefusedError extends Error {
  /** CONNACK, MQTT 3.1.1 table 3.1: 2 identifier, 3 unavailable, 5 not authorised. Nothing finer: a stranger learns no reason. */
  readonly returnCode: AuthErrorCode

  constructor(refusal: Refusal) {
    super(refusal)
    this.returnCode =
      refusal === 'bad-client-id' ? 2 : refusal === 'directory-failing' || refusal === 'stopping' ? 3 : 5
  }
}

const BY_MESSAGE: { [message: string]: Refusal } = {
  'keep alive timeout': 'keepalive-timeout',
  'keep alive limit exceeded': 'keepalive-limit',
  'unacceptable protocol version': 'protocol-version',
  'identifier rejected': 'bad-client-id',
  'drain timeout': 'slow-reader',
  'Invalid protocol': 'protocol-violation',
  'Client queue limit reached': 'protocol-violation',
}

/** Sorts aedes' errors: refusals of ours are counted already, lost links (they carry a system code) are nobody's fault, the rest came from the parser. */
function countError(error: Error & { code?: string }, events: BrokerEvents): void {
  if (error instanceof RefusedError || error.message === 'connection closed') return
  const known = BY_MESSAGE[error.message]
  if (known !== undefined) events.refused(known)
  else if (error.code === undefined) events.refused('malformed-packet')
}

function ignore(): void {}
