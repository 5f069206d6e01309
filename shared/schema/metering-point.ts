// A metering point as its holder sees it, and the answers about its newest state. In addresses it goes by its pseudonymous
// id; the EAN stands in bodies only, so that no log of addresses ever holds one. Node rooms only.

import Type, { type Static } from 'typebox'
import { QualitySchema } from './quality.ts'
import { EpochS, ReadingSchema } from './reading.ts'

/** `mp_` and 16 characters of Crockford base32 (80 bits): says nothing of the EAN behind it. */
const MeteringPointIdSchema = Type.String({ pattern: '^mp_[0-9a-hjkmnp-tv-z]{16}$' })

const MeteringPointSchema = Type.Object(
  {
    id: MeteringPointIdSchema,
    ean: Type.String({ pattern: '^[0-9]{18}$', description: 'EAN-18 of the connection' }),
    name: Type.Optional(Type.String({ maxLength: 80 })),
    timeZone: Type.String({ description: 'IANA name; days are cut at its midnight' }),
    country: Type.String({ pattern: '^[A-Z]{2}$' }),
    sinceS: EpochS,
  },
  { additionalProperties: false },
)
export type MeteringPoint = Static<typeof MeteringPointSchema>

export const MeteringPointListSchema = Type.Object(
  { items: Type.Array(MeteringPointSchema) },
  { additionalProperties: false },
)
export type MeteringPointList = Static<typeof MeteringPointListSchema>

/** `reading` is null until the first one is stored. */
export const LatestSchema = Type.Object(
  {
    reading: Type.Union([ReadingSchema, Type.Null()]),
    receivedAtMs: Type.Union([Type.Integer({ minimum: 0 }), Type.Null()]),
    quality: QualitySchema,
  },
  { additionalProperties: false },
)
export type Latest = Static<typeof LatestSchema>

const EnergyWh = Type.Optional(Type.Integer({ minimum: 0, description: 'Wh since fromS' }))

/** Energy since local midnight; a register that the meter does not send is left out. */
export const TodaySchema = Type.Object(
  {
    fromS: EpochS,
    untilS: Type.Optional(EpochS),
    offtakeWh: EnergyWh,
    injectionWh: EnergyWh,
    offtakeT1Wh: EnergyWh,
    offtakeT2Wh: EnergyWh,
    injectionT1Wh: EnergyWh,
    injectionT2Wh: EnergyWh,
  },
  { additionalProperties: false },
)
export type Today = Static<typeof TodaySchema>

/** Data of the SSE event `reading`: newly stored readings, ascending; a backlog's older ones come this way too. */
export const LiveReadingSchema = Type.Object(
  { readings: Type.Array(ReadingSchema), receivedAtMs: Type.Integer({ minimum: 0 }) },
  { additionalProperties: false },
)
export type LiveReading = Static<typeof LiveReadingSchema>
