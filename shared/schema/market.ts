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

/** Somebody has to look: nothing came of it, and something should have. */
export const MARKET_TROUBLES: readonly MarketOutcome[] = ['contradictory', 'unknown-point', 'malformed']

const Outcome = Type.Unsafe<MarketOutcome>(Type.String({ enum: [...MARKET_OUTCOMES] }))

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

/** What a market's event has set off, once it has taken effect: the tenure that ended with it. `esps`: notices to ESPs, and how many of them were acknowledged. */
export const SetOffSchema = Type.Object(
  {
    endedAtMs: Type.Integer(),
    permissions: Type.Integer({ minimum: 0 }),
    esps: Type.Object(
      { told: Type.Integer({ minimum: 0 }), acknowledged: Type.Integer({ minimum: 0 }) },
      { additionalProperties: false },
    ),
    dongles: Type.Object(
      { stopped: Type.Integer({ minimum: 0 }), waiting: Type.Integer({ minimum: 0 }) },
      { additionalProperties: false },
    ),
  },
  { additionalProperties: false },
)

/** An event as it was told, for who looks at what the market says. Of the EAN the last four digits, of the holders none. */
export const MarketStorySchema = Type.Object(
  {
    eventId: Type.String(),
    kind: MarketEventSchema.properties.kind,
    outcome: Outcome,
    toldAtMs: Type.Integer(),
    effectiveS: EpochS,
    issuedS: EpochS,
    eanEnd: Type.String({ pattern: '^[0-9]{4}$' }),
    meteringPointId: Type.Union([Type.String(), Type.Null()], { description: 'null: none of this platform' }),
    setOff: Type.Union([SetOffSchema, Type.Null()], { description: 'null: nobody here held the point until then' }),
  },
  { additionalProperties: false },
)
export type MarketStory = Static<typeof MarketStorySchema>

/** One answer per event, in their order. */
export const MarketAnswersSchema = Type.Object(
  {
    items: Type.Array(
      Type.Object(
        {
          eventId: Type.String(),
          outcome: Outcome,
        },
        { additionalProperties: false },
      ),
    ),
  },
  { additionalProperties: false },
)
export type MarketAnswers = Static<typeof MarketAnswersSchema>
