// Publishes one JSON reading per message at QoS 1 from many clients, each with a few in flight: what meter gateways of
// today do. `node bench/peers/json-publisher.ts MQTT_PORT CLIENTS WINDOW START_S`; runs until it is ended. Each run has times of its own: a
// reading that the peer's table has already would cost it next to nothing.

import { connectAsync } from 'mqtt'
import { createHousehold } from '../../firmware/host/household.ts'

const [port, clients, window, startS] = process.argv.slice(2).map(Number) as [number, number, number, number]

async function publishForEver(index: number): Promise<void> {
  const client = await connectAsync({ host: '127.0.0.1', port, clientId: `publisher-${index}` })
  const household = createHousehold({ seed: index + 1, startS })
  let t = startS
  const lane = async (): Promise<void> => {
    for (;;) {
      t++
      const r = household.next(t)
      const json = {
        dongle: `dongle-${index}`,
        t,
        o1: r.offtakeT1Wh,
        o2: r.offtakeT2Wh,
        i1: r.injectionT1Wh,
        i2: r.injectionT2Wh,
        po: r.offtakeW,
        pi: r.injectionW,
        tariff: r.tariff,
        u1: r.voltageL1dV,
        u2: r.voltageL2dV,
        u3: r.voltageL3dV,
        c1: r.currentL1cA,
        c2: r.currentL2cA,
        c3: r.currentL3cA,
      }
      await client.publishAsync(`reading/${index}`, JSON.stringify(json), { qos: 1 })
    }
  }
  await Promise.all(Array.from({ length: window }, lane))
}

await Promise.all(Array.from({ length: clients }, (_, index) => publishForEver(index)))
