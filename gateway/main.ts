// Composition of a gateway: which parts there are and how they hang together. It holds no rules of its own; whoever runs it
// brings the backend's ports (ingest, directory), a clock, a logger and a metrics registry.

import type { Registry } from 'prom-client'
import type { Clock } from '../shared/kernel/clock.ts'
import type { CommandPort } from '../shared/port/command-port.ts'
import type { DongleDirectory } from '../shared/port/dongle-directory.ts'
import type { IngestPort } from '../shared/port/ingest-port.ts'
import type { OrderBook } from '../shared/port/order-book.ts'
import type { StreamDoor, StreamPolicy } from '../shared/port/stream-port.ts'
import type { Tracing } from '../shared/port/tracing.ts'
import type { UpdatePort } from '../shared/port/update-port.ts'
import { type Authenticator, createAuthenticator } from './authenticate.ts'
import type { Broker, BrokerEvents } from './broker/broker.ts'
import { openEmbeddedBroker } from './broker/embedded.ts'
import { openExternalBroker, sharedFilter } from './broker/external.ts'
import { createHooks, type Hooks } from './broker/hooks.ts'
import { streamGuests } from './broker/stream-guests.ts'
import { certificateEndOf } from './certificate.ts'
import { type Commands, createCommands } from './commands.ts'
import type { GatewayConfig } from './config.ts'
import { createProbes, type GatewayReadiness, openProbeServer, type Probes } from './http.ts'
import { createIngress, type Ingress } from './ingress.ts'
import { causeOf, type Log, pseudonymOf } from './log.ts'
import { createMetrics } from './metrics.ts'
import { nodeCrypto } from './node-crypto.ts'
import { createPressure } from './pressure.ts'
import { createRandomPool } from './random-pool.ts'
import { openRelay } from './relay.ts'
import { createRepeats } from './repeats.ts'
import { createRevocations, LOOK_EVERY_MS } from './revocations.ts'
import { createSessions } from './session.ts'
import { openUdpProbe } from './udp-probe.ts'
import { createUpdates } from './updates.ts'
import { createWaitingRoom } from './waiting-room.ts'

export interface GatewaySetup {
  ingest: IngestPort
  directory: DongleDirectory
  /** What is asked of dongles and stays asked; absent: nothing is. */
  book?: OrderBook
  /** Releases for dongles; absent: none. */
  updates?: UpdatePort
  config: GatewayConfig
  log: Log
  registry: Registry
  clock: Clock
  /** Says, at once and at each change, whether the backend can be reached; absent: it is in this process. */
  watchBackend?(changed: (isUp: boolean) => void): void
  /** Absent: no batch is followed. */
  tracing?: Tracing
  /** ESPs that come to read their streams; absent: only dongles may come. */
  streams?: StreamPolicy
}

export interface Gateway {
  /** Where dongles connect; undefined with an external broker. */
  readonly port: number | undefined
  readonly tlsPort: number | undefined
  /** Where ESPs read streams with a certificate. */
  readonly streamTlsPort: number | undefined
  /** The own HTTP listener, where one was asked for. */
  readonly httpPort: number | undefined
  readonly commands: CommandPort
  /** Where messages for who reads a stream go; undefined with an external broker. */
  readonly streamDoor: StreamDoor | undefined
  readonly probes: Probes
  readiness(): GatewayReadiness
  /** Takes nothing new, lets the running commit end, sends its acks, closes. Safe to call twice. */
  stop(): Promise<void>
}

