// Time on a chip without a clock: milliseconds since start, and a judgement on what the meter says the time is. The
// gateway's time, once known from an authentic challenge, is the measure; before that only nonsense is refused (meters
// say 2000, 2068 or a month ago: see docs/architecture.md). It never sets the engine's clock.

/** 1 January 2025 and 2060: no meter with this program can be outside. */
const EARLIEST_S = 1735689600
const LATEST_S = 2840140800
/** How far the meter may be from the gateway's time and still be believed: an hour of missing summer time, and some drift. */
const DRIFT_MAX_S = 7200

export interface DongleClock {
  /** Whole milliseconds since start; never runs backwards. */
  nowMs(): number
  /** The gateway's time, epoch seconds. */
  learn(timeS: number): void
  /** False: keep the reading, without this time. */
  isPlausible(meterTimeS: number): boolean
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
    isPlausible: meterTimeS => {
      if (meterTimeS < EARLIEST_S || meterTimeS > LATEST_S) return false
      if (gatewayAtStartS === 0) return true
      const offS = meterTimeS - gatewayAtStartS - Math.round(nowMs() / 1000)
      return offS <= DRIFT_MAX_S && offS >= -DRIFT_MAX_S
    },
  }
}
