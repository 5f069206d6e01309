// Mailboxes, readers and retained messages: what reaches whom, what is kept for whom, and that all of it has an end.

import { type IPublishPacket, type Packet, parser } from 'mqtt-packet'
import { beforeEach, expect, test } from 'vitest'
import {
  createExchange,
  type Exchange,
  type ExchangeLimits,
  join,
  leave,
  openMailbox,
  publish,
  sendRetained,
  subscribe,
  unsubscribe,
} from '../../../gateway/broker/exchange.ts'
import { type Line, type Mailbox, sendWaiting, takeReceipt } from '../../../gateway/broker/mailbox.ts'
import { PUBACK, PUBCOMP, PUBREC, type Qos } from '../../../gateway/broker/packets.ts'
import { createTopicTree } from '../../../gateway/broker/topic-tree.ts'
import fc from '../../support/given-cases.ts'

const limits: ExchangeLimits = {
  mailboxesMax: 3,
  subscriptionsMax: 4,
  messagesMax: 5,
  underWayMax: 2,
  unreleasedMax: 4,
  bytesMax: 2_000,
  retainedMax: 3,
  retainedBytesMax: 600,
}

class Client implements Line {
  readonly packets: Packet[] = []
  isReading = true
  mailbox: Mailbox | undefined
  private readonly reader = parser({ protocolVersion: 4 })
  private readonly exchange: Exchange

  constructor(exchange: Exchange) {
    this.exchange = exchange
    this.reader.on('packet', packet => this.packets.push(packet))
  }

  write(bytes: Uint8Array): void {
    this.reader.parse(Buffer.from(bytes))
  }
  hasRoom(): boolean {
    return this.isReading
  }
  giveWay(): void {
    this.leave()
  }

  come(clientId: string, isClean = true): boolean {
    const opened = openMailbox(this.exchange, clientId, isClean)
    if (opened === undefined) return false
    this.mailbox = opened.mailbox
    join(this.exchange, opened.mailbox, this)
    return true
  }
  leave(): void {
    if (this.mailbox !== undefined) leave(this.exchange, this.mailbox)
    this.mailbox = undefined
  }
  read(filter: string, qos: Qos = 2): boolean {
    return subscribe(this.exchange, this.mailbox as Mailbox, filter, qos)
  }
  receipt(type: number, packetId: number): void {
    takeReceipt(this.exchange.shelf, this.mailbox as Mailbox, type, packetId)
  }
  /** Payloads and QoS of what has come since last asked. */
  came(): string[] {
    const messages = this.packets.splice(0).filter(packet => packet.cmd === 'publish')
    return messages.map(({ payload, qos, retain, dup }) => `${payload}:${qos}${retain ? 'r' : ''}${dup ? 'd' : ''}`)
  }
  /** Confirms what has come, as a client does, until nothing more comes. */
  confirmAll(): string[] {
    const came: string[] = []
    for (let packet = this.packets.shift(); packet !== undefined; packet = this.packets.shift()) {
      const id = packet.messageId as number
      if (packet.cmd === 'publish') {
        came.push(`${packet.payload}:${packet.qos}`)
        if (packet.qos > 0) this.receipt(packet.qos === 1 ? PUBACK : PUBREC, id)
      } else if (packet.cmd === 'pubrel') this.receipt(PUBCOMP, id)
    }
    return came
  }
}

let exchange: Exchange
beforeEach(() => {
  exchange = createExchange(limits)
})

function clientThatReads(filter: string, qos: Qos = 2, clientId = 'a', isClean = true): Client {
  const client = new Client(exchange)
  client.come(clientId, isClean)
  client.read(filter, qos)
  return client
}

const say = (topic: string, text: string, qos: Qos = 0, isRetained = false): number =>
  publish(exchange, { topic, payload: Buffer.from(text), qos, isRetained, packetId: 0 })

test('one message reaches a reader once, at the highest QoS of its filters, and never above its own', () => {
  const client = clientThatReads('a/#', 1)
  client.read('a/+', 2)
  client.read('a/b', 0)
  for (const qos of [0, 1, 2] as const) say('a/b', 'x', qos)
  expect(client.confirmAll()).toEqual(['x:0', 'x:1', 'x:2'])
  unsubscribe(exchange, client.mailbox as Mailbox, 'a/+')
  say('a/b', 'y', 2)
  expect(client.confirmAll()).toEqual(['y:1'])
})

