// What is missing in a range, and why: read off the sequence numbers between neighbouring batches. "Lost" (the dongle counted it and says
// why) and "not here" (on its way, or never sent) are different words, and nothing is ever drawn as if it had been measured. Pure.

import type { Gap } from '../../shared/schema/readings.ts'
import { SILENCE_MIN_S } from '../ingest/holes.ts'
import type { BatchRow, HoleRow, Seam } from '../store/store.ts'

export interface GapFacts {
  /** Neighbours in time with something missing between them. */
  seams: Seam[]
  /** The newest batch of each series: what follows it is not here, unless another series goes on. */
  ends: BatchRow[]
  /** The oldest batch of each series; needed where there is more than one. */
  begins?: BatchRow[]
  /** Holes inside batches, with their times. */
  inside: HoleRow[]
  /** Counted losses between batches: those that touch these sequence numbers of this boot. */
  between(dongleNo: number, boot: number, fromSeq: number, toSeq: number): HoleRow[]
}

const SEQ_END = Number.MAX_SAFE_INTEGER

/** Gaps that touch fromS <= time < toS, ascending, cut to the range (counts stay whole). `toS` is not in the future. */
export function gapsIn(facts: GapFacts, fromS: number, toS: number): Gap[] {
  const gaps: Gap[] = facts.inside.map(holeGap)
  for (const { before, after } of facts.seams) gaps.push(...gapsBetween(facts, before, after))
  for (const end of facts.ends) gaps.push(...gapsAfter(facts, end, Math.min(toS, successorS(facts, end) ?? toS)))
  return gaps
    .filter(gap => gap.toS >= fromS && gap.fromS < toS)
    .map(gap => ({ ...gap, fromS: Math.max(gap.fromS, fromS), toS: Math.min(gap.toS, toS) }))
    .sort((a, b) => a.fromS - b.fromS || a.toS - b.toS)
}

function holeGap({ fromS, toS, count, reason }: HoleRow): Gap {
  const times = { fromS: fromS ?? 0, toS: toS ?? 0 }
  return reason === 'silence' ? { ...times, kind: 'gap' } : { ...times, kind: 'loss', count, reason }
}

function gapsBetween(facts: GapFacts, before: BatchRow, after: BatchRow): Gap[] {
  const isSameBoot = before.dongleNo === after.dongleNo && before.boot === after.boot
  const endSeq = before.firstSeq + before.span
  const times = { fromS: before.toS, toS: Math.max(before.toS, after.fromS) }
  if (isSameBoot && after.firstSeq >= endSeq) {
    const losses = clipped(facts.between(before.dongleNo, before.boot, endSeq, after.firstSeq), endSeq, after.firstSeq)
    const lost = losses.reduce((sum, loss) => sum + loss.count, 0)
    const missing = after.firstSeq - endSeq - lost
    const gaps = losses.map(({ count, reason }): Gap => ({ ...times, kind: 'loss', count, reason }))
    if (missing > 0) return [...gaps, { ...times, kind: 'gap', count: missing }]
    return gaps.length > 0 ? gaps : silence(times, before.periodS)
  }
  if (isSameBoot) return silence(times, before.periodS) // the meter's clock was set back: order in time is not order of sequence
  // Another boot: what the one lost at its end and the other at its beginning, and what of the other's beginning is not here yet.
  const head = headLosses(facts, after)
  const missing = after.firstSeq - head.reduce((sum, loss) => sum + loss.count, 0)
  const gaps = [...tailLosses(facts, before), ...head].map(
    ({ count, reason }): Gap => ({ ...times, kind: 'loss', count, reason }),
  )
  if (missing > 0) return [...gaps, { ...times, kind: 'gap', count: missing }]
  return gaps.length > 0 ? gaps : silence(times, before.periodS)
}

/** When the series begins that goes on after this one: another meter, or another dongle behind the same one. */
function successorS({ ends, begins = [] }: GapFacts, end: BatchRow): number | undefined {
  const later = ends
    .filter(other => other.seriesNo !== end.seriesNo && other.toS > end.toS)
    .map(other => other.seriesNo)
  const starts = begins.filter(begin => later.includes(begin.seriesNo)).map(begin => begin.fromS)
  return starts.length === 0 ? undefined : Math.min(...starts)
}

function gapsAfter(facts: GapFacts, last: BatchRow, toS: number): Gap[] {
  if (last.toS >= toS) return []
  const times = { fromS: last.toS, toS }
  const losses = tailLosses(facts, last)
  return losses.length > 0
    ? losses.map(({ count, reason }) => ({ ...times, kind: 'loss', count, reason }))
    : silence(times, last.periodS)
}

function tailLosses(facts: GapFacts, row: BatchRow): HoleRow[] {
  const endSeq = row.firstSeq + row.span
  return clipped(facts.between(row.dongleNo, row.boot, endSeq, SEQ_END), endSeq, SEQ_END)
}

function headLosses(facts: GapFacts, row: BatchRow): HoleRow[] {
  return clipped(facts.between(row.dongleNo, row.boot, 0, row.firstSeq), 0, row.firstSeq)
}

/** After a thinned batch the next reading is a period away; what was lost between is told with the batch. */
function silence(times: { fromS: number; toS: number }, periodS: number): Gap[] {
  return times.toS - times.fromS > SILENCE_MIN_S + periodS ? [{ ...times, kind: 'gap' }] : []
}

/** Losses cut to fromSeq … toSeq - 1 and to what no earlier loss has said: they are union facts and may overlap. */
function clipped(losses: HoleRow[], fromSeq: number, toSeq: number): HoleRow[] {
  const parts: HoleRow[] = []
  let next = fromSeq
  for (const loss of [...losses].sort((a, b) => a.fromSeq - b.fromSeq)) {
    const begin = Math.max(loss.fromSeq, next)
    const end = Math.min(loss.fromSeq + loss.count, toSeq)
    if (end <= begin) continue
    parts.push({ ...loss, fromSeq: begin, count: end - begin })
    next = end
  }
  return parts
}
