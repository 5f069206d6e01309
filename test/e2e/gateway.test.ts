// The gateway over real sockets: a dongle's conversation from CONNECT to ack, and what happens when the store is slow,
// away, or says no. Refusals are in gateway-refusals.test.ts.

import { afterEach, expect, test } from 'vitest'
import type { GatewayConfig } from '../../gateway/config.ts'
import { encodeBatch } from '../../shared/batch/encode.ts'
import { type GatewayUnderTest, startGatewayUnderTest, turn } from '../support/gateway-under-test.ts'
import { batchOf, type DongleIdentity, identityOf, ScriptedDongle } from '../support/scripted-dongle.ts'

const open: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close()
})

async function gatewayWith(changes: Partial<GatewayConfig> = {}, dongles = 3): Promise<GatewayUnderTest> {
  const identities = Array.from({ length: dongles }, (_, i) => identityOf(i))
  const under = await startGatewayUnderTest({ retryFirstMs: 1, retryMostMs: 5, ...changes }, identities)
  open.push(async () => {
    under.ingest.release()
    await under.gateway.stop()
  })
  return under
}

function dongleOf(under: GatewayUnderTest, identity: DongleIdentity, boot = 1, session = 0): ScriptedDongle {
  const dongle = new ScriptedDongle({ identity, port: under.port, boot, session })
  open.push(() => dongle.end())
  return dongle
}

async function connected(under: GatewayUnderTest, number = 0): Promise<ScriptedDongle> {
  const dongle = dongleOf(under, identityOf(number))
  await dongle.connect()
  return dongle
}

test('a dongle greets, sends a batch, and hears that it is stored', async () => {
  const under = await gatewayWith({ intervalS: 7 })
  const dongle = await connected(under)
  expect(dongle.intervalS).toBe(7)
  const batch = batchOf(1, 100)
  expect(await dongle.send(batch)).toBe('final')
  const [stored] = [...under.ingest.stored.values()]
  expect(stored?.dongleId).toBe(dongle.dongleId)
  expect(Buffer.compare(stored?.bytes ?? Buffer.alloc(0), encodeBatch(batch))).toBe(0)
  expect(Array.from(stored?.batch.timeS ?? [])).toEqual(batch.timeS)
  expect(await under.count('messages_total', { kind: 'batch' })).toBe(1)
  expect(await under.count('batches_total', { outcome: 'stored' })).toBe(1)
  expect(await under.count('readings_total')).toBe(10)
  expect(await under.count('connections')).toBe(1)
  expect(dongle.strangeMessages).toBe(0)
})

test('nothing is acknowledged before the store has committed', async () => {
  const under = await gatewayWith()
  under.ingest.hold()
  const dongle = await connected(under)
  const id = dongle.post(batchOf(1, 1))
  await under.ingest.until(() => under.ingest.groups.length === 1)
  dongle.sendStatus({ rssiDbm: -60 })
  await under.ingest.until(() => under.ingest.statuses.length === 1)
  expect(dongle.acksReceived).toBe(0)
  expect(await under.count('queue_batches')).toBe(1)
  under.ingest.commit()
  expect(await dongle.verdictOf(id)).toBe('final')
  expect(await under.count('queue_batches')).toBe(0)
  expect(await under.count('queue_bytes')).toBe(0)
})

/** Another dongle that shares the lane: lanes go by the first letter of the id. */
function inLaneOf(number: number): number {
  const letter = identityOf(number).dongleId[0]
  let other = number + 1
  while (identityOf(other).dongleId[0] !== letter) other++
  return other
}

test('what queues while a commit runs goes as one group, and each dongle gets one ack for all of its batches', async () => {
  const under = await gatewayWith({}, 100)
  under.ingest.hold()
  const first = await connected(under, 0)
  // of the same lane: what several lanes have ready becomes one group in the store (backend/store/sqlite/group.ts)
  const second = await connected(under, inLaneOf(0))
  first.post(batchOf(1, 0))
  await under.ingest.until(() => under.ingest.groups.length === 1)
  const ids = [10, 20, 30].map(seq => first.post(batchOf(1, seq)))
  const other = second.post(batchOf(1, 10))
  // A status behind each batch on the same connection: when it is noted, the batch before it is queued.
  first.sendStatus({})
  second.sendStatus({})
  await under.ingest.until(() => under.ingest.statuses.length === 2)
  under.ingest.commit()
  await under.ingest.until(() => under.ingest.groups.length === 2)
  expect(under.ingest.groups[1]).toHaveLength(4)
  under.ingest.release()
  for (const id of ids) expect(await first.verdictOf(id)).toBe('final')
  expect(await second.verdictOf(other)).toBe('final')
  expect(first.acksReceived).toBe(2)
  expect(second.acksReceived).toBe(1)
})

