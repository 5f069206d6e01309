// How well the line from meter to store does for one metering point: last reading, delay, the dongle's own words, and
// what is missing today. Node rooms only.

import Type, { type Static } from 'typebox'
import { EpochS } from './reading.ts'

const Count = Type.Integer({ minimum: 0 })

/** online: heard from within its interval. late: overdue. offline: silent for so long that somebody should look. */
const DongleLineSchema = Type.Object(
  {
    state: Type.Unsafe<'online' | 'late' | 'offline'>(Type.String({ enum: ['online', 'late', 'offline'] })),
    boot: Type.Optional(Count),
    firmware: Type.Optional(Type.String()),
    rssiDbm: Type.Optional(Type.Integer()),
    uptimeS: Type.Optional(Count),
    ringRecords: Type.Optional(
      Type.Integer({ minimum: 0, description: 'batches in the dongle’s flash, not yet acknowledged' }),
    ),
    intervalS: Type.Optional(Count),
    resetReason: Type.Optional(Type.String()),
  },
  { additionalProperties: false },
)

export const QualitySchema = Type.Object(
  {
    lastReadingS: Type.Optional(EpochS),
    delayMs: Type.Optional(
      Type.Integer({
        description: 'from the newest reading’s own time to its arrival; below 0 when the meter’s clock is ahead',
      }),
    ),
    dongle: Type.Optional(DongleLineSchema),
    today: Type.Object(
      {
        readings: Count,
        lost: Type.Integer({ minimum: 0, description: 'readings that the dongle counted as lost' }),
        gaps: Type.Integer({ minimum: 0, description: 'stretches without readings, lost or still on their way' }),
      },
      { additionalProperties: false, description: 'since local midnight' },
    ),
  },
  { additionalProperties: false },
)
export type Quality = Static<typeof QualitySchema>
