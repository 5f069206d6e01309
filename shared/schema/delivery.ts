// What an ESP gets and how it asks for it: the plain JSON document, REST's answers, webhooks. Node rooms only.

import Type, { type Static } from 'typebox'
import { FIELD_NAMES } from '../reading/fields.ts'
import { AGGREGATIONS, type Aggregation } from './data-need.ts'
import { EpochS } from './reading.ts'
import { GapSchema } from './readings.ts'

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
    ean: Type.Optional(Type.String({ pattern: '^[0-9]{18}$', description: 'only where the data need asks for it' })),
    flag: Type.Literal('informative, not validated'),
    periodS: Type.Integer({ minimum: 1 }),
    aggregation: Type.Optional(AggregationsSchema),
    readings: Type.Array(DeliveredSchema),
  },
  { additionalProperties: false },
)
export type DeliveryDocument = Static<typeof DeliveryDocumentSchema>

const FormatSchema = Type.Unsafe<DeliveryFormat>(Type.String({ enum: [...DELIVERY_FORMATS], default: 'json' }))

export const LatestDeliveryQuerySchema = Type.Object(
  { format: Type.Optional(FormatSchema) },
  { additionalProperties: false },
)

export const PULL_LIMIT_DEFAULT = 3600
const PULL_LIMIT_MAX = 20_000

export const PullQuerySchema = Type.Object(
  {
    fromS: EpochS,
    toS: EpochS,
    limit: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: PULL_LIMIT_MAX,
        default: PULL_LIMIT_DEFAULT,
        description: 'stored readings to go through for one page',
      }),
    ),
    cursor: Type.Optional(Type.String({ maxLength: 200, description: '`next` of the page before' })),
    format: Type.Optional(FormatSchema),
  },
  { additionalProperties: false },
)

export const GapQuerySchema = Type.Object({ fromS: EpochS, toS: EpochS }, { additionalProperties: false })

/** One page of fromS <= time < toS. `next` is null on the last one. */
export const PullPageSchema = Type.Object(
  { ...DeliveryDocumentSchema.properties, next: Type.Union([Type.String(), Type.Null()]) },
  { additionalProperties: false },
)

export const DeliveryGapsSchema = Type.Object(
  { permissionId: Type.String(), fromS: EpochS, toS: EpochS, gaps: Type.Array(GapSchema) },
  { additionalProperties: false },
)

export const WebhookWishSchema = Type.Object(
  {
    url: Type.String({ maxLength: 500, description: 'https, at a public address' }),
    format: Type.Optional(FormatSchema),
  },
  { additionalProperties: false },
)

/** `lastAnswer`: the newest answer: a status, or away, late, garbage, not-public; null: nothing was posted since the server started. */
const Health = {
  failures: Type.Integer({ minimum: 0, description: 'in a row' }),
  failingSinceS: Type.Union([EpochS, Type.Null()]),
  lastAnswer: Type.Union([Type.String(), Type.Null()]),
}
export const WebhookSchema = Type.Object(
  { url: Type.String(), format: FormatSchema, ...Health },
  { additionalProperties: false },
)
export type Webhook = Static<typeof WebhookSchema>
/** `secret` is shown this once. */
export const NewWebhookSchema = Type.Object(
  { url: Type.String(), format: FormatSchema, secret: Type.String({ pattern: '^whsec_' }) },
  { additionalProperties: false },
)
export type NewWebhook = Static<typeof NewWebhookSchema>
export const WebhookTestSchema = Type.Object(
  { isTaken: Type.Boolean(), answer: Type.String({ description: 'a status, or away, late, garbage, not-public' }) },
  { additionalProperties: false },
)
export type WebhookTest = Static<typeof WebhookTestSchema>

/**
 * How an ESP's deliveries do. `isTaken`: an address for webhooks is kept, somebody reads the stream. `waiting`: permissions of which something could leave now
 * and has not arrived; `sinceS`: readings from then on, null when nothing waits.
 */
export const DeliveryHealthSchema = Type.Object(
  {
    channels: Type.Array(
      Type.Object(
        {
          channel: Type.Unsafe<'mqtt' | 'webhook'>(Type.String({ enum: ['mqtt', 'webhook'] })),
          isTaken: Type.Boolean(),
          waiting: Type.Integer({ minimum: 0 }),
          sinceS: Type.Union([EpochS, Type.Null()]),
        },
        { additionalProperties: false },
      ),
    ),
    noticesWaiting: Type.Integer({ minimum: 0, maximum: 100, description: 'not sent yet; 100: maybe more' }),
  },
  { additionalProperties: false },
)
export type DeliveryHealth = Static<typeof DeliveryHealthSchema>

/** A delivery that was given up: readings of fromS <= time < toS. */
export const DeadDeliverySchema = Type.Object(
  {
    no: Type.Integer({ minimum: 1 }),
    permissionId: Type.String(),
    channel: Type.Unsafe<'mqtt' | 'webhook'>(Type.String({ enum: ['mqtt', 'webhook'] })),
    fromS: EpochS,
    toS: EpochS,
    code: Type.String(),
    atS: EpochS,
  },
  { additionalProperties: false },
)
export type DeadDelivery = Static<typeof DeadDeliverySchema>
export const ReplayedDeliverySchema = Type.Object(
  { isPending: Type.Boolean({ description: 'false: its permission is over' }) },
  { additionalProperties: false },
)
export type ReplayedDelivery = Static<typeof ReplayedDeliverySchema>