test('duplicates and quarantined batches are final, refused ones are refused; each is counted', async () => {
  const under = await gatewayWith()
  const dongle = await connected(under)
  expect(await dongle.send(batchOf(1, 1))).toBe('final')
  dongle.acknowledged.clear()
  expect(await dongle.send(batchOf(1, 1))).toBe('final')
  dongle.acknowledged.clear()
  expect(await dongle.send({ ...batchOf(1, 1), meter: 1 })).toBe('final')
  under.ingest.outcomeOf = () => ({ kind: 'refused', reason: 'suspended' })
  expect(await dongle.send(batchOf(1, 500))).toBe('not-allowed')
  for (const outcome of ['stored', 'duplicate', 'quarantined', 'refused']) {
    expect([outcome, await under.count('batches_total', { outcome })]).toEqual([outcome, 1])
  }
})

test('poison is kept with its reason, answered as refused, and does not hold up the good batch behind it', async () => {
  const under = await gatewayWith()
  const dongle = await connected(under)
  const poisonId = { boot: 1, firstSeq: 1, span: 10 }
  dongle.postBytes(poisonId, Uint8Array.of(0xff, 0x00, 0x13))
  const misnamed = { boot: 1, firstSeq: 1000, span: 10 }
  dongle.postBytes(misnamed, encodeBatch(batchOf(1, 2000)))
  expect(await dongle.send(batchOf(1, 11))).toBe('final')
  expect(await dongle.verdictOf(poisonId)).toBe('malformed')
  expect(await dongle.verdictOf(misnamed)).toBe('malformed')
  expect(under.ingest.letters.map(letter => letter.reason)).toContain('batch.other-name')
  expect(Buffer.compare(under.ingest.letters[0]?.bytes ?? Buffer.alloc(0), Buffer.of(0xff, 0x00, 0x13))).toBe(0)
  expect(under.ingest.stored.size).toBe(1)
})

test('a store that fails: no acks, not ready with its reason, one line; then it recovers by itself and everything is stored', async () => {
  const under = await gatewayWith()
  const dongle = await connected(under)
  under.ingest.failure = new Error('database or disk is full')
  under.ingest.state = { isReady: false, reason: 'disk-full' }
  const id = dongle.post(batchOf(1, 1))
  await under.ingest.until(() => under.ingest.groups.length >= 4)
  expect(dongle.acksReceived).toBe(0)
  expect(under.gateway.readiness()).toEqual({ isReady: false, reason: 'disk-full' })
  expect(under.gateway.probes.readyz()).toMatchObject({ status: 503, body: '{"isReady":false,"reason":"disk-full"}' })
  expect(under.gateway.probes.healthz().status).toBe(200)
  expect(await under.count('store_failing')).toBe(1)
  under.ingest.failure = undefined
  under.ingest.state = { isReady: true }
  expect(await dongle.verdictOf(id)).toBe('final')
  expect(under.gateway.readiness()).toEqual({ isReady: true })
  expect(under.lines.filter(line => line.level === 'error')).toHaveLength(1)
  expect(under.lines.filter(line => line.sentence.includes('again'))).toHaveLength(1)
})

test('a store that rejects without a reason of its own makes the gateway not ready too', async () => {
  const under = await gatewayWith()
  const dongle = await connected(under)
  under.ingest.failure = new Error('no idea')
  const id = dongle.post(batchOf(1, 1))
  await under.ingest.until(() => under.ingest.groups.length >= 2)
  expect(under.gateway.readiness()).toEqual({ isReady: false, reason: 'store-failing' })
  under.ingest.failure = undefined
  expect(await dongle.verdictOf(id)).toBe('final')
})

