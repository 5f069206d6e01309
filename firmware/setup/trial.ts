// Trying one or two networks, and saying what is wrong with each. A second one is tried first, as far as its address; then the first, all
// the way to an open session with the gateway. Pure: the once-a-second round comes in, what is to be done comes out.

import * as reason from '../reasons.ts'
import { AWAY, IN_SESSION } from '../setup-port.ts'
import type { WifiNetwork } from '../wifi.ts'

/** In the order in which the page shows them. */
export const IDLE = 0
export const JOINING = 1
export const REACHING = 2
export const FAILED = 3
export const DONE = 4

/** Association, its three tries by the engine, and an address. */
const JOIN_MS = 60000
/** Name, three probes of 5 s, a session. */
const REACH_MS = 25000
/** A verdict that is not there yet. */
export const OPEN = -1

export interface Trial {
  state: number
  /** As typed: at most two. */
  networks: WifiNetwork[]
  /** Which of them is being tried. */
  which: number
  /** What is wrong with each, by reasons.ts; 0 = nothing, OPEN = not known. */
  verdicts: number[]
  sinceMs: number
}

export const NOTHING = 0
/** Join networks[which]. */
export const TRY = 1
/** Join nothing any more. */
export const HOLD = 2
/** Keep `kept(trial)`. */
export const KEEP = 3

export function createTrial(): Trial {
  return { state: IDLE, networks: [], which: 0, verdicts: [], sinceMs: 0 }
}

/** True while the answer to the last post is still being found out. */
export function isBusy(trial: Trial): boolean {
  return trial.state === JOINING || trial.state === REACHING
}

/** Begins with the last one; TRY is to be done. */
export function postTrial(trial: Trial, networks: WifiNetwork[], nowMs: number): void {
  trial.networks = networks
  trial.verdicts = networks.length > 1 ? [OPEN, OPEN] : [OPEN]
  trial.which = networks.length - 1
  trial.state = JOINING
  trial.sinceMs = nowMs
}

function judged(trial: Trial, verdict: number, nowMs: number): number {
  trial.verdicts[trial.which] = verdict
  if (trial.which > 0) {
    trial.which = 0
    trial.state = JOINING
    trial.sinceMs = nowMs
    return TRY
  }
  const isGood = verdict === 0 && (trial.networks.length < 2 || trial.verdicts[1] === 0)
  trial.state = isGood ? DONE : FAILED
  if (isGood) return KEEP
  // tried again and again the radio would take the page along
  return verdict > 0 && verdict < reason.DNS_SILENT ? HOLD : NOTHING
}

/** What `code` says of a network that is not joined, or 0. */
function joinFault(code: number): number {
  return code > 0 && code < reason.SCAN_FAILED ? code : 0
}

/** Of a network that is joined: what needs no waiting for, or 0. A probe may be lost; a name that is not known stays so. */
function reachFault(code: number): number {
  if (code === reason.NAME_UNKNOWN || code === reason.PROBE_FOREIGN || code === reason.NOT_MQTT) return code
  return code === reason.REFUSED_CREDENTIALS || code === reason.NO_CHALLENGE ? code : 0
}

/** `progress` and `code` are those of setup-port.ts. Gives what is to be done. */
export function tickTrial(trial: Trial, progress: number, code: number, nowMs: number): number {
  // the way was found after all: a gateway that comes back, a portal that lets us through
  if (trial.state === FAILED && progress === IN_SESSION && trial.verdicts[1] !== OPEN) {
    return trial.verdicts[0] === 0 ? NOTHING : judged(trial, 0, nowMs)
  }
  if (trial.state === JOINING) {
    const fault = joinFault(code)
    if (progress > AWAY) {
      if (trial.which > 0) return judged(trial, 0, nowMs)
      trial.state = REACHING
      trial.sinceMs = nowMs
    } else if (fault > 0 || nowMs - trial.sinceMs > JOIN_MS) return judged(trial, fault || reason.JOIN_TIMEOUT, nowMs)
  }
  if (trial.state === REACHING) {
    const fault = progress === AWAY ? joinFault(code) : reachFault(code)
    if (progress === IN_SESSION) return judged(trial, 0, nowMs)
    if (fault > 0) return judged(trial, fault, nowMs)
    if (nowMs - trial.sinceMs > REACH_MS) {
      return judged(trial, code >= reason.DNS_SILENT ? code : reason.PROBE_UNANSWERED, nowMs)
    }
  }
  return NOTHING
}

/** Those with which nothing is wrong, or nothing that lies with them: what is behind a network may heal by itself. */
export function keptOf(trial: Trial): WifiNetwork[] {
  const kept: WifiNetwork[] = []
  for (let i = 0; i < trial.networks.length; i++) {
    const verdict = trial.verdicts[i] as number
    if (verdict === 0 || verdict >= reason.DNS_SILENT) kept.push(trial.networks[i] as WifiNetwork)
  }
  return kept
}
