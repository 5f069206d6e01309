// A question that was answered with no, or could not be asked: a code of refusal-codes.ts with its facts, in words where it is shown.

import { isAsking, type RefusalCode } from './refusal-codes.ts'
import type { WhatNext } from './text/dictionary.ts'
import type { Language } from './text/language.ts'
import { DICTIONARIES, type Facts, filled } from './text/say.ts'

/** What was asked is as it was. Its message is English, for logs. */
export class Refusal extends Error {
  readonly code: RefusalCode
  readonly facts: Facts
  /** What the server adds, in English. */
  readonly detail: string | undefined
  constructor(code: RefusalCode, facts: Facts = {}, detail?: string, cause?: unknown) {
    super(wordsOf(code, facts, 'en').what, { cause })
    this.code = code
    this.facts = facts
    this.detail = detail
  }

  /** 1 for no, 2 for a question that could not be asked. */
  get exitCode(): number {
    return isAsking(this.code) ? 2 : 1
  }

  inWords(language: Language): WhatNext {
    const { what, next } = wordsOf(this.code, this.facts, language)
    return { what: this.detail === undefined ? what : `${what}: ${this.detail}`, next }
  }
}

function wordsOf(code: RefusalCode, facts: Facts, language: Language): WhatNext {
  const { what, next } = DICTIONARIES[language].refusals[code]
  return { what: filled(what, facts, language), next: filled(next, facts, language) }
}
