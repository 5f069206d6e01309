// A diagnosis in words: what support reads aloud, in one of four languages. What has no words (a state, an order) is given as it is.

import { CAUSES } from './causes.ts'
import type { Facts } from './facts.ts'
import type { Happening } from './happenings.ts'
import { findingsOf, type VerdictCode } from './verdict.ts'
import { de } from './words/de.ts'
import { type DoctorWords, P1_WORDS } from './words/dictionary.ts'
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
  const words = WORDS[language]
  let given = word
  const p1 = P1_WORDS.find(one => one === word)
  if (code === 'p1' && p1 !== undefined) given = words.p1[p1]
  const cause = CAUSES.find(one => one === word)
  if (code === 'cut' && cause !== undefined) given = words.causes[cause]
  return words.happenings[code].replace('{n}', String(n ?? '')).replace('{word}', given)
}
