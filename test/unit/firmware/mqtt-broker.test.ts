// The dongle's MQTT client and brokers: what the paho interoperability suite asks of a client, against a broker made by hand that
// can misbehave, and against aedes, mosquitto and, where PAHO_TESTING=… says it is, that suite's own broker over real sockets.

import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect as connectSocket, createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Aedes } from 'aedes'
import { connectAsync } from 'mqtt'
import type { IConnectPacket, Packet } from 'mqtt-packet'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { type Mqtt, type MqttOptions, mqttPublish, mqttReceive, openMqtt } from '../../../firmware/mqtt.ts'
import * as reason from '../../../firmware/reasons.ts'
import { freePort } from '../../../scripts/free-port.ts'
import { LOGIN, type Script, scriptedBroker } from '../../support/scripted-broker.ts'
import { inWords, toSocket } from '../../support/told.ts'

const POLL = { interval: 10 }
const MOSQUITTO = ['/usr/sbin/mosquitto', '/usr/local/sbin/mosquitto', '/opt/homebrew/sbin/mosquitto'].find(existsSync)
if (MOSQUITTO === undefined) console.warn('skipped: the dongle’s MQTT client against mosquitto (not installed)')

const PAHO = process.env.PAHO_TESTING && join(process.env.PAHO_TESTING, 'interoperability')
if (!PAHO) console.warn('skipped: the dongle’s MQTT client against the paho suite’s broker (PAHO_TESTING=… says where)')

const down = (payload: string, changes: Partial<Packet> = {}): Packet =>
  ({
    cmd: 'publish',
    topic: LOGIN.subscribe,
    payload: Buffer.from(payload, 'latin1'),
    qos: 0,
    dup: false,
    retain: false,
    ...changes,
  }) as Packet

/** Answers `cmd` with these bytes. */
const on =
  (cmd: Packet['cmd'], bytes: string): Script =>
  packet =>
    packet.cmd === cmd ? bytes : undefined

describe('the broker does what it should', () => {
  test('connects with a clean session, its name, and no will: a broker speaks for no dongle', () => {
    const { received, told } = scriptedBroker()
    const connect = received[0] as IConnectPacket
    expect(connect).toMatchObject({ cmd: 'connect', protocolVersion: 4, clean: true, clientId: 'D', keepalive: 60 })
    expect(connect.will).toBeUndefined()
    expect(received[1]).toMatchObject({ cmd: 'subscribe', subscriptions: [{ topic: LOGIN.subscribe, qos: 0 }] })
    expect(told).toEqual(['up'])
  })

  test('the conversation is the same whatever pieces the bytes come in', () => {
    function talk(pieceBytes: number) {
      const broker = scriptedBroker(undefined, pieceBytes)
      broker.publish('x'.repeat(300))
      broker.say(down('y'.repeat(300)))
      broker.say(down('z', { qos: 1, messageId: 7 } as never))
      broker.wait(40)
      return { told: broker.told, received: broker.received, left: broker.mqtt.unconfirmedBytes }
    }
    const whole = talk(65_536)
    expect(whole.left).toBe(0)
    for (let pieceBytes = 1; pieceBytes < 20; pieceBytes++) expect(talk(pieceBytes)).toEqual(whole)
  })

  test('keeps the line alive from its side when it has nothing to say', () => {
    const broker = scriptedBroker()
    broker.wait(600)
    expect(broker.received.filter(packet => packet.cmd === 'pingreq').length).toBeGreaterThanOrEqual(18)
    expect(broker.told).toEqual(['up'])
  })

  test('a redelivery (DUP) is confirmed and handed on: what comes twice is for the session to see', () => {
    const broker = scriptedBroker()
    broker.say(down('a', { qos: 1, messageId: 5 } as never))
    broker.say(down('a', { qos: 1, messageId: 5, dup: true } as never))
    expect(broker.told).toEqual(['up', 'message a', 'message a'])
    expect(broker.received.filter(packet => packet.cmd === 'puback').map(packet => packet.messageId)).toEqual([5, 5])
  })

  test('topics that were not subscribed, dollar topics among them, are confirmed and dropped', () => {
    const broker = scriptedBroker()
    broker.say(down('load', { topic: '$SYS/broker/load' } as never))
    broker.say(down('other', { topic: 'nrt/1/E/down', qos: 1, messageId: 9 } as never))
    broker.say(down('', { topic: 'nrt/1/D/downy' } as never))
    expect(broker.told).toEqual(['up'])
    expect(broker.received.at(-1)).toMatchObject({ cmd: 'puback', messageId: 9 })
  })

  test('a retained message on its own topic is a message', () => {
    const broker = scriptedBroker()
    broker.say(down('kept', { retain: true } as never))
    expect(broker.told).toEqual(['up', 'message kept'])
  })
})

