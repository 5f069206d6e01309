// What a market system tells of metering points: customer switches, moves, ends of contracts, changed meters, each with when it takes effect and when it
// was said. They may come late, twice, out of order or in contradiction. Node rooms only.

import Type, { type Static } from 'typebox'
import { RegisterEntrySchema } from './access-register.ts'
import { EpochS } from './reading.ts'

export const MARKET_KINDS = ['switch', 'move', 'contract-end', 'meter-change'] as const
export type MarketKind = (typeof MARKET_KINDS)[number]

/**
 * applied: it is how things stand now. planned: it will, when its time has come. repeated: it was told before. late: something newer is known, and stands.
 * contradictory: it says otherwise than what was said with the same weight; nothing follows from it. unknown-point: the register has no such EAN.
 * malformed: a contract's end with a holder, or another kind without.
 */
export const MARKET_OUTCOMES = [
  'applied',
  'planned',
  'repeated',
  'late',
  'contradictory',
  'unknown-point',
  'malformed',
] as const
export type MarketOutcome = (typeof MARKET_OUTCOMES)[number]

/** `eventId`: the market's own. `holderId`: who holds the point from `effectiveS` on; null with contract-end, and with meter-change as it was. */
export const MarketEventSchema = Type.Object(
  {
    eventId: Type.String({ pattern: '^[!-~]{1,100}$' }),
    ean: RegisterEntrySchema.properties.ean,
    kind: Type.Unsafe<MarketKind>(Type.String({ enum: [...MARKET_KINDS] })),
    effectiveS: EpochS,
    issuedS: EpochS,
    holderId: RegisterEntrySchema.properties.holderId,
    meterSerial: Type.Optional(RegisterEntrySchema.properties.meterSerial),
  },
  { additionalProperties: false },
)
export type MarketEvent = Static<typeof MarketEventSchema>

export const MarketEventsSchema = Type.Object(
  { items: Type.Array(MarketEventSchema, { minItems: 1, maxItems: 1000 }) },
  { additionalProperties: false },
)

/** One answer per event, in their order. */
export const MarketAnswersSchema = Type.Object(
  {
    items: Type.Array(
      Type.Object(
        {
          eventId: Type.String(),
          outcome: Type.Unsafe<MarketOutcome>(Type.String({ enum: [...MARKET_OUTCOMES] })),
        },
        { additionalProperties: false },
      ),
    ),
  },
  { additionalProperties: false },
)
