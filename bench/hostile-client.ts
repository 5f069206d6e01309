// Somebody who means harm, as a process of its own: `node bench/hostile-client.ts KIND MQTT_PORT TLS_PORT FIRST COUNT`. It takes a fifth of one
// core at most, so that what it does to others is not what any busy neighbour would. FIRST … are dongles that the platform knows: a stolen key is
// what the worst of these have. It begins at the first message and says 'ready' before.

import { connect, type Socket } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { connect as connectTls } from 'node:tls'
import { encodeBatch } from '../shared/batch/encode.ts'
import { encodeBatchMessage } from '../shared/session/messages-up.ts'
import { downTopic, upTopic } from '../shared/session/topics.ts'
import { clientHello } from '../test/support/client-hello.ts'
import { batchOf, identityOf } from '../test/support/scripted-dongle.ts'
import { connectPacket, type LoadDongle, openDongle, packet, publishPacket, text } from './load-dongle.ts'

const SHARE = 0.2
const SLICE_US = 4000
/** A botnet has many addresses; loopback has as many as one likes. */
const ADDRESSES = 200
const SILENT = 900
const DRIPPING = 400
const HELLOS = 150
const PACKET_BYTES = 60_000

const [kind = '', ...numbers] = process.argv.slice(2)
const [port, tlsPort, first, count] = numbers.map(Number) as [number, number, number, number]
let session = 0
let turn = 0

/** `step` again and again, for a fifth of a core. */
async function within(step: () => void | Promise<void>): Promise<never> {
  for (;;) {
    const startedMs = performance.now()
    const before = process.cpuUsage()
    let usedUs = 0
    while (usedUs < SLICE_US) {
      await step()
      const { user, system } = process.cpuUsage(before)
      usedUs = user + system
      if (performance.now() - startedMs > usedUs / SHARE / 1000 + 20) break
    }
    await delay(Math.max(1, usedUs / SHARE / 1000 - (performance.now() - startedMs)))
  }
}

const elsewhere = (): string => `127.0.1.${1 + (turn++ % ADDRESSES)}`

function socketFrom(localAddress: string, to = port): Socket {
  const socket = connect({ port: to, host: '127.0.0.1', localAddress })
  socket.setNoDelay(true)
  socket.on('error', () => socket.destroy())
  return socket
}

/** Keeps `size` connections that `begin` makes; who is cut off comes again. */
async function keepOpen(size: number, begin: () => Socket): Promise<never> {
  const open = new Set<Socket>()
  return await within(async () => {
    if (open.size >= size) return await delay(20)
    const socket = begin()
    open.add(socket)
    socket.once('close', () => open.delete(socket))
    await new Promise(resolve => socket.once('connect', resolve).once('close', resolve))
  })
}

async function drip(): Promise<void> {
  const bytes = connectPacket(identityOf(first).dongleId, 'a word')
  const dripping = new Map<Socket, number>()
  setInterval(() => {
    for (const [socket, at] of dripping) {
      socket.write(bytes.subarray(at, at + 1))
      dripping.set(socket, (at + 1) % (bytes.length - 1))
    }
  }, 100)
  await keepOpen(DRIPPING, () => {
    const socket = socketFrom(elsewhere())
    socket.once('connect', () => dripping.set(socket, 0))
    socket.once('close', () => dripping.delete(socket))
    return socket
  })
}

/** All at once, again and again: who asks for a handshake chooses the moment, and to say the same hello again costs him nothing. */
async function hellos(): Promise<void> {
  const hello = await clientHello()
  await within(async () => {
    const sockets = Array.from({ length: HELLOS }, () => socketFrom(elsewhere(), tlsPort))
    await Promise.all(sockets.map(one => new Promise(resolve => one.once('connect', resolve).once('close', resolve))))
    await delay(50)
    for (const socket of sockets) socket.write(hello)
    await delay(HELLOS * 5)
    for (const socket of sockets) socket.destroy()
  })
}

