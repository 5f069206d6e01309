// The wire as it is: what the TLS listener refuses before MQTT, and what somebody with a valid-looking certificate in the middle can do to
// a dongle that checks none, which is to keep it from being heard.

import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect as connectTcp } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect as connectTls, type TLSSocket } from 'node:tls'
import type { IPublishPacket, Packet } from 'mqtt-packet'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { GatewayConfig } from '../../gateway/config.ts'
import { nodeCrypto } from '../../gateway/node-crypto.ts'
import { encodeBatch } from '../../shared/batch/encode.ts'
import { connectPassword } from '../../shared/session/connect.ts'
import { downTopic, upTopic } from '../../shared/session/topics.ts'
import { type GatewayUnderTest, startGatewayUnderTest } from '../support/gateway-under-test.ts'
import { batchOf, identityOf, ScriptedDongle } from '../support/scripted-dongle.ts'
import { selfSignedCertificate } from '../support/self-signed-certificate.ts'
import { type Middle, startMiddle, type Tampering } from './machine-in-the-middle.ts'

const folder = mkdtempSync(join(tmpdir(), 'nrt-mitm-'))
const [certFile, keyFile] = [join(folder, 'cert.pem'), join(folder, 'key.pem')]
/** The same names, dates and number as the gateway's own. */
const lookalike = selfSignedCertificate('gateway.example')
let under: GatewayUnderTest
let tlsPort: number

beforeAll(() => {
  const { cert, key } = selfSignedCertificate('gateway.example')
  writeFileSync(certFile, cert)
  writeFileSync(keyFile, key)
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))
beforeEach(() => begin())
async function begin(changes: Partial<GatewayConfig> = {}): Promise<void> {
  const settings = { retryFirstMs: 1, tlsPort: 0, tlsCertFile: certFile, tlsKeyFile: keyFile, ...changes }
  under = await startGatewayUnderTest(settings, [0, 1].map(identityOf))
  tlsPort = under.gateway.tlsPort as number
}
afterEach(() => under.gateway.stop())

const weak = { ciphers: 'ALL:COMPLEMENTOFALL@SECLEVEL=0' }

describe('the listener speaks with nobody', () => {
  const OFFERS: [name: string, offer: object][] = [
    ['who offers TLS 1.0', { ...weak, minVersion: 'TLSv1', maxVersion: 'TLSv1' }],
    ['who offers TLS 1.1 at most', { ...weak, minVersion: 'TLSv1', maxVersion: 'TLSv1.1' }],
    ['who wants no forward secrecy', { maxVersion: 'TLSv1.2', ciphers: 'AES128-GCM-SHA256:AES256-GCM-SHA384' }],
    ['who wants CBC', { maxVersion: 'TLSv1.2', ciphers: 'ECDHE-RSA-AES128-SHA256:DHE-RSA-AES256-SHA256:AES128-SHA' }],
    ['who wants no server to be proven', { maxVersion: 'TLSv1.2', ciphers: 'aNULL@SECLEVEL=0' }],
    ['who wants nothing encrypted', { maxVersion: 'TLSv1.2', ciphers: 'eNULL@SECLEVEL=0' }],
    [
      'who wants a shared secret',
      {
        maxVersion: 'TLSv1.2',
        ciphers: 'PSK-AES128-GCM-SHA256',
        pskCallback: () => ({ psk: Buffer.alloc(16), identity: 'x' }),
      },
    ],
    [
      'who signs with SHA-1 at most',
      { maxVersion: 'TLSv1.2', sigalgs: 'RSA+SHA1', ciphers: 'ECDHE-RSA-AES128-GCM-SHA256@SECLEVEL=0' },
    ],
  ]
  test.each(OFFERS)('%s', async (_name, offer) => {
    const socket = connectTls({ host: '127.0.0.1', port: tlsPort, rejectUnauthorized: false, ...offer })
    await expect(once(socket, 'secureConnect')).rejects.toThrow()
    await under.untilRefused('tls-handshake')
    expect(await under.count('connections')).toBe(0)
  })

  const FIRST_BYTES: [name: string, bytes: Uint8Array][] = [
    ['plain MQTT', Buffer.from('100c00044d5154540402003c0000', 'hex')],
    [
      'an SSL 2 hello',
      Buffer.from('802e01000200150000001001008002008003008004008005008006004007000000' + '11'.repeat(16), 'hex'),
    ],
    [
      'an SSL 3 hello',
      Buffer.from(
        '160300002d0100002903000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f20000002000a0100',
        'hex',
      ),
    ],
    ['data before any handshake', Buffer.from('17030300050102030405', 'hex')],
    ['HTTP', Buffer.from('GET / HTTP/1.1\r\n\r\n')],
  ]
  test.each(FIRST_BYTES)('who begins with %s', async (_name, bytes) => {
    const socket = connectTcp(tlsPort, '127.0.0.1')
    socket.on('error', () => {})
    socket.resume()
    socket.write(bytes)
    await once(socket, 'close')
    await under.untilRefused('tls-handshake')
  })

  test('a second time on one connection', async () => {
    await under.gateway.stop()
    await begin({ connectTimeoutMs: 1000 })
    const socket = connectTls({ host: '127.0.0.1', port: tlsPort, rejectUnauthorized: false, maxVersion: 'TLSv1.2' })
    await once(socket, 'secureConnect')
    socket.on('error', () => {})
    await expect(
      new Promise((resolve, reject) => {
        socket.once('close', () => reject(new Error('closed')))
        socket.renegotiate({}, error => (error ? reject(error) : resolve(undefined)))
      }),
    ).rejects.toThrow()
    socket.destroy()
  })
})

