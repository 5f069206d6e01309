// What operators ask of the platform itself over REST: how it is, what waits, dead letters, a dongle's messages as they come, backups. Node
// rooms only. Nothing here holds an EAN, a serial, a key or a reading, but the bytes of a dead letter that somebody asks to see.

import Type, { type Static } from 'typebox'
import type { DongleState } from '../port/dongle-directory.ts'

const Count = Type.Integer({ minimum: 0 })
const Nullable = <T extends ReturnType<typeof Type.Integer> | ReturnType<typeof Type.String>>(schema: T) =>
  Type.Union([schema, Type.Null()])

/** Of the whole fleet; counted at most once in half a minute. */
export const FleetFiguresSchema = Type.Object(
  {
    dongles: Type.Unsafe<{ [state in DongleState]: number }>(
      Type.Record(Type.String(), Count, { description: 'by state' }),
    ),
    silent: Type.Integer({ minimum: 0, description: 'bound, and without a status for 15 minutes' }),
    backlogRecords: Type.Integer({ minimum: 0, description: 'batches that wait in their flash, as they said last' }),
    deadLetters: Type.Integer({ minimum: 0, description: 'neither replayed nor dropped' }),
    ordersOpen: Count,
  },
  { additionalProperties: false },
)
export type FleetFigures = Static<typeof FleetFiguresSchema>

export const PLATFORM_TROUBLES = [
  'store-not-ready',
  'gateway-cannot-store',
  'disk-filling',
  'dongles-silent',
  'dead-letters',
  'certificate-expires',
  'backup-old',
] as const
export type PlatformTrouble = (typeof PLATFORM_TROUBLES)[number]

export const PlatformStatusSchema = Type.Object(
  {
    version: Type.String(),
    startedAtS: Count,
    nowS: Count,
    store: Type.Object(
      {
        isReady: Type.Boolean(),
        reason: Nullable(Type.String()),
        fileBytes: Nullable(Type.Integer({ minimum: 0, description: 'null: on PostgreSQL, which is not asked' })),
        freeBytes: Nullable(Count),
        limitBytes: Nullable(Count),
      },
      { additionalProperties: false },
    ),
    gateway: Type.Union(
      [
        Type.Object(
          {
            connections: Count,
            strangers: Count,
            queueBatches: Count,
            isStoreFailing: Type.Boolean(),
            certificateEndsAtS: Nullable(Type.Integer()),
          },
          { additionalProperties: false },
        ),
        Type.Null(),
      ],
      { description: 'of this process; null: gateways run apart, and say it at their own /metrics' },
    ),
    fleet: FleetFiguresSchema,
    backup: Type.Union(
      [Type.Object({ newestAtS: Nullable(Type.Integer()) }, { additionalProperties: false }), Type.Null()],
      { description: 'null: on PostgreSQL, by its own tools' },
    ),
    troubles: Type.Array(Type.Unsafe<PlatformTrouble>(Type.String({ enum: [...PLATFORM_TROUBLES] }))),
  },
  { additionalProperties: false },
)
export type PlatformStatus = Static<typeof PlatformStatusSchema>

export const LetterSchema = Type.Object(
  {
    no: Type.Integer({ minimum: 1 }),
    dongleId: Type.String(),
    reason: Type.String(),
    receivedAtMs: Count,
    sealedBytes: Count,
  },
  { additionalProperties: false },
)
export type Letter = Static<typeof LetterSchema>

export const LetterContentSchema = Type.Object(
  { no: Type.Integer({ minimum: 1 }), hex: Type.String({ description: 'the bytes as they came' }) },
  { additionalProperties: false },
)
export type LetterContent = Static<typeof LetterContentSchema>

export const ReplayWishSchema = Type.Object(
  { no: Type.Optional(Type.Integer({ minimum: 1, description: 'absent: all that wait' })) },
  { additionalProperties: false },
)

export const ReplayedSchema = Type.Object(
  { stored: Count, duplicate: Count, stillBad: Count },
  { additionalProperties: false },
)
export type ReplayedLetters = Static<typeof ReplayedSchema>

/** What `nrt tail` follows: events of a stream, never what a reading says. */
export type TailedMessage =
  | {
      kind: 'batch'
      atMs: number
      boot: number
      firstSeq: number
      span: number
      readings: number
      losses: { reason: string; count: number }[]
      newestReadingS: number | null
      bytes: number
      outcome: string
      reason: string | null
    }
  | { kind: 'status'; atMs: number; said: { [name: string]: string | number | undefined } }
  | { kind: 'letter'; atMs: number; reason: string; bytes: number }

export const BackupWishSchema = Type.Object(
  {
    folder: Type.String({
      minLength: 1,
      maxLength: 1000,
      description: 'a name, or a path within the folder of backups',
    }),
  },
  { additionalProperties: false },
)

export const BackupViewSchema = Type.Object(
  {
    name: Type.String(),
    folder: Type.String(),
    state: Type.Unsafe<'running' | 'done' | 'failed'>(Type.String({ enum: ['running', 'done', 'failed'] })),
    atS: Type.Integer({ minimum: 0, description: 'what was acknowledged before that is in it' }),
    bytes: Nullable(Type.Integer({ minimum: 0 })),
    why: Nullable(Type.String()),
  },
  { additionalProperties: false },
)
export type BackupView = Static<typeof BackupViewSchema>

export const BackupListSchema = Type.Object({ items: Type.Array(BackupViewSchema) }, { additionalProperties: false })
export type BackupList = Static<typeof BackupListSchema>
