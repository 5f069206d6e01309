// Clients of the embedded broker that are no dongles: MQTT 3.1.1 as the standard has it (sessions, wills, retained messages, QoS 0 to 2),
// within the rights that whoever opens the broker gives each of them. The gateway itself gives nobody any. Guests and dongles do not
// meet: a dongle's topics are no topics here (docs/adr/0035-guests-at-the-listener.md).

import type { Refusal } from '../refusal.ts'
import {
  createExchange,
  type ExchangeLimits,
  join,
  leave,
  openMailbox,
  publish,
  sendRetained,
  spread,
  subscribe,
  unsubscribe,
} from './exchange.ts'
import { type Line, type Mailbox, type Message, sendWaiting, takeReceipt } from './mailbox.ts'
import * as mqtt from './packets.ts'
import { isTopicFilter, isTopicName } from './topic-tree.ts'

export interface GuestRights {
  mayPublish(topic: string): boolean
  maySubscribe(filter: string): boolean
  /** Guests of different realms may have the same client id; absent: all are of one. */
  realm?: string
  /** Nothing is kept for it while it is away, whatever it asks for: what it has to get is kept elsewhere. */
  isForgotten?: boolean
  opened?(guest: { drop(): void }): void
  subscribed?(filter: string): void
  unsubscribed?(filter: string): void
  /** Its connection is over. */
  left?(): void
}

export interface GuestPolicy {
  /** What a client may do that has come under this id; undefined: it may not come. `certificate`: DER of what its connection has shown. */
  admit(
    clientId: string,
    username: string,
    password: string,
    certificate: Uint8Array | undefined,
  ): Promise<GuestRights | undefined>
  limits: ExchangeLimits
}

/** A guest's way out. */
export interface GuestLine {
  write(bytes: Uint8Array): boolean
  hasRoom(): boolean
  /** Ends the connection; always false. */
  refuse(reason: Refusal): false
  close(): false
  /** Ends it without another byte. */
  drop(): void
}

export interface Guest {
  /** Takes any packet but CONNECT and PINGREQ. True when the next may be taken. */
  take(head: number, bytes: Uint8Array, from: number, end: number): boolean
  /** Its socket has been read empty. */
  goOn(): void
  /** Its connection has ended, however; the second time means nothing. */
  left(): void
}

export interface Guests {
  /** Whether this CONNECT can be let in, asked before `open`: the rights, or why not. */
  judge(packet: mqtt.Connect, certificate?: Uint8Array): Promise<GuestRights | Refusal>
  /** Writes the CONNACK and what has waited; undefined when there is no room. */
  open(packet: mqtt.Connect, rights: GuestRights, line: GuestLine): Guest | undefined
  /** From this process to whoever reads the topic, at QoS 1 at most. To how many it is on its way. */
  tell(message: Omit<Message, 'topicBytes'>): number
}

