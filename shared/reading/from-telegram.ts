// Telegram → Reading, the mapping and nothing else, for node. The dongle's way is shared/telegram/scan-reading.ts.

import { failed, ok, type Result } from '../kernel/result.ts'
import type { Telegram } from '../telegram/telegram.ts'
import { FIELD_NAMES } from './fields.ts'
import type { Reading } from './reading.ts'

/** untrusted: the checksum is wrong or lost. no-time: the meter has no clock or it was never set, and nobody said when. */
export type ReadingFault = { code: 'reading.untrusted' } | { code: 'reading.no-time' } | { code: 'reading.empty' }

/** `arrivedAtS` stands in (epoch seconds) for a meter without a clock; leave it out where such a reading is of no use. */
export function readingFromTelegram(telegram: Telegram, arrivedAtS?: number): Result<Reading, ReadingFault> {
  if (!telegram.isTrusted) return failed({ code: 'reading.untrusted' })
  const timeS = telegram.fields.timeS ?? arrivedAtS
  if (timeS === undefined) return failed({ code: 'reading.no-time' })
  const reading: Reading = { timeS }
  let count = 0
  for (const name of FIELD_NAMES) {
    const value = telegram.fields[name]
    if (value === undefined) continue
    reading[name] = value
    count++
  }
  return count === 0 ? failed({ code: 'reading.empty' }) : ok(reading)
}
