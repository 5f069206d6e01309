// One run's world: dongles with their lines, two gateways, one store. tick() advances everything by a second, in a fixed order;
// nothing is async and every chance comes from the seed, so a seed replays exactly.

import { nodeCrypto } from '../../gateway/node-crypto.ts'
import type { BatchId } from '../../shared/batch/batch.ts'
import type { EnvelopeCrypto } from '../../shared/envelope/crypto.ts'
import type { DongleKeys } from '../../shared/envelope/keys.ts'
import { dongleIdFrom } from '../../shared/kernel/ids.ts'
import { joined } from '../../shared/kernel/pieces.ts'
import { type Random, randomBelow, seededRandom } from '../../shared/kernel/random.ts'
import { type SenderEffect, sealed } from '../../shared/session/sender.ts'
import { type Broken, invariant } from './broken.ts'
import { type Faults, happens } from './faults.ts'
import {
  armPowerCut,
  createDongle,
  flashesOf,
  goDark,
  hear,
  type SimDongle,
  startDongle,
  takeTelegram,
  tell,
  tickDongle,
  underPower,
} from './sim-dongle.ts'
import { createEsp, type SimEsp } from './sim-esp.ts'
import {
  type Connection,
  connect,
  createGateway,
  disconnect,
  killGateway,
  type SimGateway,
  sendLive,
  takeMessage,
  tickGateway,
} from './sim-gateway.ts'
import { carry, createLine, isCut, type Line, tickLine } from './sim-line.ts'
import { createStore, killStore, type SimStore, tickStore } from './sim-store.ts'

const START_S = 1_780_000_000
/** A link that answers nothing is given up by the shell after this many ticks (MQTT keep-alive, socket time-out). */
const SILENT_TICKS = 45

interface Site {
  dongle: SimDongle
  line: Line
  gateway: SimGateway | undefined
  connection: Connection | undefined
  link: 'down' | 'dialling' | 'up'
  /** When the dongle is told of the next change of its link. */
  linkEvents: { atTick: number; kind: 'link-up' | 'link-down' }[]
  silentTicks: number
  effects: number
}

export interface World {
  tick: number
  random: Random
  faults: Faults
  sites: Site[]
  gateways: SimGateway[]
  store: SimStore
  isHealed: boolean
  commands: number
  esp: SimEsp | undefined
  /** Told of each ack before it leaves, for the checkers. */
  onAck(dongleId: string, id: BatchId): void
}

function bytesFrom(random: Random, length: number): Uint8Array {
  return Uint8Array.from({ length }, () => random.uint32() & 255)
}

/** For the variant without a check of tags: every tag under a message key comes out the same. */
function blindCrypto(real: EnvelopeCrypto, keysOf: Map<string, DongleKeys>): EnvelopeCrypto {
  const isMacKey = (key: Uint8Array) => [...keysOf.values()].some(keys => Buffer.from(keys.mac).equals(key))
  const blind: EnvelopeCrypto['hmacSha256'] = (key, bytes) =>
    isMacKey(key) ? new Uint8Array(32) : real.hmacSha256(key, bytes)
  return { ...real, hmacSha256: blind, hmacPrepared: blind }
}

export function buildWorld(random: Random, faults: Faults, broken: Broken): World {
  const keysOf = new Map<string, DongleKeys>()
  const real = nodeCrypto
  const crypto = broken === 'no-tag-check' ? blindCrypto(real, keysOf) : real
  const store = createStore(broken)
  const world: World = {
    tick: 0,
    random,
    faults,
    sites: [],
    gateways: [],
    store,
    isHealed: false,
    commands: 0,
    esp: undefined,
    onAck: () => {},
  }
  world.gateways = [0, 1].map(() =>
    createGateway(crypto, keysOf, store, random, (dongleId, id) => world.onAck(dongleId, id)),
  )
  for (let i = 0; i < faults.dongles; i++) {
    const dongleId = dongleIdFrom(bytesFrom(random, 12))
    const dongle = createDongle(dongleId, bytesFrom(random, 32), crypto, faults, random, broken, START_S)
    keysOf.set(dongleId, dongle.keys)
    const site: Site = {
      dongle,
      line: createLine(faults, random),
      gateway: undefined,
      connection: undefined,
      link: 'down',
      linkEvents: [],
      silentTicks: 0,
      effects: 0,
    }
    dongle.perform = effect => perform(world, site, effect)
    world.sites.push(site)
  }
  const dongleIds = world.sites.map(({ dongle }) => dongle.dongleId)
  // Chances of its own: the course of a seed stays what it was.
  world.esp = createEsp(seededRandom(Buffer.from(dongleIds[0] ?? '').readUInt32BE(0)), dongleIds, broken)
  store.onStored = world.esp.stored
  return world
}