test.each(['TLSv1.2', 'TLSv1.3'] as const)('a ticket spares a client of %s the second handshake', async version => {
  const options = {
    host: '127.0.0.1',
    port: tlsPort,
    rejectUnauthorized: false,
    minVersion: version,
    maxVersion: version,
  }
  const first = connectTls(options)
  const [session] = (await once(first, 'session')) as [Buffer]
  first.destroy()
  const second: TLSSocket = connectTls({ ...options, session })
  await once(second, 'secureConnect')
  expect(second.isSessionReused()).toBe(true)
  second.destroy()
})

describe('in the middle', () => {
  let middle: Middle
  let dongle: ScriptedDongle
  afterEach(async () => {
    await dongle.end()
    await middle.stop()
  })

  async function between(tampering: Tampering): Promise<void> {
    middle = await startMiddle(lookalike, tlsPort, tampering)
    const mqtt = { protocol: 'mqtts', rejectUnauthorized: false } as const
    dongle = new ScriptedDongle({ identity: identityOf(0), port: middle.port, mqtt })
  }

  const isPublish = (packet: Packet): packet is IPublishPacket => packet.cmd === 'publish'
  const isBatch = (packet: Packet): packet is IPublishPacket =>
    isPublish(packet) && (packet.payload as Buffer).length > 160
  const changed = (packet: IPublishPacket, change: (bytes: Buffer) => void): IPublishPacket => {
    const payload = Buffer.from(packet.payload as Buffer)
    change(payload)
    return { ...packet, payload }
  }
  const nothingStored = (): void => {
    expect(under.ingest.stored.size).toBe(0)
    expect(dongle.acknowledged.size).toBe(0)
    expect(dongle.unacknowledged.size).toBe(1)
  }

  test('who only listens hears ids and noise: no reading, no key', async () => {
    await between({})
    await dongle.connect()
    expect(await dongle.send(batchOf(1, 1))).toBe('final')
    const heard = [...middle.seen.up, ...middle.seen.down].filter(isPublish).map(({ payload }) => payload as Buffer)
    const all = Buffer.concat(heard)
    const secrets = [encodeBatch(batchOf(1, 1)), dongle.token as Uint8Array, dongle.keys.mac, dongle.keys.enc]
    for (const secret of secrets) expect(all.includes(Buffer.from(secret))).toBe(false)
  })

  test('each message doubled is stored once', async () => {
    await between({ up: packet => (isBatch(packet) ? [packet, packet] : [packet]) })
    await dongle.connect()
    expect(await dongle.send(batchOf(1, 1))).toBe('final')
    await under.untilRefused('session.replayed')
    expect(under.ingest.groups.flat()).toHaveLength(1)
  })

  test('a bit changed in every batch: none is stored or acknowledged, and the dongle keeps it', async () => {
    await between({
      up: packet => [
        isPublish(packet) && (packet.payload as Buffer).length > 160
          ? changed(packet, bytes => {
              bytes[bytes.length - 60]! ^= 1
            })
          : packet,
      ],
    })
    await dongle.connect()
    dongle.post(batchOf(1, 1))
    await under.untilRefused('envelope.forged')
    nothingStored()
  })

  test('batches held back and sent to their sender again in place of acks', async () => {
    await between({
      up(packet, { toDongle }) {
        if (!isBatch(packet)) return [packet]
        toDongle({ ...packet, topic: downTopic(dongle.dongleId), qos: 0 })
        return []
      },
    })
    await dongle.connect()
    dongle.post(batchOf(1, 1))
    await expect.poll(() => dongle.strangeMessages).toBe(1)
    nothingStored()
  })

  test('acks of the session before in place of those of this one', async () => {
    let isCutting = false
    await between({ down: packet => (isCutting && isPublish(packet) && dongle.token !== undefined ? [] : [packet]) })
    await dongle.connect()
    expect(await dongle.send(batchOf(1, 1))).toBe('final')
    const ack = middle.seen.down.filter(isPublish).at(-1) as Packet
    dongle.cut()
    dongle.acknowledged.clear()
    await dongle.connect()
    isCutting = true
    under.ingest.hold()
    dongle.post(batchOf(1, 1))
    middle.toDongle(ack)
    await expect.poll(() => dongle.strangeMessages).toBe(1)
    expect(dongle.acknowledged.size).toBe(0)
    under.ingest.release()
  })

  test('a broker of his own, which knows no key, gets a hello and nothing else', async () => {
    await between({
      up(packet, { toDongle }) {
        if (packet.cmd === 'connect') toDongle({ cmd: 'connack', returnCode: 0, sessionPresent: false })
        if (packet.cmd === 'subscribe') toDongle({ cmd: 'suback', messageId: packet.messageId as number, granted: [0] })
        if (isPublish(packet)) toDongle({ ...packet, topic: downTopic(dongle.dongleId), qos: 0 })
        return []
      },
    })
    await dongle.connectMqtt()
    dongle.sendHello()
    await expect.poll(() => dongle.strangeMessages).toBe(1)
    expect(dongle.token).toBeUndefined()
    expect(await under.count('connections')).toBe(0)
  })

  test('a CONNECT taken over: used once more it opens nothing', async () => {
    await between({})
    await dongle.connect()
    const recorded = connectPassword(nodeCrypto, dongle.keys, dongle.dongleId, 1, 1)
    const thief = new ScriptedDongle({ identity: identityOf(0), port: under.port })
    await expect(thief.connectMqtt(recorded)).rejects.toThrow(/Not authorized/)
    expect(await under.refused('replayed-connect')).toBe(1)
    expect(await dongle.send(batchOf(1, 1))).toBe('final')
  })

  test('a CONNECT with its name, its session or its password changed opens nothing', async () => {
    const changes: ((packet: Packet) => Packet)[] = [
      packet => ({ ...packet, clientId: identityOf(1).dongleId, username: identityOf(1).dongleId }) as Packet,
      packet =>
        ({
          ...packet,
          password: Buffer.from(String('password' in packet && packet.password).replace('1.1.', '1.9.')),
        }) as Packet,
      packet => ({ ...packet, password: Buffer.alloc(0) }) as Packet,
    ]
    for (const change of changes) {
      await between({ up: packet => [packet.cmd === 'connect' ? change(packet) : packet] })
      await expect(dongle.connectMqtt()).rejects.toThrow()
      await dongle.end()
      await middle.stop()
    }
    await between({})
    expect(await under.refused('bad-password')).toBe(changes.length)
    expect(under.directory.marks.size).toBe(0)
  })

  test("another dongle's topics, a will, QoS 2, retained: each ends the connection", async () => {
    const other = identityOf(1).dongleId
    const changes: ((packet: Packet) => Packet)[] = [
      packet => (isPublish(packet) ? { ...packet, topic: upTopic(other) } : packet),
      packet => (isPublish(packet) ? { ...packet, topic: downTopic(other) } : packet),
      packet => (isPublish(packet) ? { ...packet, retain: true } : packet),
      packet => (isPublish(packet) ? { ...packet, qos: 2 } : packet),
      packet => (packet.cmd === 'subscribe' ? { ...packet, subscriptions: [{ topic: '#', qos: 0 }] } : packet),
      packet =>
        packet.cmd === 'connect'
          ? { ...packet, will: { topic: downTopic(other), payload: Buffer.from('x'), qos: 0, retain: false } }
          : packet,
    ]
    for (const [i, change] of changes.entries()) {
      await between({ up: packet => [change(packet)] })
      dongle.session = i
      await expect(dongle.connect()).rejects.toThrow()
      await dongle.end()
      await middle.stop()
    }
    await between({})
    expect(under.ingest.stored.size).toBe(0)
  })
})
