// A dongle's diagnosis over REST: the verdict in one sentence with one next action, and what happened lately. It holds no serial, no
// EAN and no key.

import Type, { type Static } from 'typebox'

export const DiagnosisQuerySchema = Type.Object({
  lang: Type.Optional(
    Type.Unsafe<'nl' | 'fr' | 'de' | 'en'>(Type.String({ enum: ['nl', 'fr', 'de', 'en'], description: 'default en' })),
  ),
})

const FindingSchema = Type.Object(
  {
    code: Type.String({ description: 'for ever the same; docs/diagnosis.md has all' }),
    say: Type.String({ description: 'what is the matter, one sentence' }),
    next: Type.String({ description: 'the one thing to do next' }),
  },
  { additionalProperties: false },
)

const HappeningSchema = Type.Object(
  {
    atS: Type.Integer(),
    code: Type.String(),
    n: Type.Optional(Type.Integer()),
    word: Type.Optional(Type.String()),
    say: Type.String(),
  },
  { additionalProperties: false },
)

export const DiagnosisSchema = Type.Object(
  {
    isWell: Type.Boolean(),
    verdict: FindingSchema,
    also: Type.Array(FindingSchema, { description: 'what else was found, by cause' }),
    heardAtS: Type.Union([Type.Integer(), Type.Null()], { description: 'its newest status; null: never' }),
    happenings: Type.Array(HappeningSchema, { description: 'the last 50, newest first' }),
  },
  { additionalProperties: false },
)
export type DiagnosisAnswer = Static<typeof DiagnosisSchema>
