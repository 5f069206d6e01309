// The fields of a reading, in wire order: charted ones first, so that a chart can stop decoding early. A field's place in
// this table is its number on the wire and its bit in a batch's field mask: append only, never reorder (docs/protocol.md).
// The time is not in the table: every reading has one.

export const FIELD_NAMES = [
  'offtakeT1Wh', // 0
  'offtakeT2Wh', // 1
  'injectionT1Wh', // 2
  'injectionT2Wh', // 3
  'offtakeW', // 4
  'injectionW', // 5
  'tariff', // 6
  'offtakeWh', // 7   totals: where a country has no T1/T2 (Luxembourg, the A1 business port)
  'injectionWh', // 8
  'quarterAvgOfftakeW', // 9
  'monthPeakOfftakeW', // 10
  'monthPeakAtS', // 11
  'gasDm3', // 12
  'gasAtS', // 13
  'waterDm3', // 14
  'waterAtS', // 15
  'heatMJ', // 16
  'heatAtS', // 17
  'voltageL1dV', // 18
  'voltageL2dV', // 19
  'voltageL3dV', // 20
  'currentL1cA', // 21
  'currentL2cA', // 22
  'currentL3cA', // 23
  'offtakeL1W', // 24
  'offtakeL2W', // 25
  'offtakeL3W', // 26
  'injectionL1W', // 27
  'injectionL2W', // 28
  'injectionL3W', // 29
] as const

/** How many there are; the dongle needs no names. */
export const FIELD_COUNT: (typeof FIELD_NAMES)['length'] = 30
export const MONTH_PEAK = 10
export const GAS = 12
export const WATER = 14
export const HEAT = 16

export type FieldName = (typeof FIELD_NAMES)[number]

/** Values of one reading by field number; absent is undefined, never 0. The form in which the dongle keeps them. */
export type FieldValues = Array<number | undefined>
