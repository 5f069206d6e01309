// Gateways on a broker of their own: real mosquitto (MQTT 5, shared subscriptions) where it is installed. Two gateways share one
// subscription, and consecutive messages of one dongle reach either.

import type { ChildProcess } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { freePort } from '../../scripts/free-port.ts'
import { type GatewayUnderTest, startGatewayUnderTest, turn } from '../support/gateway-under-test.ts'
import { end, MOSQUITTO, openConfig, startMosquitto } from '../support/mosquitto.ts'
import { batchOf, identityOf, ScriptedDongle } from '../support/scripted-dongle.ts'

if (MOSQUITTO === undefined) console.warn('skipped: the external broker tests need mosquitto installed')

describe.skipIf(MOSQUITTO === undefined)('two gateways on one mosquitto', () => {
  const folder = mkdtempSync(join(tmpdir(), 'nrt-mosquitto-'))
  let broker: ChildProcess
  let port = 0
  let one: GatewayUnderTest
  let linkOfOne: (isUp: boolean) => void = () => {}
  let two: GatewayUnderTest

  async function startBroker(): Promise<void> {
    broker = await startMosquitto(folder, port, openConfig(port))
  }

  async function untilReady(): Promise<void> {
    while (!one.gateway.readiness().isReady || !two.gateway.readiness().isReady) await turn()
  }

  async function stopBroker(): Promise<void> {
    await end(broker, 'SIGTERM')
  }

  beforeAll(async () => {
    port = await freePort()
    const identities = [0, 1, 2, 3, 4].map(identityOf)
    const watchBackend = (changed: (isUp: boolean) => void): void => {
      linkOfOne = changed
      changed(true)
    }
    one = await startGatewayUnderTest({ brokerUrl: `mqtt://127.0.0.1:${port}` }, identities, { watchBackend })
    two = await startGatewayUnderTest({ brokerUrl: `mqtt://127.0.0.1:${port}` }, identities)
    // Started before their broker, as it happens after a power cut.
    expect(one.gateway.readiness()).toEqual({ isReady: false, reason: 'broker-away' })
    await startBroker()
    await untilReady()
    // One backend: the same marks and the same store behind both gateways.
    for (const [id, mark] of one.directory.marks) two.directory.marks.set(id, mark)
    two.directory.advance = (dongleId, mark) => one.directory.advance(dongleId, mark)
  })

  afterAll(async () => {
    await one.gateway.stop()
    await two.gateway.stop()
    await stopBroker()
    rmSync(folder, { recursive: true, force: true })
  })

  test('any gateway handles any message of a dongle, and every batch is stored once', async () => {
    const dongle = new ScriptedDongle({ identity: identityOf(0), port })
    await dongle.connect()
    for (let i = 0; i < 20; i++) expect(await dongle.send(batchOf(1, i * 10))).toBe('final')
    expect(one.ingest.stored.size).toBeGreaterThan(0)
    expect(two.ingest.stored.size).toBeGreaterThan(0)
    expect(one.ingest.stored.size + two.ingest.stored.size).toBe(20)
    await dongle.end()
  })

  test('a gateway that has lost its backend leaves all messages to the other, and shares them again when it is back', async () => {
    const dongle = new ScriptedDongle({ identity: identityOf(0), port, session: 1 })
    linkOfOne(false)
    await expect.poll(() => one.gateway.readiness()).toEqual({ isReady: false, reason: 'broker-away' })
    await dongle.connect()
    await dongle.send(batchOf(1, 2000)) // behind the leaving, if that is on its way yet
    const before = one.ingest.groups.length
    for (let i = 0; i < 10; i++) expect(await dongle.send(batchOf(1, 2010 + i * 10))).toBe('final')
    expect(one.ingest.groups.length).toBe(before)
    linkOfOne(true)
    await untilReady()
    for (let i = 0; one.ingest.groups.length === before; i++) await dongle.send(batchOf(1, 3000 + i * 10))
    await dongle.end()
  })

  test('however often it loses its backend, nothing piles up at its broker’s connection', async () => {
    const warnings: Error[] = []
    const note = (warning: Error): number => warnings.push(warning)
    process.on('warning', note)
    for (let i = 0; i < 12; i++) {
      linkOfOne(false)
      linkOfOne(true)
      await untilReady()
    }
    await turn()
    process.off('warning', note)
    expect(warnings).toEqual([])
  })

  test('a dongle about whom the backend is slow to answer holds up nobody else, and is served when it has answered', async () => {
    const slow = new ScriptedDongle({ identity: identityOf(4), port })
    let answer = (): void => {}
    const answered = new Promise<void>(resolve => {
      answer = resolve
    })
    let asked = 0
    for (const { directory } of [one, two]) {
      const credentials = directory.credentials.bind(directory)
      directory.credentials = async dongleId => {
        if (dongleId === slow.dongleId) {
          asked++
          await answered
        }
        return credentials(dongleId)
      }
    }
    await slow.connectMqtt()
    // each gateway gets its share of them, and asks once: what comes behind waits for the same answer
    for (let i = 0; i < 4; i++) slow.sendHello()
    await expect.poll(() => asked).toBe(2)
    const dongle = new ScriptedDongle({ identity: identityOf(0), port, session: 2 })
    await dongle.connect()
    for (let i = 0; i < 10; i++) expect(await dongle.send(batchOf(1, 5000 + i * 10))).toBe('final')
    answer()
    await slow.until(() => slow.token !== undefined, 'a challenge')
    expect(await slow.send(batchOf(1, 0))).toBe('final')
    await dongle.end()
    await slow.end()
  })

  test('a recorded hello, somebody on a foreign topic, and noise change nothing', async () => {
    const dongle = new ScriptedDongle({ identity: identityOf(1), port })
    const other = new ScriptedDongle({ identity: identityOf(2), port })
    await dongle.connect()
    await other.connect()
    const storedBefore = one.ingest.stored.size + two.ingest.stored.size
    const topic = `nrt/1/${dongle.dongleId}/up`
    other.publish(other.sealBatch({ boot: 1, firstSeq: 1, span: 10 }, Uint8Array.of(1)), topic)
    other.publish(Buffer.from('noise'), topic)
    other.publish(Buffer.from('noise'), 'nrt/1/NOBODY/up')
    expect(await dongle.send(batchOf(1, 1))).toBe('final')
    const refused = async (reason: string): Promise<number> => (await one.refused(reason)) + (await two.refused(reason))
    while ((await refused('envelope.wrong-dongle')) < 1) await turn()
    while ((await refused('envelope.malformed')) < 1) await turn()
    while ((await refused('foreign-topic')) < 1) await turn()
    expect(one.ingest.stored.size + two.ingest.stored.size).toBe(storedBefore + 1)
    await dongle.end()
    await other.end()
  })

  test('a dongle that comes back under a new session is let in, its old session is not', async () => {
    const dongle = new ScriptedDongle({ identity: identityOf(3), port })
    await dongle.connect()
    expect(await dongle.send(batchOf(1, 1))).toBe('final')
    const recorded = dongle.sealBatch({ boot: 1, firstSeq: 500, span: 10 }, Uint8Array.of(1))
    await dongle.end()
    await dongle.connect()
    for (let i = 0; i < 6; i++) expect(await dongle.send(batchOf(1, 100 + i * 10))).toBe('final')
    const refused = async (): Promise<number> =>
      (await one.refused('session.other-session')) + (await two.refused('session.other-session'))
    const before = await refused()
    for (let i = 0; i < 4; i++) dongle.publish(recorded)
    while ((await refused()) === before) await turn()
    expect(await dongle.send(batchOf(1, 1000))).toBe('final')
    await dongle.end()
  })

  test('a broker that delivers everything three times: each batch is stored once, the dongle hears of it, and one line says so', async () => {
    const dongle = new ScriptedDongle({ identity: identityOf(1), port, session: 10 })
    await dongle.connect()
    const publish = dongle.publish.bind(dongle)
    dongle.publish = (bytes, topic) => {
      for (let i = 0; i < 3; i++) publish(bytes, topic)
    }
    // One store behind both gateways.
    const shared = one.ingest.stored
    Object.assign(two.ingest, { stored: shared })
    const before = shared.size
    for (let i = 0; i < 150; i += 10) {
      const ids = Array.from({ length: 10 }, (_, j) => dongle.post(batchOf(4, (i + j) * 10)))
      for (const id of ids) expect(await dongle.verdictOf(id)).toBe('final')
    }
    expect(shared.size).toBe(before + 150)
    const said = [...one.lines, ...two.lines].filter(({ sentence }) => sentence.includes('come again and again'))
    expect(said.length).toBeGreaterThan(0)
    expect(said.length).toBeLessThanOrEqual(2) // each gateway for itself
    await dongle.end()
  })

  test('a live wish reaches a dongle through whichever gateway heard it last', async () => {
    const dongle = new ScriptedDongle({ identity: identityOf(0), port, session: 10 })
    await dongle.connect()
    for (const under of [one, two]) under.gateway.commands.requestLive(dongle.dongleId, under.time.wallS + 120)
    for (let i = 0; dongle.commands.length === 0; i++) await dongle.send(batchOf(2, i * 10))
    expect(dongle.commands[0]).toMatchObject({ name: 'live', seconds: 120 })
    await dongle.end()
  })

  test('a dongle goes on under its next key, whichever gateway has its old session', async () => {
    const before = identityOf(0)
    const next = { ...before, epoch: 2, deviceKey: before.deviceKey.map(byte => byte ^ 1) }
    const old = new ScriptedDongle({ identity: before, port, session: 12 })
    await old.connect()
    for (let i = 0; i < 4; i++) expect(await old.send(batchOf(2, 500 + i * 10))).toBe('final')
    await old.end()
    for (const { directory } of [one, two]) {
      directory.dongles.set(before.dongleId, { ...before, state: 'bound', others: [next] })
    }
    const fresh = new ScriptedDongle({ identity: next, port, session: 14 })
    await fresh.connect()
    for (let i = 0; i < 4; i++) expect(await fresh.send(batchOf(2, 600 + i * 10))).toBe('final')
    await fresh.end()
  })

  test('while the broker is away the gateway says so, and comes back by itself', async () => {
    await stopBroker()
    while (one.gateway.readiness().isReady) await turn()
    expect(one.gateway.readiness()).toEqual({ isReady: false, reason: 'broker-away' })
    await startBroker()
    await untilReady()
    const dongle = new ScriptedDongle({ identity: identityOf(0), port, session: 20 })
    await dongle.connect()
    expect(await dongle.send(batchOf(3, 1))).toBe('final')
    await dongle.end()
  })
})

test.skipIf(MOSQUITTO === undefined)(
  'a gateway that its broker refused comes back when the broker has been set right',
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'nrt-mosquitto-'))
    const port = await freePort()
    const strict = openConfig(port).replace('allow_anonymous true', 'allow_anonymous false')
    let broker = await startMosquitto(folder, port, strict)
    const under = await startGatewayUnderTest({ brokerUrl: `mqtt://127.0.0.1:${port}` })
    try {
      const refusals = () => under.lines.filter(({ sentence }) => sentence === 'the broker refuses')
      await expect.poll(() => refusals().length).toBe(1)
      await end(broker, 'SIGTERM')
      broker = await startMosquitto(folder, port, openConfig(port))
      await expect.poll(() => under.gateway.readiness(), { timeout: 10_000 }).toEqual({ isReady: true })
    } finally {
      await under.gateway.stop()
      await end(broker, 'SIGTERM')
      rmSync(folder, { recursive: true, force: true })
    }
  },
)
