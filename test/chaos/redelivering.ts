// A broker that delivers everything again: a line between it and a gateway that repeats every message to the gateway, as one that lost its memory of
// what was confirmed would (MQTT 5.0 section 4.4), and keeps the second confirmation to itself.

import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { generate, type IPublishPacket, parser } from 'mqtt-packet'

const MQTT_5 = { protocolVersion: 5 }

export interface RedeliveringLine {
  readonly port: number
  /** Messages that came more than once. */
  repeated(): number
  stop(): Promise<void>
}

/** Each message comes `times` more. */
export async function startRedelivering(toPort: number, times: number): Promise<RedeliveringLine> {
  const sockets = new Set<Socket>()
  let count = 0
  const server = createServer(gateway => {
    const broker = connect(toPort, '127.0.0.1')
    /** Confirmations of repeats that are still to come, by packet id. */
    const owed = new Map<number, number>()
    for (const socket of [gateway, broker]) {
      sockets.add(socket)
      socket.on('error', () => {})
      socket.on('close', () => {
        sockets.delete(socket)
        gateway.destroy()
        broker.destroy()
      })
    }
    const fromBroker = parser(MQTT_5)
    fromBroker.on('packet', packet => {
      gateway.write(generate(packet, MQTT_5))
      if (packet.cmd !== 'publish' || packet.qos !== 1) return
      count++
      const { messageId = 0 } = packet
      owed.set(messageId, (owed.get(messageId) ?? 0) + times)
      const again: IPublishPacket = { ...packet, dup: true }
      for (let i = 0; i < times; i++) gateway.write(generate(again, MQTT_5))
    })
    const fromGateway = parser(MQTT_5)
    fromGateway.on('packet', packet => {
      const { messageId = 0 } = packet
      const rest = packet.cmd === 'puback' ? (owed.get(messageId) ?? 0) : 0
      if (rest === 0) broker.write(generate(packet, MQTT_5))
      else if (rest === 1) owed.delete(messageId)
      else owed.set(messageId, rest - 1)
      // all but the last are ours: the broker hears that it is confirmed when every repeat was
    })
    broker.on('data', bytes => fromBroker.parse(bytes))
    gateway.on('data', bytes => fromGateway.parse(bytes))
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  return {
    port: (server.address() as AddressInfo).port,
    repeated: () => count,
    async stop() {
      for (const socket of sockets) socket.destroy()
      await new Promise(resolve => server.close(resolve))
    },
  }
}