describe('the broker misbehaves', () => {
  test.each<[string, Script, number]>([
    ['refuses an unacceptable protocol', on('connect', '\x20\x02\x00\x01'), reason.REFUSED],
    ['refuses a client id, of no length for example', on('connect', '\x20\x02\x00\x02'), reason.REFUSED],
    ['is not available', on('connect', '\x20\x02\x00\x03'), reason.REFUSED],
    ['refuses the password', on('connect', '\x20\x02\x00\x04'), reason.REFUSED_CREDENTIALS],
    ['answers with HTTP', on('connect', 'HTTP/1.1 200 OK\r\n\r\n'), reason.NOT_MQTT],
    ['answers CONNECT with SUBACK', on('connect', '\x90\x03\x00\x01\x00'), reason.NOT_MQTT],
    ['sends a CONNACK of the wrong length', on('connect', '\x20\x03\x00\x00\x00'), reason.BAD_PACKET],
    ['sends a second CONNACK', on('subscribe', '\x20\x02\x00\x00'), reason.BAD_PACKET],
    ['fails the subscription', on('subscribe', '\x90\x03\x00\x01\x80'), reason.SUBSCRIPTION_REFUSED],
    ['confirms another subscription', on('subscribe', '\x90\x03\x00\x02\x00'), reason.SUBSCRIPTION_REFUSED],
    ['confirms two subscriptions', on('subscribe', '\x90\x04\x00\x01\x00\x00'), reason.SUBSCRIPTION_REFUSED],
    ['announces a length of five bytes', on('subscribe', '\x30\x80\x80\x80\x80\x01'), reason.PACKET_TOO_LARGE],
    ['announces more than the bound', on('subscribe', '\x30\xff\x7f'), reason.PACKET_TOO_LARGE],
    ['sends a packet of type 0', on('subscribe', '\x00\x00'), reason.BAD_PACKET],
    ['asks for something, as a client would', on('subscribe', '\xc0\x00'), reason.BAD_PACKET],
    ['confirms an UNSUBSCRIBE that never was', on('subscribe', '\xb0\x02\x00\x01'), reason.BAD_PACKET],
    ['sends QoS 3', on('subscribe', '\x90\x03\x00\x01\x00\x36\x05\x00\x01t\x00\x01'), reason.BAD_PACKET],
    [
      'sends a topic longer than its packet',
      on('subscribe', '\x90\x03\x00\x01\x00\x30\x04\x00\x09ab'),
      reason.BAD_PACKET,
    ],
  ])('%s: the conversation ends once, with its reason', (_name, script, code) => {
    for (const pieceBytes of [65_536, 1]) {
      const broker = scriptedBroker(script, pieceBytes)
      broker.wait(120)
      broker.say('\x30\x03\x00\x01t')
      expect(broker.told.filter(line => line !== 'up')).toEqual([`down ${code}`])
      expect(broker.publish('x')).toBe(false)
    }
  })

  test.each<[string, Script, number]>([
    ['CONNECT', on('connect', ''), reason.NO_CONNACK],
    ['SUBSCRIBE', on('subscribe', ''), reason.NO_CONNACK],
    ['PINGREQ', on('pingreq', ''), reason.NO_PINGRESP],
    ['PUBLISH', on('publish', ''), reason.NO_PUBACK],
  ])('never answers %s: noticed within a minute and a half', (_name, script, code) => {
    const broker = scriptedBroker(script)
    broker.publish('x')
    broker.wait(90)
    expect(broker.told.at(-1)).toBe(`down ${code}`)
  })

  test('PUBACKs of ids that it never saw, twice, or cut short, free no room and end nothing', () => {
    const broker = scriptedBroker(on('publish', '\x40\x02\x77\x77\x40\x02\x77\x77\x40\x00'))
    for (let i = 0; i < 4; i++) expect(broker.publish('x'.repeat(4096))).toBe(true)
    expect(broker.publish('x')).toBe(false)
    expect(broker.told).toEqual(['up'])
  })

  test('a connection that ends in the middle of a packet leaves nothing behind for the next one', () => {
    const broker = scriptedBroker()
    broker.say('\x30\x20\x00\x0cnrt/1/D/')
    // the socket is gone; the link opens a new conversation
    const next = scriptedBroker()
    expect(next.told).toEqual(['up'])
    next.say(down('whole'))
    expect(next.told).toEqual(['up', 'message whole'])
  })
})

