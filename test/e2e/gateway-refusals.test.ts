// What the gateway turns away, over real sockets, each with its counter, and that others do not notice.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect as connectTcp, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect as connectTls } from 'node:tls'
import { generate } from 'mqtt-packet'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { FILTERS_MAX } from '../../gateway/broker/dongle-packets.ts'
import { CONNECT_COST, MESSAGE_COST } from '../../gateway/broker/message-limit.ts'
import { connack, suback } from '../../gateway/broker/packets.ts'
import { type GatewayConfig, gatewayConfig } from '../../gateway/config.ts'
import { nodeCrypto } from '../../gateway/node-crypto.ts'
import { encodeBatch } from '../../shared/batch/encode.ts'
import { connectPassword } from '../../shared/session/connect.ts'
import { downTopic, upTopic } from '../../shared/session/topics.ts'
import { clientHello } from '../support/client-hello.ts'
import { type GatewayUnderTest, startGatewayUnderTest, turn } from '../support/gateway-under-test.ts'
import { batchOf, identityOf, ScriptedDongle, type ScriptedDongleOptions } from '../support/scripted-dongle.ts'
import { selfSignedCertificate } from '../support/self-signed-certificate.ts'

const { strangerConnectsPerSecond, strangerConnectsBurst } = gatewayConfig()
const STANDARD_PACE = { strangerConnectsPerSecond, strangerConnectsBurst }

const open: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close()
})

async function gatewayWith(changes: Partial<GatewayConfig> = {}): Promise<GatewayUnderTest> {
  const under = await startGatewayUnderTest({ retryFirstMs: 1, ...changes }, [0, 1, 2].map(identityOf))
  open.push(() => under.gateway.stop())
  return under
}

function dongleOf(under: GatewayUnderTest, number = 0, changes: Partial<ScriptedDongleOptions> = {}): ScriptedDongle {
  const dongle = new ScriptedDongle({ identity: identityOf(number), port: under.port, ...changes })
  open.push(() => dongle.end())
  return dongle
}

async function connected(under: GatewayUnderTest, number = 0): Promise<ScriptedDongle> {
  const dongle = dongleOf(under, number)
  await dongle.connect()
  return dongle
}

/** A socket with no MQTT on it; `closed` resolves when the other side ends it. */
async function rawSocket(port: number, localAddress?: string): Promise<{ socket: Socket; closed: Promise<void> }> {
  const socket = connectTcp({ port, host: '127.0.0.1', localAddress })
  socket.on('error', () => {})
  socket.resume()
  const closed = new Promise<void>(resolve => socket.once('close', () => resolve()))
  await Promise.race([new Promise<void>(resolve => socket.once('connect', () => resolve())), closed])
  open.push(async () => {
    socket.destroy()
  })
  return { socket, closed }
}

/** A dongle's connection without a client behind it. */
async function rawDongle(
  under: GatewayUnderTest,
  keepalive: number,
): Promise<{ socket: Socket; closed: Promise<void> }> {
  const { dongleId, keys } = dongleOf(under)
  const password = Buffer.from(connectPassword(nodeCrypto, keys, dongleId, 1, 1))
  const raw = await rawSocket(under.port)
  const connack = new Promise(resolve => raw.socket.once('data', resolve))
  raw.socket.write(
    generate({ cmd: 'connect', clientId: dongleId, username: dongleId, password, keepalive, clean: true }),
  )
  await connack
  return raw
}

