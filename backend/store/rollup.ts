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

/** A quarter of an hour and its fifteen minutes: one row of the store, so that a chart of either opens 96 seals a day. */
export interface Quarter {
  whole: Rollup
  minutes: (Rollup | undefined)[]
}

export const MINUTES = 15

export function mergeQuarters(a: Quarter, b: Quarter): Quarter {
  const minutes: (Rollup | undefined)[] = []
  for (let i = 0; i < MINUTES; i++) minutes.push(mergeIfBoth(a.minutes[i], b.minutes[i]))
  return { whole: mergeRollups(a.whole, b.whole), minutes }
}

function mergeIfBoth(a: Rollup | undefined, b: Rollup | undefined): Rollup | undefined {
  return a === undefined || b === undefined ? (a ?? b) : mergeRollups(a, b)
}

/** The batch's quarters by start in epoch seconds. */
export function quartersOf(batch: Batch): Map<number, Quarter> {
  const quarters = new Map<number, Quarter>()
  for (const [minuteS, rollup] of rollupsOf(batch, WIDTHS['1m'])) {
    const startS = minuteS - (minuteS % WIDTHS['15m'])
    const known = quarters.get(startS)
    const quarter = known ?? { whole: rollup, minutes: new Array<Rollup | undefined>(MINUTES).fill(undefined) }
    if (known === undefined) quarters.set(startS, quarter)
    else quarter.whole = mergeRollups(quarter.whole, rollup)
    quarter.minutes[(minuteS - startS) / WIDTHS['1m']] = rollup
  }
  return quarters
}

export function mergeRollups(a: Rollup, b: Rollup): Rollup {
  return {
    count: a.count + b.count,
    powers: POWER_FIELDS.map((_, i) => mergePowers(a.powers[i], b.powers[i])),
    registers: REGISTER_FIELDS.map((_, i) => mergeRegisters(a.registers[i], b.registers[i])),
  }
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

function numberOf(field: FieldName): number {
  return FIELD_NAMES.indexOf(field)
}

/** The batch's rollups by bucket start in epoch seconds. Buckets start on whole multiples of `widthS` UTC, as local quarters do in every time zone of Europe. */
export function rollupsOf(batch: Batch, widthS: number): Map<number, Rollup> {
  const rollups = new Map<number, Rollup>()
  const powers = POWER_NUMBERS.map(number => batch.columns[batch.fields.indexOf(number)])
  const registers = REGISTER_NUMBERS.map(number => batch.columns[batch.fields.indexOf(number)])
  for (let i = 0; i < batch.timeS.length; i++) {
    const timeS = batch.timeS[i] as number
    const startS = timeS - (timeS % widthS)
    let rollup = rollups.get(startS)
    if (rollup === undefined) {
      rollup = { count: 0, powers: powers.map(emptyPower), registers: registers.map(emptyRegister) }
      rollups.set(startS, rollup)
    }
    addReading(rollup, powers, registers, i)
  }
  return rollups
}

type Column = ArrayLike<number> | undefined

function emptyPower(column: Column): PowerRollup | undefined {
  return column === undefined ? undefined : { count: 0, sum: 0, min: Number.MAX_SAFE_INTEGER, max: 0 }
}

function emptyRegister(column: Column): RegisterRollup | undefined {
  return column === undefined ? undefined : { first: Number.MAX_SAFE_INTEGER, last: 0 }
}

function addReading(rollup: Rollup, powers: Column[], registers: Column[], at: number): void {
  rollup.count++
  for (let i = 0; i < powers.length; i++) {
    const power = rollup.powers[i]
    if (power === undefined) continue
    const watts = (powers[i] as ArrayLike<number>)[at] as number
    power.count++
    power.sum += watts
    if (watts < power.min) power.min = watts
    if (watts > power.max) power.max = watts
  }
  for (let i = 0; i < registers.length; i++) {
    const register = rollup.registers[i]
    if (register === undefined) continue
    const wh = (registers[i] as ArrayLike<number>)[at] as number
    if (wh < register.first) register.first = wh
    if (wh > register.last) register.last = wh
  }
}
