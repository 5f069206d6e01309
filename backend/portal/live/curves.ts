// The curves of a metering point as the page holds them: every reading of the last hour, minutes of the last day, and the
// server's records of what is missing. Bounded, whatever comes: a page may stay open for days. Pure.

import type { Gap, Reading, Readings } from '../api/types.ts'
import { emptySeries, type Hole, holesOf, mergeSeries, type Series, sliceSeries, usualStepS } from './series.ts'

const WINDOWS = { '5m': 300, '1h': 3600, '24h': 86_400 } as const
export type WindowName = keyof typeof WINDOWS
export const WINDOW_NAMES = Object.keys(WINDOWS) as WindowName[]

interface Curve {
  series: Series
  /** The server's records, ascending. */
  gaps: Gap[]
  /** From here on the server was asked; undefined: not yet. Before it, emptiness means nothing. */
  knownFromS: number | undefined
  /** From here on the server may know more than we do. */
  staleFromS: number
}

export interface Curves {
  /** Columns: offtakeW, injectionW. */
  raw: Curve
  /** Columns: offtakeW, injectionW (means of a minute), offtakeMaxW, injectionMaxW. */
  minutes: Curve
}
export type CurveName = keyof Curves

const RAW_KEEP_S = 3700
const RAW_POINTS_MAX = 4000
const MINUTES_KEEP_S = 86_400 + 300
const MINUTES_POINTS_MAX = 1600
const GAPS_MAX = 500

export const COLUMNS = {
  raw: ['offtakeW', 'injectionW'],
  minutes: ['offtakeW', 'injectionW', 'offtakeMaxW', 'injectionMaxW'],
} as const satisfies { [name in CurveName]: (keyof Readings['columns'])[] }

export function emptyCurves(): Curves {
  const empty = (name: CurveName) => ({
    series: emptySeries(COLUMNS[name].length),
    gaps: [],
    knownFromS: undefined,
    staleFromS: 0,
  })
  return { raw: empty('raw'), minutes: empty('minutes') }
}

export function curveFor(window: WindowName): CurveName {
  return window === '24h' ? 'minutes' : 'raw'
}

/** Readings from the live stream, ascending; late ones find their place. */
export function addReadings(curves: Curves, readings: Reading[], nowS: number): Curves {
  const incoming = {
    timeS: readings.map(reading => reading.timeS),
    columns: [readings.map(reading => reading.offtakeW ?? null), readings.map(reading => reading.injectionW ?? null)],
  }
  const series = mergeSeries(curves.raw.series, incoming, nowS - RAW_KEEP_S, RAW_POINTS_MAX)
  const firstS = readings[0]?.timeS ?? Number.POSITIVE_INFINITY
  const staleFromS = Math.min(curves.minutes.staleFromS, firstS - (firstS % 60))
  return { raw: { ...curves.raw, series }, minutes: { ...curves.minutes, staleFromS } }
}

/** What to ask for `window` now. Raw is asked whole; of the minutes only those that may have changed. */
export function rangeFor(curves: Curves, window: WindowName, nowS: number): { fromS: number; toS: number } {
  const toS = nowS + 60 // a meter's clock may run a little ahead
  const fromS = nowS - WINDOWS[window]
  if (curveFor(window) === 'raw') return { fromS, toS }
  return { fromS: Math.max(fromS - (fromS % 60), curves.minutes.staleFromS), toS }
}

/** The question is under way: what comes after this is news. */
export function askedRange(curves: Curves, name: CurveName, nowS: number): Curves {
  return { ...curves, [name]: { ...curves[name], staleFromS: nowS - (nowS % 60) } }
}

/** Everything on the screen may be out of date: the connection was gone for a while. */
export function distrust(curves: Curves): Curves {
  return { raw: { ...curves.raw, staleFromS: 0 }, minutes: { ...curves.minutes, staleFromS: 0 } }
}

/** A whole answer of the server for readings.fromS … readings.toS. */
export function addRange(curves: Curves, readings: Readings, nowS: number): Curves {
  const name: CurveName = readings.resolution === 'raw' ? 'raw' : 'minutes'
  const curve = curves[name]
  const none = readings.timeS.map(() => null)
  const incoming = { timeS: readings.timeS, columns: COLUMNS[name].map(column => readings.columns[column] ?? none) }
  const keepFromS = nowS - (name === 'raw' ? RAW_KEEP_S : MINUTES_KEEP_S)
  const next: Curve = {
    series: mergeSeries(curve.series, incoming, keepFromS, name === 'raw' ? RAW_POINTS_MAX : MINUTES_POINTS_MAX),
    gaps: replaceGaps(curve.gaps, readings, keepFromS),
    knownFromS: Math.min(curve.knownFromS ?? readings.fromS, readings.fromS),
    staleFromS: curve.staleFromS,
  }
  return { ...curves, [name]: next }
}

function replaceGaps(old: Gap[], readings: Readings, keepFromS: number): Gap[] {
  const before = old
    .filter(gap => gap.fromS < readings.fromS && gap.toS > keepFromS)
    .map(gap => ({ ...gap, toS: Math.min(gap.toS, readings.fromS) }))
  return [...before, ...readings.gaps].slice(-GAPS_MAX)
}

/** What a window shows at `nowS`. */
export interface Picture {
  fromS: number
  toS: number
  series: Series
  /** Where the line breaks. */
  holes: Hole[]
  /** What is missing within points that are means of what is there: too short to break the line. */
  nicks: Hole[]
  /** False while the server has not answered for this window. */
  isKnown: boolean
}

/** `patienceS`: how old the newest reading may be before the time since counts as a hole. `sinceS`: nothing is missing before. */
export function pictureOf(
  curves: Curves,
  window: WindowName,
  nowS: number,
  sinceS: number,
  patienceS: number,
): Picture {
  const name = curveFor(window)
  const curve = curves[name]
  const fromS = nowS - WINDOWS[window]
  const isKnown = curve.knownFromS !== undefined && curve.knownFromS <= fromS + 60
  const readingStepS = usualStepS(curves.raw.series.timeS, 1)
  const stepS = name === 'raw' ? readingStepS : 60
  const patience = name === 'raw' ? Math.max(patienceS, 3 * stepS) : Math.max(patienceS + 60, 180)
  const holesFromS = Math.max(fromS, sinceS, isKnown ? 0 : (curve.series.timeS[0] ?? nowS))
  const series = sliceSeries(curve.series, fromS, nowS)
  const holes = holesOf(curve.series, stepS, curve.gaps, holesFromS, nowS, patience, readingStepS)
  const nicks = name === 'raw' ? [] : nicksOf(curve.gaps, holes, holesFromS, nowS)
  return { fromS, toS: nowS, series, holes, nicks, isKnown }
}

/** The server's records outside the holes, one for each stretch of time; a loss and a gap in one stretch are one nick. */
function nicksOf(gaps: Gap[], holes: Hole[], fromS: number, toS: number): Hole[] {
  const nicks = new Map<string, Hole>()
  for (const gap of gaps) {
    const isInHole = holes.some(hole => gap.fromS < hole.toS + 60 && gap.toS > hole.fromS - 60)
    // The newest stretch is a batch that is due until it is long enough to be a hole.
    const isSeen = gap.toS > fromS && gap.fromS < toS && gap.toS < toS - 60
    if (!isInHole && isSeen && !nicks.has(`${gap.fromS}|${gap.toS}`)) nicks.set(`${gap.fromS}|${gap.toS}`, gap)
  }
  return [...nicks.values()]
}
