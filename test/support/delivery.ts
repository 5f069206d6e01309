// Delivery on a real store with real sockets: the broker that ESPs come to, webhooks to servers on the loopback, permissions as the register's memory has
// them. Readings are committed and then told, as ingest does it.

import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { connectAsync, type MqttClient } from 'mqtt'
import { Registry } from 'prom-client'
import type { DataAccess } from '../../backend/consent/access-log.ts'
import type { NoticeOutbox } from '../../backend/consent/notices.ts'
import type { Permission } from '../../backend/consent/permission.ts'
import type { PermissionRegister } from '../../backend/consent/register.ts'
import { createValidity, type ValidityWriter } from '../../backend/consent/validity.ts'
import { type OpenDelivery, openDelivery } from '../../backend/delivery/compose.ts'
import type { Store } from '../../backend/store/store.ts'
import type { Broker } from '../../gateway/broker/broker.ts'
import { openEmbeddedBroker } from '../../gateway/broker/embedded.ts'
import { streamGuests } from '../../gateway/broker/stream-guests.ts'
import { gatewayConfig } from '../../gateway/config.ts'
import type { Clock } from '../../shared/kernel/clock.ts'
import type { ArrivedBatch } from '../../shared/port/ingest-port.ts'
import type { DataNeed } from '../../shared/schema/data-need.ts'
import type { DeliveryDocument } from '../../shared/schema/delivery.ts'
import { acted, aNeed, granted, someScope } from './permissions.ts'

export const realClock: Clock = {
  monotonicMs: () => performance.now(),
  wallS: () => Math.floor(Date.now() / 1000),
  wallMs: () => Date.now(),
}

export interface TestDelivery {
  validity: ValidityWriter
  delivery: OpenDelivery
  port: number
  registry: Registry
  accesses: DataAccess[]
  troubles: Error[]
  /** A permission of this ESP for this tenure, granted now. */
  grant(wish: { permissionId: string; espId: string; tenureNo: number; need?: Partial<DataNeed> }): Permission
  /** As the register does it: closed before its commit, told after it. `commit`: what lies between. */
  revoke(permissionId: string, commit?: () => Promise<void>): Promise<void>
  /** Stores and tells, as ingest does. */
  arrive(...batches: ArrivedBatch[]): Promise<void>
  stop(): Promise<void>
  /** As kill -9 leaves it: nothing more is written, sockets are gone. */
  abandon(): Promise<void>
}

export interface TestDeliveryWish {
  /** Permissions that were granted before. */
  standing?: Permission[]
  /** What the gate has answered, each time that it is asked. */
  onAnswered?: (permissionId: string, isValid: boolean) => void
}

/** Everybody's token is `token of ESP`. */
export async function openTestDelivery(store: Store, wish: TestDeliveryWish = {}): Promise<TestDelivery> {
  const troubles: Error[] = []
  const accesses: DataAccess[] = []
  const registry = new Registry()
  const validity = createValidity(error => void troubles.push(error as Error))
  for (const permission of wish.standing ?? []) validity.opened(permission, true)
  const register = {
    ...validity,
    validAt(permissionId: string, nowMs: number) {
      const isValid = validity.validAt(permissionId, nowMs)
      wish.onAnswered?.(permissionId, isValid)
      return isValid
    },
    logAccess: async (some: readonly DataAccess[]) => void accesses.push(...some),
    notices: noNotices,
  }
  let isDead = false
  const dying: Store = {
    ...store,
    newestNo: () => (isDead ? Promise.reject(new Error('abandoned')) : store.newestNo()),
  }
  const delivery = await openDelivery({
    store: dying,
    permissions: register as unknown as PermissionRegister,
    espOf: async token => /^token of (\S+)$/.exec(token)?.[1],
    clock: realClock,
    nowMs: Date.now,
    chance: () => 0.5,
    registry,
    mayBePrivate: true,
    trouble: error => void troubles.push(error),
    waitMs: () => 50,
    answerWithinMs: 2000,
  })
  const broker = await openStreamBroker(delivery)

  return {
    validity,
    delivery,
    port: broker.port as number,
    registry,
    accesses,
    troubles,
    grant({ permissionId, espId, tenureNo, need }) {
      const scope = someScope({
        ...{ permissionId, espId, tenureNo, tenureFromS: 0 },
        need: aNeed({ periodS: 1, everyS: 0, historyS: 86_400, lifetimeS: 86_400, ...need }),
      })
      const permission = granted(scope, Date.now())
      validity.opened(permission)
      return permission
    },
    async revoke(permissionId, commit = async () => undefined) {
      const permission = validity.permission(permissionId) as Permission
      const closing = validity.closing([permissionId])
      await commit()
      closing.committed([acted(permission, { act: 'revoke', cause: 'asked' }, Date.now())])
    },
    async arrive(...batches) {
      const groups = delivery.outbox.groupBegan()
      const committed = await store.commit(batches)
      for (const [i, { outcome, tenureNo }] of committed.entries()) {
        if (outcome.kind === 'stored' && tenureNo !== undefined)
          delivery.outbox.arrived(tenureNo, batches[i] as ArrivedBatch)
      }
      delivery.outbox.groupTold(groups)
    },
    async stop() {
      await broker.close()
      await delivery.stop()
    },
    async abandon() {
      isDead = true
      await broker.close()
      await delivery.stop()
    },
  }
}

