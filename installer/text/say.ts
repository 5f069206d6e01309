// From a phrase to a sentence in somebody's language. A fact may itself be a phrase: what is wrong travels as a code with its facts and
// becomes words only where it is shown.

import type { RefusalCode } from '../refusal-codes.ts'
import { refusals as deRefusals } from './de/refusals.ts'
import { steps as deSteps } from './de/steps.ts'
import { troubles as deTroubles } from './de/troubles.ts'
import { updates as deUpdates } from './de/updates.ts'
import type { Dictionary, StepWords, UpdateWords } from './dictionary.ts'
import { refusals as enRefusals } from './en/refusals.ts'
import { steps as enSteps } from './en/steps.ts'
import { troubles as enTroubles } from './en/troubles.ts'
import { updates as enUpdates } from './en/updates.ts'
import { refusals as frRefusals } from './fr/refusals.ts'
import { steps as frSteps } from './fr/steps.ts'
import { troubles as frTroubles } from './fr/troubles.ts'
import { updates as frUpdates } from './fr/updates.ts'
import type { Language } from './language.ts'
import { refusals as nlRefusals } from './nl/refusals.ts'
import { steps as nlSteps } from './nl/steps.ts'
import { troubles as nlTroubles } from './nl/troubles.ts'
import { updates as nlUpdates } from './nl/updates.ts'

export const DICTIONARIES: { [language in Language]: Dictionary } = {
  en: { steps: enSteps, troubles: enTroubles, refusals: enRefusals, updates: enUpdates },
  nl: { steps: nlSteps, troubles: nlTroubles, refusals: nlRefusals, updates: nlUpdates },
  fr: { steps: frSteps, troubles: frTroubles, refusals: frRefusals, updates: frUpdates },
  de: { steps: deSteps, troubles: deTroubles, refusals: deRefusals, updates: deUpdates },
}

/** A refusal stands in another's sentence with what it says, not with what to do. */
export type PhraseCode = keyof StepWords | `refusal.${RefusalCode}`

export interface Phrase {
  code: PhraseCode
  facts: Facts
}

/** Several are said one after the other; a text is said as it is. */
export type Said = string | number | Phrase | Said[]
export type Facts = { [name: string]: Said }

export function phrase(code: PhraseCode, facts: Facts = {}): Phrase {
  return { code, facts }
}

export function say(said: Said, language: Language): string {
  if (typeof said !== 'object') return String(said)
  if (Array.isArray(said)) return said.map(one => say(one, language)).join('; ')
  return filled(textOf(said.code, DICTIONARIES[language]), said.facts, language)
}

function textOf(code: PhraseCode, { steps, refusals }: Dictionary): string {
  return code in steps ? steps[code as keyof StepWords] : refusals[code.slice('refusal.'.length) as RefusalCode].what
}

/** A newer backend may know problems that are not known here. */
export function isRefusalCode(code: string): code is RefusalCode {
  return Object.hasOwn(DICTIONARIES.en.refusals, code)
}

/** Why an update went no further, behind its code; nothing for a code without words. */
export function withWhy(code: string, language: Language): string {
  const { updates } = DICTIONARIES[language]
  return Object.hasOwn(updates, code) ? `${code}: ${updates[code as keyof UpdateWords]}` : code
}

/** A name in braces without a fact stays as it is. */
export function filled(text: string, facts: Facts, language: Language): string {
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => say(facts[name] ?? whole, language))
}