describe('CONNECT', () => {
  test('a wrong password, an unknown dongle, a lost one: no entry, each under its reason', async () => {
    const under = await gatewayWith()
    await expect(dongleOf(under).connectMqtt('1.1.00000000000000000000000000000000')).rejects.toThrow(/Not authorized/)
    await expect(dongleOf(under).connectMqtt('')).rejects.toThrow(/Not authorized/)
    await expect(dongleOf(under, 99).connectMqtt()).rejects.toThrow(/Not authorized/)
    under.directory.register(identityOf(1), 'lost')
    await expect(dongleOf(under, 1).connectMqtt()).rejects.toThrow(/Not authorized/)
    expect(await under.refused('bad-password')).toBe(2)
    expect(await under.refused('unknown-dongle')).toBe(1)
    expect(await under.refused('dongle-disabled')).toBe(1)
    expect(under.directory.marks.size).toBe(0)
    await under.untilCount('connections', 0)
  })

  test("another dongle's key opens nothing", async () => {
    const under = await gatewayWith()
    const thief = dongleOf(under, 0, { identity: { ...identityOf(0), deviceKey: identityOf(1).deviceKey } })
    await expect(thief.connectMqtt()).rejects.toThrow(/Not authorized/)
    expect(await under.refused('bad-password')).toBe(1)
  })

  test('a recorded CONNECT is worth nothing', async () => {
    const under = await gatewayWith()
    const dongle = await connected(under)
    const recorded = connectPassword(nodeCrypto, dongle.keys, dongle.dongleId, 1, 1)
    await expect(dongleOf(under).connectMqtt(recorded)).rejects.toThrow(/Not authorized/)
    expect(await under.refused('replayed-connect')).toBe(1)
    expect(await dongle.send(batchOf(1, 1))).toBe('final')
  })

  test('a client id that is no dongle id, or not the user name, is refused', async () => {
    const under = await gatewayWith()
    for (const clientId of ['admin', '+', '#', '$SYS', '__proto__', 'ABCDEFGHJKMN0', '']) {
      const dongle = dongleOf(under, 0, { mqtt: { clientId, username: clientId } })
      await expect(dongle.connectMqtt()).rejects.toThrow(/Identifier rejected/)
    }
    const other = dongleOf(under, 0, { mqtt: { username: identityOf(1).dongleId } })
    await expect(other.connectMqtt()).rejects.toThrow(/Identifier rejected/)
    expect(await under.refused('bad-client-id')).toBe(8)
  })

  test('a will, another MQTT version, no keep-alive: refused', async () => {
    const under = await gatewayWith()
    const will = {
      topic: downTopic(identityOf(1).dongleId),
      payload: Buffer.from('boo'),
      qos: 0,
      retain: false,
    } as const
    await expect(dongleOf(under, 0, { mqtt: { will } }).connectMqtt()).rejects.toThrow()
    await expect(dongleOf(under, 0, { mqtt: { protocolVersion: 5 } }).connectMqtt()).rejects.toThrow()
    await expect(dongleOf(under, 0, { mqtt: { keepalive: 0 } }).connectMqtt()).rejects.toThrow()
    await under.untilRefused('protocol-violation')
    await under.untilRefused('protocol-version')
    await under.untilRefused('keepalive-limit')
  })

  test('a newer connection of the same dongle takes the place of the older', async () => {
    const under = await gatewayWith()
    const older = await connected(under)
    const newer = dongleOf(under, 0, { session: older.session })
    await newer.connect()
    await older.closed()
    expect(await newer.send(batchOf(1, 1))).toBe('final')
    await under.untilCount('connections', 1)
  })

  test('a failed attempt leaves the connected dongle alone', async () => {
    const under = await gatewayWith()
    const dongle = await connected(under)
    await expect(dongleOf(under).connectMqtt('2.1.00000000000000000000000000000000')).rejects.toThrow()
    expect(await dongle.send(batchOf(1, 1))).toBe('final')
  })

  test('a directory that fails refuses for now, and others who are in go on', async () => {
    const under = await gatewayWith()
    const dongle = await connected(under, 0)
    under.directory.isFailing = true
    await expect(dongleOf(under, 1).connectMqtt()).rejects.toThrow(/Server unavailable/)
    expect(await under.refused('directory-failing')).toBe(1)
    expect(await dongle.send(batchOf(1, 1))).toBe('final')
  })
})

