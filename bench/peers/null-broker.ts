// A broker with no work behind it: ours, or aedes, which takes what comes and confirms it; or ours answering each message at once with a
// short one, which is the least that a gateway can do. `node bench/peers/null-broker.ts ours|echo|aedes`; says its port over IPC when it listens.

import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import { Aedes } from 'aedes'
import type { BrokerEvents } from '../../gateway/broker/broker.ts'
import { openEmbeddedBroker } from '../../gateway/broker/embedded.ts'
import { gatewayConfig } from '../../gateway/config.ts'

/** As long as an ack of ours. */
const ANSWER_BYTES = 100

async function listenOurs(isEcho: boolean): Promise<number> {
  const config = gatewayConfig({ mqttPort: 0, connectsPerSecond: 100_000, connectsBurst: 100_000 })
  const clock = { monotonicMs: () => Math.floor(performance.now()), wallS: () => Math.floor(Date.now() / 1000) }
  const { host, mqttPort: port, keepaliveMaxS, packetBytesMax, unreadBytesMax } = config
  const events: BrokerEvents = {
    connect: async () => undefined,
    message: (link, payload) => (isEcho ? void link.send(payload.subarray(0, ANSWER_BYTES)) : undefined),
    closed() {},
    refused() {},
  }
  const broker = await openEmbeddedBroker(
    { host, port, limits: config, clock, keepaliveMaxS, packetBytesMax, unreadBytesMax },
    events,
  )
  return broker.port as number
}

async function listenAedes(): Promise<number> {
  const aedes = await Aedes.createBroker()
  const server = createServer(aedes.handle)
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', () => resolve()))
  return (server.address() as AddressInfo).port
}

process.on('disconnect', () => process.exit(0))
process.send?.(process.argv[2] === 'aedes' ? await listenAedes() : await listenOurs(process.argv[2] === 'echo'))
