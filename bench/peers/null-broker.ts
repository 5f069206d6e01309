// A broker with no work behind it: ours, or aedes, which takes what comes and confirms it; or ours answering each message with a short one,
// at once (echo), or when a group of them has been appended to a file and synced (durable), which is the least that "stored" can cost.
// `node bench/peers/null-broker.ts ours|echo|durable|aedes FOLDER`; says its port over IPC when it listens.

import { fdatasync, openSync, write } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { Aedes } from 'aedes'
import type { BrokerEvents, Link } from '../../gateway/broker/broker.ts'
import { openEmbeddedBroker } from '../../gateway/broker/embedded.ts'
import { gatewayConfig } from '../../gateway/config.ts'
import { NO_RATES } from '../../test/support/no-rates.ts'

/** Nothing else comes down from a broker with nothing behind it: a PUBACK is all that the fleet waits for. */
const PUBACK_WITHIN_MS = 10

/** As long as an ack of ours. */
const ANSWER_BYTES = 100

type Take = (link: Link, payload: Uint8Array) => void

const answer: Take = (link, payload) => void link.send(payload.subarray(0, ANSWER_BYTES))

/** Group commit without a store: while one group is synced, the next gathers. */
function synced(folder: string): Take {
  const file = openSync(join(folder, 'log'), 'w')
  let waiting: [Link, Uint8Array][] = []
  let isBusy = false
  return (link, payload) => {
    waiting.push([link, Uint8Array.from(payload)])
    if (!isBusy) setImmediate(next)
    isBusy = true
  }

  function next(): void {
    const group = waiting
    waiting = []
    isBusy = group.length > 0
    if (!isBusy) return
    write(file, Buffer.concat(group.map(([, payload]) => payload)), () =>
      fdatasync(file, () => {
        for (const [link, payload] of group) answer(link, payload)
        next()
      }),
    )
  }
}

async function listenOurs(take: Take): Promise<number> {
  const config = gatewayConfig({ mqttPort: 0, ...NO_RATES })
  const clock = { monotonicMs: () => Math.floor(performance.now()), wallS: () => Math.floor(Date.now() / 1000) }
  const { host, mqttPort: port, keepaliveMaxS, packetBytesMax, unreadBytesMax } = config
  const events: BrokerEvents = {
    connect: async () => undefined,
    message: (link, payload) => void take(link, payload),
    closed() {},
    refused() {},
  }
  const broker = await openEmbeddedBroker(
    {
      ...{ host, port, limits: config, clock, keepaliveMaxS, packetBytesMax, unreadBytesMax },
      pubackWithinMs: PUBACK_WITHIN_MS,
    },
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

function listen(which: string | undefined): Promise<number> {
  switch (which) {
    case 'aedes':
      return listenAedes()
    case 'durable':
      return listenOurs(synced(process.argv[3] as string))
    case 'echo':
      return listenOurs(answer)
    default:
      return listenOurs(() => {})
  }
}

process.on('disconnect', () => process.exit(0))
process.send?.(await listen(process.argv[2]))