interface RealBroker {
  name: string
  port: number
  /** Turns the credentials away; 0: it knows none. */
  strictPort: number
  refusesNoName: boolean
  start(): Promise<void>
  stop(): Promise<void>
}

function aedesBroker(): RealBroker {
  const brokers: Aedes[] = []
  const servers: Server[] = []
  async function listen(isStrict: boolean): Promise<number> {
    const broker = await Aedes.createBroker()
    if (isStrict) {
      broker.authenticate = (_client, _name, _password, done) =>
        done(Object.assign(new Error('no'), { returnCode: 5 }) as never, false)
    }
    const server = createServer(socket => broker.handle(socket))
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    brokers.push(broker)
    servers.push(server)
    return (server.address() as { port: number }).port
  }
  const real: RealBroker = {
    name: 'aedes',
    port: 0,
    strictPort: 0,
    refusesNoName: false,
    start: async () => {
      real.port = await listen(false)
      real.strictPort = await listen(true)
    },
    stop: async () => {
      for (const broker of brokers) await new Promise<void>(resolve => broker.close(() => resolve()))
      for (const server of servers) server.close()
    },
  }
  return real
}

/** A program that takes a configuration file of mosquitto's form; the last of the `listeners` ports is the strict one, if there are two. */
function programBroker(
  program: { name: string; path: string; args: string[]; cwd?: string; refusesNoName: boolean },
  listeners: number,
  linesOf: (ports: number[]) => string[],
): RealBroker {
  const folder = mkdtempSync(join(tmpdir(), 'nrt-mqtt-'))
  let child: ChildProcess
  const answers = (port: number): Promise<boolean> =>
    new Promise(resolve => {
      const socket = connectSocket({ host: '127.0.0.1', port })
      socket.once('connect', () => resolve(true)).once('error', () => resolve(false))
      socket.once('connect', () => socket.destroy())
    })
  const real: RealBroker = {
    name: program.name,
    port: 0,
    strictPort: 0,
    refusesNoName: program.refusesNoName,
    start: async () => {
      const ports = await Promise.all(Array.from({ length: listeners }, () => freePort()))
      real.port = ports[0] as number
      real.strictPort = ports[1] ?? 0
      const file = join(folder, 'broker.conf')
      writeFileSync(file, `${linesOf(ports).join('\n')}\n`)
      child = spawn(program.path, [...program.args, '-c', file], { stdio: 'ignore', cwd: program.cwd })
      while (!(await answers(ports.at(-1) as number))) await new Promise(resolve => setImmediate(resolve))
    },
    stop: async () => {
      const ended = new Promise(resolve => child.once('exit', resolve))
      // the paho broker's threads outlive the polite signal
      child.kill('SIGKILL')
      await ended
      rmSync(folder, { recursive: true, force: true })
    },
  }
  return real
}

function mosquittoBroker(path: string): RealBroker {
  const program = { name: 'mosquitto', path, args: [], refusesNoName: true }
  return programBroker(program, 2, ([port, strictPort]) => [
    'per_listener_settings true',
    `listener ${port} 127.0.0.1`,
    'allow_anonymous true',
    'allow_zero_length_clientid false',
    `listener ${strictPort} 127.0.0.1`,
    'allow_anonymous false',
  ])
}

function pahoBroker(folder: string): RealBroker {
  const args = ['-W', 'ignore', 'startbroker.py']
  const program = { name: 'the paho suite’s broker', path: 'python3', args, cwd: folder, refusesNoName: false }
  return programBroker(program, 1, ([port]) => [`listener ${port} 127.0.0.1`])
}

