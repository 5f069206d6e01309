// The catalogue as it is looked through: filtered, searched, in its neutral order, page by page. A page's cursor holds the day whose order it follows, so that
// midnight shows nothing twice. Pure.

import { failed, ok, type Result } from '../../shared/kernel/result.ts'
import type { CatalogueQuery, Service } from '../../shared/schema/catalogue.ts'
import { LANGUAGES } from '../../shared/schema/data-need.ts'
import { placeOf } from './service-life.ts'

export function pageOf(
  services: readonly Service[],
  { cursor, limit, ...filter }: CatalogueQuery,
  today: number,
): Result<{ items: Service[]; next: string | null }, { code: 'cursor.invalid' }> {
  const begin = cursor === undefined ? { day: today, after: '' } : decode(cursor, today)
  if (begin === undefined) return failed({ code: 'cursor.invalid' })
  const { day, after } = begin
  const placed = services
    .filter(service => fits(service, filter))
    .map(service => ({ service, place: placeOf(day, service.serviceId) }))
    .filter(({ place }) => place > after)
    .sort((a, b) => (a.place < b.place ? -1 : 1))
  const page = placed.slice(0, limit)
  const last = page.at(-1)
  const next = placed.length > limit && last !== undefined ? encode(day, last.place) : null
  return ok({ items: page.map(({ service }) => service), next })
}

function fits(
  service: Service,
  { q, category, kind, channel, espId, isFree }: Omit<CatalogueQuery, 'cursor' | 'limit'>,
) {
  const { text } = service
  return (
    (category === undefined || text.category === category) &&
    (kind === undefined || text.kinds.includes(kind)) &&
    (channel === undefined || text.channels.includes(channel)) &&
    (espId === undefined || service.espId === espId) &&
    (isFree === undefined || (text.price.per === 'free') === isFree) &&
    (q === undefined || hasWords(service, q))
  )
}

/** Every word, somewhere, whatever the capitals and accents. */
function hasWords({ text, espName }: Service, q: string): boolean {
  const all = LANGUAGES.flatMap(language => [text.name[language], text.summary[language]])
  const whole = plain([...all, espName].join(' '))
  return plain(q)
    .split(/\s+/)
    .every(word => whole.includes(word))
}

function plain(text: string): string {
  return text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase()
}

function encode(day: number, place: string): string {
  return Buffer.from(`1.${day}.${place}`, 'latin1').toString('base64url')
}

/** Older than a day: begin again. */
function decode(cursor: string, today: number): { day: number; after: string } | undefined {
  const match = /^1\.([0-9]{1,6})\.([0-9a-f]{16})$/.exec(Buffer.from(cursor, 'base64url').toString('latin1'))
  if (match === null) return undefined
  const day = Number(match[1])
  return today - day <= 1 && day <= today ? { day, after: match[2] as string } : undefined
}
