// The ladder: from no network to one with an address, and up again after each loss. Reconnect where we were; look around and
// take the best of the configured networks; radio off and on; at last restart the chip with the ring intact. It climbs only
// for causes on this side (no access point, no address): whether a gateway answers is nothing that it knows. Event in, `ask`
// and `tell` out (network.ts); no clock, no engine, no word of the kind of network.

import {
  ASSOCIATED,
  type Ask,
  FAULT,
  FOUND,
  type Heard,
  JOIN,
  LEFT,
  NETWORK_DOWN,
  JOINED as NETWORK_JOINED,
  NETWORK_UP,
  OFF,
  RESTART,
  SCAN,
  type Spot,
  type STALE,
  type Told,
} from './network.ts'
import * as reason from './reasons.ts'

/** What is done when all known spots were tried: s look around, o radio off and on, r restart if it is time. Then from the start. */
const LADDER = 'ssosr'

const SCAN_MS = 10000
/** Association takes seconds, an address some more. */
const JOIN_MS = 30000
const OFF_MS = 10000
/** Between two tries; doubles with every round up to 32 s. */
const REST_MS = 2000
const REST_DOUBLINGS_MAX = 4
/** Without a network for so long, and twice as long with every restart in a row: 5 min ... 5 h 20 min. */
const RESTART_MS = 300000
const RESTART_DOUBLINGS_MAX = 6

/** Weaker than this for so long: there may be a better access point. A look that did not help makes the next one later. */
const WEAK_DBM = -78
const WEAK_MS = 600000
/** Worth leaving a network for. */
const BETTER_DB = 8

const RESTING = 0
const SCANNING = 1
const JOINING = 2
export const JOINED = 3

export interface Ladder {
  ask(what: Ask): void
  tell(what: Told): void
  /** RESTING, SCANNING, JOINING or JOINED. */
  state: number
  /** When the state is over; in JOINED: when a weak signal has lasted long enough. */
  untilMs: number
  rungs: string
  rung: number
  /** How often the whole ladder was climbed since there was a network. */
  rounds: number
  /** Where to try, best first, and which is next. */
  spots: Spot[]
  next: number
  /** Where we are, or tried last; `isAgain`: try it once more before anything else. */
  spot: Spot | undefined
  isAgain: boolean
  ip: string
  isAssociated: boolean
  /** Since when there is no network. */
  lostMs: number
  /** Restarts in a row for want of a network, before this boot. */
  restarts: number
  weakMs: number
  /** Signal at the last tick. */
  dbm: number | undefined
}

function blankSpots(count: number): Spot[] {
  const spots: Spot[] = []
  for (let i = 0; i < count; i++) spots.push({ network: i, dbm: -999, id: '', channel: 0 })
  return spots
}

/** `count` networks are configured; `restarts` as the journal remembers them. */
export function createLadder(
  ask: (what: Ask) => void,
  tell: (what: Told) => void,
  count: number,
  restarts: number,
): Ladder {
  const ladder: Ladder = {
    ask: ask,
    tell: tell,
    state: RESTING,
    untilMs: 0,
    rungs: LADDER,
    rung: 0,
    rounds: 0,
    spots: [],
    next: 0,
    spot: undefined,
    isAgain: false,
    ip: '',
    isAssociated: false,
    lostMs: 0,
    restarts: restarts,
    weakMs: WEAK_MS,
    dbm: undefined,
  }
  // the first thing is to look around
  ladderNetworks(ladder, count, false, 0)
  return ladder
}

function enter(ladder: Ladder, state: number, untilMs: number): void {
  ladder.state = state
  ladder.untilMs = untilMs
}

function rest(ladder: Ladder, nowMs: number): void {
  enter(ladder, RESTING, nowMs + (REST_MS << Math.min(ladder.rounds, REST_DOUBLINGS_MAX)))
}

function join(ladder: Ladder, spot: Spot, nowMs: number): void {
  ladder.spot = spot
  ladder.isAgain = false
  ladder.isAssociated = false
  enter(ladder, JOINING, nowMs + JOIN_MS)
  ladder.ask({ kind: JOIN, spot: spot })
}

function climb(ladder: Ladder, nowMs: number): void {
  const action = ladder.rungs.charAt(ladder.rung)
  ladder.rung = (ladder.rung + 1) % ladder.rungs.length
  if (ladder.rung === 0) ladder.rounds++
  if (action === 's') {
    enter(ladder, SCANNING, nowMs + SCAN_MS)
    ladder.ask({ kind: SCAN })
  } else if (action === 'o') {
    ladder.ask({ kind: OFF })
    enter(ladder, RESTING, nowMs + OFF_MS)
  } else if (nowMs - ladder.lostMs >= RESTART_MS << Math.min(ladder.restarts, RESTART_DOUBLINGS_MAX)) {
    ladder.tell({ kind: RESTART })
  }
}

/** Other networks are configured: `isNow` leaves where we are and joins the first of them at once; else they are for the next look around. */
export function ladderNetworks(ladder: Ladder, count: number, isNow: boolean, nowMs: number): void {
  ladder.spots = blankSpots(count)
  ladder.next = isNow ? 0 : count
  ladder.isAgain = false
  if (!isNow) return
  if (ladder.state === JOINED) ladder.tell({ kind: NETWORK_DOWN })
  ladder.lostMs = nowMs
  enter(ladder, RESTING, nowMs)
  ladderTick(ladder, undefined, nowMs)
}

