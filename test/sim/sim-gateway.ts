// A gateway with the real receiver: connections, a bounded queue, one commit at a time, acknowledgements after it. There are two
// of them over one store; killing one loses everything it has in memory, which must never matter.

import type { BatchId } from '../../shared/batch/batch.ts'
import { decodeBatch } from '../../shared/batch/decode.ts'
import type { EnvelopeCrypto } from '../../shared/envelope/crypto.ts'
import type { DongleKeys } from '../../shared/envelope/keys.ts'
import { type Random, randomBelow } from '../../shared/kernel/random.ts'
import type { ArrivedBatch, StoreOutcome } from '../../shared/port/ingest-port.ts'
import { checkConnect } from '../../shared/session/connect.ts'
import {
  openReceiver,
  type Receiver,
  receive,
  sealAck,
  sealChallenge,
  sealCommand,
} from '../../shared/session/receiver.ts'
import { advanceMark, isInTrouble, type SimStore } from './sim-store.ts'

export const QUEUE_MAX = 8

export interface Connection {
  dongleId: string
  receiver: Receiver
  send(bytes: Uint8Array): void
  close(): void
}

interface Queued {
  arrived: ArrivedBatch
  id: BatchId
  connection: Connection
}

export interface SimGateway {
  crypto: EnvelopeCrypto
  keysOf: Map<string, DongleKeys>
  store: SimStore
  random: Random
  connections: Set<Connection>
  queue: Queued[]
  isCommitting: boolean
  refused: Map<string, number>
  /** Told of each final ack before it leaves. */
  acknowledging(dongleId: string, id: BatchId, outcome: StoreOutcome['kind']): void
}

function bytesOf(random: Random, length: number): Uint8Array {
  const bytes = new Uint8Array(length)
  for (let i = 0; i < length; i++) bytes[i] = random.uint32() & 255
  return bytes
}

export function createGateway(
  crypto: EnvelopeCrypto,
  keysOf: Map<string, DongleKeys>,
  store: SimStore,
  random: Random,
  acknowledging: SimGateway['acknowledging'],
): SimGateway {
  return {
    crypto,
    keysOf,
    store,
    random,
    connections: new Set(),
    queue: [],
    isCommitting: false,
    refused: new Map(),
    acknowledging,
  }
}

function refuse(gateway: SimGateway, code: string): void {
  gateway.refused.set(code, (gateway.refused.get(code) ?? 0) + 1)
}

/** A CONNECT: a connection, or undefined when it is refused. A newer connection of a dongle closes the older one. */
export function connect(
  gateway: SimGateway,
  dongleId: string,
  password: string,
  send: Connection['send'],
  close: Connection['close'],
): Connection | undefined {
  const keys = gateway.keysOf.get(dongleId) as DongleKeys
  const mark = checkConnect(gateway.crypto, keys, dongleId, password)
  if (!mark.ok || advanceMark(gateway.store, dongleId, mark.value) === 'old') {
    refuse(gateway, 'connect')
    return undefined
  }
  for (const older of gateway.connections) if (older.dongleId === dongleId) disconnect(gateway, older)
  const receiver = openReceiver({ crypto: gateway.crypto, dongleId, keys, mark: mark.value })
  const connection = { dongleId, receiver, send, close }
  gateway.connections.add(connection)
  return connection
}

export function disconnect(gateway: SimGateway, connection: Connection): void {
  if (gateway.connections.delete(connection)) connection.close()
}

/** One message from a connection. Says whether it was believed. */
export function takeMessage(gateway: SimGateway, connection: Connection, bytes: Uint8Array, nowS: number): boolean {
  const { receiver } = connection
  const message = receive(receiver, bytes, nowS)
  if (!message.ok) {
    refuse(gateway, message.fault.code)
    if (message.fault.code === 'session.token-expired' || message.fault.code === 'session.no-token') {
      disconnect(gateway, connection)
    }
    return false
  }
  if (message.value.kind === 'hello') {
    const answer = {
      timeS: nowS,
      intervalS: 0,
      random: bytesOf(gateway.random, 4),
      iv: bytesOf(gateway.random, 16),
    }
    connection.send(sealChallenge(receiver, message.value, answer))
  } else if (message.value.kind === 'batch') takeBatch(gateway, connection, message.value.id, message.value.bytes, nowS)
  return true
}

function takeBatch(gateway: SimGateway, connection: Connection, id: BatchId, bytes: Uint8Array, nowS: number): void {
  const batch = decodeBatch(bytes)
  if (!batch.ok) {
    acknowledge(connection, gateway, [], [id])
    return
  }
  if (gateway.queue.length >= QUEUE_MAX && gateway.store.broken !== 'unbounded-queue') {
    refuse(gateway, 'overload')
    return
  }
  if (batch.value.thinned) id.periodS = batch.value.thinned.periodS
  const { timeS, losses } = batch.value
  const arrived = {
    dongleId: connection.dongleId,
    batch: batch.value,
    readings: timeS.length,
    losses,
    bytes,
    receivedAtMs: nowS * 1000,
  }
  gateway.queue.push({ arrived, id, connection })
  if (gateway.store.broken === 'ack-before-commit') {
    gateway.acknowledging(connection.dongleId, id, 'stored')
    acknowledge(connection, gateway, [id], [])
  }
}

function acknowledge(connection: Connection, gateway: SimGateway, final: BatchId[], refused: BatchId[]): void {
  const ack = { final, refused: refused.map(id => ({ id, reason: 'malformed' as const })) }
  const sealed = sealAck(connection.receiver, ack, bytesOf(gateway.random, 16))
  if (sealed && gateway.connections.has(connection)) connection.send(sealed)
}

export function sendLive(gateway: SimGateway, connection: Connection, number: number): void {
  const sealed = sealCommand(connection.receiver, { number, name: 'live', seconds: 30 }, bytesOf(gateway.random, 16))
  if (sealed) connection.send(sealed)
}

/** Whatever queued while the last commit ran becomes the next group. */
export function tickGateway(gateway: SimGateway, tick: number): void {
  const { store } = gateway
  if (gateway.isCommitting || store.pending || gateway.queue.length === 0 || isInTrouble(store, tick)) return
  const group = gateway.queue
  gateway.queue = []
  gateway.isCommitting = true
  store.pending = {
    owner: gateway,
    group: group.map(queued => queued.arrived),
    // one commit in four is slow; the others end within the second
    doneTick: tick + (randomBelow(gateway.random, 4) === 0 ? 1 + randomBelow(gateway.random, 3) : 0),
    settle: outcomes => {
      gateway.isCommitting = false
      if (!outcomes) gateway.queue = [...group, ...gateway.queue].slice(0, QUEUE_MAX)
      else for (const [i, queued] of group.entries()) settleOne(gateway, queued, outcomes[i] as StoreOutcome)
    },
  }
}

function settleOne(gateway: SimGateway, queued: Queued, outcome: StoreOutcome): void {
  gateway.acknowledging(queued.arrived.dongleId, queued.id, outcome.kind)
  acknowledge(queued.connection, gateway, [queued.id], [])
}

/** kill -9: connections and queue are gone. What its commit has synced, the store keeps. */
export function killGateway(gateway: SimGateway): void {
  for (const connection of [...gateway.connections]) disconnect(gateway, connection)
  gateway.queue = []
  gateway.isCommitting = false
  const { pending } = gateway.store
  if (pending?.owner === gateway) pending.settle = () => {}
}