describe('topics', () => {
  test('publishing anywhere but on the own up topic ends the connection, and reaches nobody', async () => {
    const under = await gatewayWith()
    const other = await connected(under, 1)
    const topics = [
      upTopic(other.dongleId),
      downTopic(other.dongleId),
      downTopic(identityOf(0).dongleId),
      'x',
      '$SYS/x',
    ]
    for (const [i, topic] of topics.entries()) {
      const dongle = dongleOf(under, 0, { session: i })
      await dongle.connect()
      dongle.publish(dongle.sealBatch({ boot: 1, firstSeq: 1, span: 10 }, encodeBatch(batchOf(1, 1))), topic)
      await dongle.closed()
    }
    expect(await under.refused('foreign-topic')).toBe(topics.length)
    expect(under.ingest.stored.size).toBe(0)
    expect(other.strangeMessages).toBe(0)
    expect(await other.send(batchOf(1, 1))).toBe('final')
  })

  test('subscribing to anything but the own down topic ends the connection', async () => {
    const under = await gatewayWith()
    const topics = ['#', '+/1/+/down', 'nrt/1/+/up', downTopic(identityOf(1).dongleId), upTopic(identityOf(0).dongleId)]
    for (const [i, topic] of topics.entries()) {
      const dongle = dongleOf(under, 0, { session: i })
      await dongle.connectMqtt()
      dongle.client?.subscribe(topic, () => {})
      await dongle.closed()
    }
    expect(await under.refused('foreign-subscription')).toBe(topics.length)
  })

  test('a SUBSCRIBE of more filters than anybody needs ends the connection; of as many it is answered', async () => {
    const under = await gatewayWith()
    for (const [i, count] of [FILTERS_MAX, FILTERS_MAX + 1].entries()) {
      const dongle = dongleOf(under, 0, { session: i })
      await dongle.connectMqtt()
      const own = { topic: downTopic(dongle.dongleId), qos: 0 as const }
      const subacks = new Promise<number>(resolve => {
        dongle.client?.once('packetreceive', packet => resolve(packet.cmd === 'suback' ? packet.granted.length : 0))
        dongle.client?.once('close', () => resolve(0))
      })
      dongle.client?.stream.write(generate({ cmd: 'subscribe', messageId: 9, subscriptions: Array(count).fill(own) }))
      expect(await subacks).toBe(count > FILTERS_MAX ? 0 : count)
      dongle.cut()
    }
    expect(await under.refused('protocol-violation')).toBe(1)
  })

  test('retained messages and QoS 2 are not part of the protocol', async () => {
    const under = await gatewayWith()
    for (const [i, options] of ([{ qos: 0, retain: true }, { qos: 2 }] as const).entries()) {
      const dongle = dongleOf(under, 0, { session: i })
      await dongle.connect()
      dongle.client?.publish(upTopic(dongle.dongleId), Buffer.from('x'), options, () => {})
      await dongle.closed()
    }
    expect(await under.refused('protocol-violation')).toBe(2)
  })
})

