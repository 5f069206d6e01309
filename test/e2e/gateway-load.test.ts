// Many dongles at once while gateways come and go: what was acknowledged is in the store, once.

import { expect, test } from 'vitest'
import { freePort } from '../../scripts/free-port.ts'
import { spanOf } from '../../shared/batch/batch.ts'
import { driveDongle } from '../support/driven-dongle.ts'
import { MemoryDirectory, MemoryIngest, startGatewayUnderTest, turn } from '../support/gateway-under-test.ts'
import { identityOf, ScriptedDongle } from '../support/scripted-dongle.ts'

test('twenty dongles through four gateways, one after the other on the same port: nothing acknowledged is missing', async () => {
  const identities = Array.from({ length: 20 }, (_, i) => identityOf(i))
  const ingest = new MemoryIngest()
  const directory = new MemoryDirectory()
  const port = await freePort()
  let under = await startGatewayUnderTest({ mqttPort: port }, identities, { ingest, directory })
  const driven = identities.map(identity =>
    driveDongle(new ScriptedDongle({ identity, port }), { resendMs: 300, reconnectMs: 10 }),
  )
  for (let life = 1; life <= 4; life++) {
    const goal = ingest.stored.size + 150
    while (ingest.stored.size < goal || driven.some(one => one.connects() < life)) await turn()
    // Every second time the store is failing while the gateway stops: what it had taken is not acknowledged.
    if (life % 2 === 0) ingest.failure = new Error('database is locked')
    await under.gateway.stop()
    ingest.failure = undefined
    under = await startGatewayUnderTest({ mqttPort: port }, identities, { ingest, directory })
  }
  await Promise.all(driven.map(one => one.drain()))
  let made = 0
  for (const { dongle, made: count } of driven) {
    made += count()
    expect(dongle.unacknowledged.size).toBe(0)
    expect(dongle.strangeMessages).toBe(0)
    for (const [name, verdict] of dongle.acknowledged) {
      expect(verdict).toBe('final')
      expect(ingest.stored.has(`${dongle.dongleId}.${name}`)).toBe(true)
    }
  }
  expect(ingest.stored.size).toBe(made)
  for (const { batch } of ingest.stored.values()) expect(spanOf(batch)).toBe(10)
  expect(driven.every(one => one.connects() >= 4)).toBe(true)
  expect(await under.count('queue_bytes')).toBe(0)
  expect(await under.count('queue_batches')).toBe(0)
  await Promise.all(driven.map(one => one.stop()))
  await under.gateway.stop()
})
