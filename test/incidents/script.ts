// One incident script: a seed draws a place and one to three faults, the dongle lives through them, and then it must deliver again by
// itself. What is measured is the time from the end of the last cause to the next acknowledgement.

import { nodeCrypto } from '../../gateway/node-crypto.ts'
import { dongleIdFrom } from '../../shared/kernel/ids.ts'
import { type Random, randomBelow, seededRandom } from '../../shared/kernel/random.ts'
import { createGateway, tickGateway } from '../sim/sim-gateway.ts'
import { createStore, type SimStore, tickStore } from '../sim/sim-store.ts'
import type { BrokenLadder } from './broken.ts'
import { type Ether, flushHeld, runDue } from './ether.ts'
import { KINDS, type Kind } from './kinds.ts'
import { createStation, guarded, type Station, stationSecond } from './station.ts'

/** Settled before the first fault. */
const QUIET_S = 90
const FAULT_MOST_S = 3600
/** After this somebody would have pulled the plug. */
const PATIENCE_S = 6 * 3600
const DRAIN_S = 3600
/** Delivering: an acknowledgement within this. */
const FRESH_S = 30
const RESTART_APART_S = 300

export interface Outcome {
  seed: number
  /** The fault that ended last. */
  kind: string
  /** False: delivery never stopped for it. */
  isHarmed: boolean
  recoveryS: number
  /** No acknowledgement within the patience: somebody must go there. */
  isReplug: boolean
  restarts: number
  missed: number
  /** What must never be, in a sentence. */
  violation: string | undefined
}

export interface Fault {
  kind: Kind
  fromS: number
  toS: number
}

export interface Place {
  ether: Ether
  station: Station
  store: SimStore
  second: number
}

const oneIn = (random: Random, count: number): boolean => randomBelow(random, count) === 0

export function drawPlace(random: Random, broken: BrokenLadder): Place {
  const store = createStore(undefined)
  const dongleId = dongleIdFrom(Uint8Array.from({ length: 12 }, () => random.uint32() & 255))
  const keysOf = new Map()
  const gateway = createGateway(nodeCrypto, keysOf, store, random, () => {})
  const networks = 1 + randomBelow(random, oneIn(random, 4) ? 4 : 2)
  const points = Array.from({ length: networks + randomBelow(random, 3) }, (_, i) => ({
    network: i % networks,
    id: `02:00:00:00:00:0${i}`,
    dbm: -45 - randomBelow(random, 40),
    isOn: true,
    isHidden: oneIn(random, 8),
    refusal: 0,
  }))
  const gatewayAddress = '192.0.2.1'
  const ether: Ether = {
    random,
    nowMs: 0,
    due: [],
    points,
    heedsPoints: oneIn(random, 3),
    hasAddresses: true,
    ip: '10.0.0.2',
    names: 'answering',
    isWanUp: true,
    isPortal: false,
    isUdpLost: false,
    isTcpLost: false,
    latencyMs: 40,
    gateway,
    gatewayAddress,
    isHostUp: true,
    isRunning: true,
    stranger: 'none',
    answersProbes: !oneIn(random, 8),
    radio: 'fine',
    point: undefined,
    isJoined: false,
    isUnknown: false,
    attempt: 0,
    boot: 0,
    hear: () => {},
    socket: undefined,
    dials: 0,
  }
  const config = {
    host: oneIn(random, 3) ? gatewayAddress : 'gateway.example',
    port: 1883,
    isTls: false,
    networks: Array.from({ length: networks }, (_, i) => ({ ssid: `net${i}`, password: 'password' })),
    intervalS: 10,
  }
  const station = createStation(ether, dongleId, config, broken)
  keysOf.set(dongleId, station.keys)
  return { ether, station, store, second: 0 }
}

function drawFaults(random: Random): Fault[] {
  return Array.from({ length: 1 + randomBelow(random, 3) }, () => {
    const kind = KINDS[randomBelow(random, KINDS.length)] as Kind
    const fromS = QUIET_S + randomBelow(random, 240)
    // most are short, some last an hour
    const lastsS = kind.isMoment ? 0 : 5 + Math.floor(FAULT_MOST_S ** (randomBelow(random, 1000) / 1000))
    return { kind, fromS, toS: fromS + lastsS }
  })
}