describe('messages', () => {
  test('bytes that are not authentic change nothing and are counted by what is wrong with them', async () => {
    const under = await gatewayWith()
    const dongle = await connected(under)
    const other = await connected(under, 1)
    const good = dongle.sealBatch({ boot: 1, firstSeq: 1, span: 10 }, encodeBatch(batchOf(1, 1)))
    const flipped = Uint8Array.from(good)
    flipped[flipped.length - 40] = (flipped[flipped.length - 40] as number) ^ 1
    dongle.publish(flipped)
    dongle.publish(good.slice(0, good.length - 1))
    dongle.publish(other.sealBatch({ boot: 1, firstSeq: 1, span: 10 }, encodeBatch(batchOf(1, 1))))
    dongle.publish(new Uint8Array(0))
    dongle.publish(Buffer.from('hello'))
    expect(await dongle.send(batchOf(1, 11))).toBe('final')
    expect(await under.refused('envelope.forged')).toBe(1)
    expect(await under.refused('envelope.wrong-dongle')).toBe(1)
    expect(await under.refused('envelope.malformed')).toBe(3)
    expect(under.ingest.stored.size).toBe(1)
  })

  test('a replayed message is counted, answered by nothing, and stored once', async () => {
    const under = await gatewayWith()
    const dongle = await connected(under)
    const id = { boot: 1, firstSeq: 1, span: 10 }
    const sealed = dongle.sealBatch(id, encodeBatch(batchOf(1, 1)))
    for (let i = 0; i < 30; i++) dongle.publish(sealed)
    expect(await dongle.verdictOf(id)).toBe('final')
    await under.untilRefused('session.replayed', 29)
    expect(under.ingest.groups.flat()).toHaveLength(1)
    expect(await dongle.send(batchOf(1, 11))).toBe('final')
  })

  test('a message of an earlier session ends the connection: the dongle must greet again', async () => {
    const under = await gatewayWith()
    const dongle = await connected(under)
    const recorded = dongle.sealBatch({ boot: 1, firstSeq: 1, span: 10 }, encodeBatch(batchOf(1, 1)))
    dongle.cut()
    await dongle.connect()
    dongle.publish(recorded)
    await dongle.closed()
    expect(await under.refused('session.other-session')).toBe(1)
    expect(under.ingest.stored.size).toBe(0)
  })

  test('a token of yesterday ends the connection', async () => {
    const under = await gatewayWith()
    const dongle = await connected(under)
    under.time.wallS += 86_401
    dongle.post(batchOf(1, 1))
    await dongle.closed()
    expect(await under.refused('session.token-expired')).toBe(1)
    expect(under.ingest.stored.size).toBe(0)
  })

  test('a connection that sends nothing but noise is closed after a while', async () => {
    const under = await gatewayWith()
    const dongle = await connected(under)
    for (let i = 0; i < 40; i++) dongle.publish(Buffer.from('noise'))
    await dongle.closed()
    expect(await under.refused('too-many-faults')).toBe(1)
  })

  test('greeting again and again is refused', async () => {
    const under = await gatewayWith()
    const dongle = dongleOf(under)
    await dongle.connectMqtt()
    for (let i = 0; i < 9; i++) dongle.sendHello()
    await dongle.closed()
    expect(await under.refused('hello-flood')).toBe(1)
  })
})

describe('packets', () => {
  test('a packet over the limit closes the connection when its length is read, and others go on', async () => {
    const under = await gatewayWith()
    const dongle = await connected(under, 0)
    const other = await connected(under, 1)
    dongle.publish(new Uint8Array(70_000))
    await dongle.closed()
    expect(await under.refused('packet-too-large')).toBe(1)
    expect(await other.send(batchOf(1, 1))).toBe('final')
  })

  test('a stranger may send a kilobyte at most', async () => {
    const under = await gatewayWith()
    const { socket, closed } = await rawSocket(under.port)
    socket.write(Uint8Array.of(0x10, 0x81, 0x08)) // CONNECT, remaining length 1025
    await closed
    expect(await under.refused('packet-too-large')).toBe(1)
  })

  test('who is silent for one and a half times the keep-alive is closed', async () => {
    const under = await gatewayWith()
    const { closed } = await rawDongle(under, 1)
    await closed
    expect(await under.refused('keepalive-timeout')).toBe(1)
    await under.untilCount('connections', 0)
  })

  test('who asks for answers and does not read them is closed', async () => {
    const under = await gatewayWith()
    const { socket, closed } = await rawDongle(under, 60)
    socket.pause()
    const pings = Buffer.alloc(65_536, Uint8Array.of(0xc0, 0))
    while (!socket.destroyed && socket.write(pings)) await turn()
    for (let isOver = false; !isOver; isOver = (await under.refused('slow-reader')) === 1) {
      if (!socket.destroyed && socket.writableLength < 1_000_000) socket.write(pings)
      await turn()
    }
    socket.resume()
    await closed
  })

  test('a second CONNECT, and what only a server sends, end the connection', async () => {
    const under = await gatewayWith()
    const packets = [Uint8Array.of(0x10, 0), connack(0), suback(1, [0]), Uint8Array.of(0x50, 2, 0, 1)]
    for (const packet of packets) {
      const { socket, closed } = await rawDongle(await gatewayWith(), 60)
      socket.write(packet)
      await closed
    }
    const { socket, closed } = await rawDongle(under, 60)
    socket.write(Buffer.concat([Uint8Array.of(0x10, 0), Uint8Array.of(0xc0, 0)]))
    await closed
    expect(await under.refused('protocol-violation')).toBe(1)
  })

  test('a DISCONNECT ends the connection and is no refusal', async () => {
    const under = await gatewayWith()
    const { socket, closed } = await rawDongle(under, 60)
    socket.write(Uint8Array.of(0xe0, 0))
    await closed
    expect(await under.refused('protocol-violation')).toBe(0)
    await under.untilCount('connections', 0)
  })

  test('what is not MQTT is closed', async () => {
    const under = await gatewayWith()
    const inputs = ['GET / HTTP/1.1\r\nHost: x\r\n\r\n', '\u0016\u0003\u0001\u0002\u0000\u0001', '\u0010\u0004oops']
    for (const input of inputs) {
      const { socket, closed } = await rawSocket(under.port)
      socket.write(Buffer.from(input, 'latin1'))
      await closed
    }
    const counts = await Promise.all(['malformed-packet', 'protocol-violation', 'packet-too-large'].map(under.refused))
    expect(counts.reduce((sum, count) => sum + count)).toBe(inputs.length)
  })

  test('anything before CONNECT is closed', async () => {
    const under = await gatewayWith()
    const { socket, closed } = await rawSocket(under.port)
    socket.write(Uint8Array.of(0xc0, 0x00)) // PINGREQ
    await closed
    expect(await under.refused('protocol-violation')).toBe(1)
  })

  test('who connects and says nothing is closed', async () => {
    const under = await gatewayWith({ connectTimeoutMs: 100 })
    const { closed } = await rawSocket(under.port)
    await closed
    expect(await under.refused('connect-timeout')).toBe(1)
  })

  test('noise of any kind never takes the gateway down', async () => {
    const under = await gatewayWith()
    const dongle = await connected(under)
    let seed = 7
    const byte = (): number => {
      seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648
      return (seed >> 16) & 0xff
    }
    await Promise.all(
      Array.from({ length: 200 }, async () => {
        const { socket, closed } = await rawSocket(under.port)
        socket.end(Uint8Array.from({ length: 300 }, byte))
        await closed
      }),
    )
    expect(await dongle.send(batchOf(1, 1))).toBe('final')
  })
})

