// The languages the portal speaks, and which one a visitor gets.

import { de } from './de.ts'
import type { Dictionary } from './dictionary.ts'
import { en } from './en.ts'
import { fr } from './fr.ts'
import { nl } from './nl.ts'

export const LANGUAGES = ['nl', 'fr', 'de', 'en'] as const
export type Language = (typeof LANGUAGES)[number]

export const DICTIONARIES: { [language in Language]: Dictionary } = { nl, fr, de, en }

/** The first of the browser's languages that the portal speaks; Dutch if none. */
export function chooseLanguage(remembered: string | null, browser: readonly string[]): Language {
  const wanted = [remembered ?? '', ...browser].map(tag => tag.toLowerCase().split('-')[0])
  return wanted.map(tag => LANGUAGES.find(language => language === tag)).find(found => found !== undefined) ?? 'nl'
}
