// The curve in numbers, for those who do not see it and for those who want to be sure: means of a dozen stretches, the
// extremes, and how much is missing. Pure.

import type { Picture } from './curves.ts'
import { breakAt, type Cell, firstAtOrAfter, type Hole, type Series } from './series.ts'

interface Stretch {
  fromS: number
  toS: number
  /** Mean W; undefined where nothing was measured. */
  offtakeW: number | undefined
  injectionW: number | undefined
}

const STRETCHES: { [windowS: number]: number } = { 300: 30, 3600: 300, 86400: 7200 }

/** The picture cut at round times, newest first. */
export function stretchesOf(picture: Picture): Stretch[] {
  const lengthS = STRETCHES[picture.toS - picture.fromS] ?? (picture.toS - picture.fromS) / 12
  const stretches: Stretch[] = []
  for (let toS = Math.ceil(picture.toS / lengthS) * lengthS; toS > picture.fromS; toS -= lengthS) {
    const fromS = toS - lengthS
    const start = firstAtOrAfter(picture.series.timeS, Math.max(fromS, picture.fromS))
    const end = firstAtOrAfter(picture.series.timeS, toS)
    const mean = (column: number) => meanOf(picture.series.columns[column]!.slice(start, end))
    stretches.push({ fromS, toS, offtakeW: mean(0), injectionW: mean(1) })
  }
  return stretches
}

function meanOf(cells: (number | null)[]): number | undefined {
  const known = cells.filter(cell => cell !== null)
  return known.length === 0 ? undefined : Math.round(known.reduce((sum, cell) => sum + cell, 0) / known.length)
}

interface Extremes {
  offtakeMaxW: number
  injectionMaxW: number
}

/** Highest powers of the picture; 0 where there is none. Uses a rollup's own maxima where it has them. */
export function extremesOf(series: Series): Extremes {
  const highest = (columns: number[]) => {
    let most = 0
    for (const c of columns) for (const cell of series.columns[c] ?? []) if (cell !== null && cell > most) most = cell
    return most
  }
  return { offtakeMaxW: highest([0, 2]), injectionMaxW: highest([1, 3]) }
}

export interface Missing {
  gaps: number
  gapS: number
  losses: number
  lossS: number
}

export function missingOf(holes: Hole[]): Missing {
  const missing: Missing = { gaps: 0, gapS: 0, losses: 0, lossS: 0 }
  for (const hole of holes) {
    if (hole.kind === 'gap') {
      missing.gaps++
      missing.gapS += hole.toS - hole.fromS
    } else {
      missing.losses++
      missing.lossS += hole.toS - hole.fromS
    }
  }
  return missing
}

/** Columns for the chart: time, offtake above the line, injection below it, and the maxima of a rollup; broken at holes. */
export function plotColumns(picture: Picture): Cell[][] {
  const broken = breakAt(picture.series, picture.holes)
  const below = (cells: Cell[]) => cells.map(cell => (cell === null ? null : -cell))
  const column = (index: number) => withoutRest(broken.columns[index] ?? broken.timeS.map(() => null))
  return [broken.timeS, column(0), below(column(1)), column(2), below(column(3))]
}

/** Leaves stretches of zero out but for their ends: nothing flows, so nothing is drawn over the zero line. */
function withoutRest(cells: Cell[]): Cell[] {
  return cells.map((cell, i) => (cell === 0 && !cells[i - 1] && !cells[i + 1] ? null : cell))
}

export type Spot =
  | { kind: 'reading'; timeS: number; offtakeW: number | undefined; injectionW: number | undefined }
  | { kind: 'gap' | 'loss' | 'nothing'; timeS: number }

/** What the picture has at `timeS`: the nearest reading, or the hole that it lies in. */
export function spotAt(picture: Picture, timeS: number): Spot {
  const hole = picture.holes.find(candidate => candidate.fromS < timeS && timeS < candidate.toS)
  if (hole !== undefined) return { kind: hole.kind, timeS }
  const times = picture.series.timeS
  const after = firstAtOrAfter(times, timeS)
  const isBefore = after > 0 && (after === times.length || timeS - times[after - 1]! < times[after]! - timeS)
  const i = isBefore ? after - 1 : after
  const found = times[i]
  if (found === undefined || found < picture.fromS) return { kind: 'nothing', timeS }
  const [offtake, injection] = picture.series.columns
  return { kind: 'reading', timeS: found, offtakeW: offtake?.[i] ?? undefined, injectionW: injection?.[i] ?? undefined }
}
