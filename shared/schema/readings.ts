// A range of readings or rollups: times and columns, page by page, with what is missing said beside it. Column names are
// the reading's field names; a rollup adds lowest and highest power and the energy of its bucket. Node rooms only.

import Type, { type Static } from 'typebox'
import { FIELD_NAMES, type FieldName } from '../reading/fields.ts'
import { EpochS, ResolutionSchema } from './reading.ts'

/**
 * What a bucket adds to the field names. In a rollup `offtakeW` and `injectionW` are means, registers (`…Wh` of the field
 * table) stand as they were at the bucket's end, and `energy…Wh` is what ran within it. Energy that ran during a gap belongs
 * to no bucket: it shows in the registers, never as a spike.
 */
export const BUCKET_COLUMNS = [
  'count',
  'offtakeMinW',
  'offtakeMaxW',
  'injectionMinW',
  'injectionMaxW',
  'energyOfftakeWh',
  'energyInjectionWh',
  'energyOfftakeT1Wh',
  'energyOfftakeT2Wh',
  'energyInjectionT1Wh',
  'energyInjectionT2Wh',
] as const
export type BucketColumn = (typeof BUCKET_COLUMNS)[number]

/** One value per time, null where unknown. */
const ColumnSchema = Type.Unsafe<(number | null)[]>({ type: 'array', items: { type: ['integer', 'null'] } })

export type Columns = { [column in FieldName | BucketColumn]?: (number | null)[] }
const ColumnsSchema = Type.Unsafe<Columns>(
  Type.Object(
    Object.fromEntries([...FIELD_NAMES, ...BUCKET_COLUMNS].map(name => [name, Type.Optional(ColumnSchema)])),
    { additionalProperties: false },
  ),
)

/** loss: the dongle counted `count` readings lost, for `reason`. gap: nothing is here (yet); `count` if the sequence numbers tell. */
export const GapSchema = Type.Object(
  {
    fromS: EpochS,
    toS: EpochS,
    kind: Type.Unsafe<'gap' | 'loss'>(Type.String({ enum: ['gap', 'loss'] })),
    count: Type.Optional(Type.Integer({ minimum: 1 })),
    reason: Type.Optional(Type.String()),
  },
  { additionalProperties: false },
)
export type Gap = Static<typeof GapSchema>

export const READINGS_LIMIT_DEFAULT = 3600
const READINGS_LIMIT_MAX = 20_000

export const ReadingsQuerySchema = Type.Object(
  {
    resolution: ResolutionSchema,
    fromS: EpochS,
    toS: EpochS,
    fields: Type.Optional(Type.String({ maxLength: 600, description: 'column names, comma-separated; all if absent' })),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: READINGS_LIMIT_MAX, default: READINGS_LIMIT_DEFAULT })),
    cursor: Type.Optional(Type.String({ maxLength: 100, description: '`next` of the page before' })),
  },
  { additionalProperties: false },
)
export type ReadingsQuery = Static<typeof ReadingsQuerySchema>

/** One page of fromS <= time < toS, ascending. `timeS` of a rollup is the bucket's start. `next` is null on the last page. */
export const ReadingsSchema = Type.Object(
  {
    resolution: ResolutionSchema,
    fromS: EpochS,
    toS: EpochS,
    timeS: Type.Array(EpochS),
    columns: ColumnsSchema,
    gaps: Type.Array(GapSchema),
    next: Type.Union([Type.String(), Type.Null()]),
  },
  { additionalProperties: false },
)
export type Readings = Static<typeof ReadingsSchema>