/** Once a second, with the signal, if there is one. */
export function ladderTick(ladder: Ladder, dbm: number | undefined, nowMs: number): void {
  if (ladder.state === JOINED) {
    ladder.dbm = dbm
    if (dbm === undefined || dbm >= WEAK_DBM) ladder.untilMs = nowMs + ladder.weakMs
  }
  if (nowMs >= ladder.untilMs && ladder.spots.length > 0) ladderDue(ladder, nowMs)
}

/** The time of a state is over. */
function ladderDue(ladder: Ladder, nowMs: number): void {
  if (ladder.state === JOINED) {
    ladder.tell({ kind: FAULT, code: reason.WEAK_SIGNAL })
    ladder.weakMs *= 2
    ladder.untilMs = nowMs + ladder.weakMs
    ladder.ask({ kind: SCAN })
  } else if (ladder.state === SCANNING) ladderFound(ladder, undefined, nowMs)
  else if (ladder.state === JOINING) {
    ladderLeft(ladder, ladder.isAssociated ? reason.NO_ADDRESS : reason.JOIN_TIMEOUT, nowMs)
    ladder.ask({ kind: OFF })
  } else if (ladder.isAgain) join(ladder, ladder.spot as Spot, nowMs)
  else if (ladder.next < ladder.spots.length) join(ladder, ladder.spots[ladder.next++] as Spot, nowMs)
  else climb(ladder, nowMs)
}

/** The strongest spot of each network first; those that were not seen come last: they may be hidden. undefined: the scan failed. */
export function ladderFound(ladder: Ladder, found: Spot[] | undefined, nowMs: number): void {
  const spots = ladder.spots
  for (let i = 0; i < spots.length; i++) {
    const old = spots[i] as Spot
    let best: Spot = { network: old.network, dbm: -999, id: '', channel: 0 }
    if (found)
      for (let k = 0; k < found.length; k++) {
        const spot = found[k] as Spot
        if (spot.network === best.network && spot.dbm > best.dbm) best = spot
      }
    spots[i] = best
  }
  spots.sort((a, b) => b.dbm - a.dbm)
  const best = spots[0] as Spot
  if (ladder.state === SCANNING) {
    if (!found) ladder.tell({ kind: FAULT, code: reason.SCAN_FAILED })
    ladder.next = 0
    rest(ladder, nowMs)
  } else if (ladder.state === JOINED) {
    const dbm = ladder.dbm
    if (dbm !== undefined && best.dbm >= dbm + BETTER_DB) {
      ladder.tell({ kind: NETWORK_DOWN })
      ladder.lostMs = nowMs
      ladder.next = spots.length
      join(ladder, best, nowMs)
    }
  }
}

export function ladderAssociated(ladder: Ladder): void {
  ladder.isAssociated = true
}

/** There is an address: a first one, or another one. */
export function ladderJoined(ladder: Ladder, ip: string, nowMs: number): void {
  if (ladder.state === JOINED) {
    if (ladder.ip === ip) return
    ladder.tell({ kind: FAULT, code: reason.ADDRESS_CHANGED })
    ladder.tell({ kind: NETWORK_DOWN })
  }
  ladder.ip = ip
  ladder.rung = 0
  ladder.rounds = 0
  ladder.restarts = 0
  enter(ladder, JOINED, nowMs + ladder.weakMs)
  ladder.tell({ kind: NETWORK_UP })
}

/** The network is gone or would not have us. What comes after our own radio off is no news. */
export function ladderLeft(ladder: Ladder, code: number, nowMs: number): void {
  const wasJoined = ladder.state === JOINED
  if (!wasJoined && ladder.state !== JOINING) return
  ladder.tell({ kind: FAULT, code: code })
  rest(ladder, nowMs)
  if (!wasJoined) return
  ladder.lostMs = nowMs
  ladder.weakMs = WEAK_MS
  ladder.isAgain = true
  ladder.next = ladder.spots.length
  ladder.tell({ kind: NETWORK_DOWN })
}

/** Nothing at all has answered for long: joining anew shows whether this side still works. */
export function ladderRejoin(ladder: Ladder, nowMs: number): void {
  if (ladder.state !== JOINED) return
  ladderLeft(ladder, reason.NOTHING_ANSWERS, nowMs)
  ladder.ask({ kind: OFF })
}

/** What the network says of itself; STALE: the link above it says that nothing at all answers. */
export function ladderHear(ladder: Ladder, what: Heard | { kind: typeof STALE }, nowMs: number): void {
  if (what.kind === FOUND) ladderFound(ladder, what.spots, nowMs)
  else if (what.kind === ASSOCIATED) ladderAssociated(ladder)
  else if (what.kind === NETWORK_JOINED) ladderJoined(ladder, what.ip, nowMs)
  else if (what.kind === LEFT) ladderLeft(ladder, what.code, nowMs)
  else ladderRejoin(ladder, nowMs)
}
