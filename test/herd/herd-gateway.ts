// A gateway as a herd meets it: its doors with the product's own limits, and one thread on which handshakes and batches take their turns. What a
// handshake and a batch cost is measured elsewhere and given. Pure; time is an argument.

import { type Admissions, createAdmissions, isLate } from '../../gateway/broker/admissions.ts'
import { createEntrance, type Entrance, type EntranceLimits, knock, type Visit } from '../../gateway/broker/entrance.ts'
import type { Refusal } from '../../gateway/refusal.ts'

export interface GatewayFigures extends EntranceLimits {
  /** CPU time of one connection from TLS to the answer of its hello, on the gateway's thread. */
  handshakeUs: number
  /** The same of one batch. */
  batchUs: number
  connectTimeoutMs: number
}

export interface HerdGateway {
  figures: GatewayFigures
  entrance: Entrance
  admissions: Admissions
  /** Until when its thread has work. */
  busyUntilMs: number
  refused: Map<Refusal, number>
}

export function createHerdGateway(figures: GatewayFigures): HerdGateway {
  return {
    figures,
    entrance: createEntrance(figures),
    admissions: createAdmissions(),
    busyUntilMs: 0,
    refused: new Map(),
  }
}

/** As the listener decides before the handshake (gateway/broker/listener.ts). A visit: it is a stranger's now. */
export function arriveAt(gateway: HerdGateway, address: string, nowMs: number): Visit | undefined {
  const answer = knock(gateway.entrance, address, isLate(gateway.admissions, nowMs), nowMs)
  if (typeof answer !== 'string') return answer
  note(gateway, answer)
  return undefined
}

export function note({ refused }: HerdGateway, refusal: Refusal): void {
  refused.set(refusal, (refused.get(refusal) ?? 0) + 1)
}

/** Puts work behind what the thread has; returns when it is done. */
export function work(gateway: HerdGateway, us: number, nowMs: number): number {
  gateway.busyUntilMs = Math.max(gateway.busyUntilMs, nowMs) + us / 1000
  return gateway.busyUntilMs
}
