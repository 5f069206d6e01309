// What is said over the connections that the listener lets in, whoever made their sockets: bytes to packets, each paid for from its sender's bucket,
// each to where its kind is dealt with (connect.ts, dongle-packets.ts, guests.ts).

import { createTurnstile } from '../turnstile.ts'
import { createAdmissions, isLate } from './admissions.ts'
import type { Broker, BrokerEvents } from './broker.ts'
import { connect } from './connect.ts'
import {
  CONNECTS_PER_TURN,
  type Common,
  type Connection,
  type ConversationOptions,
  close,
  gone,
  goOn,
  newConnection,
  refuse,
  write,
} from './connection.ts'
import { isCrumbTooMany } from './crumbs.ts'
import { publish, subscribe, unsubscribe } from './dongle-packets.ts'
import { createGuests } from './guests.ts'
import type { Door } from './listener.ts'
import { costOf, createMessageLimit, MESSAGE_COST, spend } from './message-limit.ts'
import { takePackets } from './packet-reader.ts'
import * as mqtt from './packets.ts'

export interface Conversations {
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

export function createConversations(options: ConversationOptions, events: BrokerEvents): Conversations {
  const { messagesPerSecond, messagesBurst, guestMessagesPerSecond, guestMessagesBurst, connectionsMax } =
    options.limits
  const common: Common = {
    ...{ options, events, connections: new Set(), toConfirm: new Set(), confirming: undefined, isAccepting: true },
    admissions: createAdmissions(),
    turnstile: createTurnstile(CONNECTS_PER_TURN, setImmediate),
    dongleLimit: createMessageLimit(messagesPerSecond, messagesBurst, connectionsMax),
    guestLimit: createMessageLimit(guestMessagesPerSecond, guestMessagesBurst, connectionsMax),
    guests: options.guests && createGuests(options.guests, events.refused),
  }
  const { connections, guests } = common

  return {
    open(door) {
      const connection = newConnection(common, door, read, takePacket)
      connections.add(connection)
      door.socket.on('data', chunk => read(connection, chunk as Uint8Array))
      door.socket.once('close', () => gone(connection))
    },
    isAccepting: () => common.isAccepting,
    isLate: () => isLate(common.admissions, options.clock.monotonicMs()),
    tell: message => guests?.tell(message) ?? 0,
    stopAccepting() {
      common.isAccepting = false
    },
    async end() {
      clearTimeout(common.confirming)
      const ended = [...connections].map(({ socket }) => new Promise(resolve => socket.once('close', resolve)))
      for (const connection of connections) close(connection)
      await Promise.all(ended)
    },
  }
}

function read(connection: Connection, chunk: Uint8Array): void {
  if (connection.state === 'closed') return
  connection.keepalive?.refresh()
  if (chunk.length > 0) charge(connection, 1)
  // What one chunk asks for is answered in one write.
  connection.socket.cork()
  const fault = takePackets(connection.reader, chunk, connection.take)
  if (fault !== undefined) refuse(connection, fault)
  else if (connection.state === 'new' && isCrumbTooMany(connection, chunk)) refuse(connection, 'connect-in-crumbs')
  connection.socket.uncork()
}

/** True when the next packet may be taken. */
function takePacket(connection: Connection, head: number, bytes: Uint8Array, from: number, end: number): boolean {
  const isMessage = head >> 4 === mqtt.PUBLISH && connection.guest === undefined
  charge(connection, costOf(end - from) + (isMessage ? MESSAGE_COST : 0))
  return dispatch(connection, head, bytes, from, end) && !connection.isSlowed
}

/** A read costs a token too: drops of a packet are dear. Who has none left is read further when the bucket is out of debt. */
function charge(connection: Connection, cost: number): void {
  const { paid, common } = connection
  if (paid === undefined) return
  const waitMs = spend(paid.limit, paid.bucket, cost, common.options.clock.monotonicMs())
  if (waitMs === 0 || connection.isSlowed) return
  connection.isSlowed = true
  connection.socket.pause()
  common.events.refused('message-rate')
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
      return subscribe(connection, bytes, from, end)
    case mqtt.UNSUBSCRIBE:
      return unsubscribe(connection, bytes, from, end)
    case mqtt.PINGREQ:
      if (end !== from) return refuse(connection, 'malformed-packet')
      return write(connection, mqtt.PINGRESP)
    case mqtt.DISCONNECT:
      return close(connection)
    default:
      return refuse(connection, 'protocol-violation')
  }
}
