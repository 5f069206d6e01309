// The broker inside this process: MQTT 3.1.1 on the listener's sockets. A dongle publishes on its own up topic and reads its own down topic,
// nothing else exists for it, and nothing is kept for one that is away: sessions are clean, acks of the application are the truth
// (docs/adr/0020-writer-thread-and-own-listener.md). All other clients are guests (guests.ts), if there is a policy for them. It refuses to
// know what is in a message.

import type { Socket } from 'node:net'
import type { Clock } from '../../shared/kernel/clock.ts'
import { isDongleId } from '../../shared/kernel/ids.ts'
import { downTopic, upTopic } from '../../shared/session/topics.ts'
import type { Refusal } from '../refusal.ts'
import { asksDirectory, createAdmissions, isAnswered, isLate } from './admissions.ts'
import type { Broker, BrokerEvents, Link } from './broker.ts'
import { dongleConnectRefusal, returnCodeOf } from './connect-rules.ts'
import { createGuests, type Guest, type GuestLine, type GuestPolicy, type GuestRights, type Guests } from './guests.ts'
import { type Door, type ListenerOptions, openListener } from './listener.ts'
import { bucketOf, costOf, createMessageLimit, type MessageBucket, spend } from './message-limit.ts'
import { createPacketReader, type PacketReader, type TakePacket, takePackets } from './packet-reader.ts'
import * as mqtt from './packets.ts'

export interface EmbeddedOptions
  extends Omit<ListenerOptions, 'onConnection' | 'onRefused' | 'isLate'>,
    ConversationOptions {
  limits: ListenerOptions['limits'] & ConversationOptions['limits']
}

interface ConversationOptions {
  /** Longest MQTT keep-alive accepted, in seconds; none at all is refused. */
  keepaliveMaxS: number
  /** Bytes of one packet of a dongle that has proven itself. */
  packetBytesMax: number
  /** Bytes that may wait in a socket for a dongle that does not read; above, messages to it are dropped (they come again). */
  unreadBytesMax: number
  /** How much one dongle, or guest, may send: tokens a second and at once. See `charge`. */
  limits: { messagesPerSecond: number; messagesBurst: number; connectionsMax: number }
  clock: Clock
  /** Who may come that is no dongle; absent: nobody. */
  guests?: GuestPolicy
}

interface Connection {
  socket: Socket
  door: Door
  reader: PacketReader
  take: TakePacket
  state: 'new' | 'connecting' | 'open' | 'closed'
  link: Link | undefined
  guest: Guest | undefined
  /** As they stand on the wire. */
  upTopic: Uint8Array
  downTopic: Uint8Array
  isSubscribed: boolean
  /** Not read further: a CONNECT is being judged, or a message waits for room. */
  isWaiting: boolean
  /** Not read further: it has sent more than its bucket holds. */
  isSlowed: boolean
  bucket: MessageBucket | undefined
  /** PUBLISHes whose PUBACK is still to be written, oldest first [MQTT-4.6.0-2]. */
  unconfirmed: number[]
  keepalive: NodeJS.Timeout | undefined
}

// A CONNECT of ours is under 150 bytes; SUBSCRIBE and hello may ride along before the answer is out.
export const STRANGER_PACKET_BYTES_MAX = 1024
/** A PUBACK waits this long for an ack to go with in one write: a write costs more than all else that an answer does. */
const PUBACK_WITHIN_MS = 10
/** For the last bytes to a dongle whose connection ends. */
const LINGER_MS = 1000
const NOTHING = new Uint8Array(0)

/** What is said over the connections that the listener lets in, whoever made their sockets. */
interface Conversations {
  open(door: Door): void
  /** From now on no CONNECT is taken. */
  stopAccepting(): void
  isAccepting(): boolean
  /** Proofs come too late for who would come now. */
  isLate(): boolean
  /** See Broker. */
  tell: NonNullable<Broker['tell']>
  /** Closes each and waits for it to be gone. */
  end(): Promise<void>
}

