// A rollup: what a minute or a quarter of an hour of one meter came to. Everything in it is a sum, a lowest or a highest, so merging is
// commutative and associative: a backlog that arrives in any order, between live readings, gives the same rollups. Registers
// only rise within a meter, so their first and last value are their lowest and highest.

import type { Batch } from '../../shared/batch/batch.ts'
import { FIELD_NAMES, type FieldName } from '../../shared/reading/fields.ts'

export const POWER_FIELDS = ['offtakeW', 'injectionW'] as const
export const REGISTER_FIELDS = [
  'offtakeT1Wh',
  'offtakeT2Wh',
  'injectionT1Wh',
  'injectionT2Wh',
  'offtakeWh',
  'injectionWh',
] as const

/** W; `sum` over `count` readings. Sums stay exact: 900 readings of at most 2^32 W are far below 2^53. */
export interface PowerRollup {
  count: number
  sum: number
  min: number
  max: number
}

/** Wh at the first and at the last reading of the bucket. */
export interface RegisterRollup {
  first: number
  last: number
}

/** `count` readings; `powers[i]` belongs to POWER_FIELDS[i], `registers[i]` to REGISTER_FIELDS[i]; undefined where no reading had the field. */
export interface Rollup {
  count: number
  powers: (PowerRollup | undefined)[]
  registers: (RegisterRollup | undefined)[]
}

export const WIDTHS = { '1m': 60, '15m': 900 } as const
export type Width = keyof typeof WIDTHS

/** One row of the store holds an hour of one series: its quarters in slots 0 to 3, its minutes in slots 4 to 63. */
export const HOUR_S = 3600
export const HOUR_SLOTS = 64
export const HOUR_QUARTERS = 4
/** Another holds the quarters of a day (UTC) that are over, so that a chart opens one seal a day. */
export const DAY_S = 86_400
export const DAY_SLOTS = 96
const FIRST_SLOT: { [width in Width]: number } = { '15m': 0, '1m': 4 }

/** The slots of one width, first and end. */
export function slotsOf(width: Width): [number, number] {
  return [FIRST_SLOT[width], FIRST_SLOT[width] + HOUR_S / WIDTHS[width]]
}

/** The batch's rollups, by the hour's start in epoch seconds and by slot. A quarter is the sum of its minutes. */
export function hoursOf(batch: Batch): Map<number, Map<number, Rollup>> {
  const hours = new Map<number, Map<number, Rollup>>()
  for (const [minuteS, rollup] of rollupsOf(batch, WIDTHS['1m'])) {
    const atS = minuteS % HOUR_S
    let slots = hours.get(minuteS - atS)
    if (slots === undefined) {
      slots = new Map()
      hours.set(minuteS - atS, slots)
    }
    slots.set(FIRST_SLOT['1m'] + atS / WIDTHS['1m'], rollup)
    const quarter = FIRST_SLOT['15m'] + Math.floor(atS / WIDTHS['15m'])
    const known = slots.get(quarter)
    slots.set(quarter, known === undefined ? rollup : mergeRollups(known, rollup))
  }
  return hours
}

export function mergeRollups(a: Rollup, b: Rollup): Rollup {
  return {
    count: a.count + b.count,
    powers: POWER_FIELDS.map((_, i) => mergePowers(a.powers[i], b.powers[i])),
    registers: REGISTER_FIELDS.map((_, i) => mergeRegisters(a.registers[i], b.registers[i])),
  }
}

/** The same meter at the same time through two dongles: registers are the union of what both saw, power is the fuller view's. */
export function unionOfViews(a: Rollup, b: Rollup): Rollup {
  return { ...(a.count >= b.count ? a : b), registers: mergeRollups(a, b).registers }
}

function mergePowers(a: PowerRollup | undefined, b: PowerRollup | undefined): PowerRollup | undefined {
  if (a === undefined || b === undefined) return a ?? b
  return { count: a.count + b.count, sum: a.sum + b.sum, min: Math.min(a.min, b.min), max: Math.max(a.max, b.max) }
}

function mergeRegisters(a: RegisterRollup | undefined, b: RegisterRollup | undefined): RegisterRollup | undefined {
  if (a === undefined || b === undefined) return a ?? b
  return { first: Math.min(a.first, b.first), last: Math.max(a.last, b.last) }
}

const POWER_NUMBERS = POWER_FIELDS.map(numberOf)
const REGISTER_NUMBERS = REGISTER_FIELDS.map(numberOf)

/** The last field that a rollup needs (shared/reading/fields.ts). */
export const ROLLUP_FIELD_MAX = Math.max(...POWER_NUMBERS, ...REGISTER_NUMBERS)

function numberOf(field: FieldName): number {
  return FIELD_NAMES.indexOf(field)
}

/** The batch's rollups by bucket start in epoch seconds. Buckets start on whole multiples of `widthS` UTC, as local quarters do in every time zone of Europe. */
export function rollupsOf(batch: Batch, widthS: number): Map<number, Rollup> {
  const rollups = new Map<number, Rollup>()
  const powers = POWER_NUMBERS.map(number => batch.columns[batch.fields.indexOf(number)])
  const registers = REGISTER_NUMBERS.map(number => batch.columns[batch.fields.indexOf(number)])
  const { timeS } = batch
  // Readings of one bucket mostly stand side by side; where a clock was set, a bucket comes again and is merged.
  for (let from = 0; from < timeS.length; ) {
    const startS = (timeS[from] as number) - ((timeS[from] as number) % widthS)
    let end = from + 1
    while (end < timeS.length && (timeS[end] as number) >= startS && (timeS[end] as number) < startS + widthS) end++
    const rollup: Rollup = {
      count: end - from,
      powers: powers.map(column => powerOf(column, from, end)),
      registers: registers.map(column => registerOf(column, from, end)),
    }
    const known = rollups.get(startS)
    rollups.set(startS, known === undefined ? rollup : mergeRollups(known, rollup))
    from = end
  }
  return rollups
}

type Column = ArrayLike<number> | undefined

function powerOf(column: Column, from: number, end: number): PowerRollup | undefined {
  if (column === undefined) return undefined
  let sum = 0
  let min = Number.MAX_SAFE_INTEGER
  let max = 0
  for (let i = from; i < end; i++) {
    const watts = column[i] as number
    sum += watts
    if (watts < min) min = watts
    if (watts > max) max = watts
  }
  return { count: end - from, sum, min, max }
}

function registerOf(column: Column, from: number, end: number): RegisterRollup | undefined {
  if (column === undefined) return undefined
  let first = Number.MAX_SAFE_INTEGER
  let last = 0
  for (let i = from; i < end; i++) {
    const wh = column[i] as number
    if (wh < first) first = wh
    if (wh > last) last = wh
  }
  return { first, last }
}
