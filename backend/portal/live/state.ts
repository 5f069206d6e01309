// What the live page knows and what it wants next: an event goes in, the new state and the effects to carry out come
// out. Readings merge by time, so a late batch closes the hole it left. No clock, no chance, no network, no screen:
// events bring the time and the outcome. When to connect is link.ts, when to ask jobs.ts, what is drawn curves.ts.

import type { ApiFault } from '../api/client.ts'
import type { Latest, LiveReading, MeteringPoint, Quality, Reading, Readings, Today } from '../api/types.ts'
import type { CurveName, Curves, WindowName } from './curves.ts'
import * as curves from './curves.ts'
import { failJob, finishJob, type Job, type Jobs, quietJobs, startDueJobs, wantJob } from './jobs.ts'
import { closeLink, connectLink, idleLink, type Link, type LinkEffect, openedLink, tickLink, wakeLink } from './link.ts'

/** How often what readings change (today's energy, the newest minutes) is asked again. */
const REFRESH_MS = 30_000
/** A late reading changes a minute that is drawn already: wait for its companions, then ask once. */
const LATE_REFRESH_MS = 3_000
const LEARN_LOSSES_MS = 5_000

export interface LiveState {
  /** This machine's time, epoch ms. */
  localMs: number
  /** The server's time minus this machine's. */
  clockOffsetMs: number
  /** terms: not before the terms of use are accepted. */
  access: 'asking' | 'open' | 'refused' | 'terms'
  /** undefined until the server has answered. */
  points: MeteringPoint[] | undefined
  pointId: string | undefined
  link: Link
  jobs: Jobs
  /** The newest reading by its own time; undefined: not known yet, null: the server has none. */
  reading: Reading | null | undefined
  quality: Quality | undefined
  today: Today | undefined
  window: WindowName
  curves: Curves
}

export type LiveEvent =
  | { kind: 'started'; localMs: number; pointId: string | undefined }
  | { kind: 'tick'; localMs: number; chance: number }
  | { kind: 'clock-compared'; serverMs: number; localMs: number }
  | { kind: 'points'; points: MeteringPoint[] }
  | { kind: 'latest'; pointId: string; latest: Latest }
  | { kind: 'today'; pointId: string; today: Today }
  | { kind: 'range'; pointId: string; readings: Readings }
  | { kind: 'job-failed'; pointId: string | undefined; job: Job; fault: ApiFault }
  | { kind: 'stream-opened' }
  | { kind: 'stream-alive' }
  | { kind: 'stream-readings'; pointId: string; live: LiveReading }
  | { kind: 'stream-quality'; pointId: string; quality: Quality }
  | { kind: 'stream-closed'; fault: ApiFault; chance: number }
  | { kind: 'window-chosen'; window: WindowName }
  | { kind: 'point-chosen'; pointId: string }
  | { kind: 'retry-now' | 'network-back' | 'visible' | 'hidden' }
  | { kind: 'terms-accepted' }

export type LiveEffect =
  | { kind: 'load-points' }
  | { kind: 'load-latest' | 'load-today' | 'open-stream'; pointId: string }
  | { kind: 'load-range'; pointId: string; curve: CurveName; fromS: number; toS: number }
  | { kind: 'close-stream' }

interface Step {
  state: LiveState
  effects: LiveEffect[]
}

interface Taken {
  state: LiveState
  link: LinkEffect[]
}

export function initialState(): LiveState {
  return {
    localMs: 0,
    clockOffsetMs: 0,
    access: 'asking',
    points: undefined,
    jobs: quietJobs(),
    window: '5m',
    link: idleLink(),
    ...nothingOf(undefined),
  }
}

/** What is known of a point before anything was heard of it. */
function nothingOf(pointId: string | undefined) {
  return { pointId, reading: undefined, quality: undefined, today: undefined, curves: curves.emptyCurves() }
}

/** The server's time as best known, epoch seconds. */
export function nowS(state: LiveState): number {
  return Math.floor((state.localMs + state.clockOffsetMs) / 1000)
}

/** One event. The effects are noted in the state as under way: carry each out once. */
export function stepLive(before: LiveState, event: LiveEvent): Step {
  const taken = isAboutAnother(before, event) ? only(before) : takeEvent(before, event)
  const { jobs, started } = startDueJobs(taken.state.jobs, taken.state.localMs)
  const effects = taken.link.map(effect => linkEffectOf(taken.state, effect))
  let state: LiveState = { ...taken.state, jobs }
  for (const job of started) {
    effects.push(jobEffectOf(state, job))
    if (job === 'raw' || job === 'minutes') {
      state = { ...state, curves: curves.askedRange(state.curves, job, nowS(state)) }
    }
  }
  return { state, effects }
}

