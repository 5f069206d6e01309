// Local days: where midnight lies in a time zone, summer time included. Days have 23, 24 or 25 hours; nothing here assumes otherwise.
// The zone's rules come from the runtime's own tables (ICU). Pure.

const formats = new Map<string, Intl.DateTimeFormat>()

function formatOf(timeZone: string): Intl.DateTimeFormat {
  let format = formats.get(timeZone)
  if (format === undefined) {
    const digits = {
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    } as const
    format = new Intl.DateTimeFormat('en-US', { timeZone, hourCycle: 'h23', ...digits })
    formats.set(timeZone, format)
  }
  return format
}

/** What the clock on the wall shows at `atS`, written as if it were UTC, in epoch seconds. */
function wallClockS(timeZone: string, atS: number): number {
  const part: { [type: string]: number } = {}
  for (const { type, value } of formatOf(timeZone).formatToParts(atS * 1000)) part[type] = Number(value)
  const { year, month, day, hour, minute, second } = part as {
    [type in 'year' | 'month' | 'day' | 'hour' | 'minute' | 'second']: number
  }
  return Date.UTC(year, month - 1, day, hour, minute, second) / 1000
}

const DAY_S = 86_400

/** Epoch seconds of the local midnight at or before `atS`. */
export function localDayStartS(timeZone: string, atS: number): number {
  const wallS = wallClockS(timeZone, atS)
  const wallMidnightS = wallS - (wallS % DAY_S)
  // The offset at midnight may differ from the one now by the hour that summer time moves.
  let startS = atS - (wallS - wallMidnightS)
  startS -= wallClockS(timeZone, startS) - wallMidnightS
  return startS
}

/** Epoch seconds of the first local midnight after `atS`. */
export function nextLocalDayStartS(timeZone: string, atS: number): number {
  return localDayStartS(timeZone, localDayStartS(timeZone, atS) + DAY_S + 7200)
}

/** Like localDayStartS, for many times in a row: it asks the zone's tables once a day. */
export function localDayFinder(timeZone: string): (atS: number) => number {
  let startS = 0
  let endS = 0
  return atS => {
    if (atS < startS || atS >= endS) {
      startS = localDayStartS(timeZone, atS)
      endS = nextLocalDayStartS(timeZone, startS)
    }
    return startS
  }
}
