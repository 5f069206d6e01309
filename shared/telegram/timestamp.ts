// The meter's time, YYMMDDhhmmssX (DSMR 5.0.2 section 6.4, TST), to epoch seconds and back. X is S in summer (UTC+2) and W in
// winter (UTC+1); meters without X (DSMR 2.2 and 3, Iskra's month peak) get the European rule. Whole-number arithmetic only:
// no Date, which would pass through the zone of the machine. Espruino dialect.

/** bad: digits that are no moment. filler: the meter says that it has none (empty, 0xFF octets, a clock never set). */
export type TimeFault = 'bad' | 'filler'

// P1 began in 2007. Year 00 is a clock that started at zero, 60 … 99 is 2060 or later: 1970 and garbage.
const YEAR_FIRST = 1
const YEAR_LAST = 59

/** Days from 1970-01-01 to a date of the years 2000 … 2099, in which every fourth year leaps. */
export function daysOf(year: number, month: number, day: number): number {
  // The year begins in March, so that the leap day is its last.
  const shifted = month > 2 ? month - 3 : month + 9
  const y = 2000 + year - (month > 2 ? 0 : 1)
  // 10957 = 2000-01-01; the March year 2000 begins 60 days later.
  return 11017 + (y - 2000) * 365 + Math.floor((y - 2000) / 4) + Math.floor((153 * shifted + 2) / 5) + day - 1
}

function daysInMonth(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 ? 29 : 28
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31
}

/** The moment, in epoch seconds, at which European summer time begins (March) or ends (October): the last Sunday, 01:00 UTC. */
function switchS(year: number, month: number): number {
  const last = daysOf(year, month, 31)
  // 1970-01-01 was a Thursday: day number + 4 counts weekdays from Sunday.
  return (last - ((last + 4) % 7)) * 86400 + 3600
}

/** Whether European summer time holds at `timeS`, for the years 2000 … 2099. */
export function isSummerTime(year: number, timeS: number): boolean {
  return timeS >= switchS(year, 3) && timeS < switchS(year, 10)
}

/** Epoch seconds of checked parts. `season` is the code of 'S' or 'W', or 0: then by rule; of the doubled hour in October it means the first. */
export function timeOfParts(
  year: number,
  month: number,
  day: number,
  hour: number,
  minute: number,
  second: number,
  season: number,
): number | TimeFault {
  if (year < YEAR_FIRST || year > YEAR_LAST) return 'filler'
  if (month < 1 || month > 12 || day < 1 || day > daysInMonth(year, month)) return 'bad'
  if (hour > 23 || minute > 59 || second > 59) return 'bad'
  const localS = daysOf(year, month, day) * 86400 + hour * 3600 + minute * 60 + second
  const isSummer = season === 83 || (season !== 87 && isSummerTime(year, localS - 7200))
  return localS - (isSummer ? 7200 : 3600)
}

/** Epoch seconds of the text between the brackets. */
export function timeOf(text: string): number | TimeFault {
  const length = text.length
  if (length === 0) return 'filler'
  const last = text.charCodeAt(length - 1)
  const season = last === 83 || last === 87 ? last : 0
  const digits = season === 0 ? text : text.substr(0, length - 1)
  // A 1 in front keeps the zeros; halves, because the engine prints no more than 31 bits exactly and throws at long numbers.
  const high = '1' + digits.substr(0, 6)
  const low = '1' + digits.substr(6, 6)
  const highValue = parseInt(high, 10)
  const lowValue = parseInt(low, 10)
  if (digits.length !== 12 || String(highValue) !== high || String(lowValue) !== low) {
    return isFill(digits) ? 'filler' : 'bad'
  }
  const year = Math.floor(highValue / 10000) - 100
  const month = Math.floor(highValue / 100) % 100
  const hour = Math.floor(lowValue / 10000) - 100
  const minute = Math.floor(lowValue / 100) % 100
  const time = timeOfParts(year, month, highValue % 100, hour, minute, lowValue % 100, season)
  return time === 'bad' && isFill(digits) ? 'filler' : time
}

/** Octets of 0xFF print as 255 or, cut to two digits, as 25: 632525252525, 35255255255255255. No real moment holds either. */
function isFill(digits: string): boolean {
  // The engine finds a needle that the end of the text cuts short: something must stand behind.
  const text = digits + '.'
  return text.indexOf('255255') >= 0 || text.indexOf('252525') >= 0
}

function two(value: number): string {
  return value < 10 ? '0' + value : String(value)
}

/** The text a Belgian meter prints for `timeS` (years 2000 … 2099). */
export function timestampText(timeS: number): string {
  // The year never turns in summer time.
  const winterDay = Math.floor((timeS + 3600) / 86400)
  let year = Math.floor((winterDay - 10957) / 365.25)
  if (winterDay >= daysOf(year + 1, 1, 1)) year++
  const isSummer = isSummerTime(year, timeS)
  const localS = timeS + (isSummer ? 7200 : 3600)
  const day = Math.floor(localS / 86400)
  let month = 12
  while (month > 1 && day < daysOf(year, month, 1)) month--
  const inDay = localS - day * 86400
  return (
    two(year) +
    two(month) +
    two(day - daysOf(year, month, 1) + 1) +
    two(Math.floor(inDay / 3600)) +
    two(Math.floor(inDay / 60) % 60) +
    two(inDay % 60) +
    (isSummer ? 'S' : 'W')
  )
}
