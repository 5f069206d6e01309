// A server that is not ours takes the dongle's connection and floods it, before anybody has proved who he is: the dongle leaves him with
// its memory and its readings, and talks to its gateway as soon as that answers at the same address.

import { createSocket } from 'node:dgram'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { describe, expect, test } from 'vitest'
import { createHousehold } from '../../firmware/host/household.ts'
import { telegramText } from '../../firmware/host/meter.ts'
import { downTopic } from '../../shared/session/topics.ts'
import { startGatewayUnderTest } from '../support/gateway-under-test.ts'
import { builtBefore, endedAfterEach, fitEngine, machinesWith } from '../support/machines.ts'
import { readingsOf } from '../support/readings-of.ts'
import { identityOf } from '../support/scripted-dongle.ts'

const START_S = 1_790_000_000
/** What a module without PSRAM has. */
const PLAIN_MODULE_VARS = 5000
const FLOOD_PACKETS = 500

const identity = { ...identityOf(77), seedPool: new Uint8Array(64).fill(7) }
const topic = downTopic(identity.dongleId)
/** A message without content on the dongle's own topic: what takes the least of a server and the most of a dongle. */
const EMPTY = Buffer.from(
  `\x30${String.fromCharCode(2 + topic.length)}\x00${String.fromCharCode(topic.length)}${topic}`,
)
const FLOOD = Buffer.concat(Array.from({ length: FLOOD_PACKETS }, () => EMPTY))

const firmware = builtBefore()
const opened = endedAfterEach()

/** Takes CONNECT and SUBSCRIBE as a broker would, then says FLOOD as long as the line takes it. */
function flood(socket: Socket): void {
  const pour = (): void => {
    while (!socket.destroyed && socket.write(FLOOD));
  }
  socket.once('data', () => {
    socket.write(Buffer.from('\x20\x02\x00\x00', 'latin1'))
    socket.once('data', () => {
      socket.write(Buffer.from('\x90\x03\x00\x01\x00', 'latin1'))
      socket.on('drain', pour)
      pour()
    })
  })
}

/** In front of a gateway: floods the first connections, lets the later ones through; answers probes as a gateway's host does. */
async function startHostileServer(gatewayPort: number, floods: number) {
  const sockets = new Set<Socket>()
  let dials = 0
  const server = createServer(near => {
    sockets.add(near)
    near.on('error', () => near.destroy())
    if (dials++ < floods) {
      flood(near)
      return
    }
    const far = connect({ host: '127.0.0.1', port: gatewayPort })
    sockets.add(far)
    far.on('error', () => near.destroy())
    near.pipe(far).pipe(near)
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const probes = createSocket('udp4')
  probes.on('message', (text, from) => {
    const answer = Buffer.from(text)
    answer.write('nrt!')
    probes.send(answer, from.port, from.address)
  })
  await new Promise<void>(resolve => probes.bind(port, '127.0.0.1', resolve))
  const stop = async () => {
    for (const socket of sockets) socket.destroy()
    probes.close()
    await new Promise(resolve => server.close(resolve))
  }
  return { port, dials: () => dials, stop }
}

describe.each(machinesWith(fitEngine(), PLAIN_MODULE_VARS))('on $name', machine => {
  test('is left, twice; the meter is read meanwhile, and the gateway gets all of it', async () => {
    const under = await startGatewayUnderTest({ intervalS: 2 }, [identity])
    under.time.wallS = START_S
    opened.push({ stop: () => under.gateway.stop() })
    const server = await startHostileServer(under.port, 2)
    opened.push(server)
    const config = {
      host: '127.0.0.1',
      port: server.port,
      isTls: false,
      networks: [{ ssid: 'home', password: 'password' }],
      intervalS: 2,
    }
    const dongle = await machine.start({ bundle: firmware.code, identity, config })
    opened.push(dongle)
    const household = createHousehold({ seed: 5, startS: START_S, hasPhases: true })
    const stored = () =>
      readingsOf(
        [...under.ingest.stored.values()].map(arrived => arrived.batch),
        1,
      ).size
    let sent = 0
    // until what was read under the floods is with the gateway, and some more
    while (stored() < 20) {
      dongle.send(telegramText('fluvius', household.next(START_S + sent++)))
      await dongle.second()
    }
    expect(server.dials()).toBe(3)
    expect(dongle.lines.filter(line => line === 'link: down, 31')).toHaveLength(2)
    await expect.poll(stored, { interval: 25 }).toBeGreaterThanOrEqual(sent - 4)
    expect(dongle.lines.join('\n')).not.toMatch(/memory|MEMORY|Interrupted|Uncaught|error/)
  })
})