function perform(world: World, site: Site, effect: SenderEffect): void {
  site.effects++
  if (effect.kind === 'connect') dial(world, site, effect.password)
  else if (effect.kind === 'publish' && site.dongle.running)
    publish(
      world,
      site,
      joined(sealed(site.dongle.running.sender.setup, effect.name, effect.plain, effect.bytes).pieces),
    )
  else if (effect.kind === 'disconnect') hangUp(world, site, 1)
  else if (effect.kind === 'reboot') goDark(site.dongle, world.tick)
}

function dial(world: World, site: Site, password: string): void {
  const { line, dongle } = site
  site.link = 'dialling'
  site.linkEvents = []
  if (isCut(line, 'up', world.tick) || isCut(line, 'down', world.tick)) {
    site.linkEvents.push({ atTick: world.tick + 5 + randomBelow(world.random, 20), kind: 'link-down' })
    return
  }
  const gateway = world.gateways[randomBelow(world.random, world.gateways.length)] as SimGateway
  const connection = connect(
    gateway,
    dongle.dongleId,
    password,
    bytes => deliverDown(world, site, connection as Connection, bytes),
    () => site.connection === connection && lineDropped(world, site),
  )
  site.gateway = gateway
  site.connection = connection
  site.linkEvents.push({ atTick: world.tick + 1, kind: connection ? 'link-up' : 'link-down' })
}

/** The gateway's end is gone; the dongle hears of it unless the line is cut that way. */
function lineDropped(world: World, site: Site): void {
  if (site.link === 'down' || isCut(site.line, 'down', world.tick)) return
  site.linkEvents.push({ atTick: world.tick + 1 + randomBelow(world.random, 3), kind: 'link-down' })
}

function hangUp(world: World, site: Site, afterTicks: number): void {
  const { gateway, connection } = site
  site.connection = undefined
  if (gateway && connection) disconnect(gateway, connection)
  site.linkEvents = [{ atTick: world.tick + afterTicks, kind: 'link-down' }]
}

function publish(world: World, site: Site, bytes: Uint8Array): void {
  const { connection, gateway } = site
  if (!connection || !gateway || site.link !== 'up') return
  carry(site.line, 'up', world.tick, bytes, (arrived, isTampered) => {
    if (!gateway.connections.has(connection)) return
    const before = receiverState(connection)
    const isBelieved = takeMessage(gateway, connection, arrived, START_S + world.tick)
    invariant(!isTampered || !isBelieved, 'I8', () => 'the gateway believed a message that was changed on the way')
    invariant(isBelieved || before === receiverState(connection), 'I8', () => 'a refused message changed a session')
  })
}

function receiverState({ receiver }: Connection): string {
  return `${receiver.lastN}|${receiver.token && Buffer.from(receiver.token).toString('hex')}`
}

function deliverDown(world: World, site: Site, connection: Connection, bytes: Uint8Array): void {
  carry(site.line, 'down', world.tick, bytes, (arrived, isTampered) => {
    const { dongle } = site
    if (site.connection !== connection || site.link !== 'up' || !dongle.running) return
    const before = senderState(site)
    underPower(dongle, world.tick, () => hear(dongle, arrived, world.tick * 1000))
    if (!isTampered) return
    invariant(before === senderState(site), 'I8', () => 'the dongle obeyed a message that was changed on the way')
  })
}

function senderState(site: Site): string {
  const { running } = site.dongle
  if (!running) return 'dark'
  const { sender, keeper } = running
  return [sender.state, sender.inFlight.length, sender.isStopped, keeper.ring.records, site.effects].join('|')
}

