// Whether the audit is whole, over REST. Node rooms only.

import Type, { type Static } from 'typebox'

const Head = { no: Type.Integer({ minimum: 0 }), hash: Type.String({ pattern: '^[0-9a-f]{64}$' }) }

export const AUDIT_BREAKS = [
  ...(['link-missing', 'event-missing', 'mismatch', 'unsealed', 'not-expected'] as const),
  ...(['head-missing', 'head-forged', 'head-other'] as const),
] as const
export type AuditBreak = (typeof AUDIT_BREAKS)[number]

/** `broken`: the first place that does not fit. unsealed: an event outside the chain. not-expected: the chain never had that hash at that number, or is shorter now. head-…: of the signed heads one is missing, is not ours, or signs what the chain is not (or no longer reaches). */
export const AuditVerdictSchema = Type.Object(
  {
    isWhole: Type.Boolean(),
    events: Type.Integer({ minimum: 0, description: 'links that fit' }),
    newest: Type.Union([Type.Object(Head, { additionalProperties: false }), Type.Null()]),
    broken: Type.Union([
      Type.Object(
        {
          why: Type.Unsafe<AuditBreak>(Type.String({ enum: [...AUDIT_BREAKS] })),
          no: Type.Union([Type.Integer(), Type.Null()], { description: 'of the chain' }),
          table: Type.Union([Type.String(), Type.Null()]),
          eventNo: Type.Union([Type.Integer(), Type.Null()], { description: 'in its table' }),
        },
        { additionalProperties: false },
      ),
      Type.Null(),
    ]),
  },
  { additionalProperties: false },
)
export type AuditVerdict = Static<typeof AuditVerdictSchema>

/** One link of the chain, newest first, and of its event what anybody may know who looks after the audit: no EAN, no holder, no reading. */
export const AuditLineSchema = Type.Object(
  {
    no: Type.Integer({ minimum: 1 }),
    table: Type.String(),
    eventNo: Type.Integer({ minimum: 1, description: 'in its table' }),
    atMs: Type.Union([Type.Integer(), Type.Null()], {
      description: 'null: the event is missing, and the chain broken',
    }),
    actor: Type.Union([Type.String(), Type.Null()]),
    what: Type.Union([Type.String(), Type.Null()]),
    hash: Head.hash,
  },
  { additionalProperties: false },
)
export type AuditLine = Static<typeof AuditLineSchema>

export const ACCOUNT_EVENTS = [
  ...(['opened', 'key-added', 'linked', 'erased', 'signed-in', 'role-given', 'role-taken'] as const),
  ...(['mandate-offered', 'mandate-taken', 'mandate-ended', 'esp-key-added', 'esp-key-revoked'] as const),
  ...(['locked', 'unlocked'] as const),
  ...(['proved-again', 'mandate-used'] as const),
  ...(['esp-certificate-added', 'esp-certificate-revoked'] as const),
] as const

/**
 * `detail`: the role of an account that was opened or was given or lost one (with the ESP's id), the public part of a key, the number of an erased
 * tenure, the mandate and who has it, why it was locked.
 */
export const AccountEventSchema = Type.Object(
  {
    atS: Type.Integer(),
    actor: Type.String(),
    accountId: Type.String(),
    event: Type.Unsafe<(typeof ACCOUNT_EVENTS)[number]>(Type.String({ enum: [...ACCOUNT_EVENTS] })),
    detail: Type.Union([Type.String(), Type.Null()]),
  },
  { additionalProperties: false },
)
export type AccountEvent = Static<typeof AccountEventSchema>

/** The newest link as somebody kept it: what is in the chain must still lead there. */
export const AuditQuerySchema = Type.Object(
  { no: Type.Optional(Type.Integer({ minimum: 1 })), hash: Type.Optional(Head.hash) },
  { additionalProperties: false },
)
