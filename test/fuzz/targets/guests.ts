// The embedded broker without its sockets: bytes of a connection cut in pieces, through the packet reader to a guest's conversation, with
// another guest who reads everything. What it answers must be packets again, and must have an end.

import { createGuests, type Guest, type GuestLine, type GuestPolicy } from '../../../gateway/broker/guests.ts'
import { createPacketReader, takePackets } from '../../../gateway/broker/packet-reader.ts'
import * as mqtt from '../../../gateway/broker/packets.ts'
import { isTopicName } from '../../../gateway/broker/topic-tree.ts'

const PACKET_BYTES_MAX = 1000
const rights = { mayPublish: () => true, maySubscribe: () => true }
const policy: GuestPolicy = {
  admit: async () => rights,
  limits: {
    mailboxesMax: 3,
    subscriptionsMax: 8,
    messagesMax: 8,
    underWayMax: 3,
    unreleasedMax: 4,
    bytesMax: 3_000,
    retainedMax: 4,
    retainedBytesMax: 2_000,
  },
}
const READER: mqtt.Connect = {
  level: 4,
  clientId: 'reader',
  username: '',
  password: '',
  isClean: true,
  will: undefined,
  keepaliveS: 0,
}
const READ_ALL = [0, 1, 0, 1, 0x23, 2, 0, 3, 0x24, 0x53, 0x2f, 1] // "#" and "$S/"

export function run(bytes: Uint8Array): undefined {
  const guests = createGuests(policy, () => {})
  const reader = guests.open(READER, rights, lineThatChecks()) as Guest
  reader.take(0x82, Uint8Array.from(READ_ALL), 0, READ_ALL.length)
  converse(guests, bytes.subarray(1), (bytes[0] ?? 0) + 1)
  reader.left()
}

function converse(guests: ReturnType<typeof createGuests>, bytes: Uint8Array, step: number): void {
  const line = lineThatChecks()
  const packets = createPacketReader(PACKET_BYTES_MAX)
  let guest: Guest | undefined
  let came = 0
  for (let at = 0; at < bytes.length && line.isOpen(); at += step) {
    const chunk = bytes.subarray(at, at + step)
    came += chunk.length
    const fault = takePackets(packets, chunk, (head, body, from, end) => {
      if (from > end || end > body.length) throw new Error('a packet beyond its bytes')
      if (guest !== undefined) return head >> 4 === mqtt.PINGREQ || guest.take(head, body, from, end)
      const connect = head >> 4 === mqtt.CONNECT ? mqtt.readConnect(body, from, end) : undefined
      if (connect?.level !== 4) return line.close()
      if (connect.will !== undefined && !isTopicName(connect.will.topic)) return line.close()
      guest = guests.open(connect, rights, line)
      return guest !== undefined && line.isOpen()
    })
    if (packets.held.length > 2 * came) throw new Error('more is held than came')
    if (fault !== undefined) line.close()
  }
  guest?.goOn()
  guest?.left()
}

/** Takes what a broker writes and insists that it is packets, whole ones. */
function lineThatChecks(): GuestLine & { isOpen(): boolean } {
  const packets = createPacketReader(1 << 20)
  let isOpen = true
  let written = 0
  const close = (): false => {
    isOpen = false
    return false
  }
  return {
    write(bytes) {
      written += bytes.length
      const fault = takePackets(packets, bytes, () => true)
      if (fault !== undefined || packets.heldBytes > 0) throw new Error('what it wrote is no packet')
      return isOpen
    },
    hasRoom: () => isOpen && written < 20_000,
    refuse: close,
    close,
    drop: () => void close(),
    isOpen: () => isOpen,
  }
}

const bytesOf = (text: string): Uint8Array => mqtt.textOnWire(text)
const packet = (head: number, ...parts: ArrayLike<number>[]): Uint8Array => {
  const body = parts.flatMap(part => Array.from(part))
  const length = body.length < 128 ? [body.length] : [(body.length & 127) | 128, body.length >> 7]
  return Uint8Array.from([head, ...length, ...body])
}
const connect = (flags: number, ...rest: ArrayLike<number>[]): Uint8Array =>
  packet(0x10, bytesOf('MQTT'), [4, flags, 0, 60], ...rest)
const say = (flags: number, topic: string, id: number[], text: string): Uint8Array =>
  packet(0x30 | flags, bytesOf(topic), id, Buffer.from(text))
const stream = (...packets: Uint8Array[]): Uint8Array =>
  Uint8Array.from(Buffer.concat([Uint8Array.of(200), ...packets]))

export function seeds(): Uint8Array[] {
  const first = connect(2, bytesOf('a'))
  const subscribe = packet(0x82, [0, 9], bytesOf('a/#'), [1], bytesOf('+'), [2])
  return [
    stream(first, subscribe, say(0, 'a/b', [], 'x'), say(2, 'a/b', [0, 1], 'y'), packet(0x40, [0, 1]), packet(0xe0)),
    stream(
      connect(0, bytesOf('k')),
      say(4, 't', [0, 5], 'z'),
      packet(0x62, [0, 5]),
      packet(0xc0),
      packet(0x50, [0, 1]),
    ),
    stream(connect(0x26, bytesOf('w'), bytesOf('will'), bytesOf('gone')), say(1, 'r', [], 'kept'), subscribe),
    stream(connect(0xc2, bytesOf('u'), bytesOf('name'), bytesOf('word')), packet(0xa2, [0, 3], bytesOf('a/#'))),
    stream(connect(2, bytesOf('')), packet(0x82, [0, 1], bytesOf('$S/+'), [0]), say(3, '$S/x', [0, 2], '')),
  ]
}

export const tokens = [
  connect(2, bytesOf('a')),
  say(2, 'a/b', [0, 1], 'y'),
  say(4, 'a', [0, 2], 'y'),
  packet(0x62, [0, 2]),
  packet(0x40, [0, 1]),
  packet(0x50, [0, 1]),
  packet(0x70, [0, 1]),
  packet(0x82, [0, 1], bytesOf('#'), [2]),
  bytesOf('a/b'),
  Uint8Array.of(0xff, 0xff, 0xff, 0x7f),
  Uint8Array.of(0xc0, 0),
]