/** How often messages can go to and fro within a second. */
const ROUNDS = 4

/** One second of everything. */
export function tickWorld(world: World): void {
  world.tick++
  if (!world.isHealed) breakThings(world)
  for (const site of world.sites) liveOneSecond(world, site)
  for (let round = 0; round < ROUNDS; round++) {
    for (const site of world.sites) tickLine(site.line, world.tick)
    for (const gateway of world.gateways) tickGateway(gateway, world.tick)
    tickStore(world.store, world.tick)
  }
  world.esp?.tick(START_S + world.tick)
}

function liveOneSecond(world: World, site: Site): void {
  const { dongle } = site
  const { tick } = world
  if (!dongle.running && tick >= dongle.bootAtTick) {
    site.link = 'down'
    site.linkEvents = []
    site.connection = undefined
    underPower(dongle, tick, () => startDongle(dongle, tick))
  }
  const isBurst = !world.isHealed && happens(world.random, world.faults.burst)
  for (let i = 0; i < (isBurst ? 5 : 1); i++) {
    underPower(dongle, tick, () => takeTelegram(dongle, tick * 1000, !world.isHealed))
  }
  giveLinkEvents(world, site)
  noticeSilence(world, site)
  underPower(dongle, tick, () => tickDongle(dongle, tick * 1000))
}

function giveLinkEvents(world: World, site: Site): void {
  const due = site.linkEvents.filter(event => event.atTick <= world.tick)
  if (due.length === 0) return
  site.linkEvents = site.linkEvents.filter(event => event.atTick > world.tick)
  for (const { kind } of due) {
    if (site.link === 'down') continue
    site.link = kind === 'link-up' ? 'up' : 'down'
    underPower(site.dongle, world.tick, () => tell(site.dongle, { kind, nowMs: world.tick * 1000 }))
  }
}

/** The shell's keep-alive: a link whose other end is gone, or which carries nothing one way, ends after a while. */
function noticeSilence(world: World, site: Site): void {
  const isDead =
    site.link === 'up' &&
    (!site.connection ||
      !site.gateway?.connections.has(site.connection) ||
      isCut(site.line, 'up', world.tick) ||
      isCut(site.line, 'down', world.tick))
  site.silentTicks = isDead ? site.silentTicks + 1 : 0
  if (site.silentTicks < SILENT_TICKS) return
  site.silentTicks = 0
  hangUp(world, site, 0)
}

function breakThings(world: World): void {
  const { random, faults, store, tick } = world
  for (const gateway of world.gateways) if (happens(random, faults.gatewayKill)) killGateway(gateway)
  if (happens(random, faults.storeKill)) {
    killStore(store, randomBelow(random, 2) === 0)
    world.esp?.killed()
  }
  if (happens(random, faults.diskTrouble)) store.troubleUntilTick = tick + 1 + randomBelow(random, 30)
  for (const site of world.sites) breakSite(world, site)
}

function breakSite(world: World, site: Site): void {
  const { random, faults, tick } = world
  const { dongle, line } = site
  if (happens(random, faults.cut)) {
    line.upCutUntil = tick + 1 + randomBelow(random, faults.cutMostS)
    line.downCutUntil = line.upCutUntil
  }
  if (happens(random, faults.halfOpen)) {
    const until = tick + 1 + randomBelow(random, 60)
    if (randomBelow(random, 2) === 0) line.upCutUntil = until
    else line.downCutUntil = until
  }
  if (dongle.running && happens(random, faults.powerCut)) armPowerCut(dongle)
  if (dongle.running && happens(random, faults.brownout)) goDark(dongle, tick)
  if (site.gateway && site.connection && happens(random, faults.live)) {
    sendLive(site.gateway, site.connection, ++world.commands)
  }
}

export function healWorld(world: World): void {
  world.isHealed = true
  world.store.troubleUntilTick = 0
  for (const { line, dongle } of world.sites) {
    line.isHealed = true
    line.upCutUntil = 0
    line.downCutUntil = 0
    for (const flash of flashesOf(dongle)) flash.cutAt(0, 'before')
  }
}