describe('floods', () => {
  test('a flood of connections from one address is refused early; a dongle that is in goes on meanwhile', async () => {
    const under = await gatewayWith({ connectsPerSecond: 1, connectsBurst: 50 })
    const dongle = await connected(under)
    let isFlooding = true
    let sent = 0
    const working = (async () => {
      while (isFlooding) {
        expect(await dongle.send(batchOf(1, sent * 10))).toBe('final')
        sent++
      }
    })()
    for (let wave = 0; wave < 10; wave++) {
      await Promise.all(
        Array.from({ length: 100 }, async () => {
          const { socket, closed } = await rawSocket(under.port)
          // Those that the bucket lets in say nothing; the others are closed by the gateway.
          setImmediate(() => socket.destroy())
          await closed
        }),
      )
    }
    await under.untilRefused('connect-rate', 900)
    isFlooding = false
    await working
    expect(sent).toBeGreaterThan(0)
    await under.untilCount('connections', 1)
  })

  test('a flood from many addresses has one bucket; a dongle comes again from where it has proven itself', async () => {
    const under = await gatewayWith({ strangerConnectsPerSecond: 1, strangerConnectsBurst: 5 })
    const dongle = await connected(under)
    for (let i = 0; (await under.refused('stranger-rate')) === 0; i++)
      await rawSocket(under.port, `127.0.2.${1 + (i % 200)}`)
    expect(await dongle.send(batchOf(1, 1))).toBe('final')
    const other = await connected(under, 1)
    expect(await other.send(batchOf(1, 1))).toBe('final')
  })

  test('a dongle that sends more than its bucket holds is read at its rate, loses nothing, and others do not wait', async () => {
    const under = await gatewayWith({ messagesPerSecond: 100, messagesBurst: 10 })
    const { socket } = await rawDongle(under, 60)
    const other = await connected(under, 1)
    let answered = 0
    socket.on('data', chunk => {
      answered += chunk.length / 2
    })
    const pings = 60
    socket.write(Buffer.alloc(2 * pings, Uint8Array.of(0xc0, 0)))
    await under.untilRefused('message-rate', 1)
    expect(await other.send(batchOf(1, 1))).toBe('final')
    await expect.poll(() => answered, { timeout: 60_000 }).toBe(pings)
    expect(socket.destroyed).toBe(false)
  })

  test('what no dongle does costs its dongle more than it has: it is not let in for a while, without the directory; others are', async () => {
    const under = await gatewayWith({ messagesPerSecond: 50, messagesBurst: 200 })
    const foul = await connected(under)
    foul.client?.subscribe('#', () => {})
    await foul.closed()
    const marks = new Map(under.directory.marks)
    await expect(dongleOf(under, 0, { session: 9 }).connectMqtt()).rejects.toThrow(/Server unavailable/)
    expect(await under.refused('dongle-in-debt')).toBe(1)
    expect(under.directory.marks).toEqual(marks)
    const other = await connected(under, 1)
    expect(await other.send(batchOf(1, 1))).toBe('final')
  })

  test('a dongle that comes again and again pays for each time, and waits when it has nothing left', async () => {
    const under = await gatewayWith({ messagesPerSecond: 1, messagesBurst: 2 * CONNECT_COST })
    let times = 0
    const come = async (): Promise<void> => {
      await dongleOf(under, 0, { session: times }).connectMqtt()
      times++
    }
    while (times < 10 && (await under.refused('dongle-in-debt')) === 0) await come().catch(() => {})
    expect(await under.refused('dongle-in-debt')).toBe(1)
    // the last one took what was not there
    expect(times).toBeGreaterThanOrEqual(2)
    expect(times).toBeLessThanOrEqual(3)
  })

  test('a message costs more than its packet: what is in it is written to the disk', async () => {
    const under = await gatewayWith({ messagesPerSecond: 1, messagesBurst: CONNECT_COST + 100 })
    const dongle = await connected(under)
    for (let i = 1; i <= 40; i++) dongle.post(batchOf(1, i * 10))
    await under.untilRefused('message-rate', 1)
    expect(under.ingest.stored.size).toBeLessThanOrEqual(100 / (1 + MESSAGE_COST))
  })

  test('CONNECTs that prove nothing, from many addresses, are soon turned away at the door; dongles come in and go on meanwhile', async () => {
    const under = await gatewayWith(STANDARD_PACE)
    const dongle = await connected(under)
    let isFlooding = true
    const connectAsUnknown = async (i: number): Promise<void> => {
      const { socket, closed } = await rawSocket(under.port, `127.0.3.${1 + (i % 20)}`)
      const { dongleId } = identityOf(1000 + i)
      const password = Buffer.from(`1.1.${'0'.repeat(32)}`)
      socket.write(generate({ cmd: 'connect', clientId: dongleId, username: dongleId, password, clean: true }))
      await closed
    }
    const flood = (async () => {
      for (let i = 0; isFlooding; i++) await connectAsUnknown(i)
    })()
    await under.untilRefused('failed-before', 100)
    for (const number of [1, 2]) {
      const newcomer = await connected(under, number)
      expect(await newcomer.send(batchOf(1, 1))).toBe('final')
    }
    expect(await dongle.send(batchOf(1, 1))).toBe('final')
    isFlooding = false
    await flood
    expect(await under.refused('stranger-rate')).toBe(0)
  })

  test('strangers and connections in all are bounded', async () => {
    const under = await gatewayWith({ strangersMax: 3, connectionsMax: 5 })
    const strangers = await Promise.all([1, 2, 3].map(() => rawSocket(under.port)))
    const fourth = await rawSocket(under.port)
    await fourth.closed
    expect(await under.refused('too-many-strangers')).toBe(1)
    for (const { socket } of strangers) socket.destroy()
    await under.untilCount('strangers', 0)
    await Promise.all([0, 1, 2].map(number => connected(under, number)))
    await Promise.all([1, 2].map(() => rawSocket(under.port)))
    const sixth = await rawSocket(under.port)
    await sixth.closed
    expect(await under.refused('too-many-connections')).toBe(1)
  })
})