export function createGuests(policy: GuestPolicy, onRefused: (reason: Refusal) => void): Guests {
  const exchange = createExchange(policy.limits)
  let nameless = 0

  async function judge(
    { clientId, username, password, isClean, will }: mqtt.Connect,
    certificate?: Uint8Array,
  ): Promise<GuestRights | Refusal> {
    // Who has no name cannot be known again [MQTT-3.1.3-8].
    if (clientId === '' && !isClean) return 'bad-client-id'
    if (will !== undefined && !isTopicName(will.topic)) return 'malformed-packet'
    const rights = await policy.admit(clientId, username, password, certificate)
    if (rights === undefined) return 'bad-password'
    return will === undefined || rights.mayPublish(will.topic) ? rights : 'foreign-topic'
  }

  function open(packet: mqtt.Connect, rights: GuestRights, line: GuestLine): Guest | undefined {
    // A name that no client can give itself: it would be a topic of the broker's own.
    const clientId = packet.clientId === '' ? `\0${nameless++}` : packet.clientId
    const known = rights.realm === undefined ? clientId : `${rights.realm}\0${clientId}`
    const opened = openMailbox(exchange, known, packet.isClean || rights.isForgotten === true)
    if (opened === undefined) return undefined
    line.write(mqtt.connack(0, opened.isPresent))
    return createGuest(opened.mailbox, packet.will, rights, line)
  }

  function createGuest(
    mailbox: Mailbox,
    willOfConnect: mqtt.Publication | undefined,
    rights: GuestRights,
    line: GuestLine,
  ): Guest {
    let will = willOfConnect
    let isHere = true

    function publishOwn(publication: mqtt.Publication): void {
      for (let dropped = publish(exchange, publication); dropped > 0; dropped--) onRefused('guest-over-limit')
    }

    function takePublish(publication: mqtt.Publication | undefined): boolean {
      if (publication === undefined || !isTopicName(publication.topic)) return line.refuse('malformed-packet')
      if (!rights.mayPublish(publication.topic)) return line.refuse('foreign-topic')
      const { qos, packetId } = publication
      const { unreleased } = mailbox
      // Under an id that was not released it is a repeat (section 4.3.3, method B).
      const isRepeat = qos === 2 && unreleased.has(packetId)
      if (qos === 2 && !isRepeat && unreleased.size >= policy.limits.unreleasedMax)
        return line.refuse('guest-over-limit')
      if (qos === 2) unreleased.add(packetId)
      if (!isRepeat) publishOwn(publication)
      return qos === 0 ? isHere : line.write(mqtt.receipt(qos === 1 ? mqtt.PUBACK : mqtt.PUBREC, packetId))
    }

    function takeReceiptOf(type: number, packetId: number): boolean {
      if (packetId === 0) return line.refuse('malformed-packet')
      if (type === mqtt.PUBREL) {
        mailbox.unreleased.delete(packetId)
        return line.write(mqtt.receipt(mqtt.PUBCOMP, packetId))
      }
      takeReceipt(exchange.shelf, mailbox, type, packetId)
      return isHere
    }

    function takeSubscribe(packet: ReturnType<typeof mqtt.readFilters>): boolean {
      if (packet === undefined || !packet.filters.every(isTopicFilter)) return line.refuse('malformed-packet')
      const codes = packet.filters.map((filter, i) => {
        const qos = packet.qos[i] as mqtt.Qos
        const isGranted = rights.maySubscribe(filter) && subscribe(exchange, mailbox, filter, qos)
        if (!isGranted) onRefused('foreign-subscription')
        return isGranted ? qos : mqtt.NOT_GRANTED
      })
      if (!line.write(mqtt.suback(packet.packetId, codes))) return false
      for (const [i, filter] of packet.filters.entries()) {
        const qos = codes[i] as number
        if (qos === mqtt.NOT_GRANTED) continue
        for (let dropped = sendRetained(exchange, mailbox, filter, qos as mqtt.Qos); dropped > 0; dropped--)
          onRefused('guest-over-limit')
        rights.subscribed?.(filter)
      }
      return isHere
    }

    function takeUnsubscribe(packet: ReturnType<typeof mqtt.readFilters>): boolean {
      if (packet === undefined || !packet.filters.every(isTopicFilter)) return line.refuse('malformed-packet')
      for (const filter of packet.filters) {
        unsubscribe(exchange, mailbox, filter)
        rights.unsubscribed?.(filter)
      }
      return line.write(mqtt.unsuback(packet.packetId))
    }

    function left(): void {
      if (!isHere) return
      isHere = false
      leave(exchange, mailbox)
      rights.left?.()
      // Whoever says goodbye leaves none [MQTT-3.1.2-8, -10].
      if (will !== undefined) publishOwn(will)
    }

    const ownLine: Line = {
      write: bytes => void line.write(bytes),
      hasRoom: () => isHere && line.hasRoom(),
      giveWay: () => void line.refuse('guest-taken-over'),
    }
    join(exchange, mailbox, ownLine)
    rights.opened?.({ drop: line.drop })

    return {
      take(head, bytes, from, end) {
        const type = head >> 4
        switch (type) {
          case mqtt.PUBLISH:
            return takePublish(mqtt.readPublish(head, bytes, from, end))
          case mqtt.PUBACK:
          case mqtt.PUBREC:
          case mqtt.PUBREL:
          case mqtt.PUBCOMP:
            return takeReceiptOf(type, mqtt.readPacketId(bytes, from, end))
          case mqtt.SUBSCRIBE:
            return takeSubscribe(mqtt.readFilters(bytes, from, end, true))
          case mqtt.UNSUBSCRIBE:
            return takeUnsubscribe(mqtt.readFilters(bytes, from, end, false))
          case mqtt.DISCONNECT:
            if (end !== from) return line.refuse('malformed-packet')
            will = undefined
            return line.close()
          default:
            return line.refuse('protocol-violation')
        }
      },
      goOn: () => sendWaiting(exchange.shelf, mailbox),
      left,
    }
  }

  function tell(message: Omit<Message, 'topicBytes'>): number {
    const { taken, dropped } = spread(exchange, { ...message, topicBytes: mqtt.textOnWire(message.topic) }, 1)
    for (let i = 0; i < dropped; i++) onRefused('guest-over-limit')
    return taken
  }

  return { judge, open, tell }
}