/** One connection for each dongle whose key was stolen, `work` again and again on each; who is cut off comes again. */
async function asDongles(work: (dongle: LoadDongle) => unknown, isReading = true): Promise<void> {
  const one = async (number: number): Promise<void> => {
    for (;;) {
      const dongle = await openDongle(number, { port, session: session++ }).catch(() => undefined)
      if (dongle === undefined) {
        await delay(200)
        continue
      }
      if (!isReading) dongle.socket.pause()
      const { socket } = dongle
      const gone = new Promise<void>(resolve => socket.once('close', () => resolve()))
      open.add(dongle)
      await gone
      open.delete(dongle)
    }
  }
  const open = new Set<LoadDongle>()
  for (let i = 0; i < count; i++) void one(first + i)
  await within(async () => {
    // A full buffer is the platform's own pace: it is not pushed further.
    let isAny = false
    for (const dongle of open) {
      if (dongle.socket.writableLength > 200_000) continue
      isAny = true
      work(dongle)
    }
    await (isAny ? new Promise(resolve => setImmediate(resolve)) : delay(5))
  })
}

const pings = Buffer.concat(Array.from({ length: 500 }, () => packet(0xc0, Buffer.alloc(0))))
const noise = Buffer.alloc(PACKET_BYTES, 0xd1)
const sent = new Map<LoadDongle, number>()

function publish(dongle: LoadDongle): void {
  const n = (sent.get(dongle) ?? 1) + 1
  sent.set(dongle, n)
  const id = { boot: session & 0xffffff, firstSeq: n * 10, span: 10 }
  const batch = encodeBatch(batchOf(id.boot, id.firstSeq, 10, session - 86_400))
  dongle.socket.write(publishPacket(dongle, n & 0xffff || 1, encodeBatchMessage(dongle.token, n, id, batch).plain))
}

function subscribe({ dongleId, socket }: LoadDongle): void {
  const filter = Buffer.concat([text(downTopic(dongleId)), Buffer.from([0])])
  const filters = Array.from({ length: Math.floor(PACKET_BYTES / filter.length) }, () => filter)
  socket.write(packet(0x82, Buffer.concat([Buffer.from([0, 1]), ...filters])))
}

function burn(): void {
  const endMs = performance.now() + 1
  while (performance.now() < endMs);
}

const KINDS: { [kind: string]: () => Promise<unknown> } = {
  processor: () => within(burn),
  connects: () =>
    keepOpen(1e9, () =>
      socketFrom('127.0.0.2').once('connect', function (this: Socket) {
        this.destroy()
      }),
    ),
  strangers: () =>
    keepOpen(1e9, () => {
      const socket = socketFrom(elsewhere())
      const { dongleId } = identityOf(1_000_000 + turn)
      socket.once('connect', () => socket.write(connectPacket(dongleId, `1.1.${'0'.repeat(32)}`)))
      return socket
    }),
  handshakes: () =>
    within(async () => {
      const tls = connectTls({
        socket: connect({ port: tlsPort, host: '127.0.0.1', localAddress: elsewhere() }),
        rejectUnauthorized: false,
      })
      await new Promise(resolve => tls.once('secureConnect', resolve).once('error', resolve).once('close', resolve))
      tls.destroy()
    }),
  hellos,
  silent: () => keepOpen(SILENT, () => socketFrom(elsewhere())),
  drip,
  returns: () => asDongles(({ socket }) => socket.destroy()),
  deaf: () => asDongles(({ socket }) => void socket.write(pings), false),
  pings: () => asDongles(({ socket }) => void socket.write(pings)),
  publishes: () => asDongles(publish),
  payloads: () =>
    asDongles(
      ({ dongleId, socket }) =>
        void socket.write(packet(0x32, Buffer.concat([text(upTopic(dongleId)), Buffer.from([0, 1]), noise]))),
    ),
  subscriptions: () => asDongles(subscribe),
}

process.on('disconnect', () => process.exit(0))
process.once('message', () => {
  session = Math.floor(Date.now() / 1000)
  void KINDS[kind]?.()
})
process.send?.('ready')