describe('TLS', () => {
  const folder = mkdtempSync(join(tmpdir(), 'nrt-tls-'))
  const certFile = join(folder, 'cert.pem')
  const keyFile = join(folder, 'key.pem')
  beforeAll(() => {
    const { cert, key } = selfSignedCertificate('localhost')
    writeFileSync(certFile, cert)
    writeFileSync(keyFile, key)
  })
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  async function gatewayWithTls(changes: Partial<GatewayConfig> = {}): Promise<GatewayUnderTest & { tlsPort: number }> {
    const files = { tlsPort: 0, tlsCertFile: certFile, tlsKeyFile: keyFile }
    const under = await gatewayWith({ ...files, connectTimeoutMs: 2000, ...changes })
    return { ...under, tlsPort: under.gateway.tlsPort as number }
  }

  async function cipherWith(port: number, options: object): Promise<string> {
    return new Promise((resolve, reject) => {
      const socket = connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false, ...options }, () => {
        resolve(`${socket.getProtocol()} ${socket.getCipher().name}`)
        socket.destroy()
      })
      socket.once('error', reject)
    })
  }

  test('a dongle over TLS is the same dongle', async () => {
    const under = await gatewayWithTls()
    const mqtt = { protocol: 'mqtts', rejectUnauthorized: false, maxVersion: 'TLSv1.2' } as const
    const dongle = dongleOf(under, 0, { port: under.tlsPort, mqtt })
    await dongle.connect()
    expect(await dongle.send(batchOf(1, 1))).toBe('final')
    await under.untilCount('connections', 1)
  })

  test("speaks 1.2 with the suites that the dongle's engines have, and nothing older", async () => {
    const { tlsPort, untilRefused } = await gatewayWithTls()
    const tls12 = { maxVersion: 'TLSv1.2' }
    for (const ciphers of ['ECDHE-RSA-AES128-GCM-SHA256', 'DHE-RSA-AES128-GCM-SHA256', 'DHE-RSA-AES256-GCM-SHA384']) {
      expect(await cipherWith(tlsPort, { ...tls12, ciphers })).toBe(`TLSv1.2 ${ciphers}`)
    }
    expect(await cipherWith(tlsPort, {})).toMatch(/^TLSv1.3 /)
    const old = { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' }
    await expect(cipherWith(tlsPort, old)).rejects.toThrow()
    await expect(cipherWith(tlsPort, { ...tls12, ciphers: 'AES128-SHA' })).rejects.toThrow()
    await untilRefused('tls-handshake', 2)
  })

  test('hellos that all come at once, each in two pieces, are all answered', async () => {
    const { tlsPort } = await gatewayWithTls()
    const hello = await clientHello()
    const sockets = await Promise.all(Array.from({ length: 20 }, () => rawSocket(tlsPort)))
    const answers = sockets.map(({ socket }) => new Promise<Buffer>(resolve => socket.once('data', resolve)))
    for (const { socket } of sockets) socket.write(hello.subarray(0, 50))
    for (const { socket } of sockets) socket.write(hello.subarray(50))
    const HANDSHAKE = 22
    expect((await Promise.all(answers)).map(answer => answer[0])).toEqual(sockets.map(() => HANDSHAKE))
  })

  test('hellos of many addresses that finish no handshake: a dongle comes in over TLS all the same, and again', async () => {
    const under = await gatewayWithTls(STANDARD_PACE)
    const hello = await clientHello()
    let isFlooding = true
    const flood = (async () => {
      for (let i = 0; isFlooding; i++) {
        const { socket } = await rawSocket(under.tlsPort, `127.0.4.${1 + (i % 10)}`)
        socket.write(hello, () => socket.destroy())
      }
    })()
    await under.untilRefused('failed-before', 50)
    const mqtt = { protocol: 'mqtts', rejectUnauthorized: false } as const
    for (const number of [0, 1]) {
      const dongle = dongleOf(under, number, { port: under.tlsPort, mqtt })
      await dongle.connect()
      expect(await dongle.send(batchOf(1, 1))).toBe('final')
    }
    isFlooding = false
    await flood
  })

  test('plain MQTT on the TLS port is closed and counted', async () => {
    const under = await gatewayWithTls()
    await expect(dongleOf(under, 0, { port: under.tlsPort }).connectMqtt()).rejects.toThrow()
    await under.untilRefused('tls-handshake')
  })
})
