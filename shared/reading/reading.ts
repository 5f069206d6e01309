// A reading: the numbers of one telegram at one instant, whole numbers with the unit in each name. It refuses to know
// where they came from (telegram) and how they travel (batch). Scales: eMUCS-P1 and DSMR 5.0.2 section 6.12.

import { FIELD_NAMES, type FieldName, type FieldValues } from './fields.ts'

/**
 * Energy in Wh since the meter's start, power in W (quarter-hour mean where named so), voltage in dV (0.1 V), current in cA
 * (0.01 A, unsigned as the meter sends it), gas and water in dm3, heat in MJ, `…AtS` and `timeS` in epoch seconds UTC,
 * tariff 1 or 2 (the meter's register number; what is day or night differs by country). Absent is left out, never 0.
 */
export type Reading = { timeS: number } & { [field in FieldName]?: number }

/** A reading's values by field number, as batches and the dongle keep them. @public */
export function valuesOf(reading: Reading): FieldValues {
  const values: FieldValues = []
  for (let i = 0; i < FIELD_NAMES.length; i++) values.push(reading[FIELD_NAMES[i] as FieldName])
  return values
}

export function readingOf(timeS: number, values: FieldValues): Reading {
  const reading: Reading = { timeS: timeS }
  for (let i = 0; i < FIELD_NAMES.length; i++) {
    const value = values[i]
    if (value !== undefined) reading[FIELD_NAMES[i] as FieldName] = value
  }
  return reading
}
