// A PUBACK waits for an ack to go with, half a second and no longer. A socket that shows each write is needed for that, and a clock that the test
// moves: on real ones what goes in one write and what in two looks the same.

import { generate, type Packet, parser } from 'mqtt-packet'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { Link } from '../../../gateway/broker/broker.ts'
import { createConversations } from '../../../gateway/broker/conversations.ts'
import { dongleIdFrom } from '../../../shared/kernel/ids.ts'
import { downTopic, upTopic } from '../../../shared/session/topics.ts'
import { doorOf, FakeSocket } from '../../support/fake-socket.ts'

const limits = {
  messagesPerSecond: 1000,
  messagesBurst: 1000,
  guestMessagesPerSecond: 1,
  guestMessagesBurst: 1,
  connectionsMax: 10,
}

class WritesSocket extends FakeSocket {
  /** By write: PUBACKs by their ids, other packets by name. */
  readonly writes: (string | number)[][] = []
  override write(bytes: Uint8Array): void {
    const packets: (string | number)[] = []
    const reader = parser({ protocolVersion: 4 })
    reader.on('packet', (one: Packet) => packets.push(one.cmd === 'puback' ? (one.messageId as number) : one.cmd))
    reader.parse(Buffer.from(bytes))
    this.writes.push(packets)
  }
}

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] }))
afterEach(() => void vi.useRealTimers())

function broker(pubackWithinMs?: number) {
  const clock = { monotonicMs: () => Math.floor(performance.now()), wallS: () => 0 }
  const links = new Map<string, Link>()
  const { open } = createConversations(
    { keepaliveMaxS: 1200, packetBytesMax: 1500, unreadBytesMax: 20_000, clock, limits, pubackWithinMs },
    {
      async connect(link) {
        links.set(link.dongleId, link)
        return undefined
      },
      message: () => undefined,
      closed() {},
      refused: reason => expect.unreachable(reason),
    },
  )
  return async (number: number) => {
    const id = dongleIdFrom([number, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12])
    const socket = new WritesSocket()
    open(doorOf(socket))
    const say = (packet: Packet) => socket.emit('data', generate(packet))
    say({ cmd: 'connect', clientId: id, username: id, password: Buffer.from('word'), clean: true, keepalive: 60 })
    while (socket.writes.length === 0) await new Promise(resolve => setImmediate(resolve))
    say({ cmd: 'subscribe', messageId: 1, subscriptions: [{ topic: downTopic(id), qos: 0 }] })
    socket.writes.length = 0
    return {
      writes: socket.writes,
      publish: (messageId: number) =>
        say({ cmd: 'publish', topic: upTopic(id), payload: 'up', qos: 1, messageId, dup: false, retain: false }),
      leave: () => say({ cmd: 'disconnect' }),
      ack: () => links.get(id)?.send(Uint8Array.of(9)),
    }
  }
}

test('a PUBACK goes with the ack that comes meanwhile, in one write, and is not said again', async () => {
  const dongle = await broker()(1)
  dongle.publish(2)
  dongle.publish(3)
  vi.advanceTimersByTime(400)
  expect(dongle.writes).toEqual([])
  dongle.ack()
  expect(dongle.writes).toEqual([[2, 3, 'publish']])
  vi.advanceTimersByTime(2000)
  dongle.ack()
  expect(dongle.writes).toEqual([[2, 3, 'publish'], ['publish']])
})

test('where no ack comes, each dongle’s goes half a second after its first PUBLISH, and those of others do not wait for it', async () => {
  const come = broker()
  const [early, late] = [await come(1), await come(2)]
  early.publish(2)
  vi.advanceTimersByTime(300)
  late.publish(7)
  early.publish(3)
  vi.advanceTimersByTime(199)
  expect([early.writes, late.writes]).toEqual([[], []])
  vi.advanceTimersByTime(1)
  expect([early.writes, late.writes]).toEqual([[[2, 3]], []])
  vi.advanceTimersByTime(310)
  expect([early.writes, late.writes]).toEqual([[[2, 3]], [[7]]])
  early.publish(4)
  vi.advanceTimersByTime(500)
  expect(early.writes).toEqual([[2, 3], [4]])
})

test('who leaves is told first; a broker with nothing behind it may say it sooner', async () => {
  const dongle = await broker()(1)
  dongle.publish(2)
  dongle.leave()
  expect(dongle.writes).toEqual([[2]])
  const other = await broker(10)(2)
  other.publish(2)
  vi.advanceTimersByTime(10)
  expect(other.writes).toEqual([[2]])
})
