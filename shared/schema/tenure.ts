// Tenures as their holders see them, former ones too, and what the end of one has brought about. Node rooms only.

import Type, { type Static } from 'typebox'
import { END_CAUSES, type EndCause } from './permission.ts'
import { EpochS } from './reading.ts'

const closed = { additionalProperties: false } as const

/** `exportUntilS`: until when its former holder can export it, null while it runs. */
export const OwnTenureSchema = Type.Object(
  {
    meteringPointId: Type.String(),
    fromS: EpochS,
    toS: Type.Union([EpochS, Type.Null()]),
    exportUntilS: Type.Union([EpochS, Type.Null()]),
  },
  closed,
)
export type OwnTenure = Static<typeof OwnTenureSchema>

/** `stop`: the state of the order to stop uploading; none: there is none to send. `isConfirmed`: the dongle has answered that it did. */
export const TenureEndSchema = Type.Object(
  {
    meteringPointId: Type.String(),
    endedAtMs: Type.Integer(),
    toS: EpochS,
    cause: Type.Unsafe<EndCause>(Type.String({ enum: [...END_CAUSES] })),
    permissions: Type.Integer({ minimum: 0, description: 'that ended with it' }),
    dongles: Type.Array(
      Type.Object(
        {
          dongleId: Type.String(),
          stop: Type.String(),
          atS: Type.Union([EpochS, Type.Null()]),
          isConfirmed: Type.Boolean(),
        },
        closed,
      ),
    ),
  },
  closed,
)
export type TenureEnd = Static<typeof TenureEndSchema>
