// The catalogue: who offers services (ESPs), and what a service is, with the data that it needs. Categories are those of the platform's use cases, kinds those of
// the services that it must be able to describe. Node rooms only.

import Type, { type Static } from 'typebox'
import { DataNeedSchema, textsOf } from './data-need.ts'

/** suspended: what it offers is not in the catalogue and nobody can subscribe; what was granted goes on. expelled: that ended too. */
export const ESP_STATES = ['applied', 'admitted', 'refused', 'suspended', 'expelled'] as const
export type EspState = (typeof ESP_STATES)[number]

/** draft → submitted → reviewed → published → withdrawn. A submitted or reviewed one that is changed is a draft again. */
export const SERVICE_STATES = ['draft', 'submitted', 'reviewed', 'published', 'withdrawn'] as const
export type ServiceState = (typeof SERVICE_STATES)[number]

export const CATALOGUE_EVENTS = [
  'applied',
  'admitted',
  'refused',
  'suspended',
  'expelled',
  'profile-changed',
  'drafted',
  'submitted',
  'returned',
  'reviewed',
  'published',
  'withdrawn',
] as const
export type CatalogueEventKind = (typeof CATALOGUE_EVENTS)[number]

export const CATEGORIES = [
  'energy-optimisation',
  'energy-sharing',
  'commercial-flexibility',
  'intraday-balancing',
] as const
export type Category = (typeof CATEGORIES)[number]

/** (a) to (k) of requirement 73, and other. */
export const SERVICE_KINDS = [
  'self-consumption',
  'sharing-distribution',
  'threshold-exceeded',
  'stream-interrupted',
  'irregular-behaviour',
  'recurring-peaks',
  'flexible-periods',
  'residual-capacity',
  'short-term-forecast',
  'load-forecast',
  'grouped-points',
  'other',
] as const

/** How an ESP reaches the customer with what it makes of the data. */
export const SERVICE_CHANNELS = ['app', 'e-mail', 'sms', 'api'] as const

const HttpsUrl = Type.String({ maxLength: 500, pattern: '^https://[^\\s/]+\\.[^\\s]+$' })
const EMail = Type.String({ maxLength: 200, pattern: '^[^\\s@]+@[^\\s@]+\\.[^\\s@]+$' })
const wordOf = <T extends string>(words: readonly T[]) => Type.Unsafe<T>(Type.String({ enum: [...words] }))

export const EspIdSchema = Type.String({ pattern: '^esp_[0-9a-hjkmnp-tv-z]{16}$' })
export const ServiceIdSchema = Type.String({ pattern: '^svc_[0-9a-hjkmnp-tv-z]{16}$' })

/** `companyNumber`: of the Crossroads Bank for Enterprises or its like. `contact` is where customers turn to. */
export const EspProfileSchema = Type.Object(
  {
    name: Type.String({ minLength: 1, maxLength: 80, pattern: '\\S' }),
    companyNumber: Type.String({ minLength: 4, maxLength: 30, pattern: '^[A-Za-z0-9. -]+$' }),
    country: Type.String({ pattern: '^[A-Z]{2}$' }),
    contact: Type.Object({ eMail: EMail, url: Type.Optional(HttpsUrl) }, { additionalProperties: false }),
  },
  { additionalProperties: false },
)
export type EspProfile = Static<typeof EspProfileSchema>

/**
 * What the customer pays for the service: `amountCents` per `per` in `currency`, 0 with free; `text` says the rest. The platform itself costs the customer
 * nothing.
 */
const PriceSchema = Type.Object(
  {
    currency: Type.String({ pattern: '^[A-Z]{3}$' }),
    amountCents: Type.Integer({ minimum: 0, maximum: 100_000_000 }),
    per: wordOf(['free', 'once', 'month', 'year', 'use'] as const),
    text: textsOf(500),
  },
  { additionalProperties: false },
)
export type Price = Static<typeof PriceSchema>

/** A draft may leave out `privacyPolicy`; it is published with one or not at all. */
export const ServiceTextSchema = Type.Object(
  {
    name: textsOf(80),
    summary: textsOf(1000),
    category: wordOf(CATEGORIES),
    kinds: Type.Array(wordOf(SERVICE_KINDS), { minItems: 1, maxItems: SERVICE_KINDS.length, uniqueItems: true }),
    channels: Type.Array(wordOf(SERVICE_CHANNELS), { minItems: 1, maxItems: 4, uniqueItems: true }),
    price: PriceSchema,
    contact: Type.Object({ eMail: EMail, url: Type.Optional(HttpsUrl) }, { additionalProperties: false }),
    privacyPolicy: Type.Optional(HttpsUrl),
    need: DataNeedSchema,
  },
  { additionalProperties: false },
)
export type ServiceText = Static<typeof ServiceTextSchema>

