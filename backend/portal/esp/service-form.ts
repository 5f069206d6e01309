// A service's description as a form has it, and back: what was typed becomes a text that the server takes, or a fault for each field that keeps it from
// being one. What it calls good the server takes too (test/unit/portal/esp-forms.test.ts). Pure.

import { FIELD_NAMES } from '../../../shared/reading/fields.ts'
import type { ServiceText } from '../api/types.ts'
import { LANGUAGES } from '../text/languages.ts'
import { type FormFault, type FormRead, isEMail, lengthOfText, readerOf, type Typed } from './form.ts'

/** In seconds, from the longest down. */
export const LENGTH_UNITS = { day: 86_400, hour: 3600, minute: 60, second: 1 } as const
export type LengthUnit = keyof typeof LENGTH_UNITS
const UNIT_NAMES = Object.keys(LENGTH_UNITS) as LengthUnit[]

export const CATEGORIES = [
  'energy-optimisation',
  'energy-sharing',
  'commercial-flexibility',
  'intraday-balancing',
] as const satisfies readonly ServiceText['category'][]
const PERS: readonly ServiceText['price']['per'][] = ['free', 'once', 'month', 'year', 'use']

/** As the server has them (shared/schema). */
export const NAME_MAX = 80
export const SUMMARY_MAX = 1000
export const PRICE_TEXT_MAX = 500
export const PURPOSE_MAX = 300
const DAY_S = LENGTH_UNITS.day
const TIMES_OF = {
  monthPeakAtS: 'monthPeakOfftakeW',
  gasAtS: 'gasDm3',
  waterAtS: 'waterDm3',
  heatAtS: 'heatMJ',
} as const

/** All faults at once, each field's first. */
export function readService(typed: Typed): FormRead<ServiceText> {
  const { faults, text, wrong, address } = readerOf(typed)
  const four = (name: string, most: number) => {
    const read = { nl: '', fr: '', de: '', en: '' }
    for (const language of LANGUAGES) {
      read[language] = text(`${name}.${language}`)
      if (read[language] === '') wrong(`${name}.${language}`, 'missing')
      if (lengthOfText(read[language]) > most) wrong(`${name}.${language}`, 'too-long')
    }
    return read
  }
  const ticked = <T extends string>(name: string): T[] => {
    const read = typed.getAll(name).map(String) as T[]
    if (read.length === 0) wrong(name, 'none-ticked')
    return read
  }
  const seconds = (name: string, least: number, most: number, fault: FormFault): number => {
    const read = secondsOf(text(name), text(`${name}.unit`))
    if (read === undefined || read < least || read > most) wrong(name, fault)
    return read ?? 0
  }

  const name = four('name', NAME_MAX)
  const summary = four('summary', SUMMARY_MAX)
  const kinds = ticked<ServiceText['kinds'][number]>('kinds')
  const channels = ticked<ServiceText['channels'][number]>('channels')
  const price = { ...amountOf(text, wrong), text: four('price.text', PRICE_TEXT_MAX) }
  const eMail = text('contact.eMail')
  if (!isEMail(eMail)) wrong('contact.eMail', 'e-mail')
  const url = address('contact.url')
  const privacyPolicy = address('privacyPolicy')
  const purpose = four('need.purpose', PURPOSE_MAX)
  const chosen = ticked<string>('need.fields')
  for (const [time, value] of Object.entries(TIMES_OF)) {
    if (chosen.includes(time) && !chosen.includes(value)) wrong('need.fields', 'time-alone')
  }
  const periodS = seconds('need.period', 1, 3600, 'period')
  const everyS = seconds('need.every', 0, DAY_S, 'every')
  if (everyS > 0 && periodS > 0 && everyS % periodS !== 0) wrong('need.every', 'schedule')
  const historyS = seconds('need.history', 0, 3 * 366 * DAY_S, 'history')
  const lifetimeS = seconds('need.lifetime', 3600, 2 * 366 * DAY_S, 'lifetime')
  if (faults.size > 0) return { ok: false, faults }
  return {
    ok: true,
    value: {
      ...{ name, summary, kinds, channels, price },
      category: text('category') as ServiceText['category'],
      contact: { eMail, ...(url !== '' && { url }) },
      ...(privacyPolicy !== '' && { privacyPolicy }),
      need: {
        purpose,
        fields: FIELD_NAMES.filter(field => chosen.includes(field)),
        ...{ periodS, everyS, historyS, lifetimeS },
        ...(text('need.ean') === 'yes' && { needsEan: true }),
        aggregation: text('need.aggregation') as ServiceText['need']['aggregation'],
      },
    },
  }
}

function amountOf(text: (name: string) => string, wrong: (name: string, fault: FormFault) => void) {
  const per = PERS.find(one => one === text('price.per')) ?? 'free'
  const currency = text('price.currency').toUpperCase()
  if (!/^[A-Z]{3}$/.test(currency)) wrong('price.currency', 'currency')
  const amountCents = per === 'free' ? 0 : centsOf(text('price.amount'))
  if (per !== 'free' && (amountCents === undefined || amountCents === 0)) wrong('price.amount', 'amount')
  return { per, currency, amountCents: amountCents ?? 0 }
}

/** Of "1,99" or "1.99"; undefined for what is no amount with at most two decimals. */
export function centsOf(typed: string): number | undefined {
  const match = /^(\d{1,6})(?:[.,](\d{1,2}))?$/.exec(typed)
  return match === null ? undefined : Number(match[1]) * 100 + Number((match[2] ?? '0').padEnd(2, '0'))
}

function secondsOf(count: string, unit: string): number | undefined {
  if (!/^\d{1,8}$/.test(count)) return undefined
  return Number(count) * LENGTH_UNITS[UNIT_NAMES.find(name => name === unit) ?? 'second']
}

/** A length as a form shows it: in the longest unit that leaves a whole number; 0 in seconds. */
export function inUnit(seconds: number): { count: number; unit: LengthUnit } {
  const unit = (seconds > 0 && UNIT_NAMES.find(name => seconds % LENGTH_UNITS[name] === 0)) || 'second'
  return { count: seconds / LENGTH_UNITS[unit], unit }
}

/** An amount as a form shows it; the other way round `centsOf`. */
export function inUnits(cents: number): string {
  return `${Math.floor(cents / 100)}.${String(cents % 100).padStart(2, '0')}`
}