test('what is under way waits for its receipts, and comes again in its order, marked, when the client comes again', () => {
  const client = clientThatReads('a', 2, 'a', false)
  for (const text of ['1', '2', '3', '4']) say('a', text, 2)
  expect(client.came()).toEqual(['1:2', '2:2'])
  client.receipt(PUBREC, 1)
  client.leave()
  say('a', 'away 0', 0)
  say('a', '5', 1)
  const again = new Client(exchange)
  again.come('a', false)
  expect(again.packets.map(packet => packet.cmd)).toEqual(['pubrel', 'publish'])
  expect((again.packets[1] as IPublishPacket).dup).toBe(true)
  expect(again.confirmAll()).toEqual(['2:2', '3:2', '4:2', '5:1'])
  expect(exchange.shelf.bytes).toBe(0)
})

test('receipts for what is not under way change nothing', () => {
  const client = clientThatReads('a', 1)
  say('a', 'x', 1)
  for (const type of [PUBACK, PUBREC, PUBCOMP]) client.receipt(type, 77)
  client.receipt(PUBCOMP, 1)
  client.receipt(PUBREC, 1)
  expect(client.mailbox?.underWay.size).toBe(1)
  client.receipt(PUBACK, 1)
  expect(client.mailbox?.underWay.size).toBe(0)
})

test('a retained message waits for readers, the next takes its place, an empty one takes it away', () => {
  say('a/b', 'old', 1, true)
  say('a/b', 'new', 1, true)
  say('$own', 'hidden', 1, true)
  const client = clientThatReads('#', 0)
  sendRetained(exchange, client.mailbox as Mailbox, '#', 0)
  expect(client.came()).toEqual(['new:0r'])
  say('a/b', 'live', 0, true)
  expect(client.came()).toEqual(['live:0'])
  say('a/b', '', 0, true)
  client.came()
  sendRetained(exchange, client.mailbox as Mailbox, '#', 0)
  expect(client.came()).toEqual([])
  expect(exchange.retainedCount).toBe(1)
})

test('retained messages have an end, by count and by bytes, and the ones before stay', () => {
  for (const topic of ['a', 'b', 'c']) expect(say(topic, 'x', 0, true)).toBe(0)
  expect(say('d', 'x', 0, true)).toBe(1)
  expect(say('a', 'y'.repeat(500), 0, true)).toBe(1)
  expect(exchange.retainedCount).toBe(2)
  expect(say('d', 'x', 0, true)).toBe(0)
})

test('a client that does not read is kept its messages up to a count, and gets those before the others', () => {
  const client = clientThatReads('a', 1)
  client.isReading = false
  const dropped = ['1', '2', '3', '4', '5', '6', '7'].map(text => say('a', text, 1))
  expect(dropped).toEqual([0, 0, 0, 0, 0, 1, 1])
  expect(say('a', 'x', 0)).toBe(1)
  client.isReading = true
  sendWaiting(exchange.shelf, client.mailbox as Mailbox)
  expect(client.confirmAll()).toEqual(['1:1', '2:1', '3:1', '4:1', '5:1'])
})

test('all that waits has an end together', () => {
  const clients = ['a', 'b', 'c'].map(id => clientThatReads('x', 1, id, false))
  for (const client of clients) client.leave()
  const dropped = [1, 2, 3, 4, 5].map(() => say('x', 'z'.repeat(200), 1))
  expect(dropped.reduce((sum, count) => sum + count)).toBe(15 - Math.floor(2_000 / 303))
  expect(exchange.shelf.bytes).toBeLessThanOrEqual(limits.bytesMax)
})

test('a mailbox too many takes the place of the one whose client is away longest, or is refused', () => {
  const [first, second] = ['a', 'b'].map(id => clientThatReads('x', 1, id, false))
  clientThatReads('x', 1, 'c', false)
  const fourth = new Client(exchange)
  expect(fourth.come('d')).toBe(false)
  second?.leave()
  first?.leave()
  say('x', '1', 1)
  expect(fourth.come('d')).toBe(true)
  expect([...exchange.mailboxes.keys()].sort()).toEqual(['a', 'c', 'd'])
})

