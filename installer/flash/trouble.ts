// Trouble while a dongle is made: a code of trouble-codes.ts with its facts, in words where it is shown. No fact in here is ever a secret.

import type { WhatNext } from '../text/dictionary.ts'
import type { Language } from '../text/language.ts'
import { DICTIONARIES, type Facts, filled } from '../text/say.ts'
import { EXIT_CODES, TROUBLES, type TroubleCode } from './trouble-codes.ts'

/** Thrown where something goes wrong, caught where the command ends or the batch goes on. Its message is English, for logs. */
export class Trouble extends Error {
  readonly code: TroubleCode
  readonly facts: Facts
  constructor(code: TroubleCode, facts: Facts = {}, cause?: unknown) {
    super(inWords(code, facts, 'en').what, { cause })
    this.code = code
    this.facts = facts
  }
}

export function inWords(code: TroubleCode, facts: Facts, language: Language): WhatNext {
  const { what, next } = DICTIONARIES[language].troubles[code]
  return { what: filled(what, facts, language), next: filled(next, facts, language) }
}

export function exitCodeOf(code: TroubleCode): number {
  return EXIT_CODES[TROUBLES[code]]
}

/** Whatever was thrown, as trouble: what nobody foresaw keeps its first line, which holds no data of ours. */
export function troubleOf(thrown: unknown): Trouble {
  if (thrown instanceof Trouble) return thrown
  const why = String((thrown as Error)?.message ?? thrown).split('\n')[0] as string
  return new Trouble('internal.broken', { why }, thrown)
}