/** An answer about a point that is no longer shown. */
function isAboutAnother(state: LiveState, event: LiveEvent): boolean {
  if (event.kind === 'started' || event.kind === 'point-chosen' || !('pointId' in event)) return false
  if (event.kind === 'job-failed' && event.job === 'points') return false
  return event.pointId !== state.pointId
}

function takeEvent(state: LiveState, event: LiveEvent): Taken {
  switch (event.kind) {
    case 'started':
      return only(want({ ...state, localMs: event.localMs, pointId: event.pointId }, 'points', 0))
    case 'tick': {
      const { link, effects } = tickLink(state.link, event.localMs, event.chance)
      return { state: { ...state, localMs: event.localMs, link }, link: effects }
    }
    case 'clock-compared':
      return only(compareClock(state, event.serverMs - event.localMs))
    case 'points':
      return takePoints(state, event.points)
    case 'point-chosen':
      return choosePoint(state, event.pointId)
    case 'window-chosen':
      return only(want({ ...state, window: event.window }, curves.curveFor(event.window), 0))
    case 'latest':
      return only(takeLatest(finish(state, 'latest'), event.latest))
    case 'today':
      return only({ ...finish(state, 'today'), today: event.today })
    case 'range': {
      const done = finish(state, event.readings.resolution === 'raw' ? 'raw' : 'minutes')
      return only({ ...done, curves: curves.addRange(done.curves, event.readings, nowS(done)) })
    }
    case 'job-failed':
      if (event.fault.code === 'refused') return { state: shut(state, 'refused'), link: ['close'] }
      if (needsTerms(event.fault)) return { state: shut(state, 'terms'), link: ['close'] }
      return only(takeJobFault(state, event.job, event.fault))
    case 'stream-opened':
      return only(wantAll({ ...state, access: 'open', link: openedLink(state.link, state.localMs) }))
    case 'stream-alive':
      return only({ ...state, link: { ...state.link, heardAtMs: state.localMs } })
    case 'stream-readings':
      return only(takeReadings(state, event.live.readings))
    case 'stream-quality':
      return only(takeQuality(state, event.quality))
    case 'stream-closed':
      return only(takeClosed(state, event.fault, event.chance))
    case 'terms-accepted': {
      const open: LiveState = { ...state, access: 'open' }
      return state.pointId === undefined ? only(open) : choosePoint(open, state.pointId)
    }
    case 'retry-now':
    case 'network-back':
    case 'visible':
    case 'hidden':
      return takeWake(state, event.kind)
    default:
      return event satisfies never
  }
}

/** Date headers have whole seconds and travel time in them: only a difference that a person would notice counts. */
function compareClock(state: LiveState, offsetMs: number): LiveState {
  if (Math.abs(offsetMs - state.clockOffsetMs) < 2500) return state
  return { ...state, clockOffsetMs: Math.abs(offsetMs) < 2500 ? 0 : offsetMs }
}

function takePoints(before: LiveState, points: MeteringPoint[]): Taken {
  const state: LiveState = { ...finish(before, 'points'), points, access: 'open' }
  const chosen = points.find(point => point.id === state.pointId) ?? points[0]
  if (chosen === undefined) {
    const leave: LinkEffect[] = state.link.phase === 'idle' ? [] : ['close']
    const bare = { ...state, ...nothingOf(undefined), link: idleLink(), jobs: quietJobs() }
    return { state: want(bare, 'points', REFRESH_MS), link: leave }
  }
  return chosen.id === state.pointId && state.link.phase !== 'idle' ? only(state) : choosePoint(state, chosen.id)
}

function choosePoint(state: LiveState, pointId: string): Taken {
  const leave: LinkEffect[] = state.link.phase === 'idle' ? [] : ['close']
  const { link, effects } = connectLink({ ...idleLink(), hiddenAtMs: state.link.hiddenAtMs }, state.localMs)
  return { state: { ...state, ...nothingOf(pointId), link, jobs: quietJobs() }, link: [...leave, ...effects] }
}