/** `remark`: what the operator said with the newest decision, to the ESP; absent when nothing. */
export const EspSchema = Type.Object(
  {
    espId: EspIdSchema,
    state: wordOf(ESP_STATES),
    profile: EspProfileSchema,
    remark: Type.Optional(Type.String()),
  },
  { additionalProperties: false },
)
export type Esp = Static<typeof EspSchema>

/** `remark`: the operator's, with a decision about the ESP. */
export const EspEventSchema = Type.Object(
  {
    atMs: Type.Integer({ minimum: 0 }),
    actor: Type.String(),
    kind: wordOf(CATALOGUE_EVENTS),
    serviceId: Type.Union([ServiceIdSchema, Type.Null()]),
    version: Type.Union([Type.Integer({ minimum: 1 }), Type.Null()]),
    remark: Type.Union([Type.String(), Type.Null()]),
  },
  { additionalProperties: false },
)
export type EspEvent = Static<typeof EspEventSchema>

/** `consentVersion`: consents from this version on are good for it. `digest` is of the text; a review names it. */
export const ServiceSchema = Type.Object(
  {
    serviceId: ServiceIdSchema,
    espId: EspIdSchema,
    espName: Type.String(),
    espCountry: Type.String(),
    version: Type.Integer({ minimum: 1 }),
    consentVersion: Type.Integer({ minimum: 1 }),
    state: wordOf(SERVICE_STATES),
    text: ServiceTextSchema,
    digest: Type.String({ pattern: '^[0-9a-f]{64}$' }),
    remark: Type.Optional(Type.String()),
  },
  { additionalProperties: false },
)
export type Service = Static<typeof ServiceSchema>

/** One line of what customers will read; `before`: what it said in the version before, null where that is the same or there is none. */
const ReviewLineSchema = Type.Object(
  { about: Type.String(), label: Type.String(), text: Type.String(), before: Type.Union([Type.String(), Type.Null()]) },
  { additionalProperties: false },
)

/** What an operator judges. `before`: the version that is published, else the newest one before it. `isNewConsent`: a consent to that one is not good for this. */
export const ServiceReviewSchema = Type.Object(
  {
    service: ServiceSchema,
    before: Type.Union([ServiceSchema, Type.Null()]),
    isNewConsent: Type.Boolean(),
    lines: Type.Array(ReviewLineSchema),
  },
  { additionalProperties: false },
)
export type ServiceReview = Static<typeof ServiceReviewSchema>

export const CatalogueQuerySchema = Type.Object(
  {
    q: Type.Optional(
      Type.String({ maxLength: 100, description: 'words that name, summary or provider have, in any language' }),
    ),
    category: Type.Optional(wordOf(CATEGORIES)),
    kind: Type.Optional(wordOf(SERVICE_KINDS)),
    channel: Type.Optional(wordOf(SERVICE_CHANNELS)),
    espId: Type.Optional(Type.String({ maxLength: 64 })),
    isFree: Type.Optional(Type.Boolean()),
    cursor: Type.Optional(Type.String({ maxLength: 100 })),
    limit: Type.Integer({ minimum: 1, maximum: 100, default: 20 }),
  },
  { additionalProperties: false },
)
export type CatalogueQuery = Static<typeof CatalogueQuerySchema>

export const ServicePageSchema = Type.Object(
  { items: Type.Array(ServiceSchema), next: Type.Union([Type.String(), Type.Null()]) },
  { additionalProperties: false },
)

/** What the fee of an ESP goes by: its active subscriptions in a month. */
export const SubscriptionCountSchema = Type.Object(
  {
    espId: EspIdSchema,
    espName: Type.String(),
    month: Type.String({ pattern: '^[0-9]{4}-[0-9]{2}$' }),
    subscriptions: Type.Integer({ minimum: 0, description: 'permissions that were granted at some time of the month' }),
    meteringPoints: Type.Integer({ minimum: 0, description: 'points among them, each once' }),
  },
  { additionalProperties: false },
)
export type SubscriptionCount = Static<typeof SubscriptionCountSchema>
