// The dongle's MQTT client against a real broker (aedes, in this process) over real sockets, and against bytes made by
// hand where a broker would never send them.

import { connect as connectSocket, createServer, type Server, type Socket } from 'node:net'
import { Aedes } from 'aedes'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import {
  type Mqtt,
  type MqttTold,
  mqttClose,
  mqttPublish,
  mqttReceive,
  mqttTick,
  openMqtt,
  PACKET_BYTES_MAX,
  UNCONFIRMED_BYTES_MAX,
} from '../../../firmware/mqtt.ts'
import { LINK_UP, MESSAGE } from '../../../firmware/network.ts'
import * as reason from '../../../firmware/reasons.ts'
import type { Pieces } from '../../../shared/kernel/pieces.ts'
import { seededRandom } from '../../../shared/kernel/random.ts'
import { inText, inWords, toSocket } from '../../support/told.ts'

const options = { clientId: 'D', username: 'D', password: '1.1.ab', subscribe: 'nrt/1/D/down', keepAliveS: 60 }

/** Records what the client does; `sent` holds the bytes. */
function recorder() {
  const log: string[] = []
  const sent: string[] = []
  const port = (what: MqttTold): void => {
    log.push(what.kind === MESSAGE ? `message ${what.text.length}` : inWords(what))
  }
  const out = (bytes: string | Pieces): unknown => sent.push(inText(bytes))
  return { log, sent, port, out }
}

const CONNACK = '\x20\x02\x00\x00'
const SUBACK = '\x90\x03\x00\x01\x00'

function upClient() {
  const seen = recorder()
  const mqtt = openMqtt(seen.port, seen.out, options, 0)
  mqttReceive(mqtt, CONNACK + SUBACK, 0)
  seen.sent.length = 0
  seen.log.length = 0
  return { mqtt, ...seen }
}