test('a batch that alone makes the store fail goes to the dead letters while others are stored', async () => {
  const under = await gatewayWith()
  const dongle = await connected(under, 0)
  const other = await connected(under, 1)
  under.ingest.outcomeOf = arrived => {
    if (arrived.batch.firstSeq === 13) throw new Error('constraint failed')
    return undefined
  }
  const poison = dongle.post(batchOf(1, 13))
  let isAnswered = false
  const verdict = dongle.verdictOf(poison).finally(() => {
    isAnswered = true
  })
  for (let seq = 1000; !isAnswered; seq += 10) await other.send(batchOf(1, seq))
  expect(await verdict).toBe('not-allowed')
  expect(under.ingest.letters.map(letter => letter.reason)).toEqual(['store-rejects'])
  expect(under.gateway.readiness()).toEqual({ isReady: true })
})

test('a repeat while the first copy waits is not queued twice, and the ack goes to the session that asks now', async () => {
  const under = await gatewayWith()
  under.ingest.hold()
  const dongle = await connected(under)
  const id = dongle.post(batchOf(1, 1))
  await under.ingest.until(() => under.ingest.groups.length === 1)
  dongle.cut()
  await dongle.connect()
  dongle.resend()
  await under.untilRefused('in-flight-repeat')
  under.ingest.release()
  expect(await dongle.verdictOf(id)).toBe('final')
  expect(under.ingest.groups).toHaveLength(1)
})

test('statuses and results come through', async () => {
  const under = await gatewayWith()
  const dongle = await connected(under)
  dongle.sendStatus({ firmware: '1.2.3', rssiDbm: -71, ringRecords: 5 })
  await under.ingest.until(() => under.ingest.statuses.length === 1)
  expect(under.ingest.statuses[0]).toMatchObject({
    dongleId: dongle.dongleId,
    boot: 1,
    firmware: '1.2.3',
    rssiDbm: -71,
    ringRecords: 5,
    receivedAtMs: 1_790_000_000_000,
  })
})

test('a live wish reaches a connected dongle once, however many ask, and again when it gets longer', async () => {
  const under = await gatewayWith()
  const dongle = await connected(under)
  const nowS = under.time.wallS
  for (let i = 0; i < 10; i++) under.gateway.commands.requestLive(dongle.dongleId, nowS + 180 + i)
  await dongle.until(() => dongle.commands.length === 1, 'a command')
  under.time.wallS += 60
  under.gateway.commands.requestLive(dongle.dongleId, under.time.wallS + 180)
  await dongle.until(() => dongle.commands.length === 2, 'a second command')
  expect(dongle.commands.map(command => [command.name, command.seconds])).toEqual([
    ['live', 180],
    ['live', 180],
  ])
  const [one, two] = dongle.commands.map(command => command.number) as [number, number]
  expect(two).toBeGreaterThan(one)
  dongle.sendResult(one, 'done')
  dongle.sendStatus({})
  await under.ingest.until(() => under.ingest.statuses.length === 1)
  expect(await under.count('commands_total', { outcome: 'done' })).toBe(1)
})

test('a live wish for a dongle that is away waits for it, and is forgotten when its time is over', async () => {
  const under = await gatewayWith()
  under.gateway.commands.requestLive(identityOf(0).dongleId, under.time.wallS + 100)
  under.gateway.commands.requestLive(identityOf(1).dongleId, under.time.wallS + 20)
  expect(await under.count('live_windows')).toBe(2)
  under.time.wallS += 40
  const early = await connected(under, 0)
  await early.until(() => early.commands.length === 1, 'a command')
  expect(early.commands[0]).toMatchObject({ name: 'live', seconds: 60 })
  const late = await connected(under, 1)
  await late.send(batchOf(1, 1))
  expect(late.commands).toEqual([])
  expect(await under.count('live_windows')).toBe(1)
})

test('a dongle that is cut off loses its connection and cannot use the old password again', async () => {
  const under = await gatewayWith()
  const dongle = await connected(under)
  under.gateway.commands.disconnect(dongle.dongleId, 'retired')
  await dongle.closed()
  under.directory.register(identityOf(0), 'retired')
  await expect(dongle.connect()).rejects.toThrow()
  expect(await under.refused('dongle-disabled')).toBe(1)
  expect(under.lines.some(line => JSON.stringify(line.facts).includes(dongle.dongleId))).toBe(false)
})