export async function startGateway(setup: GatewaySetup): Promise<Gateway> {
  const { ingest, directory, config, log, registry, clock } = setup
  const metrics = createMetrics(registry)
  const randomBytes = createRandomPool()
  const sessions = createSessions(config.connectionsMax)
  const pressure = createPressure({
    dongleCount: config.dongleBatchesMax,
    dongleBytes: config.dongleBytesMax,
    waitCount: config.queueBatchesMax,
    waitBytes: config.queueBytesMax,
    refuseBytes: config.queueBytesMax * 2,
  })
  const updates = createUpdates({ port: setup.updates, log, randomBytes })
  const commands: Commands = createCommands({
    sessions,
    book: setup.book,
    offerUpdate: updates.offer,
    clock,
    log,
    metrics,
    randomBytes,
  })
  const repeats = createRepeats(clock, log)
  const relay = openRelay({
    ingest,
    config,
    clock,
    log,
    metrics,
    pressure,
    acknowledge: (dongleId, ack) => ingress.acknowledge(dongleId, ack),
    repeated: repeats.note,
    roomMade: () => waitingRoom.admit(),
    tracing: setup.tracing,
  })
  const authenticator = createAuthenticator(directory, nodeCrypto)
  const waitingRoom = createWaitingRoom(pressure, (session, bytes) => ingress.take(session, bytes), relay.tidy)
  const ingress: Ingress = createIngress({
    authenticator,
    sessions,
    relay,
    commands,
    updates,
    pressure,
    waitingRoom,
    metrics,
    clock,
    log,
    intervalS: config.intervalS,
    repeated: repeats.note,
    heard: (dongleId, epoch) => quietly(dongleId, () => directory.heard?.(dongleId, epoch)),
    suspect: (dongleId, sign) => {
      log.warn({ dongle: pseudonymOf(dongleId), sign }, 'a dongle may have a clone')
      return quietly(dongleId, () => directory.suspect?.(dongleId, sign))
    },
    randomBytes,
    tracing: setup.tracing,
  })
  const revocations = createRevocations(directory, commands, clock, log)
  const looking = setInterval(() => void revocations.look(), LOOK_EVERY_MS)
  looking.unref()
  const broker = await openBroker(setup, ingress)
  setup.watchBackend?.(isUp => broker.serve?.(isUp))
  const certificateEndsAtS = broker.tlsPort === undefined ? undefined : certificateEndOf(config.tlsCertFile)
  const udpProbe = await openUdpProbe({
    host: config.host,
    ports: config.probePort === undefined ? [broker.port, broker.tlsPort].filter(isPort) : [config.probePort],
    clock,
    log,
    onAnswered: metrics.probeAnswered,
    onRefused: metrics.refused,
  })
  metrics.watch({
    connections: () => broker.connections(),
    strangers: () => broker.strangers(),
    hellosWaiting: () => broker.hellosWaiting?.() ?? 0,
    queueBatches: () => pressure.total.count,
    queueBytes: () => pressure.total.bytes + pressure.held.bytes,
    isStoreFailing: relay.isFailing,
    liveWindows: commands.liveWindows,
    certificateEndsAtS,
  })

  /** What the directory is told beside the way of a message: it will be told again. */
  async function quietly(dongleId: string, work: () => Promise<void> | undefined): Promise<void> {
    try {
      await work()
    } catch (cause) {
      log.debug({ dongle: pseudonymOf(dongleId), cause: causeOf(cause) }, 'the directory was not told')
    }
  }

  let stopped: Promise<void> | undefined
  function readiness(): GatewayReadiness {
    if (stopped !== undefined) return { isReady: false, reason: 'stopping' }
    // First the cause: without a backend a gateway leaves its broker by itself.
    const store = ingest.readiness()
    if (!store.isReady) return store
    if (!broker.isReady()) return { isReady: false, reason: 'broker-away' }
    return relay.isFailing() ? { isReady: false, reason: 'store-failing' } : { isReady: true }
  }
  const probes = createProbes(readiness, registry)
  const { httpPort } = config
  const hooks = hooksOf(config, authenticator, metrics.refused, log)
  const server = httpPort === undefined ? undefined : await openProbeServer(probes, httpPort, config.host, hooks)

  async function stop(): Promise<void> {
    ingress.stop()
    clearInterval(looking)
    await udpProbe.close()
    await broker.stopAccepting()
    if (!(await isDoneWithin(relay.stop(), config.stopTimeoutMs))) log.warn({}, 'stopped without the running commit')
    await broker.close()
    await server?.close()
    log.info({}, 'gateway stopped')
  }

  log.info({ port: broker.port, tlsPort: broker.tlsPort, httpPort: server?.port }, 'gateway started')
  return {
    port: broker.port,
    tlsPort: broker.tlsPort,
    streamTlsPort: broker.streamTlsPort,
    httpPort: server?.port,
    commands,
    streamDoor: broker.tell === undefined ? undefined : { publish: broker.tell },
    probes,
    readiness,
    stop() {
      stopped ??= stop()
      return stopped
    },
  }
}

function isPort(port: number | undefined): port is number {
  return port !== undefined
}

function hooksOf(
  { brokerHookKey, brokerUser, brokerPassword, brokerGroup }: GatewayConfig,
  authenticator: Authenticator,
  refused: (reason: string) => void,
  log: Log,
): Hooks | undefined {
  if (brokerHookKey === undefined) return undefined
  const gateway = { user: brokerUser, password: brokerPassword, filter: sharedFilter(brokerGroup) }
  const keyWrong = (): void =>
    log.warn(
      {},
      'somebody asked who may connect without the key of NRT_BROKER_HOOK_KEY: is it the broker, it lets no dongle in',
    )
  return createHooks({ key: brokerHookKey, authenticator, gateway, refused, keyWrong })
}

async function openBroker({ config, log, clock, streams }: GatewaySetup, events: BrokerEvents): Promise<Broker> {
  if (config.brokerUrl !== undefined) {
    return openExternalBroker(
      {
        url: config.brokerUrl,
        user: config.brokerUser,
        password: config.brokerPassword,
        group: config.brokerGroup,
        linksMax: config.connectionsMax,
        unreadBytesMax: config.unreadBytesMax * 16,
        messagesPerSecond: config.messagesPerSecond,
        messagesBurst: config.messagesBurst,
        clock,
        log,
      },
      events,
    )
  }
  const { tlsPort: port, streamTlsPort: streamPort, tlsCertFile: certFile, tlsKeyFile: keyFile } = config
  const hasTls = (port !== undefined || streamPort !== undefined) && certFile !== undefined && keyFile !== undefined
  return openEmbeddedBroker(
    {
      host: config.host,
      port: config.mqttPort,
      tls: hasTls ? { port, streamPort, certFile, keyFile } : undefined,
      limits: config,
      clock,
      keepaliveMaxS: config.keepaliveMaxS,
      packetBytesMax: config.packetBytesMax,
      unreadBytesMax: config.unreadBytesMax,
      guests: streams && streamGuests(streams, config.connectionsMax),
    },
    events,
  )
}

/** False when `work` takes longer; it then goes on by itself. */
async function isDoneWithin(work: Promise<void>, timeoutMs: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<boolean>(resolve => {
    timer = setTimeout(() => resolve(false), timeoutMs)
  })
  const isDone = await Promise.race([work.then(() => true), late])
  clearTimeout(timer)
  return isDone
}