const REAL = [
  aedesBroker(),
  ...(MOSQUITTO === undefined ? [] : [mosquittoBroker(MOSQUITTO)]),
  ...(PAHO ? [pahoBroker(PAHO)] : []),
]

describe.each(REAL)('$name', broker => {
  const sockets: Socket[] = []
  const others: { end(): void }[] = []
  beforeAll(() => broker.start())
  afterEach(() => {
    for (const socket of sockets.splice(0)) socket.destroy()
    for (const other of others.splice(0)) other.end()
  })
  afterAll(() => broker.stop())

  interface Client {
    mqtt: Mqtt
    socket: Socket
    told: string[]
  }

  async function aClient(port: number, options: Partial<MqttOptions> = {}): Promise<Client> {
    const socket = connectSocket({ host: '127.0.0.1', port, noDelay: true })
    sockets.push(socket)
    await new Promise(resolve => socket.once('connect', resolve))
    const told: string[] = []
    const mqtt = openMqtt(what => told.push(inWords(what)), toSocket(socket), { ...LOGIN, ...options }, 0)
    socket.on('data', data => mqttReceive(mqtt, data.toString('latin1'), 0))
    await expect.poll(() => told.length, POLL).toBeGreaterThan(0)
    return { mqtt, socket, told }
  }

  async function anObserver(topic: string) {
    const client = await connectAsync(`mqtt://127.0.0.1:${broker.port}`)
    others.push(client)
    const seen: string[] = []
    client.on('message', (_topic, payload) => seen.push(payload.toString('latin1')))
    await client.subscribeAsync(topic, { qos: 1 })
    return { client, seen }
  }

  test('publishes at QoS 1 in packets of all sizes, and every one is confirmed', async () => {
    const { seen } = await anObserver('nrt/1/D/up')
    const { mqtt } = await aClient(broker.port)
    const sizes = [0, 1, 127, 128, 4000, 12_000]
    for (const size of sizes) expect(mqttPublish(mqtt, 'nrt/1/D/up', '\xff'.repeat(size), size, 0)).toBe(true)
    await expect.poll(() => seen.map(payload => payload.length), POLL).toEqual(sizes)
    await expect.poll(() => mqtt.unconfirmed.length, POLL).toBe(0)
  })

  test('reads its own topic and no other', async () => {
    const { client } = await anObserver('nothing')
    const { told } = await aClient(broker.port)
    await client.publishAsync('nrt/1/E/down', 'theirs', { qos: 1 })
    await client.publishAsync('$SYS/mine', 'dollar').catch(() => {})
    await client.publishAsync('nrt/1/D/down', 'ours', { qos: 1 })
    await expect.poll(() => told, POLL).toEqual(['up', 'message ours'])
  })

  test('a clean session brings nothing from the time away, and a second connection takes over the first', async () => {
    const { client } = await anObserver('nothing')
    const first = await aClient(broker.port)
    const gone = new Promise(resolve => first.socket.once('close', resolve))
    const second = await aClient(broker.port)
    await gone
    second.socket.destroy()
    await client.publishAsync('nrt/1/D/down', 'while away', { qos: 1 })
    const third = await aClient(broker.port)
    await client.publishAsync('nrt/1/D/down', 'back', { qos: 1 })
    await expect.poll(() => third.told, POLL).toEqual(['up', 'message back'])
  })

  test.skipIf(broker.name.includes('paho'))('wrong credentials are understood', async () => {
    expect((await aClient(broker.strictPort)).told).toEqual([`down ${reason.REFUSED_CREDENTIALS}`])
  })

  test('an end without goodbye makes the broker say nothing: there is no will', async () => {
    const { seen, client } = await anObserver('#')
    const { socket } = await aClient(broker.port)
    socket.resetAndDestroy()
    await client.publishAsync('last', 'last', { qos: 1 })
    await expect.poll(() => seen, POLL).toEqual(['last'])
  })

  test.skipIf(!broker.refusesNoName)('a client id of no length is refused where the broker wants one', async () => {
    expect((await aClient(broker.port, { clientId: '' })).told).toEqual([`down ${reason.REFUSED}`])
  })
})
