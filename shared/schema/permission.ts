// Permissions as the outside sees them: states, why they ended, and the two logs that Reg. (EU) 2023/1162 wants a customer to have. Node rooms only.

import Type, { type Static } from 'typebox'
import { DataNeedSchema, LANGUAGES, textsOf } from './data-need.ts'

/** requested → granted | refused; granted → revoked (by the customer) | terminated (by the ESP) | expired (by time) | withdrawn (by the access register). */
export const PERMISSION_STATES = [
  'requested',
  'granted',
  'refused',
  'revoked',
  'terminated',
  'expired',
  'withdrawn',
] as const
export type PermissionState = (typeof PERMISSION_STATES)[number]

/**
 * Why it ended, beside who ended it. asked: because somebody wanted it. replaced: a newer version of the service was subscribed to. terms-ended: the terms
 * of use are not accepted any more. service-withdrawn, esp-expelled: by the operator. lifetime, unanswered: time. erased: the customer had the readings erased. The others: what the market said.
 */
export const END_CAUSES = [
  'asked',
  'replaced',
  'terms-ended',
  'service-withdrawn',
  'esp-expelled',
  'lifetime',
  'unanswered',
  'holder-changed',
  'switch',
  'move',
  'contract-end',
  'erased',
] as const
export type EndCause = (typeof END_CAUSES)[number]

const Ms = Type.Integer({ minimum: 0, description: 'epoch milliseconds, UTC' })
const wordOf = <T extends string>(words: readonly T[]) => Type.Unsafe<T>(Type.String({ enum: [...words] }))

export const PermissionIdSchema = Type.String({ pattern: '^perm_[0-9a-hjkmnp-tv-z]{16}$' })
export const LanguageSchema = wordOf(LANGUAGES)

/** What is read before a yes, line by line; `digest` comes back with the yes. */
export const StatementSchema = Type.Object(
  {
    language: LanguageSchema,
    lines: Type.Array(
      Type.Object({ about: Type.String(), label: Type.String(), text: Type.String() }, { additionalProperties: false }),
    ),
    digest: Type.String({ pattern: '^[0-9a-f]{64}$' }),
  },
  { additionalProperties: false },
)
export type Statement = Static<typeof StatementSchema>

/** How an ESP was told of the end: sent (by a webhook or its own look), and acknowledged. */
const ToldSchema = Type.Object(
  {
    noticeId: Type.String(),
    atMs: Ms,
    sentAtMs: Type.Union([Ms, Type.Null()]),
    acknowledgedAtMs: Type.Union([Ms, Type.Null()]),
  },
  { additionalProperties: false },
)

const Common = {
  permissionId: PermissionIdSchema,
  espId: Type.String(),
  serviceId: Type.String(),
  version: Type.Integer({ minimum: 1 }),
  state: wordOf(PERMISSION_STATES),
  requestedAtMs: Ms,
  /** Answered by then, or lapsed. */
  answerByMs: Type.Optional(Ms),
  grantedAtMs: Type.Optional(Ms),
  untilMs: Type.Optional(Ms),
  readingsFromS: Type.Optional(
    Type.Integer({ minimum: 0, description: 'readings measured from here on, epoch seconds' }),
  ),
  endedAtMs: Type.Optional(Ms),
  endCause: Type.Optional(wordOf(END_CAUSES)),
  need: DataNeedSchema,
}

/** A permission as its customer sees it. `espTold`: the newest word to the ESP about it. */
export const OwnPermissionSchema = Type.Object(
  {
    ...Common,
    meteringPointId: Type.String(),
    espName: Type.String(),
    serviceName: textsOf(80),
    espTold: Type.Optional(ToldSchema),
    /** A newer version needs another consent: this one goes on as it was agreed. */
    isOutdated: Type.Boolean(),
  },
  { additionalProperties: false },
)
export type OwnPermission = Static<typeof OwnPermissionSchema>

/** As its ESP sees it: the EAN while it is granted only. */
export const EspPermissionSchema = Type.Object(
  { ...Common, ean: Type.Optional(Type.String({ pattern: '^[0-9]{18}$' })) },
  { additionalProperties: false },
)
export type EspPermission = Static<typeof EspPermissionSchema>

export const RequestPermissionSchema = Type.Object(
  {
    meteringPointId: Type.Optional(Type.String({ maxLength: 64 })),
    ean: Type.Optional(Type.String({ maxLength: 64 })),
    serviceId: Type.String({ maxLength: 64 }),
    language: LanguageSchema,
    lifetimeS: Type.Optional(Type.Integer({ minimum: 3600 })),
  },
  { additionalProperties: false, description: 'one of meteringPointId and ean' },
)

export const RequestedPermissionSchema = Type.Object(
  { permission: OwnPermissionSchema, statement: StatementSchema },
  { additionalProperties: false },
)

/** The explicit yes: to the statement with this digest, and to what it costs. */
export const GrantSchema = Type.Object(
  {
    statement: Type.String({ pattern: '^[0-9a-f]{64}$' }),
    language: LanguageSchema,
    lifetimeS: Type.Optional(Type.Integer({ minimum: 3600 })),
    isPriceAccepted: Type.Literal(true),
  },
  { additionalProperties: false },
)

export const GrantedPermissionSchema = Type.Object(
  { permission: OwnPermissionSchema, receipt: Type.String({ description: 'the consent receipt, a JWS (ES256)' }) },
  { additionalProperties: false },
)

export const RefuseSchema = Type.Object(
  { reason: Type.Optional(Type.String({ maxLength: 40, pattern: '^[a-z-]*$' })) },
  { additionalProperties: false },
)

const LogCommon = {
  no: Type.Integer(),
  permissionId: PermissionIdSchema,
  serviceId: Type.String(),
  espId: Type.String(),
  meteringPointId: Type.String(),
  atMs: Ms,
}

/** Permission log: every step of every permission, who took it by role only. Data access log: every delivery that left. */
export const PermissionLogEntrySchema = Type.Object(
  {
    ...LogCommon,
    kind: wordOf(PERMISSION_STATES),
    cause: Type.Optional(wordOf(END_CAUSES)),
    by: Type.String(),
  },
  { additionalProperties: false },
)
export type PermissionLogEntry = Static<typeof PermissionLogEntrySchema>

export const DataAccessEntrySchema = Type.Object(
  {
    ...LogCommon,
    channel: wordOf(['rest', 'mqtt', 'webhook'] as const),
    readings: Type.Integer({ minimum: 0 }),
    fromS: Type.Integer({ minimum: 0 }),
    toS: Type.Integer({ minimum: 0 }),
  },
  { additionalProperties: false },
)
export type DataAccessEntry = Static<typeof DataAccessEntrySchema>

/** What one side has to be told about a permission. */
export const NoticeSchema = Type.Object(
  {
    noticeId: Type.String(),
    permissionId: PermissionIdSchema,
    kind: wordOf(PERMISSION_STATES),
    cause: Type.Optional(wordOf(END_CAUSES)),
    atMs: Ms,
    sentAtMs: Type.Union([Ms, Type.Null()]),
    acknowledgedAtMs: Type.Union([Ms, Type.Null()]),
  },
  { additionalProperties: false },
)
export type Notice = Static<typeof NoticeSchema>
