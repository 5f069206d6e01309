// Local time in Belgium from epoch seconds, for the simulated household: European summer time (Directive 2000/84/EC:
// last Sunday of March to last Sunday of October, 01:00 UTC) and the hours of the two tariffs. It knows no holidays.

const DAY_S = 86_400
const HOUR_S = 3600

/** 7200 in summer time, 3600 otherwise: what Brussels is ahead of UTC at `timeS`. */
export function brusselsOffsetS(timeS: number): number {
  const year = new Date(timeS * 1000).getUTCFullYear()
  return timeS >= lastSundayS(year, 2) && timeS < lastSundayS(year, 9) ? 2 * HOUR_S : HOUR_S
}

// 01:00 UTC on the last Sunday of a month of 31 days (0 = January).
function lastSundayS(year: number, month: number): number {
  const lastDay = new Date(Date.UTC(year, month, 31))
  return lastDay.getTime() / 1000 - lastDay.getUTCDay() * DAY_S + HOUR_S
}

export interface LocalTime {
  /** Seconds since local midnight by the clock on the wall, 0 … 86399. */
  secondOfDay: number
  /** Counts local days, for "is this another day". */
  day: number
  /** 1 … 366 within the local year. */
  dayOfYear: number
  /** Counts local months, for "is this another month". */
  month: number
  isWeekend: boolean
}

/** The wall clock in Brussels at `timeS`. */
export function localTimeOf(timeS: number): LocalTime {
  const localS = timeS + brusselsOffsetS(timeS)
  const day = Math.floor(localS / DAY_S)
  const date = new Date(localS * 1000)
  const weekday = date.getUTCDay()
  return {
    secondOfDay: localS - day * DAY_S,
    day,
    dayOfYear: Math.floor((localS - Date.UTC(date.getUTCFullYear(), 0, 1) / 1000) / DAY_S) + 1,
    month: date.getUTCFullYear() * 12 + date.getUTCMonth(),
    isWeekend: weekday === 0 || weekday === 6,
  }
}

/** The register that counts: 1 on working days 07:00 … 22:00, else 2 (Sibelga's and most of Fluvius' hours). */
export function tariffOf(local: LocalTime): number {
  const hour = local.secondOfDay / HOUR_S
  return !local.isWeekend && hour >= 7 && hour < 22 ? 1 : 2
}
