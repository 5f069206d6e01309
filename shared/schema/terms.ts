// The terms of use as the outside sees them: purposes, retention and rights spelled out, in four languages, by version. Node rooms only.

import Type, { type Static } from 'typebox'
import { textsOf } from './data-need.ts'
import { LanguageSchema } from './permission.ts'

/** `graceDays`: how long who accepted the version before has to accept this one. `exportDays`: how long a former holder can export what was theirs. */
export const TermsTextSchema = Type.Object(
  {
    title: textsOf(200),
    purposes: textsOf(4000),
    retention: textsOf(4000),
    rights: textsOf(4000),
    graceDays: Type.Integer({ minimum: 0, maximum: 365 }),
    exportDays: Type.Integer({ minimum: 30, maximum: 3660 }),
  },
  { additionalProperties: false },
)
export type TermsText = Static<typeof TermsTextSchema>

const Version = Type.Integer({ minimum: 1 })

export const TermsSchema = Type.Object(
  { version: Version, publishedAtMs: Type.Integer(), text: TermsTextSchema, digest: Type.String() },
  { additionalProperties: false },
)

/** `accepted`: how many accounts accept this version now. */
export const TermsVersionSchema = Type.Object(
  { ...TermsSchema.properties, accepted: Type.Integer({ minimum: 0 }) },
  { additionalProperties: false },
)
export type TermsVersionView = Static<typeof TermsVersionSchema>

/** `accepted`: what this account accepts now. */
export const OwnTermsSchema = Type.Object(
  {
    newest: TermsSchema,
    accepted: Type.Union([
      Type.Object({ version: Version, acceptedAtMs: Type.Integer() }, { additionalProperties: false }),
      Type.Null(),
    ]),
  },
  { additionalProperties: false },
)

export type OwnTerms = Static<typeof OwnTermsSchema>

export const AcceptTermsSchema = Type.Object(
  { version: Version, language: LanguageSchema, isAccepted: Type.Literal(true) },
  { additionalProperties: false },
)
