// How a new dongle is made known to the backend, and a new claim code to replace an old one. Node rooms only.

import Type, { type Static } from 'typebox'

/** RFC 7914. A claim code has 60 random bits: 16 MB and some 50 ms a guess make a stolen table worthless. */
export const CLAIM_SCRYPT = { N: 16384, r: 8, p: 1, saltBytes: 16, hashBytes: 32 }

/** scrypt of the claim code as printed (13 characters, without hyphens), with CLAIM_SCRYPT's numbers. */
export const ClaimHashSchema = Type.Object(
  {
    saltHex: Type.String({ pattern: '^[0-9a-f]{32}$' }),
    hashHex: Type.String({ pattern: '^[0-9a-f]{64}$' }),
  },
  { additionalProperties: false },
)
export type ClaimHash = Static<typeof ClaimHashSchema>

const Version = Type.String({ minLength: 1, maxLength: 40, pattern: '^[!-~]+$' })

/** `deviceKeyHex` is the key itself: it is wrapped on arrival and never given out again. */
export const DongleRegistrationSchema = Type.Object(
  {
    deviceKeyHex: Type.String({ pattern: '^[0-9a-f]{64}$' }),
    epoch: Type.Integer({ minimum: 1, maximum: 255 }),
    claim: ClaimHashSchema,
    firmware: Version,
    engine: Version,
    tray: Type.Optional(Version),
  },
  { additionalProperties: false },
)
export type DongleRegistration = Static<typeof DongleRegistrationSchema>

/**
 * `known`: it was registered before with the same key; its claim code is now the new one. `owned`: it was, and has an owner: its
 * claim code is not touched, and no label is printed.
 */
export const DongleRegisteredSchema = Type.Object(
  {
    dongleId: Type.String(),
    outcome: Type.Union([Type.Literal('registered'), Type.Literal('known'), Type.Literal('owned')]),
  },
  { additionalProperties: false },
)
export type DongleRegistered = Static<typeof DongleRegisteredSchema>
