// What the state means to a person: is the number still true, is the line well, what should the page be about. Derived,
// never stored; codes only, the words are the dictionary's.

import type { LiveState } from './state.ts'
import { nowS } from './state.ts'

type Scene = 'loading' | 'unreachable' | 'no-key' | 'no-terms' | 'no-point' | 'no-reading' | 'live'

/** What the page as a whole shows. */
export function sceneOf(state: LiveState): Scene {
  if (state.access === 'refused') return 'no-key'
  if (state.access === 'terms') return 'no-terms'
  if (state.points === undefined) return state.jobs.points.dueAtMs === undefined ? 'loading' : 'unreachable'
  if (state.points.length === 0) return 'no-point'
  if (state.reading === undefined) return 'loading'
  return state.reading === null ? 'no-reading' : 'live'
}

/** Age of the newest reading beyond which it is no longer "now": two deliveries and some travel. */
export function patienceS(state: LiveState): number {
  const intervalS = state.quality?.dongle?.intervalS ?? 10
  return Math.max(30, 2 * intervalS + 10)
}

/** Seconds since the newest reading's own time, never below 0; undefined without a reading. */
export function ageS(state: LiveState): number | undefined {
  return state.reading ? Math.max(0, nowS(state) - state.reading.timeS) : undefined
}

/** A broken connection for a blink is no reason to grey the number out. */
const BLINK_S = 5

export function isStale(state: LiveState): boolean {
  const age = ageS(state)
  if (age === undefined) return false
  return age > patienceS(state) || (isCutOff(state) && age > BLINK_S)
}

/** The server is out of reach: a try has failed and none has succeeded since. */
export function isCutOff(state: LiveState): boolean {
  return state.link.phase === 'waiting' || (state.link.phase === 'connecting' && state.link.attempt > 0)
}

export type LineVerdict = 'good' | 'late' | 'offline' | 'noDongle' | 'serverGone' | 'catchingUp' | 'waiting'

/** A few batches in flight are the normal case; this many are a backlog. */
const BACKLOG_BATCHES = 5

export function lineVerdict(state: LiveState): LineVerdict {
  if (isCutOff(state)) return 'serverGone'
  if (state.quality === undefined) return 'waiting'
  const dongle = state.quality.dongle
  if (dongle === undefined) return 'noDongle'
  if (dongle.state === 'offline') return 'offline'
  const age = ageS(state)
  if (age === undefined) return 'waiting'
  if (dongle.state === 'late' || age > patienceS(state)) return 'late'
  return (dongle.ringRecords ?? 0) > BACKLOG_BATCHES ? 'catchingUp' : 'good'
}

/** Whole seconds until the next try; 0 when it is under way. */
export function retryInS(state: LiveState): number {
  const atMs = state.link.phase === 'waiting' ? state.link.retryAtMs : (state.jobs.points.dueAtMs ?? 0)
  return Math.max(0, Math.ceil((atMs - state.localMs) / 1000))
}

type SignalWord = 'strong' | 'good' | 'fair' | 'weak'

/** Wi-Fi strength in words; the steps that access-point makers commonly use. */
export function signalWord(rssiDbm: number): SignalWord {
  if (rssiDbm >= -55) return 'strong'
  if (rssiDbm >= -67) return 'good'
  return rssiDbm >= -75 ? 'fair' : 'weak'
}

/** Net power in W: above 0 offtake, below 0 injection; undefined when the meter sends neither. */
export function netPowerW(state: LiveState): number | undefined {
  const reading = state.reading
  if (!reading || (reading.offtakeW === undefined && reading.injectionW === undefined)) return undefined
  return (reading.offtakeW ?? 0) - (reading.injectionW ?? 0)
}

/** Which register runs in the day: T1 in Belgium, T2 in the Netherlands (e-MUCS 3.3.1, DSMR 5); elsewhere nobody said. */
export function dayTariff(country: string | undefined): 1 | 2 | undefined {
  if (country === 'BE') return 1
  return country === 'NL' ? 2 : undefined
}
