// A diagnosis in words: what support reads aloud, in one of four languages. What has no words (a state, an order) is given as it is.

import type { Facts } from './facts.ts'
import type { Happening } from './happenings.ts'
import { findingsOf, type VerdictCode } from './verdict.ts'
import { de } from './words/de.ts'
import type { DoctorWords } from './words/dictionary.ts'
import { en } from './words/en.ts'
import { fr } from './words/fr.ts'
import { nl } from './words/nl.ts'

export const LANGUAGES = ['nl', 'fr', 'de', 'en'] as const
export type Language = (typeof LANGUAGES)[number]

const WORDS: { [language in Language]: DoctorWords } = { nl, fr, de, en }

export interface Finding {
  code: VerdictCode
  say: string
  next: string
}

export interface ToldHappening extends Happening {
  say: string
}

export interface Diagnosis {
  isWell: boolean
  verdict: Finding
  /** What else was found, by cause. */
  also: Finding[]
  /** Newest first. */
  happenings: ToldHappening[]
}

/** `happenings` oldest first, as they happened. */
export function diagnose(facts: Facts, happenings: readonly Happening[], language: Language): Diagnosis {
  const [first, ...rest] = findingsOf(facts)
  const told = happenings.map(one => ({ ...one, say: inWords(one, language) }))
  return {
    isWell: first === 'all-well',
    verdict: finding(first, language),
    also: rest.map(code => finding(code, language)),
    happenings: told.reverse(),
  }
}

export function finding(code: VerdictCode, language: Language): Finding {
  return { code, ...WORDS[language].verdicts[code] }
}

function inWords({ code, n, word = '' }: Happening, language: Language): string {
  const text = WORDS[language].happenings[code]
  return text.replace('{n}', String(n ?? '')).replace('{word}', wordOf(code, word, WORDS[language]))
}

/** A word that only a newer dongle or backend knows stays as it is. */
function wordOf(code: Happening['code'], word: string, words: DoctorWords): string {
  const among = (table: { [key: string]: string }, key: string): string =>
    (Object.hasOwn(table, key) ? table[key] : key) as string
  const both = (first: { [key: string]: string }, second: { [key: string]: string }): string =>
    word
      .split(', ')
      .map((part, i) => among(i === 0 ? first : second, part))
      .join(', ')
  switch (code) {
    case 'p1':
      return among(words.p1, word)
    case 'cut':
      return among(words.causes, word)
    case 'state':
      return among(words.states, word)
    case 'order':
      return both(words.wishes, words.outcomes)
    case 'update':
      return both(words.updates, words.updateCodes)
    default:
      return word
  }
}
