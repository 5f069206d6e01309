// The embedded broker as a dongle, or a stranger, meets it, without the sockets: bytes of a connection cut in pieces, from CONNECT on, while
// another dongle is connected. Nobody is heard on a topic that is not its own, what is answered is packets, and each connection has an end.
// First byte: how long the pieces are; second: whether the directory knows the dongle, and whether messages have to wait.

import type { BrokerEvents, Link } from '../../../gateway/broker/broker.ts'
import { createConversations } from '../../../gateway/broker/conversations.ts'
import { createPacketReader, takePackets } from '../../../gateway/broker/packet-reader.ts'
import { textOnWire } from '../../../gateway/broker/packets.ts'
import { dongleIdFrom } from '../../../shared/kernel/ids.ts'
import { downTopic, upTopic } from '../../../shared/session/topics.ts'
import { doorOf, FakeSocket } from '../../support/fake-socket.ts'

const OURS = dongleIdFrom([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12])
const OTHER = dongleIdFrom([2, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12])
const clock = { monotonicMs: () => 0, wallS: () => 0 }
const limits = {
  messagesPerSecond: 1000,
  messagesBurst: 1000,
  guestMessagesPerSecond: 1000,
  guestMessagesBurst: 1000,
  connectionsMax: 10,
}
const OPTIONS = { keepaliveMaxS: 1200, packetBytesMax: 1500, unreadBytesMax: 20_000, clock, limits }
const ENDED = Promise.resolve('')

/** It checks what is written to it: whole packets. */
class CheckedSocket extends FakeSocket {
  isClosed = false
  readonly packets = createPacketReader(1 << 20)
  override write(bytes: Uint8Array): void {
    // A reader that does not read: its buffer only grows.
    this.writableLength += bytes.length
    const fault = takePackets(this.packets, bytes, () => true)
    if (fault !== undefined || this.packets.heldBytes > 0) throw new Error('what it wrote is no packet')
  }
  override destroySoon(): void {
    this.destroy()
  }
  override destroy(): void {
    if (this.isClosed) return
    this.isClosed = true
    this.emit('close')
  }
}

export async function run(bytes: Uint8Array): Promise<string> {
  const [step = 0, mode = 0] = bytes
  const open = new Set<Link>()
  const events: BrokerEvents = {
    connect: async link => {
      if (link.dongleId !== OURS && link.dongleId !== OTHER) return 'unknown-dongle'
      open.add(link)
      return (mode & 1) === 1 && link.dongleId === OURS ? 'bad-password' : undefined
    },
    message(link, payload) {
      if (!open.has(link)) throw new Error('a message of nobody')
      if (link.dongleId !== OURS) throw new Error('a message in the name of another')
      if (payload.length > OPTIONS.packetBytesMax) throw new Error('a message over the limit')
      link.send(payload)
      return (mode & 2) === 2 ? Promise.resolve() : undefined
    },
    closed: link => void open.delete(link),
    refused() {},
  }
  const conversations = createConversations(OPTIONS, events)
  const enter = (): CheckedSocket => {
    const socket = new CheckedSocket()
    conversations.open(doorOf(socket))
    return socket
  }
  const other = enter()
  other.emit('data', connect(OTHER))
  const socket = enter()
  for (let at = 2; at < bytes.length && !socket.isClosed; at += step + 1) {
    socket.emit('data', bytes.subarray(at, at + step + 1))
    // A CONNECT is judged, and a message that waited is taken, in turns to come.
    await ENDED
    await ENDED
  }
  if (other.isClosed) throw new Error('another was cut off')
  await conversations.end()
  if (!socket.isClosed) throw new Error('a connection without an end')
  return ENDED
}

const packet = (head: number, ...parts: ArrayLike<number>[]): Uint8Array => {
  const body = parts.flatMap(part => Array.from(part))
  const length = body.length < 128 ? [body.length] : [(body.length & 127) | 128, body.length >> 7]
  return Uint8Array.from([head, ...length, ...body])
}
const connect = (id: string, keepaliveS = 60): Uint8Array =>
  packet(0x10, textOnWire('MQTT'), [4, 0xc2, 0, keepaliveS], textOnWire(id), textOnWire(id), textOnWire('word'))
const say = (id: string, flags: number, packetId: number[], length: number): Uint8Array =>
  packet(0x30 | flags, textOnWire(upTopic(id)), packetId, new Uint8Array(length).fill(7))
const subscribe = (id: string): Uint8Array => packet(0x82, [0, 1], textOnWire(downTopic(id)), [0])
const stream = (head: number[], ...packets: Uint8Array[]): Uint8Array =>
  Uint8Array.from(Buffer.concat([Uint8Array.from(head), ...packets]))

export function seeds(): Uint8Array[] {
  const first = connect(OURS)
  return [
    stream(
      [255, 0],
      first,
      subscribe(OURS),
      say(OURS, 2, [0, 2], 200),
      say(OURS, 0, [], 3),
      packet(0xc0),
      packet(0xe0),
    ),
    stream([20, 2], first, subscribe(OURS), say(OURS, 2, [0, 2], 20), say(OURS, 10, [0, 2], 20), packet(0x40, [0, 1])),
    stream([255, 1], first, subscribe(OURS)),
    stream([255, 0], first, subscribe(OTHER), say(OTHER, 2, [0, 1], 4)),
    stream([255, 0], first, say(OTHER, 2, [0, 1], 4)),
    stream([3, 0], connect(OURS, 0), packet(0xa2, [0, 3], textOnWire(downTopic(OURS)))),
    stream(
      [99, 0],
      first,
      subscribe(OURS),
      packet(0xa2, [0, 3], textOnWire(downTopic(OURS))),
      say(OURS, 2, [0, 9], 900),
    ),
  ]
}

export const tokens = [
  connect(OURS),
  subscribe(OURS),
  say(OURS, 2, [0, 1], 9),
  say(OTHER, 2, [0, 1], 9),
  packet(0x40, [0, 1]),
  packet(0xc0),
  packet(0xa2, [0, 1], textOnWire(downTopic(OURS))),
  textOnWire(upTopic(OTHER)),
  textOnWire(OTHER),
  Uint8Array.of(0xff, 0xff, 0xff, 0x7f),
]
