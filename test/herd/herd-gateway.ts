// A gateway as a herd meets it: its doors with the product's own limits, and one thread on which handshakes and batches take their turns. What a
// handshake and a batch cost is measured elsewhere and given. Pure; time is an argument.

import { type Admissions, createAdmissions, isLate } from '../../gateway/broker/admissions.ts'
import { type ConnectLimit, createConnectLimit, takeConnect } from '../../gateway/broker/connect-limit.ts'
import type { Refusal } from '../../gateway/refusal.ts'

export interface GatewayFigures {
  /** CPU time of one connection from TLS to the answer of its hello, on the gateway's thread. */
  handshakeUs: number
  /** The same of one batch. */
  batchUs: number
  connectionsMax: number
  strangersMax: number
  connectTimeoutMs: number
  connectsPerSecond: number
  connectsBurst: number
}

export interface HerdGateway {
  figures: GatewayFigures
  perAddress: ConnectLimit
  admissions: Admissions
  strangers: number
  /** Proven ones. */
  connections: number
  /** Until when its thread has work. */
  busyUntilMs: number
  refused: Map<Refusal, number>
}

export function createHerdGateway(figures: GatewayFigures): HerdGateway {
  return {
    figures,
    perAddress: createConnectLimit(figures.connectsPerSecond, figures.connectsBurst, 1_000_000),
    admissions: createAdmissions(),
    strangers: 0,
    connections: 0,
    busyUntilMs: 0,
    refused: new Map(),
  }
}

/** As the listener decides before the handshake (gateway/broker/listener.ts), in its order. True: the connection is a stranger's now. */
export function knock(gateway: HerdGateway, address: string, nowMs: number): boolean {
  const refusal = refusalFor(gateway, address, nowMs)
  if (refusal === undefined) gateway.strangers++
  else note(gateway, refusal)
  return refusal === undefined
}

export function note({ refused }: HerdGateway, refusal: Refusal): void {
  refused.set(refusal, (refused.get(refusal) ?? 0) + 1)
}

function refusalFor(gateway: HerdGateway, address: string, nowMs: number): Refusal | undefined {
  const { figures, strangers, connections } = gateway
  if (!takeConnect(gateway.perAddress, address, nowMs)) return 'connect-rate'
  if (strangers + connections >= figures.connectionsMax) return 'too-many-connections'
  if (strangers >= figures.strangersMax) return 'too-many-strangers'
  return isLate(gateway.admissions, nowMs) ? 'directory-late' : undefined
}

/** Puts work behind what the thread has; returns when it is done. */
export function work(gateway: HerdGateway, us: number, nowMs: number): number {
  gateway.busyUntilMs = Math.max(gateway.busyUntilMs, nowMs) + us / 1000
  return gateway.busyUntilMs
}
