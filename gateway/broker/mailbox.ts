// What a broker keeps for one of its clients (MQTT 3.1.1 section 3.1.2.4, "session"): what it reads, what is under way to it and what
// waits, and which of its own QoS 2 messages it has not released. Pure; bytes leave through the line that it is given. Bounded by limits
// that all mailboxes share: a message that finds no room is dropped, never the ones before it.

import type { Qos } from './packets.ts'
import * as mqtt from './packets.ts'

export interface Message {
  topic: string
  /** As it stands on the wire. */
  topicBytes: Uint8Array
  payload: Uint8Array
  /** Asked each time before it is written to somebody; absent: always. */
  mayLeave?(): boolean
  /** One mailbox is done with it: confirmed (QoS 0: written), or never will be. */
  left?(isConfirmed: boolean): void
}

/** The connection that a mailbox has while its client is there. */
export interface Line {
  write(bytes: Uint8Array): void
  /** False: the client does not read; what is written would fill our memory. */
  hasRoom(): boolean
  /** Ends it, from this side, because another connection has taken its place. */
  giveWay(): void
}

export interface MailboxLimits {
  /** Messages sent and not confirmed, per client; the next ones wait. */
  underWayMax: number
  /** Messages under way and waiting, per client. */
  messagesMax: number
  /** QoS 2 messages that a client has sent and not released. */
  unreleasedMax: number
  /** Bytes of all messages that are under way or wait, whosever they are. */
  bytesMax: number
}

/** A message on its way to one client. */
interface Parcel {
  message: Message
  qos: Qos
  isRetained: boolean
  /** QoS 2: the client has it, and waits for the end of the exchange. */
  isReceived: boolean
}

export interface Mailbox {
  readonly clientId: string
  /** It stays when its client goes (clean session 0). */
  isKept: boolean
  line: Line | undefined
  readonly subscriptions: Set<string>
  /** By packet id, oldest first. */
  readonly underWay: Map<number, Parcel>
  readonly waiting: Parcel[]
  /** Packet ids of the client's own QoS 2 messages: what comes again under them is a repeat. */
  readonly unreleased: Set<number>
  lastPacketId: number
}

/** What all mailboxes together hold. */
export interface Shelf {
  readonly limits: MailboxLimits
  bytes: number
}

export function createMailbox(clientId: string, isKept: boolean): Mailbox {
  return {
    clientId,
    isKept,
    line: undefined,
    subscriptions: new Set(),
    underWay: new Map(),
    waiting: [],
    unreleased: new Set(),
    lastPacketId: 0,
  }
}

/** False when the message found no room, or nobody to read it. QoS 0 is for who is there and reads. */
export function post(shelf: Shelf, mailbox: Mailbox, message: Message, qos: Qos, isRetained: boolean): boolean {
  const { line } = mailbox
  if (qos === 0) {
    if (line === undefined || !line.hasRoom() || message.mayLeave?.() === false) return false
    line.write(mqtt.publish(message.topicBytes, message.payload, { qos, isRetained, isRepeat: false }, 0))
    message.left?.(true)
    return true
  }
  const { messagesMax, bytesMax } = shelf.limits
  if (mailbox.underWay.size + mailbox.waiting.length >= messagesMax) return false
  if (shelf.bytes + sizeOf(message) > bytesMax) return false
  shelf.bytes += sizeOf(message)
  mailbox.waiting.push({ message, qos, isRetained, isReceived: false })
  sendWaiting(shelf, mailbox)
  return true
}

/** As many as the client's window and its line have room for. */
export function sendWaiting(shelf: Shelf, mailbox: Mailbox): void {
  const { line, waiting, underWay } = mailbox
  while (line?.hasRoom() && waiting.length > 0 && underWay.size < shelf.limits.underWayMax) {
    const parcel = waiting.shift() as Parcel
    if (parcel.message.mayLeave?.() === false) {
      putDown(shelf, parcel, false)
      continue
    }
    const packetId = nextPacketId(mailbox)
    underWay.set(packetId, parcel)
    send(line, parcel, packetId, false)
  }
}

/** A client is back: what was under way goes again, in its order [MQTT-4.4.0-1, 4.6.0-1], then what waited. */
export function resume(shelf: Shelf, mailbox: Mailbox, line: Line): void {
  mailbox.line = line
  for (const [packetId, parcel] of mailbox.underWay) {
    if (parcel.isReceived) line.write(mqtt.receipt(mqtt.PUBREL, packetId))
    else if (parcel.message.mayLeave?.() === false) {
      mailbox.underWay.delete(packetId)
      putDown(shelf, parcel, false)
    } else send(line, parcel, packetId, true)
  }
  sendWaiting(shelf, mailbox)
}

function send(line: Line, { message, qos, isRetained }: Parcel, packetId: number, isRepeat: boolean): void {
  line.write(mqtt.publish(message.topicBytes, message.payload, { qos, isRetained, isRepeat }, packetId))
}

/** PUBACK, PUBREC or PUBCOMP; one for what is not under way is answered as if it were, or means nothing. */
export function takeReceipt(shelf: Shelf, mailbox: Mailbox, type: number, packetId: number): void {
  const parcel = mailbox.underWay.get(packetId)
  const isEnd = type === (parcel?.qos === 2 ? mqtt.PUBCOMP : mqtt.PUBACK)
  if (type === mqtt.PUBREC) {
    if (parcel?.qos === 2) parcel.isReceived = true
    mailbox.line?.write(mqtt.receipt(mqtt.PUBREL, packetId))
  } else if (parcel !== undefined && isEnd) {
    mailbox.underWay.delete(packetId)
    putDown(shelf, parcel, true)
    sendWaiting(shelf, mailbox)
  }
}

/** What it held is room again. */
export function emptyMailbox(shelf: Shelf, mailbox: Mailbox): void {
  const parcels = [...mailbox.underWay.values(), ...mailbox.waiting]
  mailbox.underWay.clear()
  mailbox.waiting.length = 0
  mailbox.unreleased.clear()
  for (const parcel of parcels) putDown(shelf, parcel, false)
}

/** It takes no room any more, and whoever sent it hears what became of it. */
function putDown(shelf: Shelf, { message }: Parcel, isConfirmed: boolean): void {
  shelf.bytes -= sizeOf(message)
  message.left?.(isConfirmed)
}

/** Of 1 … 65,535 the next that is free [MQTT-2.3.1-2]; there is one, the window is smaller. */
function nextPacketId(mailbox: Mailbox): number {
  do mailbox.lastPacketId = (mailbox.lastPacketId % 65_535) + 1
  while (mailbox.underWay.has(mailbox.lastPacketId))
  return mailbox.lastPacketId
}

/** Counted for each mailbox though they share it: never too little. */
export function sizeOf({ topicBytes, payload }: Message): number {
  return 100 + topicBytes.length + payload.length
}
