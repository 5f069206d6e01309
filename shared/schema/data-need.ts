// What a service needs of a metering point's readings, as one object: the text that is consented to, what is cut out and slowed down on the way, and
// the head of what is delivered all come from it. Names of Reg. (EU) 2023/1162 where it has them. Node rooms only.

import Type, { type Static } from 'typebox'
import { FIELD_NAMES, type FieldName } from '../reading/fields.ts'

export const LANGUAGES = ['nl', 'fr', 'de', 'en'] as const
export type Language = (typeof LANGUAGES)[number]

const DAY_S = 86_400

/** A text in each of the four languages; none is left out. */
export function textsOf(lengthMax: number) {
  const text = Type.String({ minLength: 1, maxLength: lengthMax, pattern: '\\S' })
  return Type.Object({ nl: text, fr: text, de: text, en: text }, { additionalProperties: false })
}

/** last: the last reading of each period. mean: powers, voltages and currents as the mean over the period, everything else as the last. */
export const AGGREGATIONS = ['last', 'mean'] as const
export type Aggregation = (typeof AGGREGATIONS)[number]

/**
 * `fields` as in a reading, in its order. One reading per `periodS` seconds is delivered, made as `aggregation` says; `historyS`: readings from so long
 * before the grant on, 0 for none (and never any from before the tenure). `everyS` is the transmission schedule: a delivery every so many seconds, 0 as they
 * come. `lifetimeS`: how long a permission lasts at most. `needsEan`: the metering point's EAN leaves with the readings; without it nothing does that says
 * which point it is but the permission's own id.
 */
export const DataNeedSchema = Type.Object(
  {
    purpose: textsOf(300),
    fields: Type.Array(Type.Unsafe<FieldName>(Type.String({ enum: [...FIELD_NAMES] })), {
      minItems: 1,
      maxItems: FIELD_NAMES.length,
      uniqueItems: true,
    }),
    periodS: Type.Integer({ minimum: 1, maximum: 3600 }),
    aggregation: Type.Unsafe<Aggregation>(Type.String({ enum: [...AGGREGATIONS] })),
    historyS: Type.Integer({ minimum: 0, maximum: 3 * 366 * DAY_S }),
    everyS: Type.Integer({ minimum: 0, maximum: DAY_S }),
    lifetimeS: Type.Integer({ minimum: 3600, maximum: 2 * 366 * DAY_S }),
    needsEan: Type.Optional(Type.Boolean()),
  },
  { additionalProperties: false },
)
export type DataNeed = Static<typeof DataNeedSchema>