test('a filter too many is refused, one that is there already is not', () => {
  const client = clientThatReads('1')
  for (const filter of ['2', '3', '4']) expect(client.read(filter)).toBe(true)
  expect(client.read('5')).toBe(false)
  expect(client.read('1', 0)).toBe(true)
})

test('who comes under the same id takes the place, and a clean one finds nothing of before', () => {
  const first = clientThatReads('x', 1, 'a', false)
  const second = new Client(exchange)
  second.come('a', false)
  expect(first.mailbox).toBeUndefined()
  say('x', '1', 1)
  expect(second.came()).toEqual(['1:1'])
  const third = new Client(exchange)
  third.come('a', true)
  say('x', '2', 1)
  expect(third.came()).toEqual([])
})

test('whatever clients do, bounds hold, and nothing is left when all have gone clean', () => {
  const topic = fc.constantFrom('a', 'a/b', 'b')
  const filter = fc.constantFrom('#', 'a/+', 'a', '+', 'b')
  const qos = fc.constantFrom<Qos>(0, 1, 2)
  const who = fc.nat(3)
  const step = fc.oneof(
    fc.record({ kind: fc.constant('come' as const), who, isClean: fc.boolean() }),
    fc.record({ kind: fc.constant('leave' as const), who }),
    fc.record({ kind: fc.constant('read' as const), who, filter, qos }),
    fc.record({ kind: fc.constant('unread' as const), who, filter }),
    fc.record({ kind: fc.constant('say' as const), topic, qos, isRetained: fc.boolean(), bytes: fc.nat(400) }),
    fc.record({ kind: fc.constant('confirm' as const), who }),
    fc.record({ kind: fc.constant('stall' as const), who, isReading: fc.boolean() }),
  )
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), steps => {
      const busy = createExchange(limits)
      const clients = [0, 1, 2, 3].map(() => new Client(busy))
      for (const one of steps) {
        const client = clients['who' in one ? one.who : 0] as Client
        if (one.kind === 'come' && client.mailbox === undefined) client.come(`c${one.who}`, one.isClean)
        if (one.kind === 'leave') client.leave()
        if (one.kind === 'stall') client.isReading = one.isReading
        if (one.kind === 'read' && client.mailbox) client.read(one.filter, one.qos)
        if (one.kind === 'unread' && client.mailbox) unsubscribe(busy, client.mailbox, one.filter)
        if (one.kind === 'confirm' && client.mailbox) client.confirmAll()
        if (one.kind === 'say') {
          const { topic: name, isRetained, bytes } = one
          publish(busy, { topic: name, payload: Buffer.alloc(bytes), qos: one.qos, isRetained, packetId: 0 })
        }
        expect(busy.shelf.bytes).toBeLessThanOrEqual(limits.bytesMax)
        expect(busy.retainedBytes).toBeLessThanOrEqual(limits.retainedBytesMax)
        expect(busy.mailboxes.size).toBeLessThanOrEqual(limits.mailboxesMax)
        for (const { underWay, waiting } of busy.mailboxes.values()) {
          expect(underWay.size).toBeLessThanOrEqual(limits.underWayMax)
          expect(underWay.size + waiting.length).toBeLessThanOrEqual(limits.messagesMax)
        }
      }
      for (const client of clients) client.leave()
      for (const clientId of [...busy.mailboxes.keys()]) {
        const last = new Client(busy)
        last.come(clientId, true)
        last.leave()
      }
      for (const name of ['a', 'a/b', 'b'])
        publish(busy, { topic: name, payload: Buffer.alloc(0), qos: 0, isRetained: true, packetId: 0 })
      expect([busy.shelf.bytes, busy.retainedBytes, busy.retainedCount, busy.mailboxes.size]).toEqual([0, 0, 0, 0])
      expect(busy.readers).toEqual(createTopicTree())
      expect(busy.retained).toEqual(createTopicTree())
    }),
    { numRuns: 200 },
  )
})
