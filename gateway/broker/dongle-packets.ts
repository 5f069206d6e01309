// What a dongle that was let in says: it publishes on its own up topic and reads its own down topic, nothing else exists for it. Each answers
// whether the next packet may be taken. What is in a message is not known here.

import { downTopic } from '../../shared/session/topics.ts'
import type { Link } from './broker.ts'
import { type Common, type Connection, holdUp, refuse, resume, sendDown, write } from './connection.ts'
import * as mqtt from './packets.ts'

/** A PUBACK waits this long for an ack to go with in one write: a write costs more than all else that an answer does. */
const PUBACK_WITHIN_MS = 10

// Section 3.3: topic, packet id if the QoS is not 0, payload. Read in place: this is the path of every batch.
export function publish(connection: Connection, head: number, bytes: Uint8Array, from: number, end: number): boolean {
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
  const { common } = connection
  connection.unconfirmed.push(packetId)
  common.toConfirm.add(connection)
  common.confirming ??= setTimeout(confirmAll, PUBACK_WITHIN_MS, common)
  return true
}

function confirmAll(common: Common): void {
  common.confirming = undefined
  for (const connection of common.toConfirm) sendDown(connection, undefined)
}

export function subscribe(connection: Connection, packet: ReturnType<typeof mqtt.readFilters>): boolean {
  if (packet === undefined) return refuse(connection, 'malformed-packet')
  const own = downTopic(connection.link?.dongleId ?? '')
  if (packet.filters.some(filter => filter !== own)) return refuse(connection, 'foreign-subscription')
  connection.isSubscribed = true
  const granted = packet.filters.map(() => 0) // QoS 0 for each
  return write(connection, mqtt.suback(packet.packetId, granted))
}

export function unsubscribe(connection: Connection, packet: ReturnType<typeof mqtt.readFilters>): boolean {
  if (packet === undefined) return refuse(connection, 'malformed-packet')
  if (packet.filters.includes(downTopic(connection.link?.dongleId ?? ''))) connection.isSubscribed = false
  return write(connection, mqtt.unsuback(packet.packetId))
}

/** Is `bytes[from … end-1]` the `wanted`? */
function isSame(bytes: Uint8Array, from: number, end: number, wanted: Uint8Array): boolean {
  if (end - from !== wanted.length) return false
  for (let i = 0; i < wanted.length; i++) if (bytes[from + i] !== wanted[i]) return false
  return true
}