describe('bytes by hand', () => {
  test('CONNECT, SUBSCRIBE and PUBLISH are the bytes of the standard', () => {
    const { sent, port, out } = recorder()
    const mqtt = openMqtt(port, out, options, 0)
    expect(sent[0]).toBe('\x10\x18\x00\x04MQTT\x04\xc2\x00\x3c\x00\x01D\x00\x01D\x00\x061.1.ab')
    mqttReceive(mqtt, CONNACK, 0)
    expect(sent[1]).toBe('\x82\x11\x00\x01\x00\x0cnrt/1/D/down\x00')
    mqttReceive(mqtt, SUBACK, 0)
    mqttPublish(mqtt, 'nrt/1/D/up', 'x'.repeat(200), 200, 0)
    expect(sent[2]).toBe(`\x32\xd6\x01\x00\x0anrt/1/D/up\x00\x02${'x'.repeat(200)}`)
  })

  test.each([
    [1, reason.REFUSED],
    [4, reason.REFUSED_CREDENTIALS],
    [5, reason.REFUSED_CREDENTIALS],
    [77, reason.REFUSED],
  ])('recognises CONNACK refusal %i and says why', (code, expected) => {
    const { log, port, out } = recorder()
    mqttReceive(openMqtt(port, out, options, 0), `\x20\x02\x00${String.fromCharCode(code)}`, 0)
    expect(log).toEqual([`down ${expected}`])
  })

  test('a refused subscription ends the conversation', () => {
    const { log, port, out } = recorder()
    mqttReceive(openMqtt(port, out, options, 0), `${CONNACK}\x90\x03\x00\x01\x80`, 0)
    expect(log).toEqual([`down ${reason.SUBSCRIPTION_REFUSED}`])
  })

  test('packets may come one byte at a time, or many in one piece', () => {
    const stream = `${CONNACK}${SUBACK}\x30\xbc\x02\x00\x0cnrt/1/D/down${'p'.repeat(302)}\x30\x0f\x00\x0cnrt/1/D/down!`
    const whole = recorder()
    mqttReceive(openMqtt(whole.port, whole.out, options, 0), stream, 0)
    expect(whole.log).toEqual(['up', 'message 302', 'message 1'])
    const single = recorder()
    const mqtt = openMqtt(single.port, single.out, options, 0)
    for (const byte of stream) mqttReceive(mqtt, byte, 0)
    expect(single.log).toEqual(whole.log)
    expect(single.sent).toEqual(whole.sent)
  })

  test('a message that announces more than the bound ends the conversation before it is buffered', () => {
    const { mqtt, log } = upClient()
    mqttReceive(mqtt, '\x30\xff\x7f', 0)
    expect(log).toEqual([`down ${reason.PACKET_TOO_LARGE}`])
    mqttReceive(mqtt, 'x'.repeat(100), 0)
    expect(mqtt.partial).toBe('')
  })

  test('any bytes at all: never throws, never holds more than the bound', () => {
    const random = seededRandom(1)
    const next = () => random.uint32() >>> 16
    for (let run = 0; run < 2000; run++) {
      const { mqtt } = upClient()
      let most = 0
      for (let piece = 0; piece < 8; piece++) {
        let chunk = ''
        for (let i = 0; i < next() % 600; i++) chunk += String.fromCharCode(next() & 255)
        mqttReceive(mqtt, chunk, 0)
        most = Math.max(most, mqtt.partial.length)
      }
      expect(most).toBeLessThan(PACKET_BYTES_MAX + 600)
    }
  })

  test('publishes no more than the bound without PUBACK, and goes on after it', () => {
    const { mqtt, sent } = upClient()
    const payload = 'x'.repeat(UNCONFIRMED_BYTES_MAX / 4)
    for (let i = 0; i < 4; i++) expect(mqttPublish(mqtt, 't', payload, payload.length, 0)).toBe(true)
    expect(mqttPublish(mqtt, 't', payload, payload.length, 0)).toBe(false)
    expect(sent).toHaveLength(4)
    mqttReceive(mqtt, '\x40\x02\x00\x03', 0)
    expect(mqttPublish(mqtt, 't', payload, payload.length, 0)).toBe(true)
    mqttReceive(mqtt, '\x40\x02\x33\x33', 0) // PUBACK of something never sent: no-op
    expect(mqttPublish(mqtt, 't', payload, payload.length, 0)).toBe(false)
  })

  test('QoS 1 towards the dongle is answered, QoS 2 is not understood', () => {
    const { mqtt, sent, log } = upClient()
    mqttReceive(mqtt, '\x32\x12\x00\x0cnrt/1/D/down\x00\x09ab', 0)
    expect(sent).toEqual(['\x40\x02\x00\x09'])
    mqttReceive(mqtt, '\x34\x12\x00\x0cnrt/1/D/down\x00\x09ab', 0)
    expect(log).toEqual(['message 2', `down ${reason.BAD_PACKET}`])
  })

  test.each([
    ['empty messages', '\x30\x0e\x00\x0cnrt/1/D/down'],
    ['messages to be confirmed, of any topic', '\x32\x04\x00\x00\x00\x01'],
    ['PUBACKs', '\x40\x02\x33\x33'],
    ['PINGRESPs', '\xd0\x00'],
  ])('a broker that floods with %s is left, before they take the memory', (_name, packet) => {
    const { mqtt, sent, log } = upClient()
    mqttReceive(mqtt, packet.repeat(5000), 0)
    expect(log.at(-1)).toBe(`down ${reason.BAD_PACKET}`)
    expect(log.length).toBeLessThanOrEqual(65)
    expect(sent.length).toBeLessThanOrEqual(64)
  })

  test('what answers ours is no flood, however fast it goes, nor is a message now and then', () => {
    const { mqtt, log } = upClient()
    const message = '\x30\x0e\x00\x0cnrt/1/D/down'
    for (let i = 0; i < 1000; i++) {
      mqttPublish(mqtt, 't', '', 0, 0)
      const id = String.fromCharCode(mqtt.packetId >> 8, mqtt.packetId & 255)
      mqttReceive(mqtt, `\x40\x02${id}${message.repeat(3)}`, 0)
    }
    for (let ms = 1000; ms < 30_000; ms += 1000) {
      mqttTick(mqtt, ms)
      mqttReceive(mqtt, message.repeat(60), ms)
    }
    expect(log.filter(line => line.startsWith('down'))).toEqual([])
  })

  test('packet ids wrap past 65535 without 0', () => {
    const { mqtt, sent } = upClient()
    mqtt.packetId = 65534
    mqttPublish(mqtt, 't', '', 0, 0)
    mqttPublish(mqtt, 't', '', 0, 0)
    expect(sent.map(packet => packet.slice(5))).toEqual(['\xff\xff', '\x00\x01'])
  })
})

