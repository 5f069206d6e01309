// What a dongle that was let in says: it publishes on its own up topic and reads its own down topic, nothing else exists for it. Each answers
// whether the next packet may be taken. What is in a message is not known here.

import type { Link } from './broker.ts'
import { type Common, type Connection, holdUp, refuse, resume, sendDown, write } from './connection.ts'
import * as mqtt from './packets.ts'

/**
 * A PUBACK waits this long for an ack to go with in one write: a write costs more than all else that an answer does, and a dongle's radio a packet. Well
 * within the second after which clients in use send a PUBLISH again that nobody confirmed.
 */
const PUBACK_WITHIN_MS = 500
/** So often at most it is looked for PUBACKs that have waited so long, that few of them go at once. */
const PUBACKS_EVERY_MS = 10
/** A dongle has one filter, a client that tries things out a few. A packet has room for two thousand, and to look at them takes a millisecond that others wait. */
export const FILTERS_MAX = 16

// Section 3.3: topic, packet id if the QoS is not 0, payload. Read in place: this is the path of every batch.
export function publish(connection: Connection, head: number, bytes: Uint8Array, from: number, end: number): boolean {
  const qos = (head >> 1) & 3
  const topicEnd = from + 2 + mqtt.uint16(bytes, from)
  const payloadAt = topicEnd + (qos > 0 ? 2 : 0)
  // [MQTT-3.3.1-4] no QoS 3, [MQTT-3.3.1-2] no repeat of what is sent once only
  if (end - from < 2 || payloadAt > end || qos === 3 || (qos === 0 && (head & 8) !== 0))
    return refuse(connection, 'malformed-packet')
  if (!isSame(bytes, from, topicEnd, connection.upTopic)) return refuse(connection, 'foreign-topic')
  if (qos === 2 || (head & 1) !== 0) return refuse(connection, 'protocol-violation')
  const packetId = qos === 0 ? 0 : mqtt.uint16(bytes, topicEnd)
  if (qos === 1 && packetId === 0) return refuse(connection, 'malformed-packet') // [MQTT-2.3.1-1]
  const wait = connection.common.events.message(connection.link as Link, bytes.subarray(payloadAt, end))
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
  if (connection.unconfirmed.push(packetId) > 1) return true
  const { common } = connection
  const { clock, pubackWithinMs = PUBACK_WITHIN_MS } = common.options
  connection.confirmAtMs = clock.monotonicMs() + pubackWithinMs
  common.toConfirm.add(connection)
  common.confirming ??= setTimeout(confirmDue, pubackWithinMs, common)
  return true
}

/** A set is in the order in which its members came: the first is due first. */
function confirmDue(common: Common): void {
  common.confirming = undefined
  const nowMs = common.options.clock.monotonicMs()
  for (const connection of common.toConfirm) {
    const inMs = connection.confirmAtMs - nowMs
    if (inMs > 0) {
      common.confirming = setTimeout(confirmDue, Math.max(inMs, PUBACKS_EVERY_MS), common)
      return
    }
    sendDown(connection, undefined)
  }
}

// Sections 3.8 and 3.10: packet id, then filters, each with its QoS in a SUBSCRIBE. Read in place too.
export function subscribe(connection: Connection, bytes: Uint8Array, from: number, end: number): boolean {
  const filters = ownFilters(bytes, from, end, connection.downTopic, true)
  if (filters === undefined) return refuse(connection, 'malformed-packet')
  if (filters.count > FILTERS_MAX) return refuse(connection, 'protocol-violation')
  if (filters.own !== filters.count) return refuse(connection, 'foreign-subscription')
  connection.isSubscribed = true
  // QoS 0 for each
  return write(connection, mqtt.suback(filters.packetId, Array<number>(filters.count).fill(0)))
}

export function unsubscribe(connection: Connection, bytes: Uint8Array, from: number, end: number): boolean {
  const filters = ownFilters(bytes, from, end, connection.downTopic, false)
  if (filters === undefined) return refuse(connection, 'malformed-packet')
  if (filters.count > FILTERS_MAX) return refuse(connection, 'protocol-violation')
  if (filters.own > 0) connection.isSubscribed = false
  return write(connection, mqtt.unsuback(filters.packetId))
}

/** How many filters there are, FILTERS_MAX + 1 at most, and how many of them are `wanted`; undefined: the packet is none. */
function ownFilters(
  bytes: Uint8Array,
  from: number,
  end: number,
  wanted: Uint8Array,
  hasQos: boolean,
): { packetId: number; count: number; own: number } | undefined {
  if (end - from < 2) return undefined
  const packetId = mqtt.uint16(bytes, from)
  let [at, count, own] = [from + 2, 0, 0]
  while (at < end && count <= FILTERS_MAX) {
    if (end - at < 2) return undefined
    const textEnd = at + 2 + mqtt.uint16(bytes, at)
    const next = textEnd + (hasQos ? 1 : 0)
    if (next > end || (hasQos && (bytes[textEnd] as number) > 2)) return undefined
    count++
    if (isSame(bytes, at, textEnd, wanted)) own++
    at = next
  }
  return packetId === 0 || count === 0 ? undefined : { packetId, count, own }
}

/** Is `bytes[from … end-1]` the `wanted`? */
function isSame(bytes: Uint8Array, from: number, end: number, wanted: Uint8Array): boolean {
  if (end - from !== wanted.length) return false
  for (let i = 0; i < wanted.length; i++) if (bytes[from + i] !== wanted[i]) return false
  return true
}