const noNotices: NoticeOutbox = {
  espsWaiting: async () => [],
  unsent: async () => [],
  sent: async () => undefined,
  tried: async () => undefined,
  fetch: async () => [],
  acknowledge: async () => false,
  ofCustomer: async () => [],
  seen: async () => false,
  onAdded: () => () => undefined,
}

async function openStreamBroker({ streams }: OpenDelivery): Promise<Broker> {
  const config = gatewayConfig({
    mqttPort: 0,
    connectsPerSecond: 10_000,
    connectsBurst: 10_000,
  })
  const broker = await openEmbeddedBroker(
    {
      ...{ host: '127.0.0.1', port: 0, limits: config, clock: realClock, keepaliveMaxS: 600 },
      ...{ packetBytesMax: 1_000_000, unreadBytesMax: 1_000_000 },
      guests: streamGuests(streams.policy, 1000),
    },
    { connect: async () => 'bad-password', message: () => undefined, closed() {}, refused() {} },
  )
  streams.attachDoor({ publish: message => broker.tell?.(message) ?? 0 })
  return broker
}

export interface TestReader {
  client: MqttClient
  /** As they came, with their topic. */
  came: { topic: string; document: DeliveryDocument; atMs: number }[]
  timesS(): number[]
}

/** An ESP's client that reads `filter` of its branch at QoS 1. */
export async function readStream(
  port: number,
  espId: string,
  filter = '+/json',
  clientId = 'reader',
): Promise<TestReader> {
  const client = await connectAsync({
    ...{ host: '127.0.0.1', port, clientId, username: espId, password: `token of ${espId}` },
    reconnectPeriod: 0,
  })
  const came: TestReader['came'] = []
  client.on('message', (topic, payload) =>
    came.push({ topic, document: JSON.parse(payload.toString()), atMs: Date.now() }),
  )
  client.on('error', () => undefined)
  await client.subscribeAsync(`esp/1/${espId}/${filter}`, { qos: 1 })
  const timesS = () => came.flatMap(({ document }) => document.readings.map(({ timeS }) => timeS))
  return { client, came, timesS }
}

export interface TestHook {
  url: string
  came: { path: string; headers: IncomingHttpHeaders; body: string }[]
  /** What it answers; the next ones too. */
  answer(how: (response: ServerResponse, count: number) => void): void
  /** Times of all readings that it has taken. */
  timesS(): number[]
  close(): Promise<void>
}

export async function openHook(): Promise<TestHook> {
  const came: TestHook['came'] = []
  let how = (response: ServerResponse, _count: number): void => void response.writeHead(204).end()
  let count = 0
  const server: Server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', chunk => chunks.push(chunk))
    request.on('end', () => {
      came.push({ path: request.url ?? '', headers: request.headers, body: Buffer.concat(chunks).toString() })
      how(response, ++count)
    })
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`,
    came,
    answer(next) {
      how = next
      count = 0
    },
    timesS: () =>
      came.flatMap(({ body }) => JSON.parse(body).data.readings?.map((row: { timeS: number }) => row.timeS) ?? []),
    close: () =>
      new Promise(resolve => {
        server.closeAllConnections()
        server.close(() => resolve())
      }),
  }
}