describe('time', () => {
  test('says nothing while both sides talk, pings when either was quiet for half the keep-alive', () => {
    const { mqtt, sent } = upClient()
    for (let ms = 1000; ms < 120000; ms += 1000) {
      mqttPublish(mqtt, 't', '', 0, ms)
      mqttReceive(mqtt, `\x40\x02${String.fromCharCode(mqtt.packetId >> 8, mqtt.packetId & 255)}`, ms)
      mqttTick(mqtt, ms)
    }
    expect(sent.filter(packet => packet === '\xc0\x00')).toHaveLength(0)
    mqttTick(mqtt, 150001)
    expect(sent.filter(packet => packet === '\xc0\x00')).toHaveLength(1)
  })

  test('a missing PINGRESP means a dead line, an answered one does not', () => {
    const { mqtt, log } = upClient()
    mqttTick(mqtt, 31000)
    mqttReceive(mqtt, '\xd0\x00', 32000)
    mqttTick(mqtt, 60000)
    expect(log).toEqual([])
    mqttTick(mqtt, 63000)
    mqttTick(mqtt, 77000)
    expect(log).toEqual([])
    mqttTick(mqtt, 79000)
    expect(log).toEqual([`down ${reason.NO_PINGRESP}`])
  })

  test('no CONNACK, no SUBACK, no PUBACK: each ends the conversation once', () => {
    const silent = recorder()
    const connecting = openMqtt(silent.port, silent.out, options, 0)
    mqttTick(connecting, 15000)
    expect(silent.log).toEqual([])
    mqttTick(connecting, 15001)
    mqttTick(connecting, 99999)
    expect(silent.log).toEqual([`down ${reason.NO_CONNACK}`])

    const half = recorder()
    const subscribing = openMqtt(half.port, half.out, options, 0)
    mqttReceive(subscribing, CONNACK, 5000)
    mqttTick(subscribing, 20001)
    expect(half.log).toEqual([`down ${reason.NO_CONNACK}`])

    const { mqtt, log } = upClient()
    mqttPublish(mqtt, 't', 'x', 1, 1000)
    mqttReceive(mqtt, '\x30\x0e\x00\x0cnrt/1/D/down', 25000)
    mqttTick(mqtt, 31001)
    expect(log).toEqual(['message 0', `down ${reason.NO_PUBACK}`])
  })
})

describe('with a broker', () => {
  let broker: Aedes
  let server: Server
  let port = 0
  const sockets: Socket[] = []

  beforeEach(async () => {
    broker = await Aedes.createBroker()
    server = createServer(socket => broker.handle(socket))
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    port = (server.address() as { port: number }).port
  })
  afterEach(async () => {
    for (const socket of sockets.splice(0)) socket.destroy()
    await new Promise<void>(resolve => broker.close(() => resolve()))
    await new Promise<void>(resolve => server.close(() => resolve()))
  })

  /** Opens a client on a real socket; resolves with the first thing that happens. */
  function dial(onMessage: (payload: string) => void = () => {}) {
    const socket = connectSocket({ host: '127.0.0.1', port })
    sockets.push(socket)
    socket.setEncoding('latin1')
    let mqtt: Mqtt
    return new Promise<{ mqtt: Mqtt; first: 'up' | number }>(resolve => {
      socket.on('connect', () => {
        mqtt = openMqtt(
          what => {
            if (what.kind === MESSAGE) onMessage(what.text)
            else resolve({ mqtt, first: what.kind === LINK_UP ? 'up' : what.code })
          },
          toSocket(socket),
          options,
          0,
        )
      })
      socket.on('data', chunk => mqttReceive(mqtt, String(chunk), 0))
    })
  }

  test('publishes every byte value at QoS 1 in packets of all sizes and gets each PUBACK', async () => {
    const got: Buffer[] = []
    const all = new Promise<void>(resolve => {
      broker.subscribe(
        'nrt/1/D/up',
        (packet, done) => {
          got.push(packet.payload as Buffer)
          done()
          if (got.length === 6) resolve()
        },
        () => {},
      )
    })
    const { mqtt, first } = await dial()
    expect(first).toBe('up')
    const sizes = [0, 1, 127, 128, 3000, 10000]
    for (const size of sizes) {
      let payload = ''
      for (let i = 0; i < size; i++) payload += String.fromCharCode(i & 255)
      expect(mqttPublish(mqtt, 'nrt/1/D/up', payload, payload.length, 0)).toBe(true)
    }
    await all
    expect(got.map(payload => payload.length)).toEqual(sizes)
    expect(got[5]?.every((byte, i) => byte === (i & 255))).toBe(true)
    await expect.poll(() => mqtt.unconfirmedBytes).toBe(0)
    expect(mqtt.unconfirmed).toHaveLength(0)
  })

  test('receives what the broker publishes to its topic, byte for byte', async () => {
    let arrived: (payload: string) => void
    const message = new Promise<string>(resolve => {
      arrived = resolve
    })
    await dial(payload => arrived(payload))
    const bytes = Buffer.from(Array.from({ length: 2000 }, (_, i) => (i * 7) & 255))
    broker.publish(
      { cmd: 'publish', topic: 'nrt/1/D/down', payload: bytes, qos: 0, retain: false, dup: false },
      () => {},
    )
    expect(await message).toBe(bytes.toString('latin1'))
  })

  test('a broker that refuses the credentials is understood', async () => {
    broker.authenticate = (_client, _username, _password, done) => {
      const error = Object.assign(new Error('no'), { returnCode: 4 })
      done(error as never, false)
    }
    expect((await dial()).first).toBe(reason.REFUSED_CREDENTIALS)
  })

  test('goodbye is a clean DISCONNECT', async () => {
    const { mqtt } = await dial()
    const gone = new Promise<string>(resolve => broker.once('clientDisconnect', client => resolve(client.id)))
    mqttClose(mqtt, 0)
    expect(await gone).toBe('D')
    expect(mqttPublish(mqtt, 't', '', 0, 0)).toBe(false)
  })
})
