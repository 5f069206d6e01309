// One connection to the embedded broker, whoever is at its other end, and what all of them share: how bytes go down to it, how it is not read for a
// while, and how it ends. It refuses to know what comes up from it.

import type { Socket } from 'node:net'
import type { Clock } from '../../shared/kernel/clock.ts'
import type { Refusal } from '../refusal.ts'
import type { Turnstile } from '../turnstile.ts'
import type { Admissions } from './admissions.ts'
import type { BrokerEvents, Link } from './broker.ts'
import { isFoul, isOurs, returnCodeOf } from './connect-rules.ts'
import type { Guest, GuestPolicy, Guests } from './guests.ts'
import type { Door } from './listener.ts'
import { FOUL_COST, type MessageBucket, type MessageLimit, spend } from './message-limit.ts'
import { createPacketReader, type PacketReader, type TakePacket } from './packet-reader.ts'
import * as mqtt from './packets.ts'

export interface ConversationOptions {
  /** Longest MQTT keep-alive accepted, in seconds; none at all is refused. */
  keepaliveMaxS: number
  /** Bytes of one packet of a dongle that has proven itself. */
  packetBytesMax: number
  /** Bytes that may wait in a socket for a dongle that does not read; above, messages to it are dropped (they come again). */
  unreadBytesMax: number
  /** A dongle's PUBACK waits this long for an ack to go with; absent: half a second, for a gateway that answers what it takes. */
  pubackWithinMs?: number
  /** How much one dongle, or guest, may send: tokens a second and at once. See `charge`. */
  limits: {
    messagesPerSecond: number
    messagesBurst: number
    guestMessagesPerSecond: number
    guestMessagesBurst: number
    connectionsMax: number
  }
  clock: Clock
  /** Who may come that is no dongle; absent: nobody. */
  guests?: GuestPolicy
}

/** What the connections of one broker share. */
export interface Common {
  readonly options: ConversationOptions
  readonly events: BrokerEvents
  readonly connections: Set<Connection>
  /** Those with PUBACKs to be written, and when that will be. */
  readonly toConfirm: Set<Connection>
  confirming: NodeJS.Timeout | undefined
  readonly admissions: Admissions
  /** In front of the directory. */
  readonly turnstile: Turnstile
  readonly dongleLimit: MessageLimit
  /** A guest confirms each delivery with a packet, of as many permissions as it has. */
  readonly guestLimit: MessageLimit
  readonly guests: Guests | undefined
  /** False: from now on no CONNECT is taken. */
  isAccepting: boolean
}

export interface Connection {
  readonly common: Common
  readonly socket: Socket
  readonly door: Door
  readonly reader: PacketReader
  readonly take: TakePacket
  /** Takes what came; with no bytes, what had to wait. */
  read(chunk: Uint8Array): void
  state: 'new' | 'connecting' | 'open' | 'closed'
  link: Link | undefined
  guest: Guest | undefined
  /** As they stand on the wire. */
  upTopic: Uint8Array
  downTopic: Uint8Array
  isSubscribed: boolean
  /** Pieces below CRUMB_BYTES that its CONNECT has come in so far. */
  crumbs: number
  /** Not read further: a CONNECT is being judged, or a message waits for room. */
  isWaiting: boolean
  /** Not read further: it has sent more than its bucket holds. */
  isSlowed: boolean
  /** What it may send, once it has proven itself. */
  paid: { limit: MessageLimit; bucket: MessageBucket } | undefined
  /** PUBLISHes whose PUBACK is still to be written, oldest first [MQTT-4.6.0-2]. */
  unconfirmed: number[]
  /** When they are written at the latest. */
  confirmAtMs: number
  keepalive: NodeJS.Timeout | undefined
}

// A CONNECT of ours is under 150 bytes; SUBSCRIBE and hello may ride along before the answer is out.
export const STRANGER_PACKET_BYTES_MAX = 1024
/** CONNECTs that are judged in one turn: a tenth of a millisecond each. */
export const CONNECTS_PER_TURN = 4
/** For the last bytes to a dongle whose connection ends. */
const LINGER_MS = 1000
const NOTHING = new Uint8Array(0)

