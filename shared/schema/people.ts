// What REST says of people: who is signed in, mandates, accounts as operators see them, and ESPs' keys and tokens. Node rooms only.

import Type, { type Static } from 'typebox'
import { ROLES, type Role } from './access.ts'

const NullableTime = Type.Union([Type.Integer(), Type.Null()])
const RoleSchema = Type.Unsafe<Role>(Type.String({ enum: [...ROLES] }))
const EspId = Type.String({ pattern: '^[a-z0-9_-]{1,64}$' })

/** `isFresh`: the sign-in is recent enough for what weighs, and is until `freshUntilS`; 0 with an access key. `csrf` goes into the header x-nrt-csrf. */
export const SessionSchema = Type.Object(
  {
    person: Type.Union([
      Type.Object(
        {
          accountId: Type.String(),
          name: Type.String(),
          roles: Type.Array(RoleSchema),
          espIds: Type.Array(Type.String()),
          isFresh: Type.Boolean(),
          freshUntilS: Type.Integer(),
          csrf: Type.Union([Type.String(), Type.Null()]),
          actsFor: Type.Array(
            Type.Object(
              {
                mandateId: Type.String(),
                giverName: Type.String(),
                scope: Type.Union([Type.Literal('act'), Type.Literal('look')]),
              },
              { additionalProperties: false },
            ),
          ),
        },
        { additionalProperties: false },
      ),
      Type.Null(),
    ]),
    hasSignIn: Type.Boolean({ description: 'whether people can sign in here' }),
  },
  { additionalProperties: false },
)
export type Session = Static<typeof SessionSchema>

export const MANDATE_STATES = ['offered', 'open', 'ended', 'expired'] as const

export const MandateSchema = Type.Object(
  {
    mandateId: Type.String(),
    state: Type.Unsafe<(typeof MANDATE_STATES)[number]>(Type.String({ enum: [...MANDATE_STATES] })),
    scope: Type.Union([Type.Literal('act'), Type.Literal('look')]),
    giverName: Type.String(),
    holderName: Type.Union([Type.String(), Type.Null()]),
    createdAtS: Type.Integer(),
    offeredUntilS: Type.Integer(),
    endsAtS: Type.Integer(),
    takenAtS: NullableTime,
    endedAtS: NullableTime,
    usedAtS: NullableTime,
  },
  { additionalProperties: false },
)
export type Mandate = Static<typeof MandateSchema>

export const MandatesSchema = Type.Object(
  { given: Type.Array(MandateSchema), held: Type.Array(MandateSchema) },
  { additionalProperties: false },
)
export type Mandates = Static<typeof MandatesSchema>

export const MandateWishSchema = Type.Object(
  {
    scope: Type.Union([Type.Literal('act'), Type.Literal('look')]),
    days: Type.Integer({ minimum: 1, maximum: 730, default: 365 }),
  },
  { additionalProperties: false },
)

/** `code` is shown once. */
export const MandateOfferSchema = Type.Object(
  { mandateId: Type.String(), code: Type.String() },
  { additionalProperties: false },
)

export const MandateCodeSchema = Type.Object(
  { code: Type.String({ minLength: 1, maxLength: 64 }) },
  { additionalProperties: false },
)

export const OwnAccountSchema = Type.Object(
  {
    accountId: Type.String(),
    name: Type.String(),
    createdAtS: Type.Integer(),
    sessions: Type.Array(
      Type.Object(
        { session: Type.String(), startedAtS: Type.Integer(), seenAtS: Type.Integer() },
        { additionalProperties: false },
      ),
    ),
    events: Type.Array(
      Type.Object(
        {
          atS: Type.Integer(),
          actor: Type.String(),
          event: Type.String(),
          detail: Type.Union([Type.String(), Type.Null()]),
        },
        { additionalProperties: false },
      ),
    ),
  },
  { additionalProperties: false },
)

export const PersonSchema = Type.Object(
  {
    accountId: Type.String(),
    name: Type.String(),
    createdAtS: Type.Integer(),
    roles: Type.Array(RoleSchema),
    espIds: Type.Array(Type.String()),
    isLinked: Type.Boolean({ description: 'known to the access register' }),
    points: Type.Integer({ minimum: 0 }),
    isLocked: Type.Boolean({ description: 'nobody gets in as this account' }),
  },
  { additionalProperties: false },
)
export type Person = Static<typeof PersonSchema>

export const LockWishSchema = Type.Object(
  { isLocked: Type.Boolean(), reason: Type.String({ minLength: 1, maxLength: 200, pattern: '\\S' }) },
  { additionalProperties: false },
)

export const RoleWishSchema = Type.Object(
  { role: RoleSchema, espId: Type.Optional(EspId), isGiven: Type.Boolean() },
  { additionalProperties: false },
)

/** RFC 7517: the public half of a P-256 key, and nothing else. */
export const PublicJwkSchema = Type.Object({
  kty: Type.Literal('EC'),
  crv: Type.Literal('P-256'),
  x: Type.String({ pattern: '^[A-Za-z0-9_-]{43}$' }),
  y: Type.String({ pattern: '^[A-Za-z0-9_-]{43}$' }),
  kid: Type.Optional(Type.String({ pattern: '^[A-Za-z0-9._~-]{1,64}$' })),
})
export type PublicJwk = Static<typeof PublicJwkSchema>

export const EspKeySchema = Type.Object(
  {
    kid: Type.String(),
    createdAtS: Type.Integer(),
    revokedAtS: NullableTime,
  },
  { additionalProperties: false },
)
export type EspKey = Static<typeof EspKeySchema>

/** A certificate of an ESP's machine as PEM: one, without its key. */
export const CertificatePemSchema = Type.Object(
  { pem: Type.String({ maxLength: 16_384, description: 'one certificate, from -----BEGIN CERTIFICATE-----' }) },
  { additionalProperties: false },
)

/** `thumbprint`: SHA-256 of its DER in base64url (RFC 8705, `x5t#S256`). */
export const EspCertificateSchema = Type.Object(
  {
    thumbprint: Type.String(),
    fromS: Type.Integer(),
    untilS: Type.Integer(),
    createdAtS: Type.Integer(),
    revokedAtS: NullableTime,
  },
  { additionalProperties: false },
)
export type EspCertificate = Static<typeof EspCertificateSchema>

export const MANDATED_READS = ['latest', 'readings', 'today', 'live', 'export'] as const

/** What a mandated person has read: `reads` looks at it, of readings from `fromS` to `toS`. */
export const MandatedReadSchema = Type.Object(
  {
    no: Type.Integer(),
    atMs: Type.Integer(),
    mandateId: Type.String(),
    holderName: Type.String(),
    meteringPointId: Type.String(),
    what: Type.Unsafe<(typeof MANDATED_READS)[number]>(Type.String({ enum: [...MANDATED_READS] })),
    reads: Type.Integer({ minimum: 1 }),
    fromS: Type.Integer(),
    toS: Type.Integer(),
  },
  { additionalProperties: false },
)
export type MandatedReadEntry = Static<typeof MandatedReadSchema>

/** RFC 6749 section 5.1. */
export const TokenSchema = Type.Object(
  {
    access_token: Type.String(),
    token_type: Type.Literal('Bearer'),
    expires_in: Type.Integer(),
  },
  { additionalProperties: false },
)