test('a dongle over its share is not read further, others go on, and everything arrives in the end', async () => {
  const under = await gatewayWith({ dongleBatchesMax: 2, dongleBytesMax: 65_536 })
  under.ingest.hold()
  const greedy = await connected(under, 0)
  const modest = await connected(under, 1)
  const ids = Array.from({ length: 12 }, (_, i) => greedy.post(batchOf(1, i * 10)))
  await under.ingest.until(() => under.ingest.groups.length === 1)
  const id = modest.post(batchOf(1, 0))
  modest.sendStatus({})
  await under.ingest.until(() => under.ingest.statuses.length === 1)
  expect(await under.count('queue_batches')).toBeLessThanOrEqual(3)
  under.ingest.release()
  expect(await modest.verdictOf(id)).toBe('final')
  for (const one of ids) expect(await greedy.verdictOf(one)).toBe('final')
  expect(await under.refused('dongle-over-limit')).toBe(0)
})

test('when all is full, memory stays bounded, messages are dropped and counted, and come again later', async () => {
  const under = await gatewayWith({ queueBytesMax: 1_000_000, dongleBatchesMax: 1000, dongleBytesMax: 64_000_000 }, 25)
  under.ingest.hold()
  const dongles = await Promise.all(Array.from({ length: 25 }, (_, i) => connected(under, i)))
  // Each batch takes about 13 kB decoded; 25 dongles with 40 each would be 13 MB.
  for (const dongle of dongles) for (let i = 0; i < 40; i++) dongle.post(batchOf(1, i * 200, 200))
  await under.ingest.until(() => under.ingest.groups.length === 1)
  let most = 0
  for (let i = 0; i < 200; i++) {
    most = Math.max(most, await under.count('queue_bytes'))
    await turn()
  }
  expect(most).toBeGreaterThan(500_000)
  expect(most).toBeLessThanOrEqual(2_000_000 + 200_000)
  under.ingest.release()
  for (const dongle of dongles) {
    while (dongle.unacknowledged.size > 0) {
      const before = dongle.acksReceived
      dongle.resend()
      await dongle.until(() => dongle.acksReceived > before || dongle.unacknowledged.size === 0, 'acks')
    }
  }
  expect(under.ingest.stored.size).toBe(1000)
})

test('a stop lets the running commit end, sends its acks, and takes nothing new', async () => {
  const under = await gatewayWith()
  under.ingest.hold()
  const dongle = await connected(under)
  const id = dongle.post(batchOf(1, 1))
  await under.ingest.until(() => under.ingest.groups.length === 1)
  const stopped = under.gateway.stop()
  expect(under.gateway.readiness()).toEqual({ isReady: false, reason: 'stopping' })
  dongle.post(batchOf(1, 11))
  await under.untilRefused('stopping')
  const closed = dongle.closed()
  under.ingest.release()
  await stopped
  await closed
  expect(await dongle.verdictOf(id)).toBe('final')
  expect(dongle.acknowledged.size).toBe(1)
  await expect(dongle.connectMqtt()).rejects.toThrow()
})

test('probes and metrics are served on an own port where one is asked for', async () => {
  const under = await gatewayWith({ httpPort: 0 })
  const base = `http://127.0.0.1:${under.gateway.httpPort}`
  expect((await fetch(`${base}/healthz`)).status).toBe(200)
  expect(await (await fetch(`${base}/readyz`)).json()).toEqual({ isReady: true })
  under.ingest.state = { isReady: false, reason: 'locked' }
  expect((await fetch(`${base}/readyz`)).status).toBe(503)
  const text = await (await fetch(`${base}/metrics`)).text()
  expect(text).toContain('nrt_gateway_refused_total{reason="connect-rate"} 0')
  expect(text).toContain('nrt_gateway_commit_seconds_bucket')
  expect((await fetch(`${base}/dongles`)).status).toBe(404)
  expect((await fetch(`${base}/readyz`, { method: 'POST' })).status).toBe(405)
})
