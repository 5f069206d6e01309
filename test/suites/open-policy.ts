// The embedded broker with its doors open: every client may do everything, but subscribe to one filter that public suites expect to be
// refused. For suites on loopback; the gateway opens it with no policy at all.

import type { Broker } from '../../gateway/broker/broker.ts'
import { openEmbeddedBroker } from '../../gateway/broker/embedded.ts'
import type { GuestPolicy } from '../../gateway/broker/guests.ts'
import { gatewayConfig } from '../../gateway/config.ts'
import { NO_RATES } from '../support/no-rates.ts'

const policy: GuestPolicy = {
  admit: async () => ({ mayPublish: () => true, maySubscribe: filter => filter !== 'test/nosubscribe' }),
  limits: {
    mailboxesMax: 1_000,
    subscriptionsMax: 100,
    messagesMax: 1_000,
    underWayMax: 20,
    unreleasedMax: 100,
    bytesMax: 16_000_000,
    retainedMax: 1_000,
    retainedBytesMax: 4_000_000,
  },
}

const clock = { monotonicMs: () => Math.floor(performance.now()), wallS: () => Math.floor(Date.now() / 1000) }

/** On a free port of loopback. No dongle is known to it. */
export function openBrokerForAll(): Promise<Broker> {
  const config = gatewayConfig({ mqttPort: 0, ...NO_RATES })
  const { host, mqttPort: port, keepaliveMaxS, packetBytesMax, unreadBytesMax } = config
  return openEmbeddedBroker(
    { host, port, limits: config, clock, keepaliveMaxS, packetBytesMax, unreadBytesMax, guests: policy },
    { connect: async () => 'unknown-dongle', message: () => undefined, closed() {}, refused() {} },
  )
}
