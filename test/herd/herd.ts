// The herd after an outage, in simulated time: dongles that all lost their gateways, or that all come up at once, against gateways that can do so
// much and no more. Dongles are the product's own cores, doors have the product's own limits; what work costs is measured elsewhere and given.

import { SOCKET_ERROR } from '../../firmware/reasons.ts'
import { asksDirectory, isAnswered } from '../../gateway/broker/admissions.ts'
import { excuse, leave, prove as proves, type Visit } from '../../gateway/broker/entrance.ts'
import { type Random, randomBelow } from '../../shared/kernel/random.ts'
import {
  createHerdDongle,
  type HerdDongle,
  type HerdPort,
  herdAnswer,
  herdChallenged,
  herdConfirmed,
  herdConnected,
  herdEnded,
  herdNetwork,
  herdTick,
} from './herd-dongle.ts'
import { arriveAt, createHerdGateway, type GatewayFigures, type HerdGateway, note, work } from './herd-gateway.ts'
import { createTally, type HerdReport, type Tally } from './herd-report.ts'

export interface HerdWish {
  dongles: number
  gateways: number
  /** gateways: all of them are away for so long, and come back at once. power: all dongles are dark; their networks come back over 30 s. */
  kind: 'gateways' | 'power'
  outageS: number
  /** Households behind one address, as a carrier's NAT or a balancer has them. */
  perAddress: number
  /** Given up after so much time from the return on. */
  patienceS: number
  figures: GatewayFigures
  /** Session marks that the database moves a second, for all gateways together. */
  marksPerS: number
}

/** A connection as its gateway has it. */
interface Held {
  gateway: HerdGateway
  visit: Visit
  isConnected: boolean
}

const SLOT_MS = 10
const RTT_MS = 40
/** TCP, then TLS 1.2 as the dongle's engine speaks it. */
const HANDSHAKE_RTTS = 3
const NETWORK_BACK_OVER_MS = 30_000
const BATCH_EVERY_MS = 10_000

export function runHerd(wish: HerdWish, random: Random): HerdReport {
  const gateways = Array.from({ length: wish.gateways }, () => createHerdGateway(wish.figures))
  const returnMs = wish.kind === 'gateways' ? wish.outageS * 1000 : 0
  const tally: Tally = createTally(returnMs)
  const calendar = new Map<number, (() => void)[]>()
  const held = new Map<HerdDongle, Held>()
  let nowMs = 0
  let marksUntilMs = 0
  let turn = 0

  const port: HerdPort = { nowMs: () => nowMs, probe, dial, send, publish, closed }

  function soon(inMs: number, then: () => void): void {
    const slot = Math.max(Math.ceil((nowMs + inMs) / SLOT_MS), Math.floor(nowMs / SLOT_MS) + 1)
    const list = calendar.get(slot)
    if (list === undefined) calendar.set(slot, [then])
    else list.push(then)
  }

  /** For the connection that it is about: a dongle may have let go of it meanwhile. */
  function later(inMs: number, dongle: HerdDongle, then: () => void): void {
    const { connection } = dongle
    soon(inMs, () => {
      if (dongle.connection === connection) then()
    })
  }

  function probe(dongle: HerdDongle, question: string): void {
    if (nowMs >= returnMs) soon(RTT_MS, () => herdAnswer(dongle, question, nowMs))
  }

  /** Into the void connect() gives up by itself (link.ts); nobody answers. */
  function dial(dongle: HerdDongle): void {
    tally.dials(nowMs)
    if (nowMs >= returnMs) later(RTT_MS / 2, dongle, () => arrive(dongle))
  }

  function arrive(dongle: HerdDongle): void {
    const gateway = gateways[turn++ % gateways.length] as HerdGateway
    const visit = arriveAt(gateway, `${Math.floor(dongle.index / wish.perAddress)}`, nowMs)
    if (visit === undefined) {
      later(RTT_MS / 2, dongle, () => herdEnded(dongle, SOCKET_ERROR, nowMs))
      return
    }
    tally.handshakes(nowMs)
    held.set(dongle, { gateway, visit, isConnected: false })
    const doneMs = work(gateway, wish.figures.handshakeUs, nowMs)
    later(doneMs - nowMs + RTT_MS * HANDSHAKE_RTTS, dongle, () => herdConnected(dongle, nowMs))
    later(wish.figures.connectTimeoutMs, dongle, () => {
      if (held.get(dongle)?.visit.isStranger !== true) return
      note(gateway, 'connect-timeout')
      herdEnded(dongle, SOCKET_ERROR, nowMs)
    })
  }

  /** CONNECT waits for the directory, which moves the dongle's mark; SUBSCRIBE for nobody. */
  function send(dongle: HerdDongle): void {
    const its = held.get(dongle)
    if (its === undefined) return
    if (its.isConnected) later(RTT_MS, dongle, () => herdConfirmed(dongle, false, nowMs))
    else prove(dongle, its)
  }

  function prove(dongle: HerdDongle, its: Held): void {
    its.isConnected = true
    excuse(its.gateway.entrance, its.visit)
    marksUntilMs = Math.max(marksUntilMs, nowMs) + 1000 / wish.marksPerS
    const asked = {}
    asksDirectory(its.gateway.admissions, asked, nowMs)
    soon(marksUntilMs - nowMs, () => isAnswered(its.gateway.admissions, asked))
    later(marksUntilMs - nowMs + RTT_MS, dongle, () => {
      proves(its.gateway.entrance, its.visit, nowMs)
      herdConfirmed(dongle, true, nowMs)
    })
  }

  function publish(dongle: HerdDongle): void {
    if (dongle.sender.state !== 'greeting') return
    later(RTT_MS, dongle, () => {
      herdChallenged(dongle, port)
      tally.back(nowMs, dongle.dials)
    })
  }

  function closed(dongle: HerdDongle): void {
    const its = held.get(dongle)
    if (its === undefined) return
    held.delete(dongle)
    leave(its.gateway.entrance, its.visit, nowMs)
  }

  /** Batches of those that are back take their turn on the thread, and wait for what is there before them. */
  function deliver(gateway: HerdGateway): void {
    const { open, strangers } = gateway.entrance
    const batches = ((open - strangers) * SLOT_MS) / BATCH_EVERY_MS
    if (batches === 0) return
    tally.waited(Math.max(0, gateway.busyUntilMs - nowMs), batches)
    work(gateway, batches * wish.figures.batchUs, nowMs)
  }

  const turns = Array.from({ length: 1000 / SLOT_MS }, () => [] as HerdDongle[])
  for (let index = 0; index < wish.dongles; index++) {
    const dongle = createHerdDongle(index, 1, port)
    turns[randomBelow(random, turns.length)]?.push(dongle)
    if (wish.kind === 'power') {
      soon(randomBelow(random, NETWORK_BACK_OVER_MS), () => herdNetwork(dongle, true, nowMs))
      continue
    }
    herdNetwork(dongle, true, 0)
    dongle.link.isProbed = true // the gateways have answered it until now
  }
  const endMs = returnMs + wish.patienceS * 1000
  for (; nowMs < endMs && tally.count() < wish.dongles; nowMs += SLOT_MS) {
    const slot = nowMs / SLOT_MS
    for (const then of calendar.get(slot) ?? []) then()
    calendar.delete(slot)
    for (const dongle of turns[slot % turns.length] as HerdDongle[]) {
      if (dongle.sender.state !== 'greeted') herdTick(dongle, port)
    }
    if (nowMs >= returnMs) for (const gateway of gateways) deliver(gateway)
  }
  return tally.report(wish.dongles, gateways)
}
