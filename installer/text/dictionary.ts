// The shape of a language: the English keys, no fewer and no more, so that one that misses a text does not compile. A name in braces is
// filled with the fact of that name; a test holds them the same in all four.

import type { TroubleCode } from '../flash/trouble-codes.ts'
import type { RefusalCode } from '../refusal-codes.ts'
import type { steps } from './en/steps.ts'
import type { updates } from './en/updates.ts'

export interface WhatNext {
  what: string
  next: string
}

export type StepWords = { [code in keyof typeof steps]: string }
export type UpdateWords = { [code in keyof typeof updates]: string }
export type TroubleWords = { [code in TroubleCode]: WhatNext }
export type RefusalWords = { [code in RefusalCode]: WhatNext }

export interface Dictionary {
  steps: StepWords
  troubles: TroubleWords
  refusals: RefusalWords
  updates: UpdateWords
}
