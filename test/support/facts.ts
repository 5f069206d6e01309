// The small things that tests of the backend agree on: one dongle, one metering point, a clock that stands still. No server in here, so that a
// child process which only needs these starts fast.

import type { Clock } from '../../shared/kernel/clock.ts'
import { dongleIdFrom } from '../../shared/kernel/ids.ts'
import type { Result } from '../../shared/kernel/result.ts'
import { NOON_S } from './batches.ts'

/** No connection has this number: the GS1 prefix is not given out. */
export const EAN = '999999990000000012'
export const DONGLE_ID = dongleIdFrom([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12])
export const DEVICE_KEY = Uint8Array.from({ length: 32 }, (_, i) => i)

export type ManualClock = Clock & { nowS: number }

export function manualClock(nowS: number = NOON_S + 3600): ManualClock {
  const clock = { nowS, wallS: () => clock.nowS, monotonicMs: () => clock.nowS * 1000 }
  return clock
}

export function valueOrThrow<T>(result: Result<T, unknown>): T {
  if (!result.ok) throw new Error(JSON.stringify(result.fault))
  return result.value
}
