// What a customer reads before saying yes, on one screen: made of the service's own words and its data need and of nothing else, so that it cannot say less
// or more than what will be delivered. The digest binds a yes to what was read. Pure.

import { createHash } from 'node:crypto'
import type { EspProfile, Price, ServiceText } from '../../shared/schema/catalogue.ts'
import type { DataNeed, Language } from '../../shared/schema/data-need.ts'
import type { Statement } from '../../shared/schema/permission.ts'
import { fieldIn, type Label, labelIn, lengthIn, rateSentence, sentenceIn } from './words.ts'

export interface Offer {
  esp: EspProfile
  service: ServiceText
  serviceId: string
  version: number
  /** As its holder knows it: the name given to it, or its EAN. */
  pointName: string
}

/** `lifetimeS`: what the customer wants, within the need's. */
export function statementOf(offer: Offer, language: Language, lifetimeS?: number): Statement {
  const { esp, service } = offer
  const { need, price } = service
  const lines: [Label, string][] = [
    ['who', [esp.name, esp.companyNumber, esp.country, service.contact.eMail].join(', ')],
    ['service', service.name[language]],
    ['point', offer.pointName],
    ['what', whatIn(language, need)],
    ['why', need.purpose[language]],
    ['rate', rateIn(language, need)],
    ['history', historyIn(language, need)],
    ['lifetime', sentenceIn(language, 'lifetime', { lifetime: lengthIn(language, lifetimeOf(need, lifetimeS)) })],
    ['price', priceIn(language, price)],
    ['privacy', service.privacyPolicy ?? ''],
    ['withdrawal', sentenceIn(language, 'withdrawal')],
    ['quality', sentenceIn(language, 'quality')],
  ]
  const read = lines.map(([about, text]) => ({ about, label: labelIn(language, about), text }))
  const { serviceId, version } = offer
  const whole = JSON.stringify([1, language, serviceId, version, need, lifetimeOf(need, lifetimeS), price, read])
  return { language, lines: read, digest: createHash('sha256').update(whole, 'utf8').digest('hex') }
}

/** How long a permission lasts that is granted so. */
export function lifetimeOf(need: DataNeed, lifetimeS: number | undefined): number {
  return Math.min(lifetimeS ?? need.lifetimeS, need.lifetimeS)
}

function whatIn(language: Language, { fields, needsEan = false }: DataNeed): string {
  const ean = needsEan ? [sentenceIn(language, 'ean')] : []
  return [...fields.map(field => fieldIn(language, field)), ...ean].join('; ')
}

function rateIn(language: Language, { periodS, everyS, aggregation }: DataNeed): string {
  const value = sentenceIn(language, rateSentence(aggregation), { period: lengthIn(language, periodS) })
  const when =
    everyS === 0
      ? sentenceIn(language, 'everyTime')
      : sentenceIn(language, 'every', { every: lengthIn(language, everyS) })
  return `${value}; ${when}`
}

function historyIn(language: Language, { historyS }: DataNeed): string {
  if (historyS === 0) return sentenceIn(language, 'historyNone')
  return sentenceIn(language, 'historySome', { history: lengthIn(language, historyS) })
}

function priceIn(language: Language, { amountCents, currency, per, text }: Price): string {
  const whole = Math.floor(amountCents / 100)
  const amount = `${whole}${language === 'en' ? '.' : ','}${String(amountCents % 100).padStart(2, '0')} ${currency}`
  return `${sentenceIn(language, per, { amount })}. ${text[language]}`
}
