// Who reads what, and what is kept for whom: the part of an MQTT 3.1.1 broker between its connections. Mailboxes by client id, a tree of
// what they read, a tree of retained messages. Pure, and bounded in all of them. It refuses to know who may do what (guests.ts asks).

import {
  createMailbox,
  emptyMailbox,
  type Line,
  type Mailbox,
  type MailboxLimits,
  type Message,
  post,
  resume,
  type Shelf,
  sizeOf,
} from './mailbox.ts'
import { type Publication, type Qos, textOnWire } from './packets.ts'
import { createTopicTree, setAt, type TopicTree, valueAt, visitFilters, visitTopics } from './topic-tree.ts'

export interface ExchangeLimits extends MailboxLimits {
  /** Mailboxes in all; the one whose client has been away longest goes first. */
  mailboxesMax: number
  /** Filters of one mailbox. */
  subscriptionsMax: number
  retainedMax: number
  retainedBytesMax: number
}

interface Retained {
  message: Message
  qos: Qos
}

export interface Exchange {
  readonly limits: ExchangeLimits
  readonly shelf: Shelf
  /** Those whose clients are away stand in the order in which they went, among the others. */
  readonly mailboxes: Map<string, Mailbox>
  readonly readers: TopicTree<Map<Mailbox, Qos>>
  readonly retained: TopicTree<Retained>
  retainedCount: number
  retainedBytes: number
}

export function createExchange(limits: ExchangeLimits): Exchange {
  return {
    limits,
    shelf: { limits, bytes: 0 },
    mailboxes: new Map(),
    readers: createTopicTree(),
    retained: createTopicTree(),
    retainedCount: 0,
    retainedBytes: 0,
  }
}

/** The mailbox of a client that has come, and whether it was there before; undefined when there is no room for one. `join` comes next. */
export function openMailbox(
  exchange: Exchange,
  clientId: string,
  isClean: boolean,
): { mailbox: Mailbox; isPresent: boolean } | undefined {
  // Whoever is there gives way, and its clean mailbox goes with it [MQTT-3.1.4-2].
  exchange.mailboxes.get(clientId)?.line?.giveWay()
  const known = exchange.mailboxes.get(clientId)
  if (known !== undefined && !isClean) return { mailbox: known, isPresent: true }
  if (known !== undefined) forget(exchange, known)
  if (exchange.mailboxes.size >= exchange.limits.mailboxesMax && !forgetLongestAway(exchange)) return undefined
  const mailbox = createMailbox(clientId, !isClean)
  exchange.mailboxes.set(clientId, mailbox)
  return { mailbox, isPresent: false }
}

/** The client can be written to: its CONNACK is out. */
export function join(exchange: Exchange, mailbox: Mailbox, line: Line): void {
  resume(exchange.shelf, mailbox, line)
}

export function leave(exchange: Exchange, mailbox: Mailbox): void {
  mailbox.line = undefined
  if (!mailbox.isKept) {
    forget(exchange, mailbox)
    return
  }
  exchange.mailboxes.delete(mailbox.clientId)
  exchange.mailboxes.set(mailbox.clientId, mailbox)
}

/** False when the mailbox has all the filters it may have. One that it has already gets the new QoS [MQTT-3.8.4-3]. */
export function subscribe(exchange: Exchange, mailbox: Mailbox, filter: string, qos: Qos): boolean {
  const { subscriptions } = mailbox
  if (!subscriptions.has(filter) && subscriptions.size >= exchange.limits.subscriptionsMax) return false
  subscriptions.add(filter)
  const readers = valueAt(exchange.readers, filter) ?? new Map<Mailbox, Qos>()
  readers.set(mailbox, qos)
  setAt(exchange.readers, filter, readers)
  return true
}

export function unsubscribe(exchange: Exchange, mailbox: Mailbox, filter: string): void {
  if (!mailbox.subscriptions.delete(filter)) return
  const readers = valueAt(exchange.readers, filter)
  readers?.delete(mailbox)
  if (readers?.size === 0) setAt(exchange.readers, filter, undefined)
}

/** What is retained at the topics of a filter that has just been subscribed to [MQTT-3.3.1-6]. Returns how many found no room. */
export function sendRetained(exchange: Exchange, mailbox: Mailbox, filter: string, qos: Qos): number {
  let dropped = 0
  visitTopics(exchange.retained, filter, kept => {
    if (!post(exchange.shelf, mailbox, kept.message, lowerOf(kept.qos, qos), true)) dropped++
  })
  return dropped
}

/** To everybody who reads it, once each, at the highest QoS that one of its filters has [MQTT-3.3.5-1]. Returns how many found no room. */
export function publish(exchange: Exchange, publication: Publication): number {
  const { topic, qos, isRetained } = publication
  const message = { topic, topicBytes: textOnWire(topic), payload: publication.payload.slice() }
  const dropped = isRetained && !retain(exchange, { message, qos }) ? 1 : 0
  return dropped + spread(exchange, message, qos).dropped
}

/** As publish(), of a message that is nobody's here and never retained: from the server itself. Its `left` is called once for each that took it. */
export function spread(exchange: Exchange, message: Message, qos: Qos): { taken: number; dropped: number } {
  const readers = new Map<Mailbox, Qos>()
  visitFilters(exchange.readers, message.topic, found => {
    for (const [mailbox, granted] of found) {
      const wanted = lowerOf(qos, granted)
      if (wanted >= (readers.get(mailbox) ?? 0)) readers.set(mailbox, wanted)
    }
  })
  const told = { taken: 0, dropped: 0 }
  for (const [mailbox, wanted] of readers) {
    // QoS 0 is not kept for who is away: nothing was promised.
    if (wanted === 0 && mailbox.line === undefined) continue
    if (post(exchange.shelf, mailbox, message, wanted, false)) told.taken++
    else told.dropped++
  }
  return told
}

/** An empty message takes away what is retained [MQTT-3.3.1-10, -11]. False: no room for it; what was there before is gone, it is old. */
function retain(exchange: Exchange, { message, qos }: Retained): boolean {
  const { retained, limits } = exchange
  const before = valueAt(retained, message.topic)
  if (before !== undefined) {
    exchange.retainedCount--
    exchange.retainedBytes -= sizeOf(before.message)
  }
  const isEmpty = message.payload.length === 0
  const hasRoom =
    exchange.retainedCount < limits.retainedMax && exchange.retainedBytes + sizeOf(message) <= limits.retainedBytesMax
  const isKept = !isEmpty && hasRoom
  setAt(retained, message.topic, isKept ? { message, qos } : undefined)
  if (isKept) {
    exchange.retainedCount++
    exchange.retainedBytes += sizeOf(message)
  }
  return isKept || isEmpty
}

function forget(exchange: Exchange, mailbox: Mailbox): void {
  for (const filter of [...mailbox.subscriptions]) unsubscribe(exchange, mailbox, filter)
  emptyMailbox(exchange.shelf, mailbox)
  exchange.mailboxes.delete(mailbox.clientId)
}

function forgetLongestAway(exchange: Exchange): boolean {
  for (const mailbox of exchange.mailboxes.values()) {
    if (mailbox.line !== undefined) continue
    forget(exchange, mailbox)
    return true
  }
  return false
}

function lowerOf(a: Qos, b: Qos): Qos {
  return a < b ? a : b
}
