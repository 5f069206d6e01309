// Time on a chip without a clock: milliseconds since start, and a judgement on what the meter says the time is. The
// gateway's time, once known from an authentic challenge, is the measure; before that only nonsense is refused (meters
// say 2000, 2068 or a month ago: see docs/p1-line.md). It never sets the engine's clock.

import { isSummerTime } from '../shared/telegram/timestamp.ts'

/** 1 January 2025 and 2060: no meter with this program can be outside. */
const EARLIEST_S = 1735689600
const LATEST_S = 2840140800
/** How far the meter may be from the gateway's time and still be believed: an hour of missing summer time, and some drift. */
const DRIFT_MAX_S = 7200
/** In the second of the doubled hours of October a meter that prints no S or W is read as an hour behind, to within this. */
const HOUR_S = 3600
const HOUR_WITHIN_S = 90
/** Good enough in October, where the hour is doubled. */
const YEAR_S = 31556952

export interface DongleClock {
  /** Whole milliseconds since start; never runs backwards. */
  nowMs(): number
  /** The gateway's time, epoch seconds. */
  learn(timeS: number): void
  /** The time of a reading that came at `atMs`: the meter's where it can be believed, else the gateway's; undefined when neither is known. */
  timeOf(meterTimeS: number | undefined, atMs: number): number | undefined
}

/** `seconds` is the engine's getTime. */
export function createClock(seconds: () => number): DongleClock {
  const startS = seconds()
  let lastMs = 0
  // Where the engine's clock can be set from outside (its Linux build) it may jump back: the jump is taken out.
  let jumpMs = 0
  let gatewayAtStartS = 0

  function nowMs(): number {
    let ms = Math.floor((seconds() - startS) * 1000) + jumpMs
    if (ms < lastMs) {
      jumpMs += lastMs - ms
      ms = lastMs
    }
    lastMs = ms
    return ms
  }

  return {
    nowMs: nowMs,
    learn: timeS => {
      gatewayAtStartS = timeS - Math.round(nowMs() / 1000)
    },
    timeOf: (meterTimeS, atMs) => {
      const timeS = meterTimeS === undefined ? 0 : meterTimeS
      const isSane = timeS >= EARLIEST_S && timeS <= LATEST_S
      if (gatewayAtStartS === 0) return isSane ? timeS : undefined
      const nowS = gatewayAtStartS + Math.round(atMs / 1000)
      if (!isSane || Math.abs(timeS - nowS) > DRIFT_MAX_S) return nowS
      if (Math.abs(timeS + HOUR_S - nowS) > HOUR_WITHIN_S) return timeS
      const year = Math.floor(nowS / YEAR_S) - 30
      return isSummerTime(year, timeS) && !isSummerTime(year, nowS) ? timeS + HOUR_S : timeS
    },
  }
}
