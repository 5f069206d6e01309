// The access register as it goes over the wire: what it has of a metering point, and what changed. Both ends of an adapter speak this.
// EANs stand in bodies only, never in an address.

import Type, { type Static } from 'typebox'
import { EpochS } from './reading.ts'

/** Printable ASCII without blanks: an opaque name, the same for one person in all entries. */
const HolderId = Type.String({ pattern: '^[!-~]{1,64}$' })

export const RegisterEntrySchema = Type.Object(
  {
    ean: Type.String({ pattern: '^[0-9]{18}$' }),
    holderId: Type.Union([HolderId, Type.Null()], { description: 'who holds it since sinceS; null: nobody' }),
    sinceS: EpochS,
    meterSerial: Type.Union([Type.String({ minLength: 1, maxLength: 64, pattern: '^[ -~]+$' }), Type.Null()], {
      description: 'as on the meter, or its hexadecimal form of the P1 port; null: not known',
    }),
    country: Type.String({ pattern: '^[A-Z]{2}$' }),
    timeZone: Type.String({ pattern: '^[A-Za-z_+/-]{1,40}$' }),
  },
  { additionalProperties: false },
)
export type RegisterEntry = Static<typeof RegisterEntrySchema>

export const RegisterEntriesSchema = Type.Object(
  { items: Type.Array(RegisterEntrySchema, { maxItems: 100_000 }) },
  { additionalProperties: false },
)

export const PointsOfSchema = Type.Object({ holderId: HolderId }, { additionalProperties: false })

/** `next` is where the feed goes on; the same as before when nothing is new. */
export const RegisterChangesSchema = Type.Object(
  { items: Type.Array(RegisterEntrySchema), next: Type.String({ maxLength: 200 }) },
  { additionalProperties: false },
)
export type RegisterChanges = Static<typeof RegisterChangesSchema>

export const ImportedSchema = Type.Object(
  { added: Type.Integer(), changed: Type.Integer(), unchanged: Type.Integer() },
  { additionalProperties: false },
)
export type Imported = Static<typeof ImportedSchema>