export function liveSecond(place: Place, faults: Fault[]): void {
  const { ether, station, store } = place
  place.second++
  const atMs = place.second * 1000
  for (const { kind, fromS, toS } of faults) {
    if (fromS === place.second) guarded(station, () => kind.begin(ether, station))
    if (toS === place.second) kind.end?.(ether)
  }
  guarded(station, () => {
    runDue(ether, atMs)
    flushHeld(ether)
  })
  if (ether.nowMs < atMs) ether.nowMs = atMs
  stationSecond(station, atMs)
  if (ether.isRunning) tickGateway(ether.gateway, place.second)
  tickStore(store, place.second)
}

/** Every telegram of every boot is in the store, as a reading or as a loss; undefined when so. */
function whatIsMissing({ station, store }: Place): string | undefined {
  const last = Math.max(...station.noticed.keys())
  for (const [boot, noticed] of station.noticed) {
    const rows = store.rows.get(station.dongleId)?.get(boot)
    const seen = new Set<number>()
    for (const batch of rows?.batches ?? []) {
      for (let seq = batch.firstSeq; seq < batch.firstSeq + batch.span; seq++) seen.add(seq)
    }
    for (const loss of rows?.losses ?? []) {
      for (let seq = loss.fromSeq; seq < loss.fromSeq + loss.count; seq++) seen.add(seq)
    }
    // the open batch and what is on its way
    const waiting = boot === last ? 12 : 0
    if (seen.size < noticed - waiting) return `boot ${boot}: ${seen.size} of ${noticed} telegrams are accounted for`
  }
  return undefined
}

function violationOf(place: Place, faults: Fault[]): string | undefined {
  const { restartsMs } = place.station
  if (restartsMs.length > 0 && !faults.some(fault => fault.kind.isOurs)) {
    return `restarted though only ${faults.map(fault => fault.kind.name).join(', ')}`
  }
  for (let i = 1; i < restartsMs.length; i++) {
    const apartS = ((restartsMs[i] as number) - (restartsMs[i - 1] as number)) / 1000
    if (apartS < RESTART_APART_S) return `restarts ${Math.floor(apartS)} s apart`
  }
  return undefined
}

export function runScript(seed: number, broken?: BrokenLadder): Outcome {
  const random = seededRandom(seed)
  const place = drawPlace(random, broken)
  const { station } = place
  const faults = drawFaults(random)
  const last = faults.reduce((latest, fault) => (fault.toS >= latest.toS ? fault : latest))
  while (place.second < last.toS) liveSecond(place, faults)
  const healedMs = place.second * 1000
  // a moment's harm shows only later; its recovery counts from the moment all the same
  for (let i = 0; i < FRESH_S && last.kind.isMoment; i++) liveSecond(place, faults)
  const isHarmed = place.second * 1000 - station.ackedMs >= FRESH_S * 1000
  const seenMs = isHarmed ? station.ackedMs : Number.POSITIVE_INFINITY
  while (station.ackedMs === seenMs && place.second * 1000 - healedMs < PATIENCE_S * 1000) liveSecond(place, faults)
  const isReplug = station.ackedMs === seenMs
  const recoveryS = isHarmed ? Math.round((station.ackedMs - healedMs) / 1000) : 0
  let violation = violationOf(place, faults)
  if (isReplug) violation ??= `never came back from ${last.kind.name}`
  else {
    for (let i = 0; i < DRAIN_S && (station.running?.keeper.ring.records ?? 1) > 0; i++) liveSecond(place, faults)
    violation ??= violationOf(place, faults) ?? whatIsMissing(place)
  }
  const { missed, restartsMs } = station
  return { seed, kind: last.kind.name, isHarmed, recoveryS, isReplug, restarts: restartsMs.length, missed, violation }
}