/** A stranger’s. `read` takes what came from the socket, `take` each packet that was in it. */
export function newConnection(
  common: Common,
  door: Door,
  read: (connection: Connection, chunk: Uint8Array) => void,
  take: (connection: Connection, ...packet: Parameters<TakePacket>) => boolean,
): Connection {
  // A will may be longer than all of a dongle's CONNECT.
  const strangerBytesMax = common.guests === undefined ? STRANGER_PACKET_BYTES_MAX : common.options.packetBytesMax
  const connection: Connection = {
    common,
    socket: door.socket,
    door,
    reader: createPacketReader(strangerBytesMax),
    take: (head, bytes, from, end) => take(connection, head, bytes, from, end),
    read: chunk => read(connection, chunk),
    state: 'new',
    link: undefined,
    guest: undefined,
    upTopic: NOTHING,
    downTopic: NOTHING,
    isSubscribed: false,
    crumbs: 0,
    isWaiting: false,
    isSlowed: false,
    paid: undefined,
    unconfirmed: [],
    confirmAtMs: 0,
    keepalive: undefined,
  }
  return connection
}

/** Who asks for answers and does not read them is cut off: they would fill our memory. */
export function write(connection: Connection, bytes: Uint8Array): boolean {
  const { common, socket } = connection
  if (socket.writableLength > common.options.unreadBytesMax) return refuse(connection, 'slow-reader')
  socket.write(bytes)
  return true
}

/** PUBACKs that wait, and the payload if there is one. */
export function sendDown(connection: Connection, payload: Uint8Array | undefined): boolean {
  const bytes = mqtt.packetsDown(connection.unconfirmed, connection.downTopic, payload)
  connection.unconfirmed = []
  connection.common.toConfirm.delete(connection)
  return write(connection, bytes)
}

export function holdUp(connection: Connection): void {
  connection.isWaiting = true
  connection.socket.pause()
}

export function resume(connection: Connection): void {
  connection.isWaiting = false
  goOn(connection)
}

/** Reads on, unless there is another reason not to. */
export function goOn(connection: Connection): void {
  if (!isHeldUp(connection)) connection.read(NOTHING)
  if (!isHeldUp(connection)) connection.socket.resume()
}

function isHeldUp({ isWaiting, isSlowed }: Connection): boolean {
  return isWaiting || isSlowed
}

export function refuse(connection: Connection, reason: Refusal): false {
  if (connection.state === 'closed') return false
  const { common, paid, link } = connection
  common.events.refused(reason)
  if (paid !== undefined && link !== undefined && isFoul(reason))
    spend(paid.limit, paid.bucket, FOUL_COST, common.options.clock.monotonicMs())
  return close(connection)
}

export function refuseConnect(connection: Connection, refusal: Refusal): false {
  if (connection.state !== 'closed') connection.socket.write(mqtt.connack(returnCodeOf(refusal)))
  connection.common.events.refused(refusal)
  if (isOurs(refusal)) connection.door.excuse()
  else connection.door.blame()
  return close(connection)
}

/** What was written still goes out. */
export function close(connection: Connection): false {
  if (connection.state === 'closed') return false
  if (connection.unconfirmed.length > 0) sendDown(connection, undefined)
  connection.state = 'closed'
  connection.guest?.left()
  connection.socket.destroySoon()
  setTimeout(() => connection.socket.destroy(), LINGER_MS).unref()
  return false
}

/** The socket is closed, by whichever side. */
export function gone(connection: Connection): void {
  const { common } = connection
  connection.state = 'closed'
  connection.guest?.left()
  clearTimeout(connection.keepalive)
  common.connections.delete(connection)
  common.toConfirm.delete(connection)
  if (connection.link !== undefined) common.events.closed(connection.link)
}
