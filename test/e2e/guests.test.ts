// Clients that are no dongles, at the embedded broker's sockets, with MQTT.js: what the standard promises them, the rights they have, and
// that dongles beside them notice nothing.

import { once } from 'node:events'
import { connect as connectTcp, type Socket } from 'node:net'
import { connect, type IClientOptions, type MqttClient } from 'mqtt'
import { generate } from 'mqtt-packet'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import type { Broker, BrokerEvents, Link } from '../../gateway/broker/broker.ts'
import { openEmbeddedBroker } from '../../gateway/broker/embedded.ts'
import { gatewayConfig } from '../../gateway/config.ts'
import { downTopic, upTopic } from '../../shared/session/topics.ts'
import { NO_RATES } from '../support/no-rates.ts'
import { identityOf } from '../support/scripted-dongle.ts'

const ROOM = {
  mailboxesMax: 50,
  subscriptionsMax: 10,
  messagesMax: 100,
  underWayMax: 5,
  unreleasedMax: 10,
  bytesMax: 1_000_000,
  retainedMax: 10,
  retainedBytesMax: 100_000,
}

const refused: string[] = []
const ofDongles: string[] = []
const links: Link[] = []
let broker: Broker
const open: MqttClient[] = []

beforeAll(async () => {
  const config = gatewayConfig({ mqttPort: 0, ...NO_RATES })
  const events: BrokerEvents = {
    async connect(link) {
      links.push(link)
      return undefined
    },
    message: (_link, bytes) => void ofDongles.push(Buffer.from(bytes).toString()),
    closed() {},
    refused: reason => void refused.push(reason),
  }
  const clock = { monotonicMs: () => Math.floor(performance.now()), wallS: () => 0 }
  broker = await openEmbeddedBroker(
    {
      host: '127.0.0.1',
      port: 0,
      limits: config,
      clock,
      keepaliveMaxS: 60,
      packetBytesMax: 65_536,
      unreadBytesMax: 65_536,
      guests: {
        admit: async (_clientId, username) =>
          username === 'stranger'
            ? undefined
            : {
                mayPublish: topic => !topic.startsWith('secret/'),
                maySubscribe: filter => !/^(#|\+|secret)/.test(filter),
              },
        limits: ROOM,
      },
    },
    events,
  )
})

afterEach(async () => {
  for (const client of open.splice(0)) await client.endAsync(true)
  refused.length = 0
})
afterAll(() => broker.close())

interface Guest {
  client: MqttClient
  /** `text:qos`, and an r for a retained one. */
  came: string[]
}

async function guest(clientId: string, options: IClientOptions = {}): Promise<Guest> {
  const came: string[] = []
  const standard = { protocolVersion: 4, clientId, username: 'guest', keepalive: 30, reconnectPeriod: 0 } as const
  const client = connect(`mqtt://127.0.0.1:${broker.port}`, { ...standard, ...options })
  open.push(client)
  // Before the connection is there: what has waited comes with it.
  client.on('message', (_topic, payload, packet) => came.push(`${payload}:${packet.qos}${packet.retain ? 'r' : ''}`))
  await new Promise<void>((resolve, reject) => {
    client.once('connect', () => resolve())
    client.once('error', reject)
  })
  return { client, came }
}

const gone = (client: MqttClient): Promise<void> => new Promise(resolve => client.once('close', () => resolve()))

test('messages of every QoS reach who reads them, confirmed end to end', async () => {
  const reader = await guest('reader')
  const writer = await guest('writer')
  await reader.client.subscribeAsync({ 'room/+/a': { qos: 2 }, 'room/#': { qos: 1 } })
  for (const qos of [0, 1, 2] as const) await writer.client.publishAsync('room/1/a', `m${qos}`, { qos })
  const numbers = Array.from({ length: 30 }, (_, i) => String(i))
  await Promise.all(numbers.map(text => writer.client.publishAsync('room/1/a', text, { qos: 1 })))
  await expect.poll(() => reader.came).toEqual(['m0:0', 'm1:1', 'm2:2', ...numbers.map(text => `${text}:1`)])
})

test('what is retained comes first, what was missed by who keeps a session comes when he is back', async () => {
  const writer = await guest('writer')
  await writer.client.publishAsync('state/x', 'kept', { qos: 1, retain: true })
  const reader = await guest('keeper', { clean: false })
  await reader.client.subscribeAsync('state/x', { qos: 1 })
  await expect.poll(() => reader.came).toEqual(['kept:1r'])
  await reader.client.endAsync()
  for (const qos of [0, 1, 2] as const) await writer.client.publishAsync('state/x', `away ${qos}`, { qos })
  const again = await guest('keeper', { clean: false })
  await expect.poll(() => again.came).toEqual(['away 1:1', 'away 2:1'])
  const fresh = await guest('keeper')
  await writer.client.publishAsync('state/x', 'late', { qos: 1 })
  expect(fresh.came).toEqual([])
})

test('a will is left by who is cut off, and by who is pushed away, not by who says goodbye', async () => {
  const reader = await guest('reader')
  await reader.client.subscribeAsync('will/#', { qos: 1 })
  const will = (text: string) => ({
    will: { topic: 'will/x', payload: Buffer.from(text), qos: 1 as const, retain: false },
  })
  const cut = await guest('cut', will('cut'))
  cut.client.stream.destroy()
  await expect.poll(() => reader.came).toEqual(['cut:1'])
  const older = await guest('twice', will('pushed'))
  const closed = gone(older.client)
  const newer = await guest('twice', will('said goodbye'))
  await closed
  await newer.client.endAsync()
  await reader.client.publishAsync('will/end', 'end', { qos: 1 })
  await expect.poll(() => reader.came).toEqual(['cut:1', 'pushed:1', 'end:1'])
  expect(refused).toContain('guest-taken-over')
})

test('who has no right to a topic neither writes, reads nor leaves a will there', async () => {
  await expect(guest('x', { username: 'stranger' })).rejects.toThrow(/Not authorized/)
  const will = { topic: 'secret/x', payload: Buffer.from('boo'), qos: 0 as const, retain: false }
  await expect(guest('x', { will })).rejects.toThrow(/Not authorized/)
  const { client } = await guest('x')
  expect(await client.subscribeAsync('ok')).toMatchObject([{ topic: 'ok', qos: 0 }])
  for (const filter of ['secret/#', '#']) await expect(client.subscribeAsync(filter)).rejects.toThrow(/Subscribe error/)
  const closed = gone(client)
  client.publish('secret/x', 'boo', { qos: 0 })
  await closed
  expect(refused).toEqual(expect.arrayContaining(['bad-password', 'foreign-topic', 'foreign-subscription']))
})

test('who has no name may come for now, any number of them, but not keep a session', async () => {
  const nameless = [await guest(''), await guest('')]
  await nameless[0]?.client.publishAsync('a', 'x', { qos: 1 })
  const socket = connectTcp(broker.port as number, '127.0.0.1')
  // MQTT.js would not send it
  socket.write(Uint8Array.of(0x10, 12, 0, 4, 0x4d, 0x51, 0x54, 0x54, 4, 0, 0, 60, 0, 0))
  const [answer] = (await once(socket, 'data')) as [Buffer]
  expect([...answer]).toEqual([0x20, 2, 0, 2])
  expect(nameless.every(({ client }) => client.connected)).toBe(true)
  socket.destroy()
})

test('a guest hears nothing of dongles and says nothing to them, whatever it may do', async () => {
  const { dongleId } = identityOf(0)
  const reader = await guest('reader')
  await reader.client.subscribeAsync(['nrt/#', upTopic(dongleId), downTopic(dongleId)])
  const dongle = await guest(dongleId, { username: dongleId })
  await dongle.client.subscribeAsync(downTopic(dongleId))
  await dongle.client.publishAsync(upTopic(dongleId), 'up', { qos: 1 })
  await expect.poll(() => ofDongles).toEqual(['up'])
  await reader.client.publishAsync(upTopic(dongleId), 'forged', { qos: 1 })
  await reader.client.publishAsync(downTopic(dongleId), 'forged', { qos: 1 })
  links.at(-1)?.send(Buffer.from('down'))
  await expect.poll(() => dongle.came).toEqual(['down:0'])
  // its own words only, and a dongle's only after the gateway's check
  await expect.poll(() => reader.came).toEqual(['forged:0', 'forged:0'])
  expect(ofDongles).toEqual(['up'])
})

test('a guest with more unreleased messages than it may have is closed, and another goes on', async () => {
  const other = await guest('other')
  const { client } = await guest('flood')
  const closed = gone(client)
  const socket = client.stream as Socket
  for (let id = 1; id <= ROOM.unreleasedMax + 1; id++)
    socket.write(
      generate({ cmd: 'publish', topic: 'a', payload: 'x', qos: 2, messageId: id, dup: false, retain: false }),
    )
  await closed
  expect(refused).toContain('guest-over-limit')
  await other.client.publishAsync('a', 'x', { qos: 2 })
})
