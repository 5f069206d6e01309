// An MQTT 5 broker elsewhere, shared by any number of gateways: each gets a part of the messages over a shared subscription
// (MQTT 5.0 section 4.8.2) and none holds anything the others need. Who may connect and to which topics is that broker's to
// enforce; what is believed rests on the envelope alone.

import { Socket } from 'node:net'
import { connect, type IPublishPacket, type MqttClient } from 'mqtt'
import type { Clock } from '../../shared/kernel/clock.ts'
import { downTopic, parseTopic } from '../../shared/session/topics.ts'
import { causeOf, type Log } from '../log.ts'
import type { Broker, BrokerEvents, Link } from './broker.ts'
import { bucketOf, costOf, createMessageLimit, mayTake } from './message-limit.ts'

export interface ExternalOptions {
  url: string
  user?: string
  password?: string
  /** Of the shared subscription; all gateways of a broker have the same. */
  group?: string
  /** Links kept for answers; the one unused longest goes first. */
  linksMax: number
  unreadBytesMax: number
  /** How much one dongle may send: tokens a second and at once. What is beyond is dropped: one dongle's wait would be everybody's. */
  messagesPerSecond: number
  messagesBurst: number
  clock: Clock
  log: Log
}

/** MQTT 5.0 section 4.8.2. */
export function sharedFilter(group = 'nrt'): string {
  return `$share/${group}/nrt/1/+/up`
}

/** Without an answer to a ping for half as long again the line is dead, whatever TCP thinks, and dialled anew. */
const KEEPALIVE_S = 5

/** Messages that wait for something at the same time; with more of them nothing is read. */
const WAITING_MAX = 1000

/** Messages the broker may have under way to this gateway (MQTT 5.0 section 3.1.2.11.3). */
const RECEIVE_MAXIMUM = 1000

/** Opens at once, whether the broker is there or not: the client connects again by itself, and isReady() says how it stands. */
export function openExternalBroker(options: ExternalOptions, events: BrokerEvents): Broker {
  const links = new Map<string, Link>()
  const filter = sharedFilter(options.group)
  const messageLimit = createMessageLimit(options.messagesPerSecond, options.messagesBurst, options.linksMax)
  let isSubscribed = false
  const said = new Set<string>()
  let isAccepting = true
  let isAble = true

  const client = connect(options.url, {
    protocolVersion: 5,
    clean: true,
    keepalive: KEEPALIVE_S,
    username: options.user,
    password: options.password,
    reconnectPeriod: 1000,
    // who is refused while a broker is being set right is not to be refused for ever
    reconnectOnConnackError: true,
    resubscribe: false,
    queueQoSZero: false,
    properties: { receiveMaximum: RECEIVE_MAXIMUM },
  })

  /** The last message of each dongle that waits for something (who is it: the backend is asked), so that its next one waits behind it. */
  const waiting = new Map<string, Promise<void>>()
  let waitingCount = 0

  /**
   * The next packet is not read before `done`: that is this broker's back-pressure. One dongle's wait is not everybody's, nor the broker's answer to a
   * ping; that of very many is.
   */
  client.handleMessage = (packet, done) => {
    const wait = isAccepting ? takePacket(packet) : undefined
    if (wait === undefined || waitingCount < WAITING_MAX) done()
    else void wait.then(() => done())
  }

  function takePacket(packet: IPublishPacket): Promise<void> | undefined {
    const topic = parseTopic(packet.topic)
    if (topic?.direction !== 'up') {
      events.refused('foreign-topic')
      return undefined
    }
    const payload = packet.payload as Buffer
    const nowMs = options.clock.monotonicMs()
    if (!mayTake(messageLimit, bucketOf(messageLimit, topic.dongleId, nowMs), costOf(payload.length), nowMs)) {
      events.refused('message-rate')
      return undefined
    }
    return inTurn(topic.dongleId, () => events.message(linkOf(topic.dongleId), payload))
  }

  function inTurn(dongleId: string, take: () => Promise<void> | undefined): Promise<void> | undefined {
    const before = waiting.get(dongleId)
    const taken = before === undefined ? take() : before.then(take)
    if (taken === undefined) return undefined
    const own: Promise<void> = taken
      .catch((cause: unknown) => options.log.debug({ cause: causeOf(cause) }, 'a message was not taken'))
      .finally(() => {
        waitingCount--
        if (waiting.get(dongleId) === own) waiting.delete(dongleId)
      })
    waitingCount++
    waiting.set(dongleId, own)
    return own
  }

  function linkOf(dongleId: string): Link {
    const link =
      links.get(dongleId) ?? createLink(client, dongleId, options.unreadBytesMax, () => links.delete(dongleId))
    links.delete(dongleId)
    links.set(dongleId, link)
    if (links.size > options.linksMax) forgetQuietest()
    return link
  }

  function forgetQuietest(): void {
    for (const link of links.values()) {
      links.delete(link.dongleId)
      events.closed(link)
      return
    }
  }

  client.on('close', () => {
    if (isSubscribed) options.log.warn({}, 'the broker is away')
    isSubscribed = false
  })
  client.on('error', cause => refused(cause, 'the broker refuses'))
  client.on('connect', () => {
    // An ack follows a PUBACK: together with a delayed TCP acknowledgement Nagle would hold it for 40 ms.
    if (client.stream instanceof Socket) client.stream.setNoDelay(true)
    if (isAble) subscribe()
  })

  /** Once, however often it is tried again. */
  function refused(cause: unknown, sentence: string): void {
    const words = `${sentence}: ${causeOf(cause)}`
    if (said.has(words)) return
    said.add(words)
    options.log.warn({ cause: causeOf(cause) }, sentence)
  }

  function subscribe(): void {
    client.subscribe(filter, { qos: 1 }, (error, granted) => {
      if (error || granted?.some(grant => grant.qos >= 128)) {
        refused(error, 'the broker grants no shared subscription')
        client.stream.destroy() // it dials again
        return
      }
      said.clear()
      isSubscribed = isAble
      options.log.info({}, 'subscribed at the broker')
    })
  }

  async function unsubscribe(): Promise<void> {
    isSubscribed = false
    if (!client.connected) return
    const left = client
      .unsubscribeAsync(filter)
      .catch((cause: unknown) => options.log.debug({ cause: causeOf(cause) }, 'not unsubscribed'))
    await orGone(left)
  }

  /** Where the broker is away there is nothing to unsubscribe from, and nobody who answers. */
  async function orGone(answered: Promise<unknown>): Promise<void> {
    let end = (): void => {}
    const gone = new Promise<void>(resolve => {
      end = resolve
    })
    client.once('close', end)
    await Promise.race([answered, gone])
    client.off('close', end)
  }

  return {
    port: undefined,
    tlsPort: undefined,
    isReady: () => isSubscribed && isAccepting,
    connections: () => links.size,
    strangers: () => 0,
    serve(next) {
      if (next === isAble) return
      isAble = next
      if (!isAble) void unsubscribe()
      else if (client.connected) subscribe()
    },
    async stopAccepting() {
      isAccepting = false
      await unsubscribe()
    },
    async close() {
      isAccepting = false
      await orGone(client.endAsync(!client.connected))
      client.end(true)
    },
  }
}

function createLink(client: MqttClient, dongleId: string, unreadBytesMax: number, forget: () => void): Link {
  const topic = downTopic(dongleId)
  return {
    dongleId,
    isShared: true,
    send(bytes) {
      if (!client.connected || client.stream.writableLength > unreadBytesMax) return false
      client.publish(topic, Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength), { qos: 0 })
      return true
    },
    close: forget,
  }
}
