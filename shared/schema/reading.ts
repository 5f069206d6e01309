// The readings of HTTP answers as TypeBox: the same names and units as shared/reading, with the ranges of the wire. It
// refuses to know how a reading is stored or delivered. Node rooms only.

import Type, { type Static } from 'typebox'
import { FIELD_NAMES, type FieldName } from '../reading/fields.ts'
import type { Reading } from '../reading/reading.ts'

/** Epoch seconds UTC. The upper bound is the year 2106 (32 bits): far enough, and a wrong unit (ms) is refused. */
export const EpochS = Type.Integer({ minimum: 0, maximum: 4294967295, description: 'epoch seconds, UTC' })

const MEANING: { [unit: string]: string } = {
  Wh: 'Wh, whole, since the meter’s start',
  W: 'W, whole',
  dV: 'dV (0.1 V)',
  cA: 'cA (0.01 A)',
  dm3: 'dm3 since the meter’s start',
  Dm3: 'dm3 since the meter’s start',
  MJ: 'MJ since the meter’s start',
  AtS: 'epoch seconds, UTC',
}

function meaningOf(field: FieldName): string {
  const unit = Object.keys(MEANING).find(suffix => field.endsWith(suffix))
  return unit === undefined ? 'the meter’s register number, 1 or 2' : (MEANING[unit] as string)
}

const fieldSchemas = Object.fromEntries(
  FIELD_NAMES.map(field => [field, Type.Optional(Type.Integer({ minimum: 0, description: meaningOf(field) }))]),
)

/** One reading. An absent field is left out, never 0. */
export const ReadingSchema = Type.Unsafe<Reading>(
  Type.Object({ timeS: EpochS, ...fieldSchemas }, { additionalProperties: false }),
)

/** `resolution=raw` gives readings, the others rollups: 1m and 15m start on whole minutes UTC, day on local midnight. */
export const ResolutionSchema = Type.Unsafe<'raw' | '1m' | '15m' | 'day'>(
  Type.String({ enum: ['raw', '1m', '15m', 'day'] }),
)
export type Resolution = Static<typeof ResolutionSchema>
