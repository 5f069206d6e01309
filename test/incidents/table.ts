// From outcomes to the incident table and the verdict.

import type { Outcome } from './script.ts'

export interface Row {
  kind: string
  count: number
  /** Delivery stopped for so many of them; the seconds are theirs. */
  harmed: number
  medianS: number
  p95S: number
  replugs: number
}

export interface Table {
  rows: Row[]
  all: Row
  /** Why it is not good enough, in sentences; empty = it is. */
  complaints: string[]
}

const MEDIAN_GOAL_S = 120

function atShare(sorted: number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0
}

function rowOf(kind: string, outcomes: Outcome[]): Row {
  const harmed = outcomes.filter(one => one.isHarmed)
  const seconds = harmed.map(one => one.recoveryS).sort((a, b) => a - b)
  const replugs = outcomes.filter(one => one.isReplug).length
  return {
    kind,
    count: outcomes.length,
    harmed: harmed.length,
    medianS: atShare(seconds, 0.5),
    p95S: atShare(seconds, 0.95),
    replugs,
  }
}

export function tableOf(outcomes: Outcome[]): Table {
  const kinds = [...new Set(outcomes.map(one => one.kind))].sort()
  const rows = kinds.map(kind =>
    rowOf(
      kind,
      outcomes.filter(one => one.kind === kind),
    ),
  )
  const all = rowOf('all', outcomes)
  const complaints = outcomes
    .filter(one => one.violation !== undefined)
    .map(one => `seed 0x${one.seed.toString(16)}: ${one.violation}`)
  if (all.medianS >= MEDIAN_GOAL_S) complaints.push(`median recovery ${all.medianS} s, goal under ${MEDIAN_GOAL_S} s`)
  return { rows, all, complaints }
}