/** @public for the fuzzer, which makes sockets of its own */
export function createConversations(options: ConversationOptions, events: BrokerEvents): Conversations {
  const connections = new Set<Connection>()
  const toConfirm = new Set<Connection>()
  const admissions = createAdmissions()
  const guests = options.guests && createGuests(options.guests, events.refused)
  const { messagesPerSecond, messagesBurst, connectionsMax } = options.limits
  const messageLimit = createMessageLimit(messagesPerSecond, messagesBurst, connectionsMax)
  let confirming: NodeJS.Timeout | undefined
  let isAccepting = true

  function open(door: Door): void {
    const { socket } = door
    const connection: Connection = {
      socket,
      door,
      // A will may be longer than all of a dongle's CONNECT.
      reader: createPacketReader(guests === undefined ? STRANGER_PACKET_BYTES_MAX : options.packetBytesMax),
      take: (head, bytes, from, end) => takePacket(connection, head, bytes, from, end),
      state: 'new',
      link: undefined,
      guest: undefined,
      upTopic: NOTHING,
      downTopic: NOTHING,
      isSubscribed: false,
      isWaiting: false,
      isSlowed: false,
      bucket: undefined,
      unconfirmed: [],
      keepalive: undefined,
    }
    connections.add(connection)
    socket.on('data', chunk => read(connection, chunk as Uint8Array))
    socket.once('close', () => gone(connection))
  }

  function read(connection: Connection, chunk: Uint8Array): void {
    if (connection.state === 'closed') return
    connection.keepalive?.refresh()
    if (chunk.length > 0) charge(connection, 1)
    // What one chunk asks for is answered in one write.
    connection.socket.cork()
    const fault = takePackets(connection.reader, chunk, connection.take)
    if (fault !== undefined) refuse(connection, fault)
    connection.socket.uncork()
  }

  /** True when the next packet may be taken. */
  function takePacket(connection: Connection, head: number, bytes: Uint8Array, from: number, end: number): boolean {
    charge(connection, costOf(end - from))
    return dispatch(connection, head, bytes, from, end) && !connection.isSlowed
  }

  /** A read costs a token too: drops of a packet are dear. Who has none left is read further when the bucket is out of debt. */
  function charge(connection: Connection, cost: number): void {
    const { bucket } = connection
    if (bucket === undefined) return
    const waitMs = spend(messageLimit, bucket, cost, options.clock.monotonicMs())
    if (waitMs === 0 || connection.isSlowed) return
    connection.isSlowed = true
    connection.socket.pause()
    events.refused('message-rate')
    setTimeout(() => {
      connection.isSlowed = false
      goOn(connection)
    }, waitMs).unref()
  }

  function dispatch(connection: Connection, head: number, bytes: Uint8Array, from: number, end: number): boolean {
    const type = head >> 4
    // The first packet is CONNECT, and no other is [MQTT-3.1.0-1, -2].
    if ((type === mqtt.CONNECT) !== (connection.state === 'new')) return refuse(connection, 'protocol-violation')
    if (connection.guest !== undefined && type !== mqtt.PINGREQ) return connection.guest.take(head, bytes, from, end)
    switch (type) {
      case mqtt.PUBLISH:
        return publish(connection, head, bytes, from, end)
      case mqtt.CONNECT:
        return connect(connection, mqtt.readConnect(bytes, from, end))
      case mqtt.PUBACK: // nothing goes down that wants one; a client that sends it all the same does no harm
        return end - from === 2 || refuse(connection, 'malformed-packet')
      case mqtt.SUBSCRIBE:
        return subscribe(connection, mqtt.readFilters(bytes, from, end, true))
      case mqtt.UNSUBSCRIBE:
        return unsubscribe(connection, mqtt.readFilters(bytes, from, end, false))
      case mqtt.PINGREQ:
        if (end !== from) return refuse(connection, 'malformed-packet')
        return write(connection, mqtt.PINGRESP)
      case mqtt.DISCONNECT:
        return close(connection)
      default:
        return refuse(connection, 'protocol-violation')
    }
  }

  // Section 3.3: topic, packet id if the QoS is not 0, payload. Read in place: this is the path of every batch.
  function publish(connection: Connection, head: number, bytes: Uint8Array, from: number, end: number): boolean {
    const qos = (head >> 1) & 3
    const topicEnd = from + 2 + (bytes[from] as number) * 256 + (bytes[from + 1] as number)
    const payloadAt = topicEnd + (qos > 0 ? 2 : 0)
    // [MQTT-3.3.1-4] no QoS 3, [MQTT-3.3.1-2] no repeat of what is sent once only
    if (end - from < 2 || payloadAt > end || qos === 3 || (qos === 0 && (head & 8) !== 0))
      return refuse(connection, 'malformed-packet')
    if (!isSame(bytes, from, topicEnd, connection.upTopic)) return refuse(connection, 'foreign-topic')
    if (qos === 2 || (head & 1) !== 0) return refuse(connection, 'protocol-violation')
    const packetId = qos === 0 ? 0 : (bytes[topicEnd] as number) * 256 + (bytes[topicEnd + 1] as number)
    if (qos === 1 && packetId === 0) return refuse(connection, 'malformed-packet') // [MQTT-2.3.1-1]
    const wait = events.message(connection.link as Link, bytes.subarray(payloadAt, end))
    if (wait === undefined) return confirm(connection, packetId)
    holdUp(connection)
    const goOn = (): void => {
      confirm(connection, packetId)
      resume(connection)
    }
    void wait.then(goOn, goOn)
    return false
  }

  function confirm(connection: Connection, packetId: number): boolean {
    if (connection.state !== 'open') return false
    if (packetId === 0) return true
    connection.unconfirmed.push(packetId)
    toConfirm.add(connection)
    confirming ??= setTimeout(confirmAll, PUBACK_WITHIN_MS)
    return true
  }

  function confirmAll(): void {
    confirming = undefined
    for (const connection of toConfirm) sendDown(connection, undefined)
  }

  function connect(connection: Connection, packet: mqtt.Connect | undefined): boolean {
    if (packet === undefined) return refuse(connection, 'malformed-packet')
    if (guests !== undefined && packet.level === 4 && isAccepting && !isDongleId(packet.clientId))
      return receive(connection, packet, guests)
    const refusal = isAccepting ? dongleConnectRefusal(packet, options.keepaliveMaxS) : 'stopping'
    if (refusal !== undefined) return refuseConnect(connection, refusal)
    const link = createLink(connection, packet.clientId)
    connection.state = 'connecting'
    holdUp(connection)
    asksDirectory(admissions, connection, options.clock.monotonicMs())
    const answered = events.connect(link, packet.password).finally(() => isAnswered(admissions, connection))
    answered.then(
      verdict => {
        if (verdict !== undefined) refuseConnect(connection, verdict)
        else if (connection.state === 'closed') events.closed(link)
        else admit(connection, link, packet.keepaliveS)
      },
      () => refuseConnect(connection, 'directory-failing'),
    )
    return false
  }

  function admit(connection: Connection, link: Link, keepaliveS: number): void {
    connection.state = 'open'
    connection.link = link
    connection.bucket = bucketOf(messageLimit, link.dongleId, options.clock.monotonicMs())
    connection.upTopic = mqtt.textOnWire(upTopic(link.dongleId))
    connection.downTopic = mqtt.textOnWire(downTopic(link.dongleId))
    connection.reader.limitBytes = options.packetBytesMax
    watch(connection, keepaliveS)
    connection.door.admit()
    write(connection, mqtt.connack(0))
    resume(connection)
  }

  /** [MQTT-3.1.2-24] one and a half times; what we do not read ourselves is no silence. */
  function watch(connection: Connection, keepaliveS: number): void {
    connection.keepalive = setTimeout(() => {
      if (connection.isWaiting || connection.isSlowed) connection.keepalive?.refresh()
      else refuse(connection, 'keepalive-timeout')
    }, keepaliveS * 1500)
  }

  /** The CONNECT of a guest. */
  function receive(connection: Connection, packet: mqtt.Connect, { judge }: Guests): boolean {
    connection.state = 'connecting'
    holdUp(connection)
    judge(packet, connection.door.certificate).then(
      verdict => {
        if (typeof verdict === 'string') refuseConnect(connection, verdict)
        else if (connection.state !== 'closed') admitGuest(connection, packet, verdict)
      },
      () => refuseConnect(connection, 'directory-failing'),
    )
    return false
  }

  function admitGuest(connection: Connection, packet: mqtt.Connect, rights: GuestRights): void {
    connection.state = 'open'
    connection.bucket = bucketOf(messageLimit, packet.clientId, options.clock.monotonicMs())
    connection.guest = guests?.open(packet, rights, lineOf(connection))
    if (connection.guest === undefined) return void refuseConnect(connection, 'guest-over-limit')
    if (packet.keepaliveS > 0) watch(connection, packet.keepaliveS)
    connection.door.admit()
    connection.socket.on('drain', () => connection.guest?.goOn())
    resume(connection)
  }

  function lineOf(connection: Connection): GuestLine {
    return {
      write: bytes => write(connection, bytes),
      hasRoom: () => connection.socket.writableLength <= options.unreadBytesMax,
      refuse: reason => refuse(connection, reason),
      close: () => close(connection),
      drop: () => void connection.socket.destroy(),
    }
  }

  function subscribe(connection: Connection, packet: ReturnType<typeof mqtt.readFilters>): boolean {
    if (packet === undefined) return refuse(connection, 'malformed-packet')
    const own = downTopic(connection.link?.dongleId ?? '')
    if (packet.filters.some(filter => filter !== own)) return refuse(connection, 'foreign-subscription')
    connection.isSubscribed = true
    // QoS 0 for each
    return write(
      connection,
      mqtt.suback(
        packet.packetId,
        packet.filters.map(() => 0),
      ),
    )
  }

  function unsubscribe(connection: Connection, packet: ReturnType<typeof mqtt.readFilters>): boolean {
    if (packet === undefined) return refuse(connection, 'malformed-packet')
    if (packet.filters.includes(downTopic(connection.link?.dongleId ?? ''))) connection.isSubscribed = false
    return write(connection, mqtt.unsuback(packet.packetId))
  }

  function createLink(connection: Connection, dongleId: string): Link {
    return {
      dongleId,
      isShared: false,
      send: payload => connection.isSubscribed && isReading(connection) && sendDown(connection, payload),
      close: () => void close(connection),
    }
  }

  function isReading({ state, socket }: Connection): boolean {
    return state === 'open' && socket.writableLength <= options.unreadBytesMax
  }

  /** PUBACKs that wait, and the payload if there is one. */
  function sendDown(connection: Connection, payload: Uint8Array | undefined): boolean {
    const bytes = mqtt.packetsDown(connection.unconfirmed, connection.downTopic, payload)
    connection.unconfirmed = []
    toConfirm.delete(connection)
    return write(connection, bytes)
  }

  /** Who asks for answers and does not read them is cut off: they would fill our memory. */
  function write(connection: Connection, bytes: Uint8Array): boolean {
    if (connection.socket.writableLength > options.unreadBytesMax) return refuse(connection, 'slow-reader')
    connection.socket.write(bytes)
    return true
  }

  function holdUp(connection: Connection): void {
    connection.isWaiting = true
    connection.socket.pause()
  }

  function resume(connection: Connection): void {
    connection.isWaiting = false
    goOn(connection)
  }

  function goOn(connection: Connection): void {
    if (!isHeldUp(connection)) read(connection, NOTHING)
    if (!isHeldUp(connection)) connection.socket.resume()
  }

  function isHeldUp({ isWaiting, isSlowed }: Connection): boolean {
    return isWaiting || isSlowed
  }

  function refuse(connection: Connection, reason: Refusal): false {
    if (connection.state !== 'closed') events.refused(reason)
    return close(connection)
  }

  function refuseConnect(connection: Connection, refusal: Refusal): false {
    if (connection.state !== 'closed') connection.socket.write(mqtt.connack(returnCodeOf(refusal)))
    events.refused(refusal)
    return close(connection)
  }

  /** What was written still goes out. */
  function close(connection: Connection): false {
    if (connection.state === 'closed') return false
    if (connection.unconfirmed.length > 0) sendDown(connection, undefined)
    connection.state = 'closed'
    connection.guest?.left()
    connection.socket.destroySoon()
    setTimeout(() => connection.socket.destroy(), LINGER_MS).unref()
    return false
  }

  function gone(connection: Connection): void {
    connection.state = 'closed'
    connection.guest?.left()
    clearTimeout(connection.keepalive)
    connections.delete(connection)
    toConfirm.delete(connection)
    if (connection.link !== undefined) events.closed(connection.link)
  }

  return {
    open,
    isAccepting: () => isAccepting,
    isLate: () => isLate(admissions, options.clock.monotonicMs()),
    tell: message => guests?.tell(message) ?? 0,
    stopAccepting() {
      isAccepting = false
    },
    async end() {
      clearTimeout(confirming)
      const ended = [...connections].map(({ socket }) => new Promise(resolve => socket.once('close', resolve)))
      for (const connection of connections) close(connection)
      await Promise.all(ended)
    },
  }
}

export async function openEmbeddedBroker(options: EmbeddedOptions, events: BrokerEvents): Promise<Broker> {
  const conversations = createConversations(options, events)
  const listener = await openListener({
    ...options,
    isLate: conversations.isLate,
    onConnection: conversations.open,
    onRefused: events.refused,
  })
  return {
    port: listener.port,
    tlsPort: listener.tlsPort,
    streamTlsPort: listener.streamTlsPort,
    isReady: conversations.isAccepting,
    tell: conversations.tell,
    connections: listener.connections,
    strangers: listener.strangers,
    async stopAccepting() {
      conversations.stopAccepting()
      await listener.stopAccepting()
    },
    async close() {
      conversations.stopAccepting()
      await listener.stopAccepting()
      await conversations.end()
      listener.closeAll()
    },
  }
}

/** Is `bytes[from … end-1]` the `wanted`? */
function isSame(bytes: Uint8Array, from: number, end: number, wanted: Uint8Array): boolean {
  if (end - from !== wanted.length) return false
  for (let i = 0; i < wanted.length; i++) if (bytes[from + i] !== wanted[i]) return false
  return true
}
