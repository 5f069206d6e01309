// Numbers and times in the reader's locale and the metering point's time zone. Whole numbers with a unit come in, text
// comes out. It refuses to know the words around them.

import type { Language } from './languages.ts'

/** Belgium's own conventions; for English the British ones (24 hours, a point for decimals). */
const LOCALES: { [language in Language]: string } = { nl: 'nl-BE', fr: 'fr-BE', de: 'de-BE', en: 'en-GB' }

export interface Format {
  whole(value: number): string
  /** W below 1 kW, kW with two decimals from there on; the sign is the caller's matter. */
  power(watts: number): { value: string; unit: string }
  powerText(watts: number): string
  /** Wh as kWh. */
  energy(wh: number, decimals: number): string
  cubicMetres(dm3: number): string
  percent(part: number, whole: number): string
  seconds(count: number): string
  /** The two largest units: 42 s; 3 min 10 s; 2 h 5 min; 3 days 4 h. */
  duration(seconds: number): string
  ago(seconds: number): string
  clock(epochS: number): string
  clockMinutes(epochS: number): string
  dayAndClock(epochS: number): string
  date(epochS: number): string
  /** Seconds that local time is ahead of UTC at that moment. */
  zoneOffsetS(epochS: number): number
}

export function createFormat(language: Language, timeZone: string): Format {
  const locale = LOCALES[language]
  const number = (options: Intl.NumberFormatOptions) => {
    const formatter = new Intl.NumberFormat(locale, options)
    return (value: number) => formatter.format(value)
  }
  const time = (options: Intl.DateTimeFormatOptions) => {
    const formatter = new Intl.DateTimeFormat(locale, { ...options, timeZone, hourCycle: 'h23' })
    return (epochS: number) => formatter.format(epochS * 1000)
  }
  const unit = (name: string) => number({ style: 'unit', unit: name, unitDisplay: 'short' })
  const whole = number({ maximumFractionDigits: 0 })
  const kilo = [0, 1, 2, 3].map(decimals =>
    number({ minimumFractionDigits: decimals, maximumFractionDigits: decimals }),
  )
  const units = { day: unit('day'), hour: unit('hour'), minute: unit('minute'), second: unit('second') }
  const relative = new Intl.RelativeTimeFormat(locale, { numeric: 'always' })
  const zone = new Intl.DateTimeFormat('en-US', { timeZone, timeZoneName: 'longOffset' })

  const power = (watts: number) =>
    Math.abs(watts) < 1000 ? { value: whole(watts), unit: 'W' } : { value: kilo[2]!(watts / 1000), unit: 'kW' }

  return {
    whole,
    power,
    powerText: watts => `${power(watts).value}\u00a0${power(watts).unit}`,
    energy: (wh, decimals) => kilo[decimals]!(wh / 1000),
    cubicMetres: dm3 => kilo[3]!(dm3 / 1000),
    percent: (part, all) => percentText(number, part, all),
    seconds: units.second,
    duration: seconds => durationText(units, Math.max(0, Math.round(seconds))),
    ago: seconds => agoText(relative, Math.max(0, Math.round(seconds))),
    clock: time({ hour: '2-digit', minute: '2-digit', second: '2-digit' }),
    clockMinutes: time({ hour: '2-digit', minute: '2-digit' }),
    dayAndClock: time({ weekday: 'short', day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit' }),
    date: time({ day: 'numeric', month: 'long', year: 'numeric' }),
    zoneOffsetS: epochS => zoneOffset(zone, epochS),
  }
}

/** Never rounds up to 100 %: a loss stays visible. */
function percentText(
  number: (options: Intl.NumberFormatOptions) => (value: number) => string,
  part: number,
  all: number,
): string {
  const percentOf = number({ style: 'percent', maximumFractionDigits: 2, roundingMode: 'floor' })
  return percentOf(all === 0 ? 1 : part / all)
}

function durationText(
  units: Record<'day' | 'hour' | 'minute' | 'second', (n: number) => string>,
  seconds: number,
): string {
  const days = Math.floor(seconds / 86_400)
  const hours = Math.floor((seconds % 86_400) / 3600)
  const minutes = Math.floor((seconds % 3600) / 60)
  const rest = seconds % 60
  if (days > 0) return join(units.day(days), hours > 0 && units.hour(hours))
  if (hours > 0) return join(units.hour(hours), minutes > 0 && units.minute(minutes))
  if (minutes > 0) return join(units.minute(minutes), rest > 0 && units.second(rest))
  return units.second(rest)
}

function join(first: string, second: string | false): string {
  return second === false ? first : `${first} ${second}`
}

function agoText(relative: Intl.RelativeTimeFormat, seconds: number): string {
  if (seconds < 60) return relative.format(-seconds, 'second')
  if (seconds < 3600) return relative.format(-Math.floor(seconds / 60), 'minute')
  if (seconds < 86_400) return relative.format(-Math.floor(seconds / 3600), 'hour')
  return relative.format(-Math.floor(seconds / 86_400), 'day')
}

/** From the engine's own zone data, as "GMT+02:00"; "GMT" alone is 0. */
function zoneOffset(zone: Intl.DateTimeFormat, epochS: number): number {
  const name = zone.formatToParts(epochS * 1000).find(part => part.type === 'timeZoneName')?.value ?? ''
  const match = /([+-])(\d\d):(\d\d)/.exec(name)
  if (match === null) return 0
  const seconds = (Number.parseInt(match[2]!, 10) * 60 + Number.parseInt(match[3]!, 10)) * 60
  return match[1] === '-' ? -seconds : seconds
}