function takeLatest(state: LiveState, latest: Latest): LiveState {
  const known = takeQuality(state, latest.quality)
  return latest.reading === null ? { ...known, reading: known.reading ?? null } : takeReadings(known, [latest.reading])
}

function takeReadings(state: LiveState, readings: Reading[]): LiveState {
  const first = readings[0]
  const last = readings.at(-1)
  if (first === undefined || last === undefined) return state
  const newestS = state.reading?.timeS ?? 0
  const arrived: LiveState = {
    ...state,
    reading: last.timeS >= newestS ? last : state.reading,
    curves: curves.addReadings(state.curves, readings, nowS(state)),
  }
  // The first one ever: what was answered before it says that there is no dongle, nothing today, and a gap.
  if (state.reading === null) return wantAll(arrived)
  const counted = want(arrived, 'today', REFRESH_MS)
  if (curves.curveFor(state.window) === 'raw') return counted
  return want(counted, 'minutes', first.timeS < newestS ? LATE_REFRESH_MS : REFRESH_MS)
}

function takeQuality(state: LiveState, quality: Quality): LiveState {
  const before = state.quality?.today
  const isNews = before !== undefined && (before.lost !== quality.today.lost || before.gaps !== quality.today.gaps)
  const known = { ...state, quality }
  // Losses are told by the range alone: ask it again when their number changes.
  return isNews ? want(distrusted(known), curves.curveFor(state.window), LEARN_LOSSES_MS) : known
}

function takeJobFault(before: LiveState, job: Job, fault: ApiFault): LiveState {
  const failed = { ...before, jobs: failJob(before.jobs, job, before.localMs) }
  const state = job === 'minutes' ? distrusted(failed) : failed
  // The point left this account while the page was open: ask which ones there are now.
  return fault.code === 'missing' && job !== 'points' ? want(state, 'points', 0) : state
}

function takeClosed(state: LiveState, fault: ApiFault, chance: number): LiveState {
  if (fault.code === 'refused') return shut(state, 'refused')
  if (needsTerms(fault)) return shut(state, 'terms')
  const closed = { ...state, link: closeLink(state.link, state.localMs, chance) }
  return fault.code === 'missing' ? want(closed, 'points', 0) : closed
}

function needsTerms({ problem }: ApiFault): boolean {
  return problem === 'terms.not-accepted'
}

function shut(state: LiveState, access: 'refused' | 'terms'): LiveState {
  return { ...state, ...nothingOf(state.pointId), access, link: idleLink(), jobs: quietJobs() }
}

function takeWake(state: LiveState, kind: 'retry-now' | 'network-back' | 'visible' | 'hidden'): Taken {
  const { link, effects } = wakeLink(state.link, kind, state.localMs)
  // without a point to look at, whether there is one is the question
  const isBare = (state.points?.length ?? 0) === 0
  const asked = kind !== 'hidden' && isBare ? want(state, 'points', 0) : state
  return { state: { ...asked, link }, link: effects }
}

function only(state: LiveState): Taken {
  return { state, link: [] }
}

function want(state: LiveState, job: Job, withinMs: number): LiveState {
  return { ...state, jobs: wantJob(state.jobs, job, state.localMs + withinMs) }
}

function finish(state: LiveState, job: Job): LiveState {
  return { ...state, jobs: finishJob(state.jobs, job) }
}

function distrusted(state: LiveState): LiveState {
  return { ...state, curves: curves.distrust(state.curves) }
}

/** After a silence anything may have happened, late arrivals far back included: ask for all that is on the screen. */
function wantAll(state: LiveState): LiveState {
  const asked = want(want(distrusted(state), 'latest', 0), 'today', 0)
  return want(asked, curves.curveFor(state.window), 0)
}

function linkEffectOf(state: LiveState, effect: LinkEffect): LiveEffect {
  if (effect === 'close' || state.pointId === undefined) return { kind: 'close-stream' }
  return { kind: 'open-stream', pointId: state.pointId }
}

function jobEffectOf(state: LiveState, job: Job): LiveEffect {
  const pointId = state.pointId
  if (job === 'points' || pointId === undefined) return { kind: 'load-points' }
  if (job === 'latest') return { kind: 'load-latest', pointId }
  if (job === 'today') return { kind: 'load-today', pointId }
  const window = job === 'minutes' ? '24h' : state.window === '24h' ? '5m' : state.window
  return { kind: 'load-range', pointId, curve: job, ...curves.rangeFor(state.curves, window, nowS(state)) }
}
