// What an ESP gets and how it asks for it: the plain JSON document, REST's answers, webhooks. Node rooms only.

import Type, { type Static } from 'typebox'
import { FIELD_NAMES } from '../reading/fields.ts'
import { AGGREGATIONS, type Aggregation } from './data-need.ts'
import { EpochS } from './reading.ts'

/** json: ours. rtd: CIM RTD v1.12 in JSON. timeseries: RTD's TimeSeries alone, one per reading, as AIIDA's CIM data source takes it. */
export const DELIVERY_FORMATS = ['json', 'rtd', 'timeseries'] as const
export type DeliveryFormat = (typeof DELIVERY_FORMATS)[number]

const fieldSchemas = Object.fromEntries(FIELD_NAMES.map(name => [name, Type.Optional(Type.Integer({ minimum: 0 }))]))
export const DeliveredSchema = Type.Object(
  {
    timeS: EpochS,
    lastS: Type.Optional(EpochS),
    count: Type.Optional(Type.Integer({ minimum: 1, description: 'readings that this one was made of' })),
    ...fieldSchemas,
  },
  { additionalProperties: false },
)

const AggregationsSchema = Type.Unsafe<{ [field: string]: Aggregation }>(
  Type.Object(
    Object.fromEntries(FIELD_NAMES.map(name => [name, Type.Optional(Type.String({ enum: [...AGGREGATIONS] }))])),
    { additionalProperties: false },
  ),
)

/** `id`: the same for the same readings, however often they come. `aggregation`: how each field of a period was made; absent for single readings. */
export const DeliveryDocumentSchema = Type.Object(
  {
    id: Type.String({ minLength: 22, maxLength: 22 }),
    permissionId: Type.String(),
    serviceId: Type.String(),
    version: Type.Integer({ minimum: 1 }),
    ean: Type.String({ pattern: '^[0-9]{18}$' }),
    flag: Type.Literal('informative, not validated'),
    periodS: Type.Integer({ minimum: 1 }),
    aggregation: Type.Optional(AggregationsSchema),
    readings: Type.Array(DeliveredSchema),
  },
  { additionalProperties: false },
)
export type DeliveryDocument = Static<typeof DeliveryDocumentSchema>
