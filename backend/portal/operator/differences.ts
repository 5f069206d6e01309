// What is otherwise in a text than in the one before: of a service, what stands beside the statement's lines; of the terms of use, which parts. Pure.

import type { ServiceText } from '../../../shared/schema/catalogue.ts'
import type { TermsText } from '../../../shared/schema/terms.ts'
import { LANGUAGES, type Language } from '../text/languages.ts'

/** A line that the operator reads; `before` where it said something else. */
export interface ReadLine {
  about: 'summary' | 'category' | 'kinds' | 'channels' | 'contact'
  text: string
  before: string | undefined
}

/** How a service's own words become lines; names of categories, kinds and channels come from the page's language. */
export interface ReadNames {
  category(name: string): string
  kind(name: string): string
  channel(name: string): string
}

/** The parts of a service that its statement does not have, in `language`. */
export function linesBeside(
  text: ServiceText,
  before: ServiceText | undefined,
  language: Language,
  names: ReadNames,
): ReadLine[] {
  const old = before && besideOf(before, language, names)
  return besideOf(text, language, names).map(([about, now], at) => {
    const said = old?.[at]?.[1]
    return { about, text: now, before: said === now ? undefined : said }
  })
}

function besideOf(text: ServiceText, language: Language, names: ReadNames): [ReadLine['about'], string][] {
  const { eMail, url } = text.contact
  return [
    ['summary', text.summary[language]],
    ['category', names.category(text.category)],
    ['kinds', text.kinds.map(names.kind).join(', ')],
    ['channels', text.channels.map(names.channel).join(', ')],
    ['contact', [eMail, url].filter(one => one !== undefined).join(', ')],
  ]
}

export const TERMS_PARTS = ['title', 'purposes', 'retention', 'rights'] as const
export type TermsPart = (typeof TERMS_PARTS)[number]

export function isSameTerms(a: TermsText, b: TermsText): boolean {
  const isSameText = TERMS_PARTS.every(part => changedIn(a, b, part).length === 0)
  return isSameText && a.graceDays === b.graceDays && a.exportDays === b.exportDays
}

/** In which languages a part says something else. */
export function changedIn(a: TermsText, b: TermsText, part: TermsPart): Language[] {
  return LANGUAGES.filter(language => a[part][language] !== b[part][language])
}

/** The first part that says nothing, and in which language; undefined: all are filled in. */
export function emptyIn(text: TermsText): { part: TermsPart; language: Language } | undefined {
  for (const part of TERMS_PARTS) {
    const language = LANGUAGES.find(one => text[part][one].trim() === '')
    if (language !== undefined) return { part, language }
  }
  return undefined
}
